//! What the client says of a run that it was to schedule, and whether the database agrees.

use std::collections::HashMap;
use std::fmt::{self, Debug};

use prefect_flow_run::{Api, FlowId, FlowRunId, FlowRunRequest, ScheduleError, ScheduledFlowRun};
use prefect_sandbox::{FlowSpec, ParameterSpec, RegisteredFlow, Sandbox, StoredFlowRun};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::verdict::{Verdict, Verdicts, told};

/// Kept as they are written: no number and no order may change on the way.
const PARAMETERS: &str = r#"{"z":12345678901234567890123,"a":[1.0,1e2,"é\u2028"]}"#;

/// What the client says, once it knows.
pub(crate) enum Report {
    Scheduled {
        id: FlowRunId,
        version: FlowId,
    },
    NotScheduled(String),
    /// What it says is not so, whatever the database holds.
    Wrong(String),
}

/// A flow that takes the parameters, or its next version.
pub(crate) async fn register(sandbox: &Sandbox, project: Uuid, name: &str) -> RegisteredFlow {
    let spec = ["z", "a"].into_iter().fold(FlowSpec::new(project, name), |spec, parameter| {
        spec.parameter(ParameterSpec::optional(parameter, serde_json::json!(null)))
    });
    sandbox.register_flow(spec).await.unwrap()
}

pub(crate) fn request(key: &str) -> FlowRunRequest {
    let parameters: &RawValue = serde_json::from_str(PARAMETERS).unwrap();
    FlowRunRequest::new().idempotency_key(key).parameters(parameters).unwrap()
}

/// The report of an outcome. One that is unknown is settled by `another` API, as another process would do it later.
pub(crate) async fn report(outcome: Result<ScheduledFlowRun, ScheduleError>, another: &Api) -> Report {
    let settled = match outcome {
        Err(ScheduleError::OutcomeUnknown { flow_id, key, .. }) => {
            let request = request(key.as_str());
            another.resume(flow_id, key, request).await
        }
        outcome => outcome,
    };
    match settled {
        Ok(run) => Report::Scheduled { id: run.id, version: run.flow_id },
        Err(error @ ScheduleError::OutcomeUnknown { .. }) => {
            Report::Wrong(format!("resumed: {}", told(&error)))
        }
        Err(error) => Report::NotScheduled(told(&error)),
    }
}

/// Compares the reports of scenarios, each with its key, with the runs that there are.
pub(crate) async fn compare_all<P: Debug>(of: &str, sandbox: &Sandbox, reports: Vec<(P, (String, Report))>) {
    let mut runs: HashMap<String, Vec<StoredFlowRun>> = HashMap::new();
    for run in sandbox.flow_runs().await.unwrap() {
        runs.entry(run.idempotency_key.clone().unwrap()).or_default().push(run);
    }
    let mut verdicts = Verdicts::default();
    let (mut scheduled, mut not) = (0, 0);
    for (plan, (key, report)) in reports {
        let runs = runs.remove(&key).unwrap_or_default();
        verdicts
            .add(compare(&report, &runs), || format!("{plan:?}: {report:?}, and there is {}", listed(&runs)));
        match report {
            Report::Scheduled { .. } => scheduled += 1,
            Report::NotScheduled(_) | Report::Wrong(_) => not += 1,
        }
    }
    for (key, runs) in runs {
        verdicts
            .find(Verdict::Duplicate, format!("nobody has the key {key:?}, and there is {}", listed(&runs)));
    }
    let faults = sandbox.faults().injected();
    verdicts.assert_none(&format!("{of}: {faults} faults, {scheduled} scheduled, {not} not"));
}

fn listed(runs: &[StoredFlowRun]) -> String {
    let runs: Vec<_> = runs.iter().map(|run| (run.id, run.flow_id, run.parameters.get())).collect();
    format!("{runs:?}")
}

/// What is wrong with a report, seeing the runs that there are under its key.
fn compare(report: &Report, runs: &[StoredFlowRun]) -> Option<Verdict> {
    match (report, runs) {
        (Report::Wrong(_), _) => Some(Verdict::Wrong),
        (_, [_, _, ..]) => Some(Verdict::Duplicate),
        (Report::Scheduled { .. }, []) => Some(Verdict::Lost),
        (Report::NotScheduled(_), [_]) => Some(Verdict::Wrong),
        (Report::NotScheduled(_), []) => None,
        (Report::Scheduled { id, version }, [run]) => {
            let same = (id.0, version.0, PARAMETERS) == (run.id, run.flow_id, run.parameters.get());
            (!same).then_some(Verdict::Wrong)
        }
    }
}

impl Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheduled { id, version } => write!(f, "scheduled {id} of {version}"),
            Self::NotScheduled(why) => write!(f, "not scheduled ({why})"),
            Self::Wrong(why) => f.write_str(why),
        }
    }
}
