//! What others get with our crates: the size of the program, and the number of crates, beside those of the bare program.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use bench_row::{Row, Target};

use super::project::{BARE, FACADE, Project};

/// Crates that both programs have to have with the same features.
const SHARED: [&str; 3] = ["reqwest", "serde_json", "tokio"];

/// Measures both.
pub(super) fn measure(root: &Path) -> Result<Vec<Row>> {
    let (bare, facade) = (Project::write(&BARE, root)?, Project::write(&FACADE, root)?);
    same_features(&bare.tree("{p} {f}")?, &facade.tree("{p} {f}")?)?;
    let mut rows = vec![program(root, &bare)?];
    let [schema, cynic] = ["prefect-schema", "cynic"].map(|package| facade.tree_of(package, "{p}"));
    rows.extend(crates(&bare.tree("{p}")?, &facade.tree("{p}")?, &schema?, &cynic?));
    Ok(rows)
}

fn program(root: &Path, bare: &Project) -> Result<Row> {
    let flowrun = stripped_size(&root.join("target/release/flowrun"))?;
    let bare = stripped_size(&bare.release()?)?;
    Ok(Row {
        what: "size of flowrun, stripped, ÷ bare program".to_owned(),
        figure: flowrun as f64 / bare as f64,
        target: Target::AtMost(2.5),
        made_of: format!("{:.2} MB ÷ {:.2} MB", flowrun as f64 / 1e6, bare as f64 / 1e6),
        counted: true,
        ..Row::default()
    })
}

/// Bytes of a program without its symbols.
fn stripped_size(program: &Path) -> Result<u64> {
    let stripped = program.with_extension("stripped");
    let status = Command::new("strip")
        .arg("-o")
        .args([&stripped, program])
        .status()
        .context("cannot start `strip`: install binutils")?;
    if !status.success() {
        bail!("`strip` failed for {}", program.display());
    }
    Ok(fs::metadata(stripped)?.len())
}

fn crates(bare: &str, facade: &str, schema: &str, cynic: &str) -> [Row; 2] {
    let [bare, facade, schema, cynic] = [bare, facade, schema, cynic].map(packages);
    let more = |of: &BTreeSet<_>| of.difference(&bare).count();
    [
        Row {
            what: "crates of the facade, more than the bare program's".to_owned(),
            figure: facade.len() as f64 - bare.len() as f64,
            target: Target::AtMost(45.0),
            made_of: format!("{} − {}", facade.len(), bare.len()),
            counted: true,
            ..Row::default()
        },
        Row {
            what: "the same, of prefect-schema alone".to_owned(),
            figure: more(&schema) as f64,
            made_of: format!("{} of them cynic and what it pulls", more(&cynic)),
            counted: true,
            ..Row::default()
        },
    ]
}

/// The packages that `cargo tree` printed, each version once. The program itself is among them on both sides.
fn packages(tree: &str) -> BTreeSet<Vec<&str>> {
    tree.lines().map(|line| line.split_whitespace().take(2).collect()).collect()
}

/// Fails if a crate that both programs have to have is not one and the same.
fn same_features(bare: &str, facade: &str) -> Result<()> {
    for name in SHARED {
        let (bare, facade) = (features(bare, name), features(facade, name));
        if bare != facade {
            bail!(
                "the bare program has other features of {name} than the facade, so they cannot be compared:\n{bare:?}\n{facade:?}"
            );
        }
    }
    Ok(())
}

/// The line of a crate: its version and features.
fn features<'a>(tree: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = tree.lines().map(|line| line.trim_end_matches(" (*)"));
    lines.find(|line| line.split_whitespace().next() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_counts_once() {
        let facade =
            "facade v0.0.0 (/a)\nreqwest v1.0.0\nsyn v2.0.0 (proc-macro)\nsyn v3.0.0\nreqwest v1.0.0 (*)\n";
        let bare = "bare v0.0.0 (/b)\nreqwest v1.0.0\n";
        let cynic = "cynic v3.0.0\nsyn v2.0.0 (proc-macro)\nreqwest v1.0.0\n";
        let schema = format!("schema v0.1.0 (/c)\n{cynic}");
        let rows = crates(bare, facade, &schema, cynic);
        let told = ["4 − 2", "2 of them cynic and what it pulls"].map(str::to_owned);
        assert_eq!(
            rows.map(|row| (row.figure, row.made_of)),
            [2.0, 3.0].into_iter().zip(told).collect::<Vec<_>>()[..]
        );
    }

    #[test]
    fn other_features_are_told() {
        let all = "reqwest v1.0.0 a,b (*)\nserde_json v1.0.0 std\ntokio v1.0.0 rt\n";
        assert!(same_features(all, &all.replace(" (*)", "")).is_ok());
        insta::assert_snapshot!(same_features(all, &all.replace("std", "raw_value,std")).unwrap_err(), @r#"
        the bare program has other features of serde_json than the facade, so they cannot be compared:
        Some("serde_json v1.0.0 std")
        Some("serde_json v1.0.0 raw_value,std")
        "#);
    }
}
