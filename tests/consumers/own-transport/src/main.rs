//! Schedules a run over hyper, with the timer of the runtime that is there anyway.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use prefect_flow_run::transport::{BoxFuture, HttpBody, HttpError, HttpService, Timer, Transport};
use prefect_flow_run::{Api, Backend, FlowRunTask};
use prefect_sandbox::{FlowSpec, Sandbox};

#[derive(Debug)]
struct Hyper(Client<HttpConnector, Full<Bytes>>);

impl HttpService for Hyper {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<HttpBody>, HttpError>> {
        Box::pin(async move {
            let answer = self.0.request(request.map(Full::new)).await.map_err(|error| {
                if error.is_connect() { HttpError::not_sent(error) } else { HttpError::maybe_sent(error) }
            })?;
            Ok(answer.map(HttpBody::new))
        })
    }
}

#[derive(Debug)]
struct Tokio;

impl Timer for Tokio {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(async move { tokio::time::sleep(duration).await })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let project = sandbox.create_project(sandbox.default_tenant(), "Reports").await?;
    sandbox.register_flow(FlowSpec::new(project, "Daily")).await?;

    let hyper = Hyper(Client::builder(TokioExecutor::new()).build_http());
    let transport = Transport::builder(sandbox.url().parse()?).service(hyper).timer(Tokio).build()?;
    let api = Api::new(transport, Backend::Server);
    let id = FlowRunTask::new().flow_name("Daily").project_name("Reports").run(&api).await?;
    println!("scheduled {id}");

    let runs = sandbox.flow_runs().await?;
    assert_eq!(runs.iter().map(|run| run.id.to_string()).collect::<Vec<_>>(), [id.to_string()]);
    Ok(())
}
