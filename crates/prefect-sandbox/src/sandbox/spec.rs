//! Flows to be registered by a test, and what registering them gives.

use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::rules::registration::NewFlow;

/// A flow to register with [`Sandbox::register_flow`](crate::Sandbox::register_flow).
#[derive(Clone, Debug)]
#[must_use]
pub struct FlowSpec {
    project: Uuid,
    name: String,
    description: Option<String>,
    version: Option<i64>,
    archived: bool,
    keep_previous: bool,
    run_config: Option<Json>,
    environment: Option<Json>,
    parameters: Vec<ParameterSpec>,
    tasks: Vec<String>,
}

/// A parameter of a flow.
#[derive(Clone, Debug)]
pub struct ParameterSpec {
    name: String,
    default: Option<Json>,
}

/// A registered version.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegisteredFlow {
    /// Id of this version.
    pub flow_id: Uuid,
    /// Its number.
    pub version: i64,
    /// What all versions of the flow share.
    pub version_group_id: String,
    /// The flow group, one per version group.
    pub flow_group_id: Uuid,
}

impl FlowSpec {
    /// The next version of the flow `name` in a project. Versions before it are archived.
    pub fn new(project: Uuid, name: impl Into<String>) -> Self {
        Self {
            project,
            name: name.into(),
            description: None,
            version: None,
            archived: false,
            keep_previous: false,
            run_config: None,
            environment: None,
            parameters: Vec::new(),
            tasks: Vec::new(),
        }
    }

    /// Adds a parameter.
    pub fn parameter(mut self, parameter: ParameterSpec) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Adds a task; every run of the flow gets a task run for it.
    pub fn task(mut self, name: impl Into<String>) -> Self {
        self.tasks.push(name.into());
        self
    }

    /// The description.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// The run config, with the labels that runs take from it.
    pub fn run_config(mut self, run_config: Json) -> Self {
        self.run_config = Some(run_config);
        self
    }

    /// The environment, which flows had before there were run configs, with the labels that runs take
    /// from it when there is no run config.
    pub fn environment(mut self, environment: Json) -> Self {
        self.environment = Some(environment);
        self
    }

    /// This version number instead of the next one.
    pub fn version(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }

    /// Whether this version is archived from the start.
    pub fn archived(mut self, archived: bool) -> Self {
        self.archived = archived;
        self
    }

    /// Leaves the other versions unarchived.
    pub fn keep_previous(mut self) -> Self {
        self.keep_previous = true;
        self
    }

    pub(crate) fn into_new_flow(self) -> NewFlow {
        let parameters: Vec<Json> = self.parameters.iter().map(ParameterSpec::to_json).collect();
        let tasks: Vec<Json> = self.tasks.iter().map(|name| json!({ "name": name })).collect();
        let serialized_flow = json!({
            "name": self.name,
            "type": "prefect.core.flow.Flow",
            "__version__": "1.4.1",
            "schedule": null,
            "parameters": parameters,
            "tasks": tasks,
            "edges": [],
            "reference_tasks": [],
        });
        NewFlow {
            storage: json!({ "type": "Local", "__version__": "1.4.1", "flows": {}, "secrets": [] })
                .to_string(),
            serialized_flow: serialized_flow.to_string(),
            parameters: Json::from(parameters).to_string(),
            run_config: self.run_config.map(|run_config| run_config.to_string()),
            environment: self.environment.map(|environment| environment.to_string()),
            project_id: self.project.to_string(),
            name: self.name,
            description: self.description,
            version: self.version,
            archived: self.archived,
            keep_previous: self.keep_previous,
            tasks: self.tasks,
        }
    }
}

impl ParameterSpec {
    /// A parameter that every run must be given.
    pub fn required(name: impl Into<String>) -> Self {
        Self { name: name.into(), default: None }
    }

    /// A parameter with a default.
    pub fn optional(name: impl Into<String>, default: Json) -> Self {
        Self { name: name.into(), default: Some(default) }
    }

    fn to_json(&self) -> Json {
        json!({
            "name": self.name,
            "slug": self.name,
            "required": self.default.is_none(),
            "default": self.default,
            "outputs": "typing.Any",
            "tags": [],
            "type": "prefect.core.parameter.Parameter",
            "__version__": "1.4.1",
        })
    }
}
