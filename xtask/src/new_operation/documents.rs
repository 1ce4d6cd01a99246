//! What the documents say of a new operation: the servers that it does not fit, and its row in the README.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

const REQUIREMENTS: &str = "schema/versions/requirements.toml";
const README: &str = "crates/prefect-flow-run/README.md";

/// The documents with the operation in them: `lacking` are the rows of the requirements that name it.
pub(super) fn entries(root: &Path, operation: &str, lacking: &[String]) -> Result<Vec<(String, String)>> {
    let read =
        |path: &str| fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {path}"));
    let mut entries = vec![(README.to_owned(), with_row(&read(README)?, operation, lacking)?)];
    if !lacking.is_empty() {
        let requirements = lacking.iter().try_fold(read(REQUIREMENTS)?, |text, row| {
            with_name(&text, row, operation)
                .with_context(|| format!("{REQUIREMENTS} has no list for {row:?}"))
        })?;
        entries.push((REQUIREMENTS.to_owned(), requirements));
    }
    Ok(entries)
}

/// The README with one row more in the table of the servers' versions.
fn with_row(text: &str, operation: &str, lacking: &[String]) -> Result<String> {
    let needs = match lacking.last().map(String::as_str) {
        None => "0.10",
        Some("0.10.7") => "0.14",
        Some("0.14") => "0.14.1",
        Some(_) => "Prefect Cloud",
    };
    let row = format!("| {needs} | `{operation}` | the transport's error |");
    let mut lines: Vec<&str> = text.lines().collect();
    let heading = lines.iter().position(|line| *line == "## Server versions");
    let end = heading.and_then(|heading| {
        let table = lines.iter().enumerate().skip(heading).skip_while(|(_, line)| !line.starts_with('|'));
        table.skip_while(|(_, line)| line.starts_with('|')).map(|(at, _)| at).next()
    });
    lines.insert(end.with_context(|| format!("{README} has no table of server versions"))?, &row);
    Ok(lines.join("\n") + "\n")
}

/// The requirements with the operation at the top of a list, or among those of a list in one line.
fn with_name(text: &str, row: &str, operation: &str) -> Option<String> {
    let starts = [format!("\"{row}\" = ["), format!("{row} = [")];
    let start = starts.iter().find(|start| text.contains(start.as_str()))?;
    let (before, after) = text.split_once(start.as_str())?;
    let name = if after.starts_with('\n') {
        format!("\n    \"{operation}\",")
    } else {
        format!("\"{operation}\", ")
    };
    Some(format!("{before}{start}{name}{after}"))
}
