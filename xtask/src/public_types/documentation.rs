//! What rustdoc's JSON tells of a crate's public items.
//!
//! It is read as JSON and not as types, since a reference looks the same in all its versions: an object
//! with `id`, `path` and `args`. Should that change, everything listed is missing, and the check fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::cargo::Cargo;

/// The crates that come with Rust.
const OF_RUST: [&str; 3] = ["alloc", "core", "std"];

/// A crate's public items, as far as they are looked at here.
#[derive(Debug, Default)]
pub(super) struct Documentation {
    /// The full paths of other crates' types, traits and modules, each with the items that name it.
    pub(super) foreign: BTreeMap<String, BTreeSet<String>>,
    /// The full paths of the enums, and of the structs with public fields, that are exhaustive.
    pub(super) exhaustive: BTreeSet<String>,
}

impl Documentation {
    /// Documents the library, with all features.
    pub(super) fn of(library: &str, root: &Path) -> Result<Self> {
        let arguments = ["rustdoc", "--quiet", "--package", library, "--lib", "--all-features", "--"];
        let json = ["-Z", "unstable-options", "--output-format", "json"];
        let rustdoc = root.join("xtask/src/public_types/rustdoc.sh");
        Cargo::new(root, arguments.into_iter().chain(json))
            .env("RUSTDOC", &rustdoc.to_string_lossy())
            .run()?;
        let file = root.join(format!("target/doc/{}.json", library.replace('-', "_")));
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let json = serde_json::from_str(&text).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(Self::parse(&json))
    }

    fn parse(json: &Value) -> Self {
        let mut documentation = Self::default();
        let items = json["index"].as_object().into_iter().flat_map(|index| index.values());
        for item in items.filter(|item| item["crate_id"] == 0) {
            documentation.add(item, &json["paths"]);
        }
        documentation
    }

    fn add(&mut self, item: &Value, paths: &Value) {
        let Some((kind, inner)) = item["inner"].as_object().and_then(|inner| inner.iter().next()) else {
            return;
        };
        let name = item["name"].as_str().unwrap_or(kind);
        match kind.as_str() {
            // The compiler's, and those that every type has.
            "impl" if inner["is_synthetic"] == true || !inner["blanket_impl"].is_null() => {}
            "use" => self.add_reference(&inner["id"], name, paths),
            _ => self.add_references(inner, name, paths),
        }
        if is_exhaustive(kind, inner, &item["attrs"]) {
            self.exhaustive.insert(path(&item["id"], paths).unwrap_or_else(|| name.to_owned()));
        }
    }

    fn add_references(&mut self, value: &Value, name: &str, paths: &Value) {
        match value {
            Value::Object(fields) => {
                if ["id", "path", "args"].iter().all(|key| fields.contains_key(*key)) {
                    self.add_reference(&value["id"], name, paths);
                }
                fields.values().for_each(|field| self.add_references(field, name, paths));
            }
            Value::Array(values) => values.iter().for_each(|value| self.add_references(value, name, paths)),
            _ => {}
        }
    }

    fn add_reference(&mut self, id: &Value, name: &str, paths: &Value) {
        // What is hidden has no path. All crates of the workspace are published together.
        if let Some(path) = path(id, paths) {
            let of = path.split("::").next().unwrap_or_default();
            if !OF_RUST.contains(&of) && !of.starts_with("prefect_") {
                self.foreign.entry(path).or_default().insert(name.to_owned());
            }
        }
    }
}

fn path(id: &Value, paths: &Value) -> Option<String> {
    let segments = paths.get(id.to_string())?.get("path")?.as_array()?;
    Some(segments.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("::"))
}

fn is_exhaustive(kind: &str, inner: &Value, attributes: &Value) -> bool {
    let may_grow = match kind {
        "enum" => true,
        "struct" => has_public_fields(&inner["kind"]),
        _ => false,
    };
    may_grow && !attributes.as_array().is_some_and(|all| all.iter().any(|one| one == "non_exhaustive"))
}

fn has_public_fields(kind: &Value) -> bool {
    let fields = kind.pointer("/plain/fields").or_else(|| kind.get("tuple"));
    fields.and_then(Value::as_array).is_some_and(|fields| fields.iter().any(|field| !field.is_null()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reference(id: u32) -> Value {
        json!({ "resolved_path": { "id": id, "path": "whatever", "args": null } })
    }

    fn documentation(items: &[Value]) -> Documentation {
        let index: serde_json::Map<_, _> =
            items.iter().enumerate().map(|(i, item)| (i.to_string(), item.clone())).collect();
        let paths = json!({
            "0": { "path": ["prefect_x", "module", "Own"] },
            "1": { "path": ["http", "Request"] },
            "2": { "path": ["alloc", "vec", "Vec"] },
            "3": { "path": ["prefect_y", "Sibling"] },
        });
        Documentation::parse(&json!({ "index": index, "paths": paths }))
    }

    fn item(name: &str, inner: &Value) -> Value {
        json!({ "id": 0, "crate_id": 0, "name": name, "attrs": [], "inner": inner })
    }

    #[test]
    fn types_of_other_crates_are_found_wherever_they_are() {
        let function = json!({ "function": { "sig": {
            "inputs": [["a", { "slice": reference(1) }], ["b", reference(2)], ["c", reference(3)]],
            "output": null,
        } } });
        let reexport = json!({ "use": { "source": "http::Request", "id": 1, "is_glob": false } });
        let found = documentation(&[item("send", &function), item("again", &reexport)]).foreign;
        assert_eq!(
            found,
            BTreeMap::from([(
                "http::Request".to_owned(),
                BTreeSet::from(["again".to_owned(), "send".to_owned()]),
            )])
        );
    }

    #[test]
    fn what_every_type_has_does_not_count() {
        let blanket =
            json!({ "impl": { "is_synthetic": false, "blanket_impl": reference(1), "for": reference(1) } });
        let synthetic =
            json!({ "impl": { "is_synthetic": true, "blanket_impl": null, "for": reference(1) } });
        assert!(documentation(&[item("a", &blanket), item("b", &synthetic)]).foreign.is_empty());
        let own = json!({ "impl": { "is_synthetic": false, "blanket_impl": null, "for": reference(1) } });
        assert_eq!(documentation(&[item("c", &own)]).foreign.len(), 1);
    }

    #[test]
    fn what_may_grow_and_does_not_say_so_is_found() {
        let public = json!({ "struct": { "kind": { "plain": { "fields": [7] } } } });
        let newtype = json!({ "struct": { "kind": { "tuple": [7] } } });
        for open in [public.clone(), newtype, json!({ "enum": { "variants": [] } })] {
            let found = documentation(&[item("Own", &open)]).exhaustive;
            assert_eq!(found, BTreeSet::from(["prefect_x::module::Own".to_owned()]), "{open}");
        }
        let mut marked = item("Own", &public);
        marked["attrs"] = json!(["non_exhaustive"]);
        let private = json!({ "struct": { "kind": { "plain": { "fields": [] } } } });
        let opaque = json!({ "struct": { "kind": { "tuple": [null] } } });
        let found = documentation(&[marked, item("Own", &private), item("Own", &opaque)]);
        assert!(found.exhaustive.is_empty(), "{found:?}");
    }
}
