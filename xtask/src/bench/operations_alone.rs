//! A program with as many typed operations as prefect-flow-run has, each as small as one can be, that are sent by
//! prefect-transport, and nothing else: what any crate with so many of them has to build at the least.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;

use super::project::Program;
use crate::schema::operations;

/// A query of two fragments, and variables with a filter of two input objects.
const OPERATION: &str = r#" {
    use prefect_schema::cynic::{self, QueryBuilder};
    use prefect_schema::{FlowRunId, schema};
    use prefect_transport::{Error, Transport};

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

    pub async fn call(transport: &Transport, name: &str) -> Result<Vec<(FlowRunId, Option<String>)>, Error> {
        let operation = Data::build(Variables { filter: Filter { name: Comparison { _eq: name } } });
        let request = transport.request("flow_runs", &operation)?;
        let data: Data = transport.execute(&request).await?.into_result()?;
        Ok(data.flow_run.into_iter().map(|row| (row.id, row.name)).collect())
    }
}
"#;

/// Registers as little of the schema as prefect-flow-run does.
const BUILD: &str = r#"
fn main() {
    prefect_schema::register_part(include_str!("../../../../crates/prefect-flow-run/schema.graphql"));
}
"#;

/// What calls all of them, up to the calls.
const MAIN: &str = r#"
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let transport = prefect_transport::Transport::builder("http://localhost".parse()?).build()?;
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    println!("{:?}", std::pin::pin!(calls(&transport)).poll(&mut context));
    Ok(())
}

async fn calls(transport: &prefect_transport::Transport) -> Result<(), prefect_transport::Error> {
"#;

/// The program for the workspace at `root`.
pub(super) fn program(root: &Path) -> Result<Program> {
    Ok(Program {
        name: "operations-alone",
        dependencies: r#"
prefect-schema = { path = "../../../../crates/prefect-schema" }
prefect-transport = { path = "../../../../crates/prefect-transport", default-features = false }

[build-dependencies]
prefect-schema = { path = "../../../../crates/prefect-schema", default-features = false, features = ["build"] }
"#,
        build: Some(BUILD),
        main: main(operations::all(root)?.len())?.into(),
    })
}

/// Its source, with so many operations. It is only built: it has no HTTP client to send them with.
fn main(count: usize) -> Result<String> {
    let (mut modules, mut calls) = (String::new(), String::new());
    for number in 0..count {
        write!(modules, "\nmod operation_{number}{OPERATION}")?;
        writeln!(calls, "    println!(\"{{:?}}\", operation_{number}::call(transport, \"a\").await?);")?;
    }
    Ok(format!("{modules}{MAIN}{calls}    Ok(())\n}}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_is_a_module_and_is_called() {
        let one = main(1).unwrap();
        let two = main(2).unwrap();
        assert!(one.contains("mod operation_0 {") && one.contains("operation_0::call("));
        assert!(!one.contains("operation_1") && two.contains("operation_1::call("));
    }
}
