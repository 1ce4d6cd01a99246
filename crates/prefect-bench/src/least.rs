//! The least client, written by hand for these two requests. It writes them from values, and reads all that is in the
//! answers into types, with a time limit for each request and a key of its own for each run: what none that is typed may
//! leave out. Credentials, retries, spans, checks and whatever else ours has it lacks.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::HOST;
use reqwest::Url;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::Result;
use crate::exchange::Exchange;

/// The bodies are smaller, in bytes.
const BODY: usize = 1024;

const TIMEOUT: Duration = Duration::from_secs(30);

/// A client that makes one call, again and again.
#[derive(Clone)]
pub(crate) struct Least {
    client: reqwest::Client,
    url: Url,
    headers: HeaderMap,
    lookup: Operation<Box<RawValue>, Lookup>,
    run: Operation<Box<RawValue>, Run<String, Box<RawValue>>>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Operation<Q, V> {
    query: Q,
    variables: V,
}

#[derive(Clone, Serialize, Deserialize)]
struct Lookup {
    filter: FlowFilter,
}

#[derive(Clone, Serialize, Deserialize)]
struct FlowFilter {
    name: Equals<String>,
    archived: Equals<bool>,
    project: ProjectFilter,
}

#[derive(Clone, Serialize, Deserialize)]
struct ProjectFilter {
    name: Equals<String>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Equals<T> {
    #[serde(rename = "_eq")]
    value: T,
}

#[derive(Clone, Serialize, Deserialize)]
struct Run<K, P> {
    input: Input<K, P>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Input<K, P> {
    flow_id: Uuid,
    idempotency_key: K,
    parameters: P,
}

#[derive(Deserialize)]
struct Answer<T> {
    data: Option<T>,
    errors: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Found {
    flow: Vec<Flow>,
}

/// What a flow is known by, and what its runs' parameters and labels are checked against.
#[derive(Deserialize)]
#[expect(dead_code, reason = "that it is read is what is measured")]
struct Flow {
    id: Uuid,
    name: String,
    version: Option<i32>,
    parameters: Option<Vec<Parameter>>,
    run_config_type: Option<Box<RawValue>>,
    run_config_labels: Option<Box<RawValue>>,
    environment_labels: Option<Box<RawValue>>,
    flow_group: FlowGroup,
    project: Project,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "that it is read is what is measured")]
struct Parameter {
    name: String,
    required: bool,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "that it is read is what is measured")]
struct FlowGroup {
    default_parameters: Option<BTreeMap<String, IgnoredAny>>,
    labels: Option<Box<RawValue>>,
    run_config_type: Option<Box<RawValue>>,
    run_config_labels: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "that it is read is what is measured")]
struct Project {
    id: Uuid,
    name: String,
    tenant_id: Option<Uuid>,
}

#[derive(Deserialize)]
struct Created {
    create_flow_run: Option<CreatedFlowRun>,
}

#[derive(Deserialize)]
struct CreatedFlowRun {
    id: Uuid,
}

impl Least {
    /// A client that makes the calls of these exchanges.
    pub(crate) fn new(http: reqwest::ClientBuilder, url: &str, exchanges: &[Exchange]) -> Result<Self> {
        let [lookup, run] = exchanges else { return Err("a call is a lookup and a run".into()) };
        let url: Url = url.parse()?;
        let mut headers = run.headers.clone();
        // Otherwise hyper writes it for each request.
        headers.insert(HOST, url.authority().try_into()?);
        Ok(Self {
            // Without retries of its own, reqwest makes no copy of each request for them.
            client: http
                .timeout(TIMEOUT)
                .retry(reqwest::retry::never().max_retries_per_request(0))
                .build()?,
            url,
            headers,
            lookup: read_back(&lookup.request)?,
            run: read_back(&run.request)?,
        })
    }

    /// Finds the flow and schedules a run of it.
    pub(crate) async fn call(&self) -> Result<Uuid> {
        let found: Found = self.post(&self.lookup).await?;
        let flow = found.flow.into_iter().next().ok_or("no flow")?;
        let key = Uuid::new_v4().simple().to_string();
        let input = Input {
            flow_id: flow.id,
            idempotency_key: &key,
            parameters: &self.run.variables.input.parameters,
        };
        let created: Created =
            self.post(&Operation { query: &self.run.query, variables: Run { input } }).await?;
        Ok(created.create_flow_run.ok_or("no run")?.id)
    }

    async fn post<T: DeserializeOwned>(&self, operation: &impl Serialize) -> Result<T> {
        let mut body = Vec::with_capacity(BODY);
        serde_json::to_writer(&mut body, operation)?;
        let request = self.client.post(self.url.clone()).headers(self.headers.clone()).body(body);
        let answer = request.send().await?.bytes().await?;
        // As a text, which is read faster than bytes are.
        let answer: Answer<T> = serde_json::from_str(std::str::from_utf8(&answer)?)?;
        answer.data.filter(|_| answer.errors.is_none()).ok_or_else(|| "no data, or errors".into())
    }
}

/// What a recorded request says; it is an error if that is not written as it was.
fn read_back<T: Serialize + DeserializeOwned>(recorded: &Bytes) -> Result<T> {
    let read: T = serde_json::from_slice(recorded)?;
    if serde_json::to_vec(&read)? != *recorded {
        return Err("the recorded request has other values than the least client has".into());
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use prefect_sandbox::Sandbox;

    use super::*;
    use crate::exchange;

    #[tokio::test]
    async fn each_call_makes_a_run() {
        let sandbox = Sandbox::builder().sample_flow(true).start().await.unwrap();
        let exchanges = exchange::of_one_run_with(&sandbox.url()).await.unwrap();
        let http = reqwest::Client::builder().no_proxy();
        let least = Least::new(http, &sandbox.url(), &exchanges).unwrap();
        assert_ne!(least.call().await.unwrap(), least.call().await.unwrap());
        sandbox.shutdown().await;
    }
}
