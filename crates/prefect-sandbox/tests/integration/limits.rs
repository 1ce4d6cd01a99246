//! Short requests that ask for very much: found by fuzzing, see `fuzz/`.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use prefect_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::common::{self, Client};

/// `depth` objects around `{}`.
fn nested(key: &str, depth: usize) -> String {
    format!("{}{{}}{}", format!("{{\"{key}\":").repeat(depth), "}".repeat(depth))
}

/// Each asks twice for the next one, so that the last one is asked for 2^60 times.
#[tokio::test]
async fn fragments_that_double_are_opened_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::new(&sandbox);
    let doubling = |last: &str| {
        let mut query = format!("{{ ...F0 }} fragment F60 on Query {{ {last} }}");
        for number in 0..60 {
            let next = number + 1;
            write!(query, " fragment F{number} on Query {{ ...F{next} ...F{next} }}").unwrap();
        }
        query
    };
    assert_eq!(client.data(&doubling("hello")).await, json!({ "hello": "👋" }));
    let deep =
        doubling("tenant { flows { flow_runs { flow { flow_runs { flow { flow_runs { id { x } } } } } } } }");
    assert_eq!(client.post(json!({ "query": deep }).to_string()).await.0, 400);
}

/// Six levels of eight aliases each ask for 8^6 rows.
#[tokio::test]
async fn aliases_that_multiply_are_refused_at_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::new(&sandbox);
    let aliased = |what: String| (0..8).map(|n| format!("a{n}: {what} ")).collect::<String>();
    let mut query = format!("{{ {} }}", aliased("flow { ...F1 }".to_owned()));
    for level in 1..6 {
        let (on, field) = if level % 2 == 1 { ("flow", "flow_group") } else { ("flow_group", "flows") };
        let below = aliased(format!("{field} {{ ...F{} }}", level + 1));
        write!(query, " fragment F{level} on {on} {{ {below} }}").unwrap();
    }
    query.push_str(" fragment F6 on flow_group { id }");
    let started = Instant::now();
    let error = client.error_with(&query, json!({})).await;
    assert_eq!(error, "The query is too large for this sandbox: more than 20000 subselects and fields.");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

/// As many fields of as many subselects, without nesting.
#[tokio::test]
async fn fields_that_multiply_are_refused_too() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::new(&sandbox);
    let aliased = |what: &str| (0..200).map(|n| format!("a{n}: {what} ")).collect::<String>();
    let query = |groups: &str, of: &str, leaf: &str| {
        format!("{{ flow {{ {} }} }} fragment F on {of} {{ {} }}", aliased(groups), aliased(leaf))
    };
    for query in [
        query("flow_group { ...F }", "flow_group", "id"),
        query("flow_runs_aggregate { aggregate { ...F } }", "flow_run_aggregate_fields", "count"),
        query("flow_runs_aggregate { aggregate { max { ...F } } }", "flow_run_max_fields", "name"),
    ] {
        let error = client.error_with(&query, json!({})).await;
        assert!(error.starts_with("The query is too large for this sandbox: more than 20000"), "{error}");
    }
}

/// They used up the stack of the thread, which ends the process.
#[tokio::test]
async fn variables_that_are_nested_deeply_are_refused() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::new(&sandbox);
    let query = "query($w: flow_bool_exp) { flow(where: $w) { id } }";
    let ask = async |depth: usize| {
        let filter = nested("_not", depth);
        let (status, text) =
            client.post(format!(r#"{{"query":"{query}","variables":{{"w":{filter}}}}}"#)).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        (status, answer["errors"][0]["message"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(ask(50).await, (200, String::new()));
    let (status, message) = ask(5_000).await;
    assert_eq!(status, 400);
    assert!(message.ends_with("flow_bool_exp is nested in more than 100 objects."), "{message}");
}

#[tokio::test]
async fn a_filter_that_is_too_deep_for_the_database_says_so() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::new(&sandbox);
    let filter = format!("{}{}", "{ flow_runs: { flow: ".repeat(40), "{}");
    let filter = format!("{filter}{}", "} }".repeat(40));
    let error = client.error_with(&format!("{{ flow(where: {filter}) {{ id }} }}"), json!({})).await;
    assert_eq!(error, "The query is too large for this sandbox: Expression tree is too large.");
}

/// JSON is kept as text, however deep it is.
#[tokio::test]
async fn parameters_may_be_nested_deeply() {
    let (sandbox, client, flow) = common::with_flow().await;
    let parameters = nested("a", 3_000);
    let create = common::CREATE;
    let id = flow.flow_id;
    let body = format!(
        r#"{{"query":"{create}","variables":{{"input":{{"flow_id":"{id}","parameters":{parameters}}}}}}}"#
    );
    let (status, text) = client.post(body).await;
    assert!(status == 200 && !text.contains("errors"), "{text}");
    assert_eq!(sandbox.flow_runs().await.unwrap()[0].parameters.get(), parameters);
}
