//! Agents, and the labels that a run will have.

use jiff::Timestamp;
use prefect_flow_run::transport::Transport;
use prefect_flow_run::{Api, FlowRunRequest, UniversalRun};
use prefect_sandbox::{FlowSpec, Sandbox};
use serde_json::{Value, json};

use crate::support::{empty, server, server_of_tenant};

/// The payload of a mutation, sent as agents send it.
async fn mutate(sandbox: &Sandbox, agent: &str, name: &str, input: Value, field: &str) -> Value {
    let builder = Transport::builder(sandbox.url().parse().unwrap());
    let transport = builder.header("X-PREFECT-AGENT-ID", agent).build().unwrap();
    let query = format!("mutation($input: {name}_input!) {{ {name}(input: $input) {{ {field} }} }}");
    let request = transport.request("agent", &json!({ "query": query, "variables": { "input": input } }));
    let answer = transport.execute::<Value>(&request.unwrap()).await.unwrap().into_result().unwrap();
    answer[name][field].clone()
}

/// Registers an agent; with `asks` it asks for runs.
async fn start_agent(sandbox: &Sandbox, tenant: uuid::Uuid, labels: &[&str], asks: bool) -> String {
    let input = json!({ "tenant_id": tenant, "type": "LocalAgent", "name": "a", "labels": labels });
    let id = mutate(sandbox, "", "register_agent", input, "id").await.as_str().unwrap().to_owned();
    if asks {
        let input = json!({ "tenant_id": tenant, "labels": labels });
        mutate(sandbox, &id, "get_runs_in_queue", input, "flow_run_ids").await;
    }
    id
}

#[tokio::test]
async fn agents_are_listed_by_tenant() {
    let (sandbox, api, _) = empty().await;
    let (tenant, other) = (sandbox.default_tenant(), sandbox.create_tenant("Other").await.unwrap());
    let before = Timestamp::now();
    let asking = start_agent(&sandbox, tenant, &["gpu", "eu"], true).await;
    let silent = start_agent(&sandbox, other, &[], false).await;

    let agents = api.agents().await.unwrap();
    assert_eq!(agents.len(), 2);
    for (tenant, expected) in [(tenant, &asking), (other, &silent)] {
        let agents = server_of_tenant(&sandbox.url(), tenant).agents().await.unwrap();
        assert_eq!(agents.iter().map(|agent| agent.id.to_string()).collect::<Vec<_>>(), [expected.as_str()]);
    }
    let asking = agents.iter().find(|agent| agent.id.to_string() == asking).unwrap();
    assert_eq!(asking.name.as_deref(), Some("a"));
    assert!(asking.labels.iter().eq(["eu", "gpu"]));
    assert!(asking.last_queried.unwrap() >= before - jiff::SignedDuration::from_millis(1));
    assert_eq!(agents.iter().find(|agent| agent.id.to_string() == silent).unwrap().last_queried, None);
}

#[tokio::test]
async fn a_run_is_matched_with_the_agents_before_it_is_scheduled() {
    let (sandbox, api, project) = empty().await;
    let run_config = json!({ "type": "UniversalRun", "labels": ["gpu"] });
    sandbox.register_flow(FlowSpec::new(project, "F").run_config(run_config)).await.unwrap();
    let flow = api.find_flow("F").await.unwrap();
    let labels = flow.effective_labels(&FlowRunRequest::new());
    assert!(!api.match_agents(&labels).await.unwrap().has_healthy());

    start_agent(&sandbox, sandbox.default_tenant(), &["gpu"], false).await;
    assert!(!api.match_agents(&labels).await.unwrap().has_healthy(), "it has never asked for runs");
    start_agent(&sandbox, sandbox.default_tenant(), &["gpu"], true).await;
    let found = api.match_agents(&labels).await.unwrap();
    assert!(found.has_healthy());
    let elsewhere = flow.effective_labels(&FlowRunRequest::new().label("us"));
    let found = api.match_agents(&elsewhere).await.unwrap();
    assert_eq!((found.has_healthy(), found.others), (false, 1));
}

/// A flow with labels in each of the sources of `given`, in the server's order.
async fn flow_with(given: [Option<&[&str]>; 4]) -> (Sandbox, Api) {
    let [group, group_run_config, run_config, environment] = given;
    let (sandbox, _, project) = empty().await;
    let labelled = |labels: &[&str]| json!({ "type": "UniversalRun", "labels": labels });
    let mut spec = FlowSpec::new(project, "F");
    if let Some(labels) = run_config {
        spec = spec.run_config(labelled(labels));
    }
    if let Some(labels) = environment {
        spec = spec.environment(labelled(labels));
    }
    let registered = sandbox.register_flow(spec).await.unwrap();
    let labels = group.map(|labels| labels.iter().map(ToString::to_string).collect());
    sandbox.set_group_labels(registered.flow_group_id, labels).await.unwrap();
    if let Some(labels) = group_run_config {
        let input = json!({ "flow_group_id": registered.flow_group_id, "run_config": labelled(labels) });
        mutate(&sandbox, "", "set_flow_group_run_config", input, "success").await;
    }
    let api = server(&sandbox.url());
    (sandbox, api)
}

#[tokio::test]
async fn effective_labels_are_those_that_the_server_will_give() {
    let sources: [Option<&[&str]>; 4] = [Some(&["z", "group"]), Some(&["y"]), Some(&["x"]), Some(&["w"])];
    let none: [&str; 0] = [];
    let with_config = |labels: &[&str]| {
        let labels = labels.iter().map(ToString::to_string).collect();
        FlowRunRequest::new().run_config(UniversalRun { env: None, labels }).unwrap()
    };
    for first in 0..=4 {
        let mut given = sources;
        given[..first].fill(None);
        let (sandbox, api) = flow_with(given).await;
        let flow = api.find_flow("F").await.unwrap();
        let requests = [
            FlowRunRequest::new(),
            FlowRunRequest::new().labels(["b", "a"]),
            FlowRunRequest::new().labels(none),
            with_config(&["d", "c"]),
            with_config(&[]),
            with_config(&["d"]).labels(["a"]),
            FlowRunRequest::new().run_config(json!({ "type": "MyRun" })).unwrap(),
        ];
        let expected: Vec<_> = requests.iter().map(|request| flow.effective_labels(request)).collect();
        for request in requests {
            flow.schedule(request).await.unwrap();
        }
        let stored: Vec<_> = sandbox.flow_runs().await.unwrap().into_iter().map(|run| run.labels).collect();
        assert_eq!(expected, stored, "{given:?}");
    }
    // A source that has no labels on purpose ends the search.
    let (_sandbox, api) = flow_with([Some(&[]), Some(&["y"]), None, None]).await;
    assert!(api.find_flow("F").await.unwrap().effective_labels(&FlowRunRequest::new()).is_empty());

    // So does a run config that has none.
    let (sandbox, _, project) = empty().await;
    let environment = json!({ "type": "LocalEnvironment", "labels": ["w"] });
    let spec = FlowSpec::new(project, "F").run_config(json!({ "type": "UniversalRun" }));
    sandbox.register_flow(spec.environment(environment)).await.unwrap();
    let flow = server(&sandbox.url()).find_flow("F").await.unwrap();
    assert!(flow.effective_labels(&FlowRunRequest::new()).is_empty());
    flow.schedule(FlowRunRequest::new()).await.unwrap();
    assert!(sandbox.flow_runs().await.unwrap()[0].labels.is_empty());
}
