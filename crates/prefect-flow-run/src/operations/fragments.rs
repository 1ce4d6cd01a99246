//! What several operations read in the same words.

use prefect_schema::{FlowId, ProjectId};

use super::{cynic, schema};
use crate::FlowOfRun;

/// The answer of the mutations that only say whether there was something to change.
#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "success_payload")]
pub(crate) struct Success {
    success: Option<bool>,
}

impl Success {
    pub(crate) fn said_by(answer: Option<Self>) -> bool {
        answer.and_then(|answer| answer.success).unwrap_or_default()
    }
}

/// Labels, which are JSON on the wire.
#[derive(cynic::Scalar, Clone)]
#[cynic(graphql_type = "jsonb")]
pub(crate) struct Labels(pub(crate) Vec<String>);

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "flow")]
pub(crate) struct FlowOfRunRow {
    id: FlowId,
    name: String,
    version: Option<i32>,
    project: ProjectOfRunRow,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "project")]
struct ProjectOfRunRow {
    id: ProjectId,
    name: String,
}

impl From<FlowOfRunRow> for FlowOfRun {
    fn from(row: FlowOfRunRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            version: row.version,
            project_id: row.project.id,
            project_name: row.project.name,
        }
    }
}
