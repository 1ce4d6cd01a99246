//! The reference server: the versions of one flow, their runs, a log-in, and what each operation does
//! to them by the rules of Prefect 1.x. No network: an operation is executed or it is not.

use prefect_flow_run::{FlowId, FlowRunId};
use serde_json::{Value, json};
use uuid::Uuid;

pub const FLOW: &str = "F";

/// Who sent a request: the number of a call of the client, or [`RIVAL`].
pub type Caller = usize;

/// Another process that schedules with the same key.
pub const RIVAL: Caller = usize::MAX;

#[derive(Debug)]
struct Version {
    id: FlowId,
    archived: bool,
    wants_more: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub id: FlowRunId,
    pub flow_id: FlowId,
    pub key: String,
    pub parameters: Value,
    pub made_by: Caller,
}

/// Archiving cancels a version's runs; they stay, and so do their keys.
#[derive(Debug, Default)]
pub struct Server {
    versions: Vec<Version>,
    runs: Vec<Run>,
}

impl Server {
    /// The next version of the flow, in place of those before it. One that wants more has a
    /// parameter that the callers do not give.
    pub fn register(&mut self, wants_more: bool) -> FlowId {
        self.archive();
        let id = FlowId(Uuid::from_u128(1 + self.versions.len() as u128));
        self.versions.push(Version { id, archived: false, wants_more });
        id
    }

    pub fn archive(&mut self) {
        self.versions.iter_mut().for_each(|version| version.archived = true);
    }

    pub fn is_archived(&self, id: FlowId) -> bool {
        self.versions.iter().any(|version| version.id == id && version.archived)
    }

    pub fn newest(&self) -> Option<FlowId> {
        self.unarchived().map(|version| version.id)
    }

    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Executes the operation in `body`; the whole answer.
    pub fn execute(&mut self, caller: Caller, body: &Value) -> Value {
        let variables = &body["variables"];
        let data = match operation_name(body) {
            "FindFlow" => json!({ "flow": Vec::from_iter(self.unarchived().map(row)) }),
            "FindVersion" => {
                let id = &variables["any"]["id"]["_eq"];
                let found = || self.versions.iter().filter(|version| json!(version.id) == *id);
                let unarchived: Vec<_> = found().filter(|version| !version.archived).map(row).collect();
                json!({ "flow": unarchived, "any": Vec::from_iter(found().map(row)) })
            }
            "DescribeFlows" => json!({ "project": [{ "name": "P" }], "flow": [], "archived": [] }),
            "FlowRunByKey" => {
                let filter = &variables["filter"];
                let wanted = |run: &&Run| {
                    run.key == filter["idempotency_key"]["_eq"]
                        // All versions are of one flow.
                        && (filter["flow"].is_object() || json!(run.flow_id) == filter["flow_id"]["_eq"])
                };
                let found = self.runs.iter().filter(wanted);
                let row = |run: &Run| json!({ "id": run.id, "flow_id": run.flow_id });
                json!({ "flow_run": Vec::from_iter(found.map(row)) })
            }
            "CreateFlowRun" => match self.create(caller, &variables["input"]) {
                Ok(id) => json!({ "create_flow_run": { "id": id } }),
                Err(message) => return refusal(&message),
            },
            "FindTenant" => json!({ "tenant": [{ "id": Uuid::nil() }] }),
            "SwitchTenant" => json!({ "switch_tenant": tokens() }),
            other => panic!("the reference server does not know {other}"),
        };
        json!({ "data": data })
    }

    /// A version that is archived is refused before the key is looked at.
    fn create(&mut self, caller: Caller, input: &Value) -> Result<FlowRunId, String> {
        let version = self.versions.iter().find(|version| json!(version.id) == input["flow_id"]).unwrap();
        let flow_id = version.id;
        if version.archived {
            return Err(format!("Flow {flow_id} is archived."));
        }
        let key = input["idempotency_key"].as_str().unwrap();
        if let Some(run) = self.runs.iter().find(|run| run.flow_id == flow_id && run.key == key) {
            return Ok(run.id);
        }
        let id = FlowRunId(Uuid::from_u128(1_000_000 + self.runs.len() as u128));
        let parameters = input["parameters"].clone();
        self.runs.push(Run { id, flow_id, key: key.to_owned(), parameters, made_by: caller });
        Ok(id)
    }

    fn unarchived(&self) -> Option<&Version> {
        self.versions.iter().rfind(|version| !version.archived)
    }
}

/// The name of the operation in `body`, as its document has it.
pub fn operation_name(body: &Value) -> &str {
    body["query"].as_str().unwrap().split([' ', '(']).nth(1).unwrap()
}

/// An answer that says no, with nothing done.
pub fn refusal(message: &str) -> Value {
    json!({ "data": null, "errors": [{ "message": message, "extensions": { "code": "INTERNAL_SERVER_ERROR" } }] })
}

fn row(version: &Version) -> Value {
    let mut parameters = vec![json!({ "name": "x", "required": false })];
    parameters.extend(version.wants_more.then(|| json!({ "name": "more", "required": true })));
    json!({
        "id": version.id,
        "name": FLOW,
        "version": number(version.id),
        "parameters": parameters,
        "run_config_type": null, "run_config_labels": null,
        "environment_labels": null,
        "flow_group": { "default_parameters": null, "labels": null, "run_config_type": null, "run_config_labels": null },
        "project": { "id": Uuid::nil(), "name": "P", "tenant_id": null },
    })
}

/// The number of a version, from 1.
fn number(version: FlowId) -> u64 {
    version.0.as_u64_pair().1
}

fn tokens() -> Value {
    json!({ "access_token": "a", "refresh_token": "r", "expires_at": "2999-01-01T00:00:00Z" })
}
