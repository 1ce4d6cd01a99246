//! A server in a process of its own, so that its work and its memory are not the client's. Most are this program under
//! another subject.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Child;

use crate::{Result, this_program};

/// The server's process; dropping it ends it.
pub(crate) struct Server {
    _process: Child,
    pub(crate) url: String,
}

impl Server {
    /// Starts the server of that subject, and tells it this.
    pub(crate) async fn start(subject: &str, told: &impl Serialize) -> Result<Self> {
        Self::of(this_program::start(subject, told).await?).await
    }

    /// The server that is this process, which prints its address.
    pub(crate) async fn of(mut process: Child) -> Result<Self> {
        let output = process.stdout.take().ok_or("the server has no standard output")?;
        let mut url = String::new();
        BufReader::new(output).read_line(&mut url).await?;
        Ok(Self { _process: process, url: url.trim().to_owned() })
    }

    /// What the server has counted: its answer to a request without a body.
    pub(crate) async fn counts<T: DeserializeOwned>(&self) -> Result<T> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let counts = client.get(&self.url).send().await?.bytes().await?;
        Ok(serde_json::from_slice(&counts)?)
    }
}

/// Answers each request by what `answer` makes of its body, until the process is ended.
pub(crate) async fn serve(answer: impl Fn(Bytes) -> Bytes + Clone + Send + 'static) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let answer = answer.clone();
        let service = service_fn(move |request| respond(request, answer.clone()));
        // A client that goes away is no error.
        tokio::spawn(
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
        );
    }
}

async fn respond(
    request: Request<Incoming>,
    answer: impl Fn(Bytes) -> Bytes,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let response = Response::builder().header("content-type", "application/json");
    Ok(response.body(Full::new(answer(body))).unwrap_or_default())
}
