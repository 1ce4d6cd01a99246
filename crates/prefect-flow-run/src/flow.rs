//! A version of a flow that was found.

use std::sync::Arc;

use prefect_schema::{FlowId, ProjectId, TenantId};

use crate::declaration::Declaration;
use crate::operations::find_flow::FlowRow;
use crate::{
    Api, DeclaredParameter, FlowRunRequest, ParameterMismatch, Parameters, ScheduleError, ScheduledFlowRun,
};

/// One version of a flow, found by its name. Cheap to clone.
///
/// Found once, it schedules any number of runs with one request each. The version it stands for is
/// frozen, unless it is archived meanwhile: then [`schedule`](Self::schedule) looks up the newer one.
#[derive(Debug, Clone)]
pub struct Flow {
    pub(crate) api: Api,
    version: Arc<Version>,
}

#[derive(Debug)]
struct Version {
    id: FlowId,
    name: String,
    number: Option<i32>,
    project_id: ProjectId,
    project_name: String,
    tenant_id: Option<TenantId>,
    declaration: Declaration,
}

impl Flow {
    pub(crate) fn new(api: Api, row: FlowRow) -> Self {
        let declaration =
            Declaration::read(row.parameters.as_ref(), row.flow_group.default_parameters.as_ref());
        let version = Version {
            id: row.id,
            name: row.name,
            number: row.version,
            project_id: row.project.id,
            project_name: row.project.name,
            tenant_id: row.project.tenant_id,
            declaration,
        };
        Self { api, version: Arc::new(version) }
    }

    /// The id of this version.
    pub fn id(&self) -> FlowId {
        self.version.id
    }

    /// The flow's name.
    pub fn name(&self) -> &str {
        &self.version.name
    }

    /// The version's number; `None` on a server that counts none.
    pub fn version(&self) -> Option<i32> {
        self.version.number
    }

    /// The id of the flow's project.
    pub fn project_id(&self) -> ProjectId {
        self.version.project_id
    }

    /// The name of the flow's project.
    pub fn project_name(&self) -> &str {
        &self.version.project_name
    }

    /// The tenant of the flow's project.
    pub fn tenant_id(&self) -> Option<TenantId> {
        self.version.tenant_id
    }

    /// The parameters that the flow declares; `None` when the server does not say.
    pub fn parameters(&self) -> Option<&[DeclaredParameter]> {
        self.version.declaration.parameters()
    }

    /// Checks `parameters` against the declaration, as scheduling does: required ones must be given,
    /// here or as defaults of the flow group, and given ones must be declared.
    ///
    /// # Errors
    /// When they do not fit.
    pub fn check_parameters(&self, parameters: Option<&Parameters>) -> Result<(), ParameterMismatch> {
        self.version.declaration.check(self.name(), parameters)
    }

    /// Schedules one run, exactly once, whatever the network does.
    ///
    /// When this version was archived since it was found, the newer one is looked up and run.
    /// Dropping the future may leave the outcome unknown: give a key of your own to be able to
    /// [resume](Api::resume) it.
    ///
    /// # Errors
    /// See [`ScheduleError`].
    pub async fn schedule(&self, request: FlowRunRequest) -> Result<ScheduledFlowRun, ScheduleError> {
        crate::schedule::schedule(self, request).await
    }
}
