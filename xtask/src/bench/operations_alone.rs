//! A program with as many typed operations as prefect-flow-run has, each as small as one can be, and nothing else: what no
//! crate that has them can be built without.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;

use super::project::Program;
use crate::schema::operations;

/// A query of two fragments, and variables with a filter of two input objects; its text, and its answer's data.
const OPERATION: &str = r#" {
    use prefect_schema::cynic::{self, GraphQlResponse, QueryBuilder};
    use prefect_schema::{FlowRunId, schema};

    #[derive(cynic::QueryVariables)]
    struct Variables<'a> {
        filter: Filter<'a>,
    }

    #[derive(cynic::InputObject)]
    #[cynic(graphql_type = "flow_run_bool_exp", rename_all = "None")]
    struct Filter<'a> {
        name: Comparison<'a>,
    }

    #[derive(cynic::InputObject)]
    #[cynic(graphql_type = "String_comparison_exp", rename_all = "None")]
    struct Comparison<'a> {
        _eq: &'a str,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "Query", variables = "Variables", rename_all = "None")]
    struct Data {
        #[arguments(where: $filter)]
        flow_run: Vec<FlowRun>,
    }

    #[derive(cynic::QueryFragment)]
    #[cynic(graphql_type = "flow_run", rename_all = "None")]
    struct FlowRun {
        id: FlowRunId,
        name: Option<String>,
    }

    pub fn request(name: &str) -> serde_json::Result<String> {
        let filter = Filter { name: Comparison { _eq: name } };
        serde_json::to_string(&Data::build(Variables { filter }))
    }

    pub fn answer(body: &str) -> serde_json::Result<Vec<(FlowRunId, Option<String>)>> {
        let answer: GraphQlResponse<Data> = serde_json::from_str(body)?;
        let rows = answer.data.into_iter().flat_map(|data| data.flow_run);
        Ok(rows.map(|row| (row.id, row.name)).collect())
    }
}
"#;

/// The program for the workspace at `root`.
pub(super) fn program(root: &Path) -> Result<Program> {
    Ok(Program {
        name: "operations-alone",
        dependencies: r#"
prefect-schema = { path = "../../../../crates/prefect-schema" }
serde_json = "1"

[build-dependencies]
prefect-schema = { path = "../../../../crates/prefect-schema", default-features = false, features = ["build"] }
"#,
        build: Some("fn main() {\n    prefect_schema::register();\n}\n"),
        main: main(operations::all(root)?.len())?.into(),
    })
}

/// Its source, with so many operations.
fn main(count: usize) -> Result<String> {
    let (mut modules, mut calls) = (String::new(), String::new());
    for number in 0..count {
        write!(modules, "\nmod operation_{number}{OPERATION}")?;
        writeln!(
            calls,
            "    println!(\"{{:?}}\", operation_{number}::answer(&operation_{number}::request(\"a\")?));"
        )?;
    }
    Ok(format!("{modules}\nfn main() -> serde_json::Result<()> {{\n{calls}    Ok(())\n}}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_is_a_module_and_is_called() {
        let one = main(1).unwrap();
        let two = main(2).unwrap();
        assert!(
            one.contains("mod operation_0 {") && one.contains("operation_0::answer(&operation_0::request(")
        );
        assert!(!one.contains("operation_1") && two.contains("operation_1::answer(&operation_1::request("));
    }
}
