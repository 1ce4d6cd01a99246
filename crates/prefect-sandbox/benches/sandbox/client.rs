//! One connection that is kept open, with as little of a client as can be: the load is to cost little.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::Result;

const HEALTH: &str = "/.well-known/apollo/server-health";

/// What is asked of the sandbox.
#[derive(Clone)]
pub(crate) enum Ask {
    /// What the sandbox answers without reading a body or touching the database.
    Constant,
    /// A GraphQL request: the body.
    GraphQl(Bytes),
}

pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // It ends with the sender.
        tokio::spawn(connection);
        Ok(Self { sender, host: address.to_string() })
    }

    /// The body of the answer; an error unless it is a good one.
    pub(crate) async fn ask(&mut self, ask: Ask) -> Result<Bytes> {
        let request = Request::builder().header(header::HOST, &self.host);
        let request = match ask {
            Ask::Constant => request.uri(HEALTH).body(Full::default())?,
            Ask::GraphQl(body) => request
                .method("POST")
                .uri("/")
                .header(header::CONTENT_TYPE, "application/json")
                .body(Full::new(body))?,
        };
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        // The sandbox writes errors before data.
        if status != StatusCode::OK || body.starts_with(b"{\"errors\"") {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into());
        }
        Ok(body)
    }
}
