//! `cargo xtask new-operation NAME`: an operation of `prefect-flow-run` that compiles and has its tests, to be changed
//! into the one that is wanted.
//!
//! Everything is made before anything is written, so a refusal changes nothing.

mod documents;
mod template;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;
use heck::ToUpperCamelCase;

use crate::cargo::Cargo;
use crate::schema;

const FOLDER: &str = "crates/prefect-flow-run/src/operations";

/// What to make.
#[derive(Args)]
pub(crate) struct Options {
    /// The operation's name in snake case, which is its file's
    name: String,
    /// Make a mutation, and not a query
    #[arg(long)]
    mutation: bool,
    /// The field of the schema to ask for [default: NAME]
    #[arg(long)]
    field: Option<String>,
}

/// Writes the operation into the workspace at `root`, and says what is left to do.
pub(crate) fn run(options: &Options, root: &Path) -> Result<()> {
    let report = scaffold(options, root)?;
    Cargo::new(root, ["fmt", "--package", "prefect-flow-run"]).run()?;
    schema::derive(root)?;
    print!("{report}");
    Ok(())
}

fn scaffold(options: &Options, root: &Path) -> Result<String> {
    let name = options.name.as_str();
    check_name(name)?;
    let file = format!("{FOLDER}/{name}.rs");
    if root.join(&file).exists() {
        bail!("{file} is there already: take another name");
    }
    let type_name = name.to_upper_camel_case();
    let field = options.field.as_deref().unwrap_or(name);
    let schema = schema::merged(root)?;
    let make = if options.mutation { template::mutation } else { template::query };
    let text = make(&type_name, field, &schema)?;

    // As far as it is asked for here, a field decides which servers an operation fits.
    let root_type = if options.mutation { "Mutation" } else { "Query" };
    let lacking = schema::versions_without(root, root_type, field)?;
    let mut files = vec![(file, text), modules(root, name)?];
    files.extend(documents::entries(root, &type_name, &lacking)?);
    for (path, text) in &files {
        fs::write(root.join(path), text).with_context(|| format!("cannot write {path}"))?;
    }
    let written: String = files.iter().map(|(path, _)| format!("{path}: written\n")).collect();
    Ok(format!("{written}{}", left_to_do(name, options.mutation)))
}

fn check_name(name: &str) -> Result<()> {
    let starts_well = name.starts_with(|first: char| first.is_ascii_lowercase());
    let is_snake_case = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !starts_well || !is_snake_case || name.contains("__") || name.ends_with('_') {
        bail!("{name:?} is no name of an operation: write it in snake case, such as flow_run_state");
    }
    if syn::parse_str::<syn::Ident>(name).is_err() {
        bail!("{name:?} is a word of Rust: take another name");
    }
    Ok(())
}

/// `operations/mod.rs` with the module's line among the others, in their order.
fn modules(root: &Path, name: &str) -> Result<(String, String)> {
    let path = format!("{FOLDER}/mod.rs");
    let text = fs::read_to_string(root.join(&path)).with_context(|| format!("cannot read {path}"))?;
    let new = format!("pub(crate) mod {name};");
    let mut lines: Vec<&str> = text.lines().collect();
    let last_before =
        lines.iter().rposition(|line| line.starts_with("pub(crate) mod ") && *line < new.as_str());
    let first = lines.iter().position(|line| line.starts_with("pub(crate) mod "));
    let at = last_before.map(|last| last + 1).or(first);
    lines.insert(at.with_context(|| format!("{path} has no operations"))?, &new);
    Ok((path, lines.join("\n") + "\n"))
}

fn left_to_do(name: &str, mutation: bool) -> String {
    let sandbox = if mutation {
        "\n5. Unless the sandbox serves it: a file in crates/prefect-sandbox/src/mutation, its line in mutation/mod.rs, \
         its rule in rules."
    } else {
        ""
    };
    format!(
        "Left to do:\n\
         1. Ask for what is used and no more, in {FOLDER}/{name}.rs, and say there what it is for. Whenever it is about \
         another type of the schema than before: cargo xtask schema derive, or that type is not found.\n\
         2. INSTA_UPDATE=always cargo test -p prefect-flow-run --lib {name}, and read its two snapshots.\n\
         3. Call it from the domain; a method that waits for it has one in crates/prefect-client/src/blocking as well.\n\
         4. cargo xtask schema check, which tells if schema/versions/requirements.toml must change; then put the \
         operation into the row of the README that it belongs to.{sandbox}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::tests::copy_of_this_workspace;

    fn options(name: &str, field: &str, mutation: bool) -> Options {
        Options { name: name.to_owned(), mutation, field: Some(field.to_owned()) }
    }

    fn workspace() -> tempfile::TempDir {
        let root = copy_of_this_workspace();
        let this = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let readme = "crates/prefect-flow-run/README.md";
        fs::copy(this.join(readme), root.path().join(readme)).unwrap();
        root
    }

    #[test]
    fn a_query_is_scaffolded() {
        let root = workspace();
        let report = scaffold(&options("count_agents", "agent", false), root.path()).unwrap();
        insta::assert_snapshot!(report);
        let read = |path: &str| fs::read_to_string(root.path().join(path)).unwrap();
        insta::assert_snapshot!(read(&format!("{FOLDER}/count_agents.rs")));
        assert!(read(&format!("{FOLDER}/mod.rs")).contains(
            "pub(crate) mod cancel_flow_run;\npub(crate) mod count_agents;\npub(crate) mod create_flow_run;\n"
        ));
        // Agents came with 0.14.
        assert!(read("schema/versions/requirements.toml").contains("\"0.10.7\" = [\n    \"CountAgents\",\n"));
        assert!(read("crates/prefect-flow-run/README.md").contains("| `CountAgents` |"));
    }

    #[test]
    fn a_mutation_is_scaffolded() {
        let root = workspace();
        let report = scaffold(&options("a_first", "set_project_name", true), root.path()).unwrap();
        insta::assert_snapshot!(report);
        insta::assert_snapshot!(fs::read_to_string(root.path().join(FOLDER).join("a_first.rs")).unwrap());
    }

    #[test]
    fn what_cannot_be_made_is_refused_and_changes_nothing() {
        let root = workspace();
        let path = format!("{FOLDER}/mod.rs");
        let before = fs::read_to_string(root.path().join(&path)).unwrap();
        let wanted = [
            ("CountAgents", "agent", false),
            ("../agents", "agent", false),
            ("match", "agent", false),
            ("agents", "agent", false),
            ("count_agents", "agents", false),
            ("count_agents", "api", false),
            ("count_agents", "archive", true),
            ("count_agents", "insert_agent", true),
            ("count_agents", "set_flow_run_states", true),
        ];
        let errors = wanted.map(|(name, field, mutation)| {
            scaffold(&options(name, field, mutation), root.path()).unwrap_err().to_string()
        });
        insta::assert_snapshot!(errors.join("\n"));
        assert_eq!(fs::read_to_string(root.path().join(&path)).unwrap(), before);
        assert!(!root.path().join(FOLDER).join("count_agents.rs").exists());
    }
}
