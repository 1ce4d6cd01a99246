//! The lookup of a flow by an id: of one version, or of what all versions share.

use std::fmt;

use prefect_schema::{FlowGroupId, FlowId};

use crate::operations::find_version;
use crate::{Api, FindFlowError, Flow};

/// What a flow is asked for by, when not by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlowReference {
    /// The id of one version: this one is meant and no newer one.
    Version(FlowId),
    /// The id of the flow group: its most recent unarchived version.
    Group(FlowGroupId),
    /// The id of the version group, any text: its most recent unarchived version.
    VersionGroup(String),
}

impl fmt::Display for FlowReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(id) => write!(f, "flow version {id}"),
            Self::Group(id) => write!(f, "flow group {id}"),
            Self::VersionGroup(id) => write!(f, "version group {id:?}"),
        }
    }
}

pub(crate) async fn find_version(api: &Api, reference: FlowReference) -> Result<Flow, FindFlowError> {
    let operation = find_version::build(&reference, api.tenant_filter());
    let found = api.query("find_version", &operation).await?;
    if let Some(row) = found.flow.into_iter().next() {
        return Ok(Flow::new(api.clone(), row, Some(reference)));
    }
    Err(match found.any.into_iter().next() {
        Some(flow) => FindFlowError::Archived { reference, flow_name: flow.name },
        None => FindFlowError::Unknown { reference },
    })
}
