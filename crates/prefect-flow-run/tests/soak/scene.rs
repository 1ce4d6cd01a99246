//! Where a round happens: the sandbox, its flows, and the client.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use prefect_flow_run::transport::{RetryPolicy, Transport};
use prefect_flow_run::{Api, Backend, Flow, Polling};
use prefect_sandbox::{FlowSpec, ParameterSpec, Sandbox};
use uuid::Uuid;

use crate::counts::Counts;
use crate::faults;
use crate::plan::{Plan, flow_name};

pub(crate) const PROJECT: &str = "P";

pub(crate) struct Scene<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) sandbox: Sandbox,
    pub(crate) api: Api,
    project: Uuid,
    /// The version of each flow that was found last.
    known: Mutex<Vec<Flow>>,
    counts: Mutex<Counts>,
    /// What the client answered, one after the other, by the number of the run.
    answers: Mutex<HashMap<usize, Vec<String>>>,
    faults: Vec<String>,
}

impl<'a> Scene<'a> {
    /// A sandbox with a first version of each flow, found before there are faults.
    pub(crate) async fn new(plan: &'a Plan, fault_rate: f64) -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let project = sandbox.create_project(sandbox.default_tenant(), PROJECT).await.unwrap();
        let api = api(&sandbox);
        let mut known = Vec::new();
        for name in Plan::flows() {
            sandbox.register_flow(spec(project, name.clone())).await.unwrap();
            known.push(api.find_flow(name).in_project(PROJECT).await.unwrap());
        }
        let faults = faults::inject(sandbox.faults(), fault_rate, plan.seed);
        let (known, counts) = (Mutex::new(known), Mutex::new(Counts::default()));
        Self { plan, sandbox, api, project, known, counts, answers: Mutex::default(), faults }
    }

    /// Registers the next version of a flow, and archives those before it.
    pub(crate) async fn register(&self, flow: usize) {
        self.sandbox.register_flow(spec(self.project, flow_name(flow))).await.unwrap();
    }

    /// The version of a flow that was found last.
    pub(crate) fn known(&self, flow: usize) -> Flow {
        self.known.lock().unwrap()[flow].clone()
    }

    pub(crate) fn now_known(&self, flow: usize, found: Flow) {
        self.known.lock().unwrap()[flow] = found;
    }

    pub(crate) fn count(&self, note: impl FnOnce(&mut Counts)) {
        note(&mut self.counts.lock().unwrap());
    }

    /// Takes note of an answer of the client.
    pub(crate) fn answered(&self, run: usize, answer: String) {
        self.count(|counts| counts.answer(&answer));
        self.answers.lock().unwrap().entry(run).or_default().push(answer);
    }

    /// All answers for a run.
    pub(crate) fn answers(&self, run: usize) -> Vec<String> {
        self.answers.lock().unwrap().get(&run).cloned().unwrap_or_default()
    }

    /// What was counted, with the faults.
    pub(crate) fn counts(self) -> Counts {
        let mut counts = self.counts.into_inner().unwrap();
        counts.injected.extend(self.faults.into_iter().zip(self.sandbox.faults().applied()));
        counts
    }
}

/// The real client, in a hurry.
fn api(sandbox: &Sandbox) -> Api {
    let retry = RetryPolicy::default()
        .max_attempts(4)
        .min_delay(Duration::from_millis(1))
        .max_delay(Duration::from_millis(4));
    let transport = Transport::builder(sandbox.url().parse().unwrap())
        .retry(retry)
        .attempt_timeout(Duration::from_millis(250))
        .total_timeout(Duration::from_secs(2))
        .max_response_bytes(1 << 20)
        .build()
        .unwrap();
    let polling =
        Polling::default().min_interval(Duration::from_millis(5)).max_interval(Duration::from_millis(50));
    Api::new(transport, Backend::Server).with_polling(polling)
}

fn spec(project: Uuid, name: String) -> FlowSpec {
    let parameters = ["run", "number", "text", "more"].map(ParameterSpec::required);
    parameters.into_iter().fold(FlowSpec::new(project, name), FlowSpec::parameter)
}
