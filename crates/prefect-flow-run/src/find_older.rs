//! The lookup on a server that is too old for the usual one, by name or by reference.

use prefect_transport::Error;

use crate::Api;
use crate::flow::Version;
use crate::old_server::OldServer;
use crate::operations::FlowWhere;
use crate::operations::find_flow_older::{with_projects, without_projects};

/// What there is of a flow on an old server.
pub(crate) enum Found {
    /// Of each project that has it, the most recent unarchived version; at least one.
    Versions(Vec<Version>),
    /// Nothing but archived versions of a flow of this name.
    Archived(String),
    Nothing,
}

/// Finds what `filter` says, apart from whether it is archived.
pub(crate) async fn find<'a>(
    call: &Api,
    old: &OldServer,
    filter: impl Fn() -> FlowWhere<'a>,
) -> Result<Found, Error> {
    let versions = versions(call, old, filter().unarchived()).await?;
    if !versions.is_empty() {
        return Ok(Found::Versions(versions));
    }
    let any = self::versions(call, old, filter()).await?;
    Ok(any.into_iter().next().map_or(Found::Nothing, |version| Found::Archived(version.name)))
}

async fn versions(call: &Api, old: &OldServer, filter: FlowWhere<'_>) -> Result<Vec<Version>, Error> {
    if old.has_projects() {
        let found = call.query("find_flow", &with_projects(filter)).await?;
        Ok(found.flow.into_iter().map(Version::from).collect())
    } else {
        let found = call.query("find_flow", &without_projects(filter)).await?;
        Ok(found.flow.into_iter().map(Version::from).collect())
    }
}
