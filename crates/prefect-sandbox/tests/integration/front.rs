//! The HTTP front: statuses, error shapes, the forms of a body, the request log.

use std::io::Write as _;

use prefect_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::common::{self, Client, with_flow};

async fn start() -> (Sandbox, Client) {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::new(&sandbox);
    (sandbox, client)
}

/// Status, codes and messages of a refused document.
async fn refused(client: &Client, query: &str, variables: Value) -> (u16, Vec<String>) {
    let (status, text) = client.post(json!({ "query": query, "variables": variables }).to_string()).await;
    let answer: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
    assert_eq!(answer.get("data"), None, "{answer}");
    let errors = answer["errors"].as_array().unwrap().iter();
    let errors = errors.map(|error| {
        format!("{}: {}", error["extensions"]["code"].as_str().unwrap(), error["message"].as_str().unwrap())
    });
    (status, errors.collect())
}

#[tokio::test]
async fn invalid_documents_are_refused_as_graphql_js_does() {
    let (_sandbox, client) = start().await;
    let too_deep =
        "{ flow { project { flows { project { flows { project { flows { project { id } } } } } } } } }";
    for (query, expected) in [
        ("{ nope }", r#"GRAPHQL_VALIDATION_FAILED: Cannot query field "nope" on type "Query"."#),
        ("{ flow { nope } }", r#"GRAPHQL_VALIDATION_FAILED: Cannot query field "nope" on type "flow"."#),
        (
            "{ flow(x: 1) { id } }",
            r#"GRAPHQL_VALIDATION_FAILED: Unknown argument "x" on field "flow" of type "Query"."#,
        ),
        (
            "{ flow(where: {x: 1}) { id } }",
            r#"GRAPHQL_VALIDATION_FAILED: Field "x" is not defined by type flow_bool_exp."#,
        ),
        (
            "{ flow(order_by: {name: up}) { id } }",
            "GRAPHQL_VALIDATION_FAILED: Expected type order_by, found up.",
        ),
        ("query($x: Int) { hello }", r#"GRAPHQL_VALIDATION_FAILED: Variable "$x" is never used."#),
        ("{ flow(limit: $x) { id } }", r#"GRAPHQL_VALIDATION_FAILED: Variable "$x" is not defined."#),
        (
            "{ flow_by_pk { id } }",
            r#"GRAPHQL_VALIDATION_FAILED: Field "flow_by_pk" argument "id" of type "uuid!" is required, but it was not provided."#,
        ),
        (too_deep, "GRAPHQL_VALIDATION_FAILED: '' exceeds maximum operation depth of 7"),
    ] {
        assert_eq!(refused(&client, query, json!({})).await, (400, vec![expected.to_owned()]), "{query}");
    }
    let (status, errors) = refused(&client, "{ flow {", json!({})).await;
    assert_eq!((status, errors.len()), (400, 1));
    assert!(errors[0].starts_with("GRAPHQL_PARSE_FAILED: Syntax Error: "), "{errors:?}");

    let fits = "{ flow { project { flows { project { flows { project { flows { id } } } } } } } }";
    client.data(fits).await;
}

#[tokio::test]
async fn bad_variables_are_refused_before_anything_runs() {
    let (_sandbox, client) = start().await;
    let query = common::CREATE;
    for (variables, expected) in [
        (json!({}), r#"Variable "$input" of required type "create_flow_run_input!" was not provided."#),
        (
            json!({ "input": null }),
            r#"Variable "$input" of non-null type "create_flow_run_input!" must not be null."#,
        ),
        (
            json!({ "input": { "x": 1 } }),
            r#"Variable "$input" got invalid value {"x":1}; Field "x" is not defined by type create_flow_run_input."#,
        ),
        (
            json!({ "input": { "labels": [1] } }),
            r#"Variable "$input" got invalid value {"labels":[1]}; Expected type String at value.labels[0]; String cannot represent a non string value: 1"#,
        ),
    ] {
        let expected = format!("INTERNAL_SERVER_ERROR: {expected}");
        assert_eq!(refused(&client, query, variables).await, (400, vec![expected]));
    }
    let many = "query A { hello } query B { hello }";
    let message = "INTERNAL_SERVER_ERROR: Must provide operation name if query contains multiple operations.";
    assert_eq!(refused(&client, many, json!({})).await, (400, vec![message.to_owned()]));
    let (status, text) = client.post(json!({ "query": many, "operationName": "B" }).to_string()).await;
    assert_eq!((status, text.as_str()), (200, "{\"data\":{\"hello\":\"👋\"}}\n"));
}

#[tokio::test]
async fn variables_come_in_every_form() {
    let (_sandbox, client) = start().await;
    let query = "query($n: Int) { tenant(limit: $n) { slug } }";
    let one = "{\"data\":{\"tenant\":[{\"slug\":\"default\"}]}}\n";
    let none = "{\"data\":{\"tenant\":[]}}\n";
    for (variables, status, expected) in [
        (json!({ "n": 0, "unused": 1 }), 200, none),
        (json!(r#"{"n": 0}"#), 200, none),
        (json!(null), 200, one),
        (json!("null"), 200, one),
        (json!([]), 200, one),
        (json!("{oops"), 400, "Variables are invalid JSON."),
    ] {
        let reply = client.post(json!({ "query": query, "variables": variables }).to_string()).await;
        assert_eq!(reply, (status, expected.to_owned()), "{variables}");
    }
    for variables in [json!(""), json!(5)] {
        let (status, errors) = refused(&client, query, variables).await;
        assert_eq!(status, 400);
        assert!(errors[0].contains("Variables must be provided as an Object"), "{errors:?}");
    }
}

#[tokio::test]
async fn bodies_that_are_no_request() {
    let (sandbox, client) = start().await;
    let missing = "POST body missing. Did you forget use body-parser middleware?";
    for (body, status, expected) in [
        ("", 500, missing),
        ("{}", 500, missing),
        ("[]", 500, missing),
        ("{", 400, "SyntaxError"),
        ("5", 400, "SyntaxError"),
        (r#"{"query": 5}"#, 400, "GraphQL queries must be strings."),
        (r#"{"query": ""}"#, 400, "Must provide query string."),
    ] {
        let (found, text) = client.post(body).await;
        assert!(found == status && text.contains(expected), "{body}: {found} {text}");
    }
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = sandbox.url();
    let plain = http.post(&url).body(r#"{"query":"{hello}"}"#).send().await.unwrap();
    assert_eq!(plain.status(), 500);
    assert_eq!(http.put(&url).send().await.unwrap().status(), 405);
    let health = http.get(format!("{url}/.well-known/apollo/server-health")).send().await.unwrap();
    assert_eq!(health.text().await.unwrap(), r#"{"status":"pass"}"#);

    let limit = 5 * 1024 * 1024;
    let padded = |size: usize| {
        let body = json!({ "query": "{hello}", "pad": "" }).to_string();
        let pad = "x".repeat(size - body.len());
        body.replace(r#""pad":"""#, &format!(r#""pad":"{pad}""#))
    };
    assert_eq!(client.post(padded(limit)).await.0, 200);
    assert_eq!(client.post(padded(limit + 1)).await.0, 413);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_replaced() {
    let (sandbox, _client) = start().await;
    let body =
        [&br#"{"query":"{ tenant(where: {name: {_eq: \""#[..], &[0xff, 0xc3], br#"\"}}) { id } hello }"}"#]
            .concat();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.post(sandbox.url()).header("content-type", "application/json").body(body);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer, json!({ "data": { "tenant": [], "hello": "👋" } }));
}

#[tokio::test]
async fn of_a_key_that_comes_twice_the_last_counts() {
    let (_sandbox, client) = start().await;
    let body = r#"{"query":"{ nope }","variables":5,"extensions":5,"query":"{ hello }","variables":null}"#;
    assert_eq!(client.post(body).await, (200, "{\"data\":{\"hello\":\"👋\"}}\n".to_owned()));
}

#[tokio::test]
async fn half_of_a_surrogate_pair_is_refused_where_text_is_needed() {
    let (_sandbox, client) = start().await;
    for (body, expected) in [
        (r#"{"query":"{ hello }","variables":"\ud800"}"#, "Variables are invalid JSON."),
        (r#"{"query":"{ hello }","variables":{"\ud800":1}}"#, "Variables are invalid JSON."),
        (r#"{"query":"\ud800"}"#, "GraphQL queries must be strings."),
        (r#"{"query":"{ hello }","\ud800":1}"#, "Must provide query string."),
    ] {
        let (status, text) = client.post(body).await;
        assert!(status == 400 && text.contains(expected), "{body}: {status} {text}");
    }
}

#[tokio::test]
async fn queries_may_come_by_get() {
    let (sandbox, _) = start().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = async |query: &str| {
        let reply = http.get(format!("{}/graphql?{query}", sandbox.url())).send().await.unwrap();
        (reply.status().as_u16(), reply.text().await.unwrap())
    };
    let query = "query=query($n:Int)%7Btenant(limit:$n)%7Bslug%7D%7D&variables=%7B%22n%22:0%7D";
    assert_eq!(get(query).await, (200, "{\"data\":{\"tenant\":[]}}\n".to_owned()));
    assert_eq!(get("x=1").await, (400, "GET query missing.".to_owned()));
    assert_eq!(
        get("query=%7Bhello%7D&variables=oops").await,
        (400, "Variables are invalid JSON.".to_owned())
    );
    let mutation = "query=mutation%7Bcreate_flow_run(input:%7B%7D)%7Bid%7D%7D";
    assert_eq!(get(mutation).await, (405, "GET supports only query operation".to_owned()));
}

#[tokio::test]
async fn batches_answer_member_by_member() {
    let (_sandbox, client) = start().await;
    let body = json!([{ "query": "{ hello }" }, { "query": "{ nope }" }, 5, { "query": "mutation { delete_flow_by_pk(id: \"x\") { id } }" }]);
    let (status, text) = client.post(body.to_string()).await;
    let answers: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(status, 200);
    assert_eq!(answers[0], json!({ "data": { "hello": "👋" } }));
    assert_eq!(answers[1]["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(answers[2]["errors"][0]["message"], "Must provide query string.");
    assert_eq!(answers[3]["errors"][0]["message"], "delete_flow_by_pk is not served by this sandbox");
    assert_eq!(answers[3]["data"], json!({ "delete_flow_by_pk": null }));
}

#[tokio::test]
async fn replies_carry_the_gateways_headers() {
    let (sandbox, _) = start().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request =
        http.post(format!("{}/graphql/alpha?x=1", sandbox.url())).json(&json!({ "query": "{hello}" }));
    let reply = request.send().await.unwrap();
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.headers()["keep-alive"], "timeout=5");
    assert_eq!(reply.headers()["content-type"], "application/json; charset=utf-8");
}

#[tokio::test]
async fn requests_are_logged_with_their_connection() {
    let (sandbox, client, flow) = with_flow().await;
    client.data("query Look { t: tenant { id } flow { id } }").await;
    client.schedule(json!({ "flow_id": flow.flow_id })).await;
    Client::new(&sandbox).post("[{\"query\":\"{hello}\"},{\"query\":\"{nope}\"}]").await;

    let requests = sandbox.requests();
    let fields: Vec<_> = requests.iter().map(|request| request.root_fields.join(" ")).collect();
    assert_eq!(fields, ["tenant flow", "create_flow_run", "hello"]);
    let connections: Vec<_> = requests.iter().map(|request| request.connection).collect();
    assert_eq!(connections, [1, 1, 2]);
    assert_eq!(requests[0].operation_name.as_deref(), Some("Look"));
    assert_eq!(requests[0].header("Content-Type"), Some("application/json"));
    assert!(requests[1].body.contains(&flow.flow_id.to_string()));
}

#[tokio::test]
async fn introspection_works() {
    let (_sandbox, client) = start().await;
    let query = r#"query($t: String!) { __type(name: $t) { kind fields { name type { kind } } } hello
                     __schema { queryType { name } types { name } } }"#;
    let data = client.data_with(query, json!({ "t": "api_info" })).await;
    assert_eq!(data["__type"]["kind"], "OBJECT");
    assert_eq!(data["__type"]["fields"].as_array().unwrap().len(), 5);
    assert_eq!(data["hello"], "👋");
    assert!(data["__schema"]["types"].as_array().unwrap().len() > 590);
}

#[tokio::test]
async fn bodies_may_be_compressed() {
    let (sandbox, _) = start().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let send = async |encoding: &str, body: Vec<u8>| {
        let request = http.post(sandbox.url()).header("content-type", "application/json");
        let reply = request.header("content-encoding", encoding).body(body).send().await.unwrap();
        (reply.status().as_u16(), reply.text().await.unwrap())
    };
    let text = r#"{"query":"{hello}"}"#;
    let hello = (200, "{\"data\":{\"hello\":\"👋\"}}\n".to_owned());
    assert_eq!(send("gzip", gzip(text)).await, hello);
    assert_eq!(send("GZIP", gzip(text)).await, hello);
    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    deflated.write_all(text.as_bytes()).unwrap();
    assert_eq!(send("deflate", deflated.finish().unwrap()).await, hello);
    assert_eq!(sandbox.requests()[0].body, text);

    assert_eq!(send("gzip", text.into()).await.0, 400);
    assert_eq!(send("br", text.into()).await.0, 415);
    let mut cut = gzip(text);
    cut.truncate(cut.len() / 2);
    assert_eq!(send("gzip", cut).await.0, 400);
    // The limit is that of the plain text.
    let limit = 5 * 1024 * 1024;
    let padded = format!("{text}{}", " ".repeat(limit - text.len()));
    assert_eq!(send("gzip", gzip(&padded)).await, hello);
    assert_eq!(send("gzip", gzip(&format!("{padded} "))).await.0, 413);
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn persisted_queries_are_never_found() {
    let (_sandbox, client) = start().await;
    let probe = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "ab" } } });
    let (status, text) = client.post(probe.to_string()).await;
    let answer: Value = serde_json::from_str(&text).unwrap();
    let expected = json!([{ "message": "PersistedQueryNotFound", "extensions": { "code": "PERSISTED_QUERY_NOT_FOUND" } }]);
    assert_eq!((status, answer), (200, json!({ "errors": expected })));
}
