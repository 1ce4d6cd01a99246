//! A version of a flow that was found.

use std::sync::Arc;

use prefect_schema::{FlowId, Json, ProjectId, TenantId};

use crate::declaration::Declaration;
use crate::operations::find_flow::{FlowRow, ProjectRow};
use crate::operations::find_flow_older::{FlowWithProject, FlowWithoutProject};
use crate::{
    Api, DeclaredParameter, FindFlowError, FlowReference, FlowRunRequest, ParameterMismatch, Parameters,
    ScheduleError, ScheduledFlowRun,
};

/// One version of a flow that was found. Cheap to clone.
///
/// Found once, it schedules any number of runs with one request each. The version it stands for is
/// frozen, unless it is archived meanwhile: then [`schedule`](Self::schedule) looks up the newer one,
/// in the way that this one was found. A version that was asked for by its id is never replaced.
#[derive(Debug, Clone)]
pub struct Flow {
    pub(crate) api: Api,
    version: Arc<Version>,
}

/// What is known of it, whichever operation told it.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) id: FlowId,
    pub(crate) name: String,
    pub(crate) number: Option<i32>,
    /// `None` on a server without projects.
    pub(crate) project: Option<ProjectRow>,
    declaration: Declaration,
    /// The labels of a run that brings none.
    labels: Vec<String>,
    /// What it was asked for by; `None` for its name.
    reference: Option<FlowReference>,
}

impl Flow {
    /// One that was asked for by an id.
    pub(crate) fn referenced(api: Api, version: impl Into<Version>, reference: FlowReference) -> Self {
        let version = Version { reference: Some(reference), ..version.into() };
        Self { api, version: Arc::new(version) }
    }

    /// One that was asked for by its name.
    pub(crate) fn named(api: Api, version: Arc<Version>) -> Self {
        Self { api, version }
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

    /// The id of the flow's project; `None` on a server that is too old for projects.
    pub fn project_id(&self) -> Option<ProjectId> {
        self.version.project.as_ref().map(|project| project.id)
    }

    /// The name of the flow's project; empty on a server that is too old for projects.
    pub fn project_name(&self) -> &str {
        self.version.project.as_ref().map_or("", |project| &project.name)
    }

    /// The tenant of the flow's project.
    pub fn tenant_id(&self) -> Option<TenantId> {
        self.version.project.as_ref().and_then(|project| project.tenant_id)
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

    /// The labels that a run of `request` gets, sorted: those given, those in the run config given, or
    /// else the first that there are of the flow group's, its run config's, the flow's run config's
    /// and its environment's. This is how Prefect Server resolves them, as of the time of the lookup.
    pub fn effective_labels(&self, request: &FlowRunRequest) -> Vec<String> {
        let mut labels = request.own_labels().unwrap_or_else(|| self.version.labels.clone());
        labels.sort_unstable();
        labels
    }

    /// The same version, as if it had been asked for by its id: [`schedule`](Self::schedule) says that it
    /// is archived, and never goes on to a newer one. For callers that note each version before a run
    /// of it may exist.
    #[must_use]
    pub fn pinned(&self) -> Self {
        let reference = Some(FlowReference::Version(self.id()));
        let version = Version { reference, ..Version::clone(&self.version) };
        Self { api: self.api.clone(), version: Arc::new(version) }
    }

    pub(crate) fn was_found_by_id(&self) -> bool {
        matches!(self.version.reference, Some(FlowReference::Version(_)))
    }

    /// Looks up, within `call`, what is found now in the way that this version was.
    pub(crate) async fn look_up_again(&self, call: &Api) -> Result<Self, FindFlowError> {
        let found = match &self.version.reference {
            None => call.find_flow(self.name()).in_project(self.project_name()).await?,
            Some(reference) => call.flow_by(reference.clone()).await?,
        };
        Ok(Self { api: self.api.clone(), ..found })
    }

    /// Schedules one run, exactly once, whatever the network does.
    ///
    /// When this version was archived since it was found, the newer one is looked up and run, unless
    /// this one was asked for by its id.
    /// Dropping the future may leave the outcome unknown: give a key of your own to be able to
    /// [resume](Api::resume) it.
    ///
    /// # Errors
    /// See [`ScheduleError`].
    pub async fn schedule(&self, request: FlowRunRequest) -> Result<ScheduledFlowRun, ScheduleError> {
        crate::schedule::schedule(self, request).await
    }
}

impl From<FlowRow> for Version {
    fn from(row: FlowRow) -> Self {
        let group = row.flow_group;
        Self {
            id: row.id,
            name: row.name,
            number: row.version,
            project: Some(row.project),
            declaration: Declaration::of(row.parameters, group.default_parameters),
            labels: first([
                group.labels.as_ref().and_then(decoded),
                of_run_config(group.run_config_type.is_some(), group.run_config_labels.as_ref()),
                of_run_config(row.run_config_type.is_some(), row.run_config_labels.as_ref()),
                row.environment_labels.as_ref().and_then(decoded),
            ]),
            reference: None,
        }
    }
}

impl From<FlowWithProject> for Version {
    fn from(row: FlowWithProject) -> Self {
        let group = row.flow_group;
        Self {
            id: row.id,
            name: row.name,
            number: row.version,
            project: Some(row.project),
            declaration: Declaration::of(row.parameters, group.default_parameters),
            labels: first([
                group.labels.as_ref().and_then(decoded),
                of_run_config(row.run_config_type.is_some(), row.run_config_labels.as_ref()),
                row.environment_labels.as_ref().and_then(decoded),
            ]),
            reference: None,
        }
    }
}

impl From<FlowWithoutProject> for Version {
    fn from(row: FlowWithoutProject) -> Self {
        Self {
            id: row.id,
            name: row.name,
            number: row.version,
            project: None,
            declaration: Declaration::of(row.parameters, None),
            labels: row.environment_labels.as_ref().and_then(decoded).unwrap_or_default(),
            reference: None,
        }
    }
}

/// The labels of a run that brings none, from all there may be in the server's order.
fn first<const N: usize>(sources: [Option<Vec<String>>; N]) -> Vec<String> {
    sources.into_iter().flatten().next().unwrap_or_default()
}

fn decoded(labels: &Json) -> Option<Vec<String>> {
    labels.decode().ok()
}

/// Those of a run config, if there is one: that it has none is an answer too.
fn of_run_config(there_is_one: bool, labels: Option<&Json>) -> Option<Vec<String>> {
    labels.and_then(decoded).or_else(|| there_is_one.then(Vec::new))
}
