//! What to schedule, apart from the flow. Values are turned into the JSON that is sent when they are
//! given, and never again.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use prefect_schema::{FlowId, Json};
use serde::{Deserialize, Serialize};

use crate::old_server::OldServer;
use crate::operations::create_flow_run::CreateFlowRunInput;
use crate::{Flow, JsonObject, JsonObjectError, ParameterMismatch, Parameters, ServerTooOld, StartTime};

/// What to schedule, apart from the flow. What is not given is left to the flow, its flow group and
/// the server.
///
/// ```
/// # use std::time::Duration;
/// use prefect_flow_run::{DockerRun, FlowRunRequest, JsonObjectError};
/// use serde_json::json;
///
/// # fn example() -> Result<FlowRunRequest, JsonObjectError> {
/// let docker = DockerRun { image: Some("acme/etl:7".to_owned()), ..DockerRun::default() };
/// FlowRunRequest::new()
///     .run_name("nightly")
///     .parameters(json!({ "name": "Ada" }))?
///     .label("gpu")
///     .start_in(Duration::from_secs(600))
///     .run_config(docker)
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct FlowRunRequest {
    parameters: Option<Parameters>,
    context: Option<JsonObject>,
    run_config: Option<JsonObject>,
    labels: Option<Vec<String>>,
    run_name: Option<String>,
    start: Option<Start>,
    idempotency_key: Option<IdempotencyKey>,
    may_have_been_used: bool,
    unchecked: bool,
}

/// When the run is to start.
#[derive(Debug, Clone)]
enum Start {
    At(StartTime),
    /// So long after the first attempt.
    In(Duration),
}

/// What makes two attempts the same run: the server makes one run for each flow version and key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl FlowRunRequest {
    /// A run without parameters and with a fresh key.
    pub fn new() -> Self {
        Self::default()
    }

    /// The parameters: anything that serialises to an object.
    ///
    /// # Errors
    /// When it does not.
    pub fn parameters(mut self, parameters: impl Serialize) -> Result<Self, JsonObjectError> {
        self.parameters = Some(Parameters::new(&parameters)?);
        Ok(self)
    }

    /// A run with these parameters, if there are any, and a fresh key.
    pub(crate) fn of_parameters(parameters: Option<Parameters>) -> Self {
        Self { parameters, ..Self::default() }
    }

    /// Values for `prefect.context` in the run: anything that serialises to an object.
    ///
    /// # Errors
    /// When it does not.
    pub fn context(mut self, context: impl Serialize) -> Result<Self, JsonObjectError> {
        self.context = Some(JsonObject::of("the context", &context)?);
        Ok(self)
    }

    /// How the run is executed, in place of the flow's run config as a whole: one of
    /// [`UniversalRun`](crate::UniversalRun), [`LocalRun`](crate::LocalRun),
    /// [`DockerRun`](crate::DockerRun), [`KubernetesRun`](crate::KubernetesRun),
    /// [`ECSRun`](crate::ECSRun) and [`VertexRun`](crate::VertexRun), or any other JSON object that
    /// the agent understands; it is sent as it is.
    ///
    /// A run config brings its own labels: with none in it, and none given as
    /// [`labels`](Self::labels), the run has no labels, whatever the flow's are.
    ///
    /// # Errors
    /// When it does not serialise to an object.
    pub fn run_config(mut self, run_config: impl Serialize) -> Result<Self, JsonObjectError> {
        self.run_config = Some(JsonObject::of("the run config", &run_config)?);
        Ok(self)
    }

    /// The run's labels, in place of the flow's. None of them is a value too: a run without labels.
    #[must_use]
    pub fn labels<T: Into<String>>(mut self, labels: impl IntoIterator<Item = T>) -> Self {
        self.labels = Some(labels.into_iter().map(Into::into).collect());
        self
    }

    /// Adds one to the [`labels`](Self::labels) that are given in place of the flow's.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.labels.get_or_insert_default().push(label.into());
        self
    }

    /// The run's name. Default, and for an empty one: two words that the server picks.
    #[must_use]
    pub fn run_name(mut self, name: impl Into<String>) -> Self {
        self.run_name = Some(name.into()).filter(|name| !name.is_empty());
        self
    }

    /// Names the run of `flow` after the run that starts it, `{parent run}-{flow}`, as the task
    /// `create_flow_run` of Prefect 1.4.1 does. A [name](Self::run_name) that is given wins.
    #[must_use]
    pub fn sub_flow_of(mut self, parent_run_name: &str, flow: &Flow) -> Self {
        if !parent_run_name.is_empty() {
            self.run_name.get_or_insert_with(|| format!("{parent_run_name}-{}", flow.name()));
        }
        self
    }

    /// When the run is to start: a [`jiff::Timestamp`] or a [`jiff::Zoned`]. Default: at once. Takes
    /// the place of [`start_in`](Self::start_in).
    #[must_use]
    pub fn start_at(mut self, time: impl Into<StartTime>) -> Self {
        self.start = Some(Start::At(time.into()));
        self
    }

    /// How long after its scheduling the run is to start: after the first attempt, by this machine's
    /// clock. Whatever is sent again names the same instant. Takes the place of
    /// [`start_at`](Self::start_at).
    #[must_use]
    pub fn start_in(mut self, delay: Duration) -> Self {
        self.start = Some(Start::In(delay));
        self
    }

    /// The key. Default, and for an empty one: a fresh UUID, as the Python client of 1.4.1 does.
    ///
    /// The server knows a key within one flow version only. So the runs of earlier versions are asked
    /// for it first, unless the version was asked for by its id or is [pinned](Flow::pinned).
    #[must_use]
    pub fn idempotency_key(mut self, key: impl Into<IdempotencyKey>) -> Self {
        self.idempotency_key = Some(key.into()).filter(|key| !key.0.is_empty());
        self.may_have_been_used = self.idempotency_key.is_some();
        self
    }

    /// A key that was made just now, so that no run of it can be there: earlier versions are not asked.
    #[must_use]
    pub fn fresh_idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self = self.idempotency_key(key);
        self.may_have_been_used = false;
        self
    }

    /// Sends the parameters as they are, without checking them against the flow's declaration. The
    /// server itself takes undeclared parameters and refuses missing ones.
    #[must_use]
    pub fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }

    /// Checks the parameters against what `flow` declares, unless that is not wanted.
    pub(crate) fn check(&self, flow: &Flow) -> Result<(), ParameterMismatch> {
        if self.unchecked { Ok(()) } else { flow.check_parameters(self.parameters.as_ref()) }
    }

    /// Whether the run may have been asked for before, by the key that was given.
    pub(crate) fn key_may_have_been_used(&self) -> bool {
        self.may_have_been_used
    }

    /// The key that was given, or a fresh one.
    pub(crate) fn key(&self) -> IdempotencyKey {
        self.idempotency_key.clone().unwrap_or_else(IdempotencyKey::random)
    }

    /// Turns a delay into the instant that it ends at, so that all attempts send the same.
    pub(crate) fn freeze(&mut self, now: impl FnOnce() -> Timestamp) {
        if let Some(Start::In(delay)) = self.start {
            self.start = Some(Start::At(StartTime::after(now(), delay)));
        }
    }

    /// When a [frozen](Self::freeze) request is to start.
    pub(crate) fn start(&self) -> Option<&StartTime> {
        match &self.start {
            Some(Start::At(time)) => Some(time),
            Some(Start::In(_)) | None => None,
        }
    }

    /// Refuses what the server does not take. A fresh key is for this machine alone, so it is not missed.
    pub(crate) fn check_options(&self, old: &OldServer) -> Result<(), ServerTooOld> {
        let given = [
            ("idempotency_key", self.may_have_been_used),
            ("labels", self.labels.is_some()),
            ("run_config", self.run_config.is_some()),
        ];
        given.into_iter().filter(|(_, given)| *given).try_for_each(|(field, _)| old.takes(field))
    }

    /// What is sent of a [frozen](Self::freeze) request.
    pub(crate) fn input<'a>(
        &'a self,
        flow_id: FlowId,
        key: Option<&'a IdempotencyKey>,
    ) -> CreateFlowRunInput<'a> {
        CreateFlowRunInput {
            flow_id,
            idempotency_key: key.map(IdempotencyKey::as_str),
            parameters: self.parameters.as_ref().map(Parameters::json),
            context: self.context.as_ref().map(JsonObject::json),
            run_config: self.run_config.as_ref().map(JsonObject::json),
            labels: self.labels.as_deref(),
            flow_run_name: self.run_name.as_deref(),
            scheduled_start_time: self.start(),
        }
    }

    /// The labels that this request brings, itself or in its run config; `None` when the flow's count.
    pub(crate) fn own_labels(&self) -> Option<Vec<String>> {
        let of_run_config = || self.run_config.as_ref().map(|run_config| labels_in(run_config.json()));
        self.labels.clone().or_else(of_run_config)
    }
}

/// The labels in a run config, none if it has none.
fn labels_in(run_config: &Json) -> Vec<String> {
    #[derive(Deserialize)]
    struct Labelled {
        labels: Option<Vec<String>>,
    }
    run_config.decode::<Labelled>().ok().and_then(|run_config| run_config.labels).unwrap_or_default()
}

impl IdempotencyKey {
    /// A fresh key: a random UUID.
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for IdempotencyKey {
    fn from(key: String) -> Self {
        Self(key)
    }
}

impl From<&str> for IdempotencyKey {
    fn from(key: &str) -> Self {
        Self(key.to_owned())
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
