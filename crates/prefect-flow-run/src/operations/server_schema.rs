//! Asks what the server's schema has of what came after Prefect 0.10.7. Sent only to a server that refused
//! another operation.
//!
//! Written by hand: the typed schema has no introspection in it.

use serde::{Deserialize, Serialize};

const QUERY: &str = r#"query ServerSchema {
  flow: __type(name: "flow") {
    fields {
      name
    }
  }
  flow_group: __type(name: "flow_group") {
    fields {
      name
    }
  }
  create_flow_run_input: __type(name: "create_flow_run_input") {
    inputFields {
      name
    }
  }
}
"#;

/// What is sent.
#[derive(Serialize)]
pub(crate) struct Introspection {
    query: &'static str,
}

#[derive(Deserialize)]
pub(crate) struct ServerSchema {
    flow: Option<Type>,
    flow_group: Option<Type>,
    create_flow_run_input: Option<Type>,
}

#[derive(Deserialize)]
struct Type {
    #[serde(alias = "inputFields")]
    fields: Option<Vec<Field>>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
}

impl ServerSchema {
    pub(crate) fn flow_has(&self, field: &str) -> bool {
        has(self.flow.as_ref(), field)
    }

    pub(crate) fn flow_group_has(&self, field: &str) -> bool {
        has(self.flow_group.as_ref(), field)
    }

    pub(crate) fn create_flow_run_takes(&self, field: &str) -> bool {
        has(self.create_flow_run_input.as_ref(), field)
    }
}

fn has(ty: Option<&Type>, wanted: &str) -> bool {
    let mut fields = ty.and_then(|ty| ty.fields.as_ref()).into_iter().flatten();
    fields.any(|field| field.name == wanted)
}

pub(crate) fn build() -> Introspection {
    Introspection { query: QUERY }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body, document};
    use super::*;

    #[test]
    fn of_types_and_of_an_input() {
        let operation = build();
        insta::assert_snapshot!(document(&operation));
        insta::assert_snapshot!(body(&operation));
    }

    #[test]
    fn a_type_that_is_not_there_has_nothing() {
        let text = r#"{"flow":{"fields":[{"name":"id"}]},"flow_group":null,
            "create_flow_run_input":{"inputFields":[{"name":"labels"}]}}"#;
        let schema: ServerSchema = serde_json::from_str(text).unwrap();
        assert!(schema.flow_has("id") && !schema.flow_has("project"));
        assert!(!schema.flow_group_has("run_config"));
        assert!(schema.create_flow_run_takes("labels") && !schema.create_flow_run_takes("run_config"));
    }
}
