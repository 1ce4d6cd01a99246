//! The Rust types that stand for GraphQL's, as the sources of the operations declare them to cynic.
//!
//! The sources are read and not compiled, since they need not build beside the schema in the tree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Fields, Item, Lit, Meta, PathArguments, Token, Type, UseTree};

/// Where the sources are.
pub(crate) const SOURCES: &str = "crates/prefect-flow-run/src/operations";
const MODULE: &str = "prefect_flow_run::operations";

/// A type that derives one of cynic's traits.
#[derive(Debug)]
pub(crate) struct RustType {
    /// Its full path.
    pub(crate) path: String,
    /// The type in GraphQL. Variables have none.
    pub(crate) graphql_type: Option<String>,
    /// Whether it fails on a value of an enum that it does not know.
    pub(crate) closed_enum: bool,
    /// Its fields; of an enum that is an input, its variants.
    pub(crate) fields: Vec<RustField>,
    /// The name of the type that holds its variables.
    variables: Option<String>,
}

/// A field of such a type.
#[derive(Debug)]
pub(crate) struct RustField {
    /// Its name in GraphQL.
    pub(crate) name: String,
    /// Whether it may be missing or null.
    pub(crate) optional: bool,
    /// Every name in its Rust type.
    types: Vec<String>,
}

/// A module and a name in it.
type Key = (String, String);

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct RustTypes {
    types: BTreeMap<Key, RustType>,
    imports: BTreeMap<Key, Key>,
}

impl RustTypes {
    /// Reads the sources in the workspace at `root`.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut all = Self::default();
        let folder = fs::read_dir(root.join(SOURCES)).with_context(|| format!("cannot read {SOURCES}"))?;
        for file in folder {
            let path = file?.path();
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let source = fs::read_to_string(&path).with_context(|| format!("cannot read {path:?}"))?;
            let module = path.file_stem().unwrap_or_default().to_string_lossy();
            all.add(&module, &source).with_context(|| format!("cannot read {SOURCES}/{module}.rs"))?;
        }
        Ok(all)
    }

    /// Reads one module.
    pub(crate) fn add(&mut self, module: &str, source: &str) -> Result<()> {
        for item in syn::parse_file(source)?.items {
            match item {
                Item::Struct(item) => {
                    self.declare(module, &item.ident, &item.attrs, &[item.fields])?;
                }
                Item::Enum(item) => {
                    self.declare_enum(module, &item)?;
                }
                Item::Use(item) => self.import(module, &mut Vec::new(), &item.tree),
                _ => {}
            }
        }
        Ok(())
    }

    fn declare(
        &mut self,
        module: &str,
        name: &syn::Ident,
        attributes: &[Attribute],
        fields: &[Fields],
    ) -> Result<()> {
        if derived(attributes)?.is_none() {
            return Ok(());
        }
        let options = Options::read(attributes)?;
        let mut read = Vec::new();
        for field in fields.iter().flatten() {
            let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
            read.push(options.field(&name, &field.attrs, &field.ty)?);
        }
        self.insert(module, name, options, false, read);
        Ok(())
    }

    fn declare_enum(&mut self, module: &str, item: &syn::ItemEnum) -> Result<()> {
        let Some(kind) = derived(&item.attrs)? else { return Ok(()) };
        let options = Options::read(&item.attrs)?;
        let mut fallback = false;
        let mut read = Vec::new();
        for variant in &item.variants {
            fallback |= Options::read(&variant.attrs)?.flags.contains("fallback");
            for field in &variant.fields {
                read.push(options.field(&variant.ident.to_string(), &variant.attrs, &field.ty)?);
            }
        }
        self.insert(module, &item.ident, options, kind == "Enum" && !fallback, read);
        Ok(())
    }

    fn insert(
        &mut self,
        module: &str,
        name: &syn::Ident,
        mut options: Options,
        closed_enum: bool,
        fields: Vec<RustField>,
    ) {
        let ty = RustType {
            path: format!("{MODULE}::{module}::{name}"),
            graphql_type: options.values.remove("graphql_type"),
            closed_enum,
            fields,
            variables: options.values.remove("variables"),
        };
        self.types.insert((module.to_owned(), name.to_string()), ty);
    }

    /// Notes the names that come from another module.
    fn import(&mut self, module: &str, path: &mut Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(branch) => {
                path.push(branch.ident.to_string());
                self.import(module, path, &branch.tree);
                path.pop();
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(module, path, tree));
            }
            UseTree::Name(leaf) => self.import_name(module, path, &leaf.ident, &leaf.ident),
            UseTree::Rename(leaf) => self.import_name(module, path, &leaf.rename, &leaf.ident),
            UseTree::Glob(_) => {}
        }
    }

    fn import_name(&mut self, module: &str, path: &[String], here: &syn::Ident, there: &syn::Ident) {
        if let Some(from) = path.last() {
            let here = (module.to_owned(), here.to_string());
            self.imports.insert(here, (from.clone(), there.to_string()));
        }
    }

    /// The types in GraphQL that they stand for.
    pub(crate) fn graphql_types(&self) -> BTreeSet<&str> {
        self.types.values().filter_map(|ty| ty.graphql_type.as_deref()).collect()
    }

    /// What an operation is made of: its root, its variables, and all that these lead to.
    pub(crate) fn of_operation(&self, operation: &str) -> Vec<&RustType> {
        let is_root = |ty: &RustType| matches!(ty.graphql_type.as_deref(), Some("Query" | "Mutation"));
        let root = self.types.iter().find(|((_, name), ty)| name == operation && is_root(ty));
        let mut open: Vec<Key> = root.into_iter().map(|(key, _)| key.clone()).collect();
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        while let Some(key) = open.pop() {
            let key = self.imports.get(&key).unwrap_or(&key).clone();
            let Some(ty) = self.types.get(&key) else { continue };
            if seen.insert(key.clone()) {
                found.push(ty);
                let names = ty.fields.iter().flat_map(|field| &field.types).chain(&ty.variables);
                open.extend(names.map(|name| (key.0.clone(), name.clone())));
            }
        }
        found
    }
}

/// The one of cynic's traits that is derived.
fn derived(attributes: &[Attribute]) -> Result<Option<String>> {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        for path in attribute.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated)? {
            let of_cynic = path.segments.first().is_some_and(|first| first.ident == "cynic");
            if let Some(last) = path.segments.last().filter(|_| of_cynic) {
                return Ok(Some(last.ident.to_string()));
            }
        }
    }
    Ok(None)
}

/// What is in `#[cynic(…)]`.
#[derive(Default)]
struct Options {
    values: BTreeMap<String, String>,
    flags: BTreeSet<String>,
}

impl Options {
    fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut options = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("cynic")) {
            for meta in attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)? {
                let name = meta.path().get_ident().map(ToString::to_string).unwrap_or_default();
                match &meta {
                    Meta::NameValue(pair) => {
                        if let Expr::Lit(syn::ExprLit { lit: Lit::Str(value), .. }) = &pair.value {
                            options.values.insert(name, value.value());
                        }
                    }
                    _ => {
                        options.flags.insert(name);
                    }
                }
            }
        }
        Ok(options)
    }

    /// A field of the type that has these options.
    fn field(&self, name: &str, attributes: &[Attribute], ty: &Type) -> Result<RustField> {
        let own = Self::read(attributes)?;
        let unchanged = self.values.get("rename_all").is_some_and(|rule| rule == "None");
        let name = match own.values.get("rename") {
            Some(renamed) => renamed.clone(),
            None if unchanged => name.to_owned(),
            None => camel_case(name),
        };
        let mut types = Vec::new();
        names(ty, &mut types);
        let optional = types.first().is_some_and(|outer| outer == "Option");
        Ok(RustField { name, optional, types })
    }
}

/// cynic's rule for names where nothing else is said.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let mut letters = word.chars();
        let initial = letters.next().map(|letter| letter.to_ascii_uppercase());
        name + &initial.into_iter().chain(letters).collect::<String>()
    })
}

/// The names in a type, from the outside to the inside.
fn names(ty: &Type, found: &mut Vec<String>) {
    match ty {
        Type::Reference(reference) => names(&reference.elem, found),
        Type::Slice(slice) => names(&slice.elem, found),
        Type::Path(path) => {
            if let Some(segment) = path.path.segments.last() {
                found.push(segment.ident.to_string());
                if let PathArguments::AngleBracketed(arguments) = &segment.arguments {
                    for argument in &arguments.args {
                        if let syn::GenericArgument::Type(inner) = argument {
                            names(inner, found);
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_through_fields_imports_and_variables() {
        let types = RustTypes::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
        let told: Vec<_> = types.of_operation("PollHistories").iter().map(|ty| ty.path.clone()).collect();
        let mut told: Vec<_> = told.iter().map(|path| path.trim_start_matches(MODULE)).collect();
        told.sort_unstable();
        insta::assert_debug_snapshot!(told, @r#"
        [
            "::flow_run_state::FlowRunRow",
            "::poll_flow_runs::FlowRunWhere",
            "::poll_flow_runs::HistoryRow",
            "::poll_flow_runs::LogsAggregate",
            "::poll_flow_runs::LogsCount",
            "::poll_flow_runs::OneOf",
            "::poll_flow_runs::PollHistories",
            "::poll_flow_runs::PollVariables",
            "::poll_flow_runs::StatesAggregate",
            "::poll_flow_runs::StatesCount",
        ]
        "#);
    }

    #[test]
    fn names_are_those_of_graphql() {
        let mut types = RustTypes::default();
        let source = r#"
            use super::other::{Row as Elsewhere};
            #[derive(cynic::QueryFragment)]
            #[cynic(graphql_type = "Query", variables = "Vars")]
            struct Ask { a_long_name: Option<Vec<Inner>>, #[cynic(rename = "x", alias)] y: i32 }
            #[derive(cynic::QueryFragment)]
            #[cynic(graphql_type = "inner", rename_all = "None")]
            struct Inner { a_long_name: Elsewhere, e: E, open: Open }
            #[derive(cynic::QueryVariables)]
            struct Vars<'a> { filter: &'a [One<'a>] }
            #[derive(cynic::InputObject)]
            #[cynic(graphql_type = "one")]
            enum One<'a> { #[cynic(rename = "of")] Of(&'a str) }
            #[derive(cynic::Enum)]
            #[cynic(graphql_type = "e")]
            enum E { A }
            #[derive(cynic::Enum)]
            #[cynic(graphql_type = "open")]
            enum Open { A, #[cynic(fallback)] Other }
            #[derive(Debug)]
            struct NotOfCynic { a: i32 }
        "#;
        types.add("ask", source).unwrap();
        let other = r#"#[derive(cynic::QueryFragment)] #[cynic(graphql_type = "row")] struct Row { b: i32 }"#;
        types.add("other", other).unwrap();
        let told = types.of_operation("Ask").into_iter().map(|ty| {
            let fields = ty
                .fields
                .iter()
                .map(|field| format!("{}{}", field.name, if field.optional { "?" } else { "" }));
            let fields = fields.collect::<Vec<_>>().join(" ");
            let closed = if ty.closed_enum { " closed" } else { "" };
            format!("{} {:?}{closed}: {fields}\n", ty.path, ty.graphql_type)
        });
        let mut told: Vec<_> = told.collect();
        told.sort_unstable();
        insta::assert_snapshot!(told.concat(), @r#"
        prefect_flow_run::operations::ask::Ask Some("Query"): aLongName? x
        prefect_flow_run::operations::ask::E Some("e") closed: 
        prefect_flow_run::operations::ask::Inner Some("inner"): a_long_name e open
        prefect_flow_run::operations::ask::One Some("one"): of
        prefect_flow_run::operations::ask::Open Some("open"): 
        prefect_flow_run::operations::ask::Vars None: filter
        prefect_flow_run::operations::other::Row Some("row"): b
        "#);
    }
}
