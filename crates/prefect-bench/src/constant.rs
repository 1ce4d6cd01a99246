//! A server that only answers what it was told to: so little work that what is measured is the client. A process
//! of its own, so that its work is not counted.

use std::convert::Infallible;
use std::process::Stdio;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::Result;
use crate::exchange::Exchange;

/// The subject's name under which this program is the server.
pub(crate) const SUBJECT: &str = "constant-server";

/// The server's process; dropping it ends it.
pub(crate) struct Server {
    _process: Child,
    pub(crate) url: String,
}

impl Server {
    /// Starts one that gives these answers.
    pub(crate) async fn start(exchanges: &[Exchange]) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(SUBJECT).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn()?;
        let (mut input, output) =
            process.stdin.take().zip(process.stdout.take()).ok_or("the server has no pipes")?;
        let answers: Vec<_> =
            exchanges.iter().map(|exchange| String::from_utf8_lossy(&exchange.answer)).collect();
        input.write_all(serde_json::to_string(&answers)?.as_bytes()).await?;
        drop(input);
        let mut url = String::new();
        BufReader::new(output).read_line(&mut url).await?;
        Ok(Self { _process: process, url: url.trim().to_owned() })
    }
}

/// Serves what standard input tells, until the process is ended.
pub(crate) async fn serve() -> Result<()> {
    let mut told = Vec::new();
    tokio::io::stdin().read_to_end(&mut told).await?;
    let answers: Vec<String> = serde_json::from_slice(&told)?;
    let [found, created]: [String; 2] = answers.try_into().map_err(|_| "two answers are wanted")?;
    let (found, created) = (Bytes::from(found), Bytes::from(created));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (found, created) = (found.clone(), created.clone());
        let service = service_fn(move |request| answer(request, found.clone(), created.clone()));
        // A client that goes away is no error.
        tokio::spawn(
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
        );
    }
}

async fn answer(
    request: Request<Incoming>,
    found: Bytes,
    created: Bytes,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let creates = body.starts_with(b"{\"query\":\"mutation");
    let answer = Response::builder().header("content-type", "application/json");
    let body = Full::new(if creates { created } else { found });
    Ok(answer.body(body).unwrap_or_default())
}
