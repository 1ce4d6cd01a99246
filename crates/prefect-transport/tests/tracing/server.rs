//! A server without a network.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::Full;
use prefect_transport::{
    BoxFuture, Error, HttpBody, HttpError, HttpService, Response as Answer, Transport, TransportBuilder,
};
use serde_json::{Value, json};

/// Answers with these, one after the other, and keeps the headers of each request.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    answers: Arc<Mutex<VecDeque<(StatusCode, &'static str)>>>,
    headers: Arc<Mutex<Vec<HeaderMap>>>,
}

impl Server {
    pub(crate) fn answering<const N: usize>(answers: [(StatusCode, &'static str); N]) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.into())), headers: Arc::default() }
    }

    /// A transport to it.
    pub(crate) fn transport(&self) -> TransportBuilder {
        Transport::builder("http://localhost:4200".parse().unwrap()).service(self.clone())
    }

    /// Those of the requests so far.
    pub(crate) fn headers(&self) -> Vec<HeaderMap> {
        self.headers.lock().unwrap().clone()
    }
}

impl HttpService for Server {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<HttpBody>, HttpError>> {
        self.headers.lock().unwrap().push(request.headers().clone());
        let (status, body) = self.answers.lock().unwrap().pop_front().unwrap();
        let mut answer = Response::new(HttpBody::new(Full::from(body)));
        *answer.status_mut() = status;
        Box::pin(async { Ok(answer) })
    }
}

pub(crate) async fn query(transport: &Transport) -> Result<Answer<Value>, Error> {
    let request = transport.request("hello", &json!({ "query": "{ hello }" })).unwrap();
    transport.execute(&request.idempotent(true)).await
}
