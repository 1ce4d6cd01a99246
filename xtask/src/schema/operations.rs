//! The operations of `prefect-flow-run`, as their snapshots and sources tell: xtask does not depend on that crate, so
//! this works while it does not compile.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::rust_types::{RustType, RustTypes};

const SOURCES: &str = "crates/prefect-flow-run/src/operations";

/// An operation that the domain crate sends.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: String,
    /// The file that it is made in, from the workspace's root.
    pub(crate) source: String,
    pub(crate) document: String,
    /// What the document and its variables are made of.
    pub(crate) types: BTreeSet<RustType>,
}

/// All of them, by name.
pub(crate) fn all(root: &Path) -> Result<Vec<Operation>> {
    let types = RustTypes::read(&root.join(SOURCES))?;
    let folder = format!("{SOURCES}/snapshots");
    let mut operations = BTreeMap::new();
    for file in fs::read_dir(root.join(&folder)).with_context(|| format!("cannot list {folder}"))? {
        let path = file?.path();
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if let Some(operation) = read(&text, &types) {
            operations.insert(operation.name.clone(), operation);
        }
    }
    Ok(operations.into_values().collect())
}

/// The operation of a snapshot; `None` if it is one of something else. The document follows a header.
fn read(snapshot: &str, types: &RustTypes) -> Option<Operation> {
    let mut parts = snapshot.splitn(3, "---\n").skip(1);
    let (header, document) = (parts.next()?, parts.next()?);
    let (kind, rest) = document.split_once(' ')?;
    if !matches!(kind, "query" | "mutation") {
        return None;
    }
    let name = rest.split(['(', ' ']).next()?.to_owned();
    let source = header.lines().find_map(|line| line.strip_prefix("source: "))?.trim().to_owned();
    let module = Path::new(&source).file_stem()?.to_str()?.to_owned();
    let types = types.reachable(&module, &name);
    Some(Operation { name, source, document: document.to_owned(), types })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::schema) fn of_this_workspace() -> Vec<Operation> {
        all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap()
    }

    #[test]
    fn each_operation_has_its_file_and_its_types() {
        let operations = of_this_workspace();
        assert!(operations.len() > 25, "{}", operations.len());
        let one = operations.iter().find(|operation| operation.name == "CancelFlowRun").unwrap();
        assert_eq!(one.source, "crates/prefect-flow-run/src/operations/cancel_flow_run.rs");
        insta::assert_debug_snapshot!(one.types.iter().map(|ty| &ty.path).collect::<Vec<_>>());
        // Introspection is not in the typed schema.
        let without = operations.iter().filter(|operation| operation.types.is_empty());
        assert_eq!(without.map(|operation| operation.name.as_str()).collect::<Vec<_>>(), ["ServerSchema"]);
    }
}
