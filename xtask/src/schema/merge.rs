//! Several SDL documents into one, with every extension folded into the type that it extends.

use anyhow::{Result, anyhow};
use apollo_compiler::Schema;

use super::canonical::canonicalise;

/// An SDL document and where it was read from.
pub(crate) struct Source<'a> {
    /// The path that messages show.
    pub(crate) path: &'a str,
    /// The document.
    pub(crate) text: &'a str,
}

/// Merges the documents and prints the result in canonical form.
///
/// An extension of a type that none of the documents defines is an error, and so is a merged
/// schema that is not valid.
pub(crate) fn merge(sources: &[Source<'_>]) -> Result<String> {
    let mut builder = Schema::builder();
    for source in sources {
        builder = builder.parse(source.text, source.path);
    }
    let mut schema = builder.build().map_err(|e| anyhow!("the SDL does not build:\n{}", e.errors))?;
    canonicalise(&mut schema);
    let schema = schema.validate().map_err(|e| anyhow!("the merged SDL is not valid:\n{}", e.errors))?;
    Ok(format!("{}\n", schema.to_string().trim_end()))
}

#[cfg(test)]
mod tests {
    use apollo_compiler::Schema;

    use super::{Source, merge};
    use crate::schema::provenance;

    const SERVER: &str = include_str!("../../../schema/prefect-server.graphql");
    const CLOUD: &str = include_str!("../../../schema/prefect-cloud.graphql");

    fn merge_texts(texts: &[&str]) -> anyhow::Result<String> {
        let sources: Vec<_> = texts.iter().map(|text| Source { path: "test.graphql", text }).collect();
        merge(&sources)
    }

    #[test]
    fn root_fields_of_extensions_arrive_in_the_root_types() {
        let merged = merge_texts(&[SERVER, CLOUD]).unwrap();
        let schema = Schema::parse_and_validate(&merged, "merged.graphql").unwrap();
        let has = |root: &str, field: &str| schema.get_object(root).unwrap().fields.contains_key(field);
        assert!(has("Query", "flow") && has("Query", "auth_info"));
        assert!(has("Mutation", "create_flow_run") && has("Mutation", "switch_tenant"));
        assert!(!merged.lines().any(|line| line.starts_with("extend")));
    }

    #[test]
    fn nothing_of_either_document_is_lost() {
        let merged = merge_texts(&[SERVER, CLOUD]).unwrap();
        let words = |text: &str| -> std::collections::BTreeSet<String> {
            text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect()
        };
        let mut wanted = words(provenance::text(SERVER));
        wanted.extend(words(CLOUD));
        wanted.remove("extend");
        assert_eq!(words(&merged), wanted);
    }

    #[test]
    fn the_order_of_the_documents_does_not_matter() {
        assert_eq!(merge_texts(&[SERVER, CLOUD]).unwrap(), merge_texts(&[CLOUD, SERVER]).unwrap());
    }

    #[test]
    fn merging_what_was_merged_changes_nothing() {
        let merged = merge_texts(&[SERVER, CLOUD]).unwrap();
        assert_eq!(merge_texts(&[&merged]).unwrap(), merged);
        assert!(merged.ends_with("}\n") && !merged.ends_with("\n\n"));
    }

    #[test]
    fn the_maintained_server_document_is_already_canonical() {
        assert_eq!(merge_texts(&[SERVER]).unwrap(), provenance::text(SERVER));
    }

    #[test]
    fn everything_is_sorted_and_nothing_is_described() {
        let merged = merge_texts(&[
            r#"
            "Nobody reads this"
            schema { query: Q }
            type Q implements Z & A { z(b: In, "why" a: E): U, "what" a: ID }
            interface Z { z: U }
            interface A { a: ID }
            union U = T | Q
            type T { t: Int }
            """how"""
            enum E { Y "when" X }
            input In { b: Int = 1, "which" a: Int }
            directive @d("who" b: Int, a: Int) on FIELD_DEFINITION | ARGUMENT_DEFINITION
            "#,
            "extend enum E { W } extend union U = S extend input In { aa: Int } type S { s: Int }",
        ])
        .unwrap();
        insta::assert_snapshot!(merged, @"
        schema {
          query: Q
        }

        directive @d(a: Int, b: Int) on ARGUMENT_DEFINITION | FIELD_DEFINITION

        interface A {
          a: ID
        }

        enum E {
          W
          X
          Y
        }

        input In {
          a: Int
          aa: Int
          b: Int = 1
        }

        type Q implements A & Z {
          a: ID
          z(a: E, b: In): U
        }

        type S {
          s: Int
        }

        type T {
          t: Int
        }

        union U = Q | S | T

        interface Z {
          z: U
        }
        ");
    }

    #[test]
    fn an_extension_of_an_unknown_type_is_refused() {
        let error = merge_texts(&["type Query { a: Int }", "extend type Qeury { b: Int }"]).unwrap_err();
        assert!(error.to_string().contains("Qeury"), "{error}");
    }

    #[test]
    fn a_field_defined_twice_is_refused() {
        let error = merge_texts(&["type Query { a: Int }", "extend type Query { a: Int }"]).unwrap_err();
        assert!(error.to_string().contains('a'), "{error}");
    }

    #[test]
    fn a_field_of_an_unknown_type_is_refused() {
        let error = merge_texts(&["type Query { a: Nothing }"]).unwrap_err();
        assert!(error.to_string().contains("Nothing"), "{error}");
    }
}
