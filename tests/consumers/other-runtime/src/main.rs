//! Schedules a run on smol: its timer, and a blocking HTTP client on its threads.

use std::error::Error;
use std::time::Duration;
use std::{io, thread};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use prefect_flow_run::transport::{BoxFuture, HttpBody, HttpError, HttpService, Timer, Transport};
use prefect_flow_run::{Api, Backend, FlowRunTask};
use serde_json::{Value, json};

const RUN: &str = "dbef0452-115f-4f81-ae17-7d72697fbe27";

#[derive(Debug)]
struct Smol;

impl Timer for Smol {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            smol::Timer::after(duration).await;
        })
    }
}

/// Whatever the status, there is an answer: what it means is the transport's to say.
#[derive(Debug)]
struct Ureq(ureq::Agent);

impl Ureq {
    fn new() -> Self {
        Self(ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into())
    }
}

impl HttpService for Ureq {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<HttpBody>, HttpError>> {
        let agent = self.0.clone();
        Box::pin(smol::unblock(move || {
            let answer = agent.run(request.map(|body| body.to_vec())).map_err(no_answer)?;
            let (head, mut body) = answer.into_parts();
            let body = body.read_to_vec().map_err(HttpError::maybe_sent)?;
            let body = HttpBody::new(Full::from(body));
            Ok(Response::from_parts(head, body))
        }))
    }
}

fn no_answer(error: ureq::Error) -> HttpError {
    match error {
        ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => HttpError::not_sent(error),
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            HttpError::not_sent(error)
        }
        error => HttpError::maybe_sent(error),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let url = serve()?;
    let transport = Transport::builder(url.parse()?).service(Ureq::new()).timer(Smol).build()?;
    let api = Api::new(transport, Backend::Server);
    let task = FlowRunTask::new().flow_name("Daily").project_name("Reports");
    let id = smol::block_on(task.run(&api))?;
    println!("scheduled {id}");
    assert_eq!(id.to_string(), RUN);
    Ok(())
}

/// In place of Prefect's server, which is busy at first, so that the timer is needed.
fn serve() -> Result<String, Box<dyn Error>> {
    let server = tiny_http::Server::http("127.0.0.1:0").map_err(|error| error.to_string())?;
    let url = format!("http://{}", server.server_addr());
    thread::spawn(move || {
        for (mut request, number) in server.incoming_requests().zip(1..) {
            let operation: Value = serde_json::from_reader(request.as_reader()).expect("JSON");
            let answer = match number {
                1 => tiny_http::Response::from_string("").with_status_code(503),
                _ => tiny_http::Response::from_string(json!({ "data": data(&operation) }).to_string()),
            };
            request.respond(answer).expect("a client that waits for the answer");
        }
    });
    Ok(url)
}

fn data(operation: &Value) -> Value {
    let id = "8fa789e3-c5bd-42ed-80a3-4f308772b006";
    match operation["query"].as_str().and_then(|query| query.split([' ', '(']).nth(1)) {
        Some("FindFlow") => json!({ "flow": [{
            "id": id, "name": "Daily", "version": 1, "parameters": [],
            "run_config_type": null, "run_config_labels": null, "environment_labels": null,
            "flow_group": { "default_parameters": null, "labels": null, "run_config_type": null, "run_config_labels": null },
            "project": { "id": id, "name": "Reports", "tenant_id": id },
        }] }),
        Some("CreateFlowRun") => json!({ "create_flow_run": { "id": RUN } }),
        other => unreachable!("nobody asks for {other:?}"),
    }
}
