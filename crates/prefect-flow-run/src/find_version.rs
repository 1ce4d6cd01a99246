//! The lookup of a flow by an id: of one version, or of what all versions share.

use std::fmt;

use prefect_schema::{FlowGroupId, FlowId};

use crate::find_older::{self, Found};
use crate::old_server::{Answer, OldServer};
use crate::operations::find_version;
use crate::rarely::rarely;
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

/// Finds a flow of `api`, with the requests of one `call`.
pub(crate) async fn find_version(
    api: &Api,
    call: &Api,
    reference: FlowReference,
) -> Result<Flow, FindFlowError> {
    let operation = find_version::build(&reference, api.tenant_filter());
    // What is rarely wanted is boxed, so that the future is small.
    let found = match call.query_unless_old("find_version", &operation, |_| true).await? {
        Answer::Data(found) => found,
        Answer::TooOld(old) => return rarely(|| find_on(old, api, call, reference)).await,
    };
    if let Some(row) = found.flow.into_iter().next() {
        return Ok(Flow::referenced(api.clone(), row, reference));
    }
    Err(match found.any.into_iter().next() {
        Some(flow) => FindFlowError::Archived { reference, flow_name: flow.name },
        None => FindFlowError::Unknown { reference },
    })
}

/// The same on an old server.
async fn find_on(
    old: &OldServer,
    api: &Api,
    call: &Api,
    reference: FlowReference,
) -> Result<Flow, FindFlowError> {
    let tenant_id = api.tenant_filter();
    if matches!(reference, FlowReference::Group(_)) {
        old.needs_projects_for("a flow group's id")?;
    }
    if tenant_id.is_some() {
        old.needs_projects_for("a tenant")?;
    }
    match find_older::find(call, old, || find_version::filter(&reference, tenant_id)).await? {
        Found::Versions(versions) => match versions.into_iter().max_by_key(|version| version.number) {
            Some(version) => Ok(Flow::referenced(api.clone(), version, reference)),
            None => Err(FindFlowError::Unknown { reference }),
        },
        Found::Archived(flow_name) => Err(FindFlowError::Archived { reference, flow_name }),
        Found::Nothing => Err(FindFlowError::Unknown { reference }),
    }
}
