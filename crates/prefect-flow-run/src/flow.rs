//! A version of a flow that was found, and what it says of its parameters.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use prefect_schema::{FlowId, Json, ProjectId, TenantId};
use serde::Deserialize;

use crate::operations::find_flow::FlowRow;
use crate::parameters::names;
use crate::{Api, FlowRunRequest, ParameterMismatch, Parameters, ScheduleError, ScheduledFlowRun};

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
    /// `None` when the server's list has a shape that is not known: then nothing is checked.
    declared: Option<Vec<DeclaredParameter>>,
    group_defaults: BTreeSet<String>,
}

/// A parameter as a flow declares it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct DeclaredParameter {
    /// The name.
    pub name: String,
    /// Whether a run needs a value for it.
    #[serde(default)]
    pub required: bool,
}

impl fmt::Display for DeclaredParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, if self.required { "required" } else { "optional" })
    }
}

impl Flow {
    pub(crate) fn new(api: Api, row: FlowRow) -> Self {
        let declared = row.parameters.as_ref().and_then(|json| json.decode().ok());
        if declared.is_none() {
            tracing::debug!(flow_id = %row.id, "the flow's parameters are not known; they are not checked");
        }
        let group_defaults = row.flow_group.default_parameters.as_ref().map(Json::get);
        let version = Version {
            id: row.id,
            name: row.name,
            number: row.version,
            project_id: row.project.id,
            project_name: row.project.name,
            tenant_id: row.project.tenant_id,
            declared,
            group_defaults: group_defaults.and_then(|text| names(text).ok()).unwrap_or_default(),
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
        self.version.declared.as_deref()
    }

    /// Checks `parameters` against the declaration, as scheduling does: required ones must be given,
    /// here or as defaults of the flow group, and given ones must be declared.
    ///
    /// # Errors
    /// When they do not fit.
    pub fn check_parameters(&self, parameters: Option<&Parameters>) -> Result<(), ParameterMismatch> {
        let Some(declared) = self.parameters() else { return Ok(()) };
        let none = BTreeSet::new();
        let given = parameters.map_or(&none, Parameters::names);
        let has_value = |name: &String| given.contains(name) || self.version.group_defaults.contains(name);
        let missing: Vec<_> = declared
            .iter()
            .filter(|parameter| parameter.required && !has_value(&parameter.name))
            .map(|parameter| parameter.name.clone())
            .collect();
        let undeclared: Vec<_> = given
            .iter()
            .filter(|name| !declared.iter().any(|parameter| parameter.name == **name))
            .cloned()
            .collect();
        if missing.is_empty() && undeclared.is_empty() {
            return Ok(());
        }
        Err(ParameterMismatch {
            flow_name: self.name().to_owned(),
            missing,
            undeclared,
            declared: declared.to_vec(),
        })
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
