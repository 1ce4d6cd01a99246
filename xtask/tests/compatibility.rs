//! The tests that the table of compatibility names are there.

#![allow(clippy::unwrap_used)]

use std::path::Path;

const TABLE: &str = include_str!("../../crates/prefect-client/src/compatibility.md");

#[test]
fn each_test_that_the_table_names_exists() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let rows = TABLE.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| argument"));
    let mut named = 0;
    for row in rows {
        let Some(test) = row.split('|').rev().nth(1).map(str::trim).filter(|test| test.contains("::")) else {
            continue;
        };
        let (file, function) = test.trim_matches('`').split_once("::").unwrap();
        let (package, file) = file.split_once('/').unwrap_or(("prefect-flow-run", file));
        let path = crates.join(package).join("tests/integration").join(file);
        let source = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(source.contains(&format!("fn {function}(")), "{test} is not in {}", path.display());
        named += 1;
    }
    assert!(named > 30, "only {named} tests are named");
}
