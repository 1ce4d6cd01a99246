//! The Rust types that operations are made of, read from their sources: which type of the schema each stands for,
//! and which fields of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use syn::{Attribute, Fields, Item, LitStr, Path as SynPath, Token, Type};

const MODULE: &str = "prefect_flow_run::operations";

/// A type that derives one of cynic's traits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RustType {
    /// Its full path.
    pub(crate) path: String,
    /// `QueryFragment`, `InputObject`, ...
    pub(crate) derives: String,
    /// The schema's name of what it stands for.
    pub(crate) graphql_type: String,
    /// The schema's names of its fields.
    pub(crate) fields: BTreeSet<String>,
    /// For an enum: whether it takes values that it does not know.
    pub(crate) has_fallback: bool,
    /// The Rust types that it names, apart from their paths and generics.
    names: BTreeSet<String>,
}

/// All of them, by module and name.
#[derive(Debug, Default)]
pub(crate) struct RustTypes(BTreeMap<(String, String), RustType>);

impl RustTypes {
    /// Reads the files of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let mut types = Self::default();
        for file in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let path = file?.path();
            let Some(module) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
            if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path);
                let text = text.with_context(|| format!("cannot read {}", path.display()))?;
                types.add(module, &text).with_context(|| format!("cannot read {}", path.display()))?;
            }
        }
        Ok(types)
    }

    /// Reads the text of a module.
    pub(super) fn add(&mut self, module: &str, text: &str) -> Result<()> {
        for item in syn::parse_file(text)?.items {
            if let Some((name, found)) = rust_type(module, &item)? {
                self.0.insert((module.to_owned(), name), found);
            }
        }
        Ok(())
    }

    /// The type of this module and name, and all that it is made of. A name that the module does not define is looked
    /// for in the others.
    pub(crate) fn reachable(&self, module: &str, name: &str) -> BTreeSet<RustType> {
        let mut reached = BTreeMap::new();
        let mut open = vec![(module.to_owned(), name.to_owned())];
        while let Some((module, name)) = open.pop() {
            for (key, found) in self.named(&module, &name) {
                if reached.insert(key, found).is_none() {
                    open.extend(found.names.iter().map(|name| (key.0.clone(), name.clone())));
                }
            }
        }
        reached.into_values().cloned().collect()
    }

    fn named(&self, module: &str, name: &str) -> Vec<(&(String, String), &RustType)> {
        match self.0.get_key_value(&(module.to_owned(), name.to_owned())) {
            Some(own) => vec![own],
            None => self.0.iter().filter(|((_, of), _)| of == name).collect(),
        }
    }
}

fn rust_type(module: &str, item: &Item) -> Result<Option<(String, RustType)>> {
    let (ident, attributes, fields) = match item {
        Item::Struct(item) => (&item.ident, &item.attrs, item.fields.iter().cloned().collect()),
        Item::Enum(item) => (&item.ident, &item.attrs, Vec::new()),
        _ => return Ok(None),
    };
    let Some(derives) = cynic_derive(attributes)? else { return Ok(None) };
    let name = ident.to_string();
    let own = Cynic::of(attributes)?;
    let mut found = RustType {
        path: format!("{MODULE}::{module}::{name}"),
        derives,
        graphql_type: own.graphql_type.unwrap_or_else(|| name.clone()),
        fields: BTreeSet::new(),
        has_fallback: false,
        // The variables belong to what is sent.
        names: own.variables.into_iter().collect(),
    };
    for field in fields {
        add_type_names(&field.ty, &mut found.names);
        let renamed = Cynic::of(&field.attrs)?.rename;
        found.fields.extend(renamed.or_else(|| field.ident.map(|ident| ident.to_string())));
    }
    if let Item::Enum(item) = item {
        for variant in &item.variants {
            found.has_fallback |= Cynic::of(&variant.attrs)?.fallback;
            if let Fields::Unnamed(fields) = &variant.fields {
                fields.unnamed.iter().for_each(|field| add_type_names(&field.ty, &mut found.names));
            }
        }
    }
    Ok(Some((name, found)))
}

/// `QueryFragment` of `#[derive(cynic::QueryFragment, Debug)]`.
fn cynic_derive(attributes: &[Attribute]) -> Result<Option<String>> {
    let mut derive = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        let paths = syn::punctuated::Punctuated::<SynPath, Token![,]>::parse_terminated;
        for path in attribute.parse_args_with(paths)? {
            let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            if let [of, name] = segments.as_slice()
                && of == "cynic"
            {
                derive = Some(name.clone());
            }
        }
    }
    Ok(derive)
}

/// What is looked at of `#[cynic(...)]`.
#[derive(Default)]
struct Cynic {
    graphql_type: Option<String>,
    variables: Option<String>,
    rename: Option<String>,
    fallback: bool,
}

impl Cynic {
    fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("cynic")) {
            attribute.parse_nested_meta(|meta| {
                found.fallback |= meta.path.is_ident("fallback");
                if meta.input.peek(Token![=]) {
                    let value = meta.value()?.parse::<LitStr>()?.value();
                    match meta.path.get_ident().map(ToString::to_string).as_deref() {
                        Some("graphql_type") => found.graphql_type = Some(value),
                        Some("variables") => found.variables = Some(value),
                        Some("rename") => found.rename = Some(value),
                        _ => {}
                    }
                }
                Ok(())
            })?;
        }
        Ok(found)
    }
}

/// `FlowRow` of `Option<Vec<FlowRow>>`, beside `Option` and `Vec`.
fn add_type_names(ty: &Type, names: &mut BTreeSet<String>) {
    match ty {
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return };
            names.insert(last.ident.to_string());
            if let syn::PathArguments::AngleBracketed(arguments) = &last.arguments {
                for argument in &arguments.args {
                    if let syn::GenericArgument::Type(ty) = argument {
                        add_type_names(ty, names);
                    }
                }
            }
        }
        Type::Reference(reference) => add_type_names(&reference.elem, names),
        Type::Slice(slice) => add_type_names(&slice.elem, names),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
        #[derive(cynic::QueryVariables)]
        struct RunVariables<'a> { filter: RunWhere<'a> }

        #[derive(cynic::InputObject, Debug)]
        #[cynic(graphql_type = "run_bool_exp", rename_all = "None")]
        struct RunWhere<'a> {
            #[cynic(rename = "_eq", skip_serializing_if = "Option::is_none")]
            eq: Option<&'a Elsewhere>,
        }

        #[derive(Debug, cynic::QueryFragment)]
        #[cynic(graphql_type = "Query", variables = "RunVariables")]
        pub(crate) struct Run { #[arguments(where: $filter)] run: Vec<Kind> }

        #[derive(cynic::Enum)]
        enum Kind { A, #[cynic(fallback)] Other(String) }

        #[derive(Debug)]
        struct NotOfTheSchema { id: Id }

        #[derive(cynic::Scalar)]
        struct Id(String);
    "#;

    #[test]
    fn what_an_operation_is_made_of_is_found_in_its_module_and_elsewhere() {
        let mut types = RustTypes::default();
        types.add("run", SOURCE).unwrap();
        types.add("elsewhere", "#[derive(cynic::Scalar)] struct Elsewhere(String);").unwrap();
        let found = types.reachable("run", "Run");
        let told = found.iter().map(|ty| {
            let fields = Vec::from_iter(&ty.fields);
            format!("{} {} {} {fields:?} {}", ty.derives, ty.path, ty.graphql_type, ty.has_fallback)
        });
        insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r#"
        Scalar prefect_flow_run::operations::elsewhere::Elsewhere Elsewhere [] false
        Enum prefect_flow_run::operations::run::Kind Kind [] true
        QueryFragment prefect_flow_run::operations::run::Run Query ["run"] false
        QueryVariables prefect_flow_run::operations::run::RunVariables RunVariables ["filter"] false
        InputObject prefect_flow_run::operations::run::RunWhere run_bool_exp ["_eq"] false
        "#);
    }
}
