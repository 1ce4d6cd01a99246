//! JSON that was sent is stored and answered byte for byte.

use serde_json::json;

use crate::common::{CREATE, with_flow};

fn samples() -> Vec<String> {
    let deep = format!("{}1.10{}", "[".repeat(100), "]".repeat(100));
    let big = format!(r#"{{"x":"{}"}}"#, "ab\\n".repeat(250_000));
    vec![
        r#"{"x":9007199254740993}"#.to_owned(),
        r#"{"x":12345678901234567890123}"#.to_owned(),
        r#"{"x":[1e400,-0.0,1.10,1E5,0.1e-7]}"#.to_owned(),
        format!(r#"{{"x":{deep}}}"#),
        r#"{"x":"🦀 \"quoted\" 'single' back\\slash\nnewline\u0001 ?1 \u00e9"}"#.to_owned(),
        r#"{"b":1,"a":{"z":null,"y":[true,false]},"":""}"#.to_owned(),
        "{ \"x\" : [ 1 ,\t2 ],\n \"y\":{} }".to_owned(),
        big,
    ]
}

#[tokio::test]
async fn parameters_come_back_byte_for_byte() {
    let (sandbox, client, flow) = with_flow().await;
    for (index, text) in samples().iter().enumerate() {
        let variables = format!(r#"{{"input":{{"flow_id":"{}","parameters":{text}}}}}"#, flow.flow_id);
        // As an object and, as the Python client does it, as a JSON string.
        let forms = [variables.clone(), serde_json::to_string(&variables).unwrap()];
        for variables in forms {
            let body = format!(r#"{{"query":{},"variables":{variables}}}"#, json!(CREATE));
            let (status, reply) = client.post(body).await;
            assert!(status == 200 && !reply.contains("errors"), "{reply}");
        }
        let runs = sandbox.flow_runs().await.unwrap();
        for run in &runs[index * 2..] {
            assert_eq!(run.parameters.get(), text);
        }
        let query =
            json!({ "query": format!(r#"{{flow_run_by_pk(id:"{}"){{parameters}}}}"#, runs[index * 2].id) });
        let (_, reply) = client.post(query.to_string()).await;
        assert_eq!(reply, format!("{{\"data\":{{\"flow_run_by_pk\":{{\"parameters\":{text}}}}}}}\n"));
    }
}

#[tokio::test]
async fn literals_in_the_document_keep_their_numbers() {
    let (sandbox, client, flow) = with_flow().await;
    let query = format!(
        r#"mutation($n: JSON) {{ create_flow_run(input: {{ flow_id: "{}", context: $n,
            parameters: {{ a: 9007199254740993, b: [1e400, 1.10, $n], c: "q\"", d: null, e: FREE }} }}) {{ id }} }}"#,
        flow.flow_id
    );
    let body = format!(r#"{{"query":{},"variables":{{"n":18446744073709551617}}}}"#, json!(query));
    let (status, reply) = client.post(body).await;
    assert!(status == 200 && !reply.contains("errors"), "{reply}");
    let runs = sandbox.flow_runs().await.unwrap();
    assert_eq!(
        runs[0].parameters.get(),
        r#"{"a":9007199254740993,"b":[1e400,1.10,18446744073709551617],"c":"q\"","d":null,"e":"FREE"}"#
    );
    assert_eq!(runs[0].context.as_ref().unwrap().get(), "18446744073709551617");
}

#[tokio::test]
async fn merging_defaults_keeps_the_texts_of_values() {
    let (sandbox, client, flow) = with_flow().await;
    sandbox.set_default_parameters(flow.flow_group_id, json!({ "inherited": 1 })).await.unwrap();
    let body = format!(
        r#"{{"query":{},"variables":{{"input":{{"flow_id":"{}","parameters":{{"x": 1e400, "y": [ 1.10 ]}}}}}}}}"#,
        json!(CREATE),
        flow.flow_id
    );
    client.post(body).await;
    let runs = sandbox.flow_runs().await.unwrap();
    assert_eq!(runs[0].parameters.get(), r#"{"inherited":1,"x":1e400,"y":[ 1.10 ]}"#);
}
