//! A tiny client for the sandbox.

#![allow(unreachable_pub)]

use std::time::{Duration, Instant};

use prefect_sandbox::{FlowSpec, ParameterSpec, RegisteredFlow, Sandbox};
use serde_json::{Value, json};

pub struct Client {
    http: reqwest::Client,
    url: String,
}

impl Client {
    pub fn new(sandbox: &Sandbox) -> Self {
        Self { http: reqwest::Client::builder().no_proxy().build().unwrap(), url: sandbox.url() }
    }

    /// Posts a body as it is; status and text.
    pub async fn post(&self, body: impl Into<String>) -> (u16, String) {
        let request = self.http.post(&self.url).header("content-type", "application/json").body(body.into());
        let reply = request.send().await.unwrap();
        (reply.status().as_u16(), reply.text().await.unwrap())
    }

    /// The data of a query that comes with more headers; panics on errors.
    pub async fn data_as(&self, headers: &[(&str, &str)], query: &str, variables: Value) -> Value {
        let mut request = self.http.post(&self.url).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = json!({ "query": query, "variables": variables }).to_string();
        let text = request.body(body).send().await.unwrap().text().await.unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer.get("errors"), None, "{answer}");
        answer["data"].clone()
    }

    /// The payload of a mutation, all that was selected of it.
    pub async fn call(&self, name: &str, input: Value, fields: &str) -> Value {
        self.data_with(&mutation(name, fields), json!({ "input": input })).await[name].clone()
    }

    /// Whether a mutation says that it succeeded.
    pub async fn succeeds(&self, name: &str, input: Value) -> bool {
        self.call(name, input, "success").await["success"].as_bool().unwrap()
    }

    /// The message of the error of a mutation.
    pub async fn fails(&self, name: &str, input: Value, fields: &str) -> String {
        self.error_with(&mutation(name, fields), json!({ "input": input })).await
    }

    /// The row with an id.
    pub async fn row(&self, table: &str, id: &str, fields: &str) -> Value {
        let query = format!(r#"{{ row: {table}_by_pk(id: "{id}") {{ {fields} }} }}"#);
        self.data(&query).await["row"].clone()
    }

    pub async fn ask_with(&self, query: &str, variables: Value) -> Value {
        let (status, text) = self.post(json!({ "query": query, "variables": variables }).to_string()).await;
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(status, 200, "{text}");
        answer
    }

    /// The data of a query; panics on errors.
    pub async fn data(&self, query: &str) -> Value {
        self.data_with(query, json!({})).await
    }

    pub async fn data_with(&self, query: &str, variables: Value) -> Value {
        let answer = self.ask_with(query, variables).await;
        assert_eq!(answer.get("errors"), None, "{answer}");
        answer["data"].clone()
    }

    /// The message of the first error of a 200 answer.
    pub async fn error_with(&self, query: &str, variables: Value) -> String {
        let answer = self.ask_with(query, variables).await;
        answer["errors"][0]["message"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    pub async fn create_flow_run(&self, input: Value) -> Value {
        self.ask_with(CREATE, json!({ "input": input })).await
    }

    /// The id of the new run.
    pub async fn schedule(&self, input: Value) -> String {
        let answer = self.create_flow_run(input).await;
        answer["data"]["create_flow_run"]["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// The error that refuses a run.
    pub async fn refused(&self, input: Value) -> String {
        self.error_with(CREATE, json!({ "input": input })).await
    }
}

pub const CREATE: &str = "mutation($input: create_flow_run_input!) { create_flow_run(input: $input) { id } }";

pub fn mutation(name: &str, fields: &str) -> String {
    format!("mutation($input: {name}_input!) {{ {name}(input: $input) {{ {fields} }} }}")
}

/// Asks until the answer is yes, at most ten seconds.
pub async fn eventually(mut ask: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !ask().await {
        assert!(start.elapsed() < Duration::from_secs(10), "it did not happen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A sandbox with one flow without parameters.
pub async fn with_flow() -> (Sandbox, Client, RegisteredFlow) {
    let sandbox = Sandbox::start().await.unwrap();
    let project = sandbox.create_project(sandbox.default_tenant(), "P").await.unwrap();
    let flow = sandbox.register_flow(FlowSpec::new(project, "F")).await.unwrap();
    let client = Client::new(&sandbox);
    (sandbox, client, flow)
}

pub fn required(name: &str) -> ParameterSpec {
    ParameterSpec::required(name)
}

pub fn optional(name: &str, default: Value) -> ParameterSpec {
    ParameterSpec::optional(name, default)
}
