//! What our client offers, and what the Python client has for the same: both ask one sandbox.
//!
//! Of our operations only `refresh_token` has no counterpart, as 1.4.1 knows no tokens that expire;
//! its document is in the table.

use std::error::Error as _;

use prefect_client::transport::Error;
use prefect_client::{
    Api, Backend, CancelError, FindFlowError, Flow, FlowId, FlowRunId, FlowRunRequest, IdempotencyKey,
    LoginError, ScheduleError, State, Tenant, TokenLogin,
};
use prefect_sandbox::{FlowSpec, ParameterSpec, StoredFlowRun};
use serde_json::{Value, json};
use uuid::Uuid;

use super::scene::{KEY, Scene};
use crate::support::driver::Driver;

/// Both clients and the sandbox that they ask.
struct Both {
    scene: Scene,
    python: Driver,
    rust: Api,
}

const STATES: [&str; 21] = [
    "Cancelled",
    "Cancelling",
    "Cached",
    "ClientFailed",
    "Failed",
    "Finished",
    "Looped",
    "Mapped",
    "Paused",
    "Pending",
    "Queued",
    "Resume",
    "Retrying",
    "Running",
    "Scheduled",
    "Skipped",
    "Submitted",
    "Success",
    "TimedOut",
    "TriggerFailed",
    "ValidationFailed",
];

impl Both {
    async fn start(backend: Backend) -> Self {
        let scene = Scene::start(backend).await;
        let (python, rust) = (scene.python().driver(), Api::new(scene.transport(), backend));
        Self { scene, python, rust }
    }

    /// A project of the default tenant.
    async fn project(&self, name: &str) -> Uuid {
        let tenant = self.scene.sandbox.default_tenant();
        self.scene.sandbox.create_project(tenant, name).await.unwrap()
    }

    /// Registers a version; the time moves on.
    async fn register(&self, flow: FlowSpec) -> Uuid {
        self.scene.tick();
        self.scene.sandbox.register_flow(flow).await.unwrap().flow_id
    }

    /// Registers the flow `F` of a project `P` twice; the second version, as our client finds it.
    async fn registered_flow(&self) -> Flow {
        let project = self.project("P").await;
        for _version in 1..=2 {
            let flow = FlowSpec::new(project, "F").parameter(ParameterSpec::required("a")).task("t");
            self.register(flow).await;
        }
        self.rust.find_flow("F").in_project("P").await.unwrap()
    }

    /// A run of a flow, after it has had some states.
    async fn run(&self, flow: &Flow, states: &[&str]) -> FlowRunId {
        let request = FlowRunRequest::new().parameters(json!({ "a": 1 })).unwrap();
        let run = flow.schedule(request).await.unwrap().id;
        self.scene.sandbox.walk_flow_run(run.0, states).await.unwrap();
        run
    }

    /// Our client, logged in to a tenant with the key as an API token.
    fn logged_in(&self, tenant: Tenant) -> Api {
        let transport = self.scene.transport();
        let login = TokenLogin::new(transport.clone(), KEY, tenant);
        Api::new(transport.with_credentials(login), Backend::Cloud)
    }

    async fn stored(&self, id: FlowRunId) -> StoredFlowRun {
        let runs = self.scene.sandbox.flow_runs().await.unwrap();
        runs.into_iter().find(|run| run.id == id.0).unwrap()
    }

    /// What the Python client returns.
    fn python(&mut self, call: &str, arguments: &Value) -> Value {
        let answer = self.python.call(call, arguments);
        answer.get("data").unwrap_or_else(|| panic!("{call} {arguments}: {answer}")).clone()
    }

    /// The id of the run that the Python client makes.
    fn python_run(&mut self, call: &str, arguments: &Value) -> FlowRunId {
        serde_json::from_value(self.python(call, arguments)).unwrap()
    }

    /// The exception that the Python client raises.
    fn python_raises(&mut self, call: &str, arguments: &Value) -> String {
        let answer = self.python.call(call, arguments);
        answer["raised"].as_str().unwrap_or_else(|| panic!("{call} {arguments}: {answer}")).to_owned()
    }

    /// The messages of the server's errors that the Python client raises.
    fn python_errors(&mut self, call: &str, arguments: &Value) -> Vec<String> {
        let answer = self.python.call(call, arguments);
        serde_json::from_value(answer["errors"].clone())
            .unwrap_or_else(|_| panic!("{call} {arguments}: {answer}"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_flow_is_found() {
    let mut both = Both::start(Backend::Server).await;
    let (p, q) = (both.project("P").await, both.project("Q").await);
    both.register(FlowSpec::new(p, "F")).await;
    let live = both.register(FlowSpec::new(p, "F")).await;
    both.register(FlowSpec::new(p, "F").version(7).archived(true).keep_previous()).await;
    both.register(FlowSpec::new(p, "Twice")).await;
    both.register(FlowSpec::new(q, "Twice")).await;
    both.register(FlowSpec::new(p, "Gone").archived(true)).await;

    for (name, project) in [("F", "P"), ("F", ""), ("Twice", "P"), ("Twice", "Q")] {
        let found = both.rust.find_flow(name).in_project(project).await.unwrap();
        let found = json!({ "id": found.id(), "name": found.name(), "project": found.project_name() });
        let names = json!({ "flow_name": name, "project_name": project });
        assert_eq!(both.python("find_flow", &names), found);
        assert!(name != "F" || found["id"] == live.to_string(), "{found}");
    }
    for (name, project) in [("Nothing", "P"), ("F", "Nowhere"), ("F", "Q"), ("Gone", "P")] {
        let error = both.rust.find_flow(name).in_project(project).await.unwrap_err();
        assert!(matches!(error, FindFlowError::NotFound(_)), "{error}");
        let names = json!({ "flow_name": name, "project_name": project });
        let raised = both.python_raises("find_flow", &names);
        assert!(raised.starts_with("ValueError: No results found"), "{raised}");
        let raised = both.python_raises("start_flow_run", &names);
        assert_eq!(raised, format!("ValueError: Flow '{name}' not found."));
    }
    let error = both.rust.find_flow("Twice").await.unwrap_err();
    assert!(matches!(error, FindFlowError::Ambiguous { .. }), "{error}");
    let raised = both.python_raises("find_flow", &json!({ "flow_name": "Twice" }));
    assert!(raised.starts_with("ValueError: Found multiple flows"), "{raised}");
}

/// What our client says there is instead of a flow is what `prefect get flows` lists.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_flows_are_listed() {
    let scene = Scene::start(Backend::Server).await;
    let tenant = scene.sandbox.default_tenant();
    let project = scene.sandbox.create_project(tenant, "P").await.unwrap();
    for flow in ["Alpha", "Beta", "Beta", "Gamma"] {
        scene.sandbox.register_flow(FlowSpec::new(project, flow)).await.unwrap();
    }
    let listed = scene.python().prefect(&["get", "flows", "--project", "P"]);
    // Below the columns' names.
    let listed: Vec<_> = listed.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    let rust = Api::new(scene.transport(), Backend::Server);
    let error = rust.find_flow("nothing like it").in_project("P").await.unwrap_err();
    let FindFlowError::NotFound(not_found) = error else { panic!("{error}") };
    assert_eq!(not_found.existing, listed);
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_treated_alike() {
    let mut both = Both::start(Backend::Server).await;
    let flow = both.registered_flow().await;
    the_same_run_is_made(&mut both, &flow).await;
    the_same_state_is_read(&mut both, &flow).await;
    the_same_state_is_left_by_cancelling(&mut both, &flow).await;
    the_same_runs_are_refused(&mut both, &flow).await;
}

async fn the_same_run_is_made(both: &mut Both, flow: &Flow) {
    let parameters = json!({ "a": { "ä\n": [1, 2.5, null] } });
    let with_key = |key: &str| FlowRunRequest::new().parameters(&parameters).unwrap().idempotency_key(key);
    let by_name = |key: &str| {
        json!({
            "flow_name": "F", "project_name": "P", "parameters": parameters, "idempotency_key": key,
        })
    };
    let by_id = |key: &str| json!({ "flow_id": flow.id(), "parameters": parameters, "idempotency_key": key });

    // One key is one run, whoever uses it first, and by whatever method.
    let ours = flow.schedule(with_key("ours")).await.unwrap().id;
    assert_eq!(both.python_run("create_flow_run", &by_id("ours")), ours);
    assert_eq!(both.python_run("find_and_create_flow_run", &by_name("ours")), ours);
    let theirs = both.python_run("start_flow_run", &by_name("theirs"));
    assert_eq!(flow.schedule(with_key("theirs")).await.unwrap().id, theirs);
    let key = IdempotencyKey::from("theirs");
    assert_eq!(both.rust.flow_run_by_key(flow.id(), &key).await.unwrap(), Some(theirs));

    // And the runs are alike.
    let alike = |run: StoredFlowRun| {
        let parameters: Value = serde_json::from_str(run.parameters.get()).unwrap();
        let context = run.context.map(|context| context.get().to_owned());
        let run_config = run.run_config.map(|run_config| run_config.get().to_owned());
        let state = (run.state, run.state_message, run.version);
        (run.flow_id, parameters, context, run_config, run.labels, run.scheduled_start_time, state)
    };
    assert_ne!(ours, theirs);
    assert_eq!(alike(both.stored(ours).await), alike(both.stored(theirs).await));
}

async fn the_same_state_is_read(both: &mut Both, flow: &Flow) {
    for name in STATES {
        let id = both.run(flow, &[name]).await;
        let state = both.rust.flow_run(id).await.unwrap().unwrap().state;
        assert!(!matches!(state, State::Other(_)), "{name}");
        let ours = json!({
            "name": state.name(),
            "running": state.is_running(),
            "finished": state.is_finished(),
            "successful": state.is_successful(),
            "failed": state.is_failed(),
            "scheduled": state.is_scheduled(),
            "pending": state.is_pending(),
        });
        assert_eq!(both.python("flow_run_state", &json!({ "id": id })), ours, "{name}");
    }
    let unknown = FlowRunId(Uuid::nil());
    assert_eq!(both.rust.flow_run(unknown).await.unwrap(), None);
    let raised = both.python_raises("flow_run_state", &json!({ "id": unknown }));
    assert_eq!(raised, format!("ObjectNotFoundError: Flow run '{unknown}' not found."));
}

async fn the_same_state_is_left_by_cancelling(both: &mut Both, flow: &Flow) {
    for (before, after) in [
        ("Scheduled", "Cancelled"),
        ("Running", "Cancelling"),
        ("Cancelling", "Cancelling"),
        ("Failed", "Failed"),
    ] {
        let (ours, theirs) = (both.run(flow, &[before]).await, both.run(flow, &[before]).await);
        let state = both.rust.cancel(ours).await.unwrap();
        assert_eq!(state.name(), after);
        assert_eq!(both.python("cancel_flow_run", &json!({ "flow_run_id": theirs })), after);
        let (ours, theirs) = (both.stored(ours).await, both.stored(theirs).await);
        assert_eq!((ours.state, ours.version), (theirs.state, theirs.version), "{before}");
    }
    let unknown = FlowRunId(Uuid::nil());
    let error = both.rust.cancel(unknown).await.unwrap_err();
    assert!(matches!(error, CancelError::NotFound { id } if id == unknown), "{error}");
    let refused = both.python_errors("cancel_flow_run", &json!({ "flow_run_id": unknown }));
    assert_eq!(refused, [format!("Invalid flow run ID: {unknown}.")]);
}

/// Ends with archiving the flow.
async fn the_same_runs_are_refused(both: &mut Both, flow: &Flow) {
    let unchecked = FlowRunRequest::new().unchecked();
    let ScheduleError::NotScheduled(error) = flow.schedule(unchecked.clone()).await.unwrap_err() else {
        panic!("another error than the server's");
    };
    let refused = both.python_errors("create_flow_run", &json!({ "flow_id": flow.id() }));
    assert_eq!(refused, messages(&error));
    assert_eq!(refused, ["Required parameters were not supplied: {'a'}"]);

    let unknown = FlowId(Uuid::nil());
    let error = both.rust.resume(unknown, "key".into(), unchecked.clone()).await.unwrap_err();
    let ScheduleError::OutcomeUnknown { source: Some(error), .. } = error else { panic!("{error}") };
    let refused = both.python_errors("create_flow_run", &json!({ "flow_id": unknown }));
    assert_eq!(refused, messages(&error));

    both.scene.sandbox.archive_flow(flow.id().0).await.unwrap();
    let error = both.rust.resume(flow.id(), "key".into(), unchecked).await.unwrap_err();
    assert!(matches!(error, ScheduleError::Archived { flow_id } if flow_id == flow.id()), "{error}");
    let refused = both.python_errors("create_flow_run", &json!({ "flow_id": flow.id() }));
    assert_eq!(refused, [format!("Flow {} is archived.", flow.id())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_tenant_is_entered() {
    let mut both = Both::start(Backend::Cloud).await;
    both.registered_flow().await;
    let second = both.scene.second;
    let project = both.scene.sandbox.create_project(second, "P").await.unwrap();
    let flow = both.register(FlowSpec::new(project, "F")).await;

    assert_eq!(both.python("switch_tenant", &json!({ "tenant_slug": "second" })), second.to_string());
    let seen = both.python("graphql", &json!({ "query": "query { flow { id } }" }));
    assert_eq!(seen, json!({ "flow": [{ "id": flow }] }));
    for tenant in [Tenant::Slug("second".to_owned()), Tenant::Id(prefect_client::TenantId(second))] {
        let found = both.logged_in(tenant).find_flow("F").in_project("P").await.unwrap();
        assert_eq!((found.id().0, found.tenant_id().unwrap().0), (flow, second));
    }

    let raised = both.python_raises("switch_tenant", &json!({ "tenant_slug": "nobody" }));
    assert_eq!(raised, "ValueError: No matching tenant found for slug 'nobody'.");
    let nobody = both.logged_in(Tenant::Slug("nobody".to_owned()));
    let error = nobody.find_flow("F").in_project("P").await.unwrap_err();
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    assert!(matches!(cause, Some(LoginError::NoTenant { .. })), "{error}");
}

/// The messages of the server's errors.
fn messages(error: &Error) -> Vec<String> {
    error.graphql_errors().iter().map(|error| error.message.clone()).collect()
}
