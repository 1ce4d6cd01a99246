//! What one call sends and what the sandbox answers, recorded once: the bytes that the bare loop posts, and those
//! that the constant server gives back.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use prefect_client::Client;
use prefect_client::transport::{BoxFuture, Endpoint, HttpBody, HttpError, HttpService, ReqwestService};
use serde::{Deserialize, Serialize};

use crate::task::task;
use crate::{Result, flowrun};

/// A request and its answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Exchange {
    #[serde(with = "headers")]
    pub(crate) headers: HeaderMap,
    pub(crate) request: Bytes,
    pub(crate) answer: Bytes,
}

type Exchanges = Arc<Mutex<Vec<Exchange>>>;

/// A client, and what it has sent.
pub(crate) struct Recording {
    pub(crate) client: Client,
    exchanges: Exchanges,
}

impl Recording {
    /// With a client of the server at `url`.
    pub(crate) fn with_api(url: &str) -> Result<Self> {
        let endpoint: Endpoint = url.parse()?;
        let service = ReqwestService::for_endpoint(&endpoint, Duration::from_secs(5))?;
        let exchanges = Exchanges::default();
        let recorder = Recorder { service, exchanges: Arc::clone(&exchanges) };
        let client = Client::builder().api(url).transport(|transport| transport.service(recorder)).build()?;
        Ok(Self { client, exchanges })
    }

    /// The exchanges since the last call of this.
    pub(crate) fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut *self.exchanges.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The exchanges of one `FlowRunTask::run` with a new sandbox.
pub(crate) async fn of_one_run() -> Result<Vec<Exchange>> {
    of_one_run_with(&flowrun::sandbox().await?.url).await
}

/// The exchanges of one `FlowRunTask::run` with a server that has the sample flow.
pub(crate) async fn of_one_run_with(url: &str) -> Result<Vec<Exchange>> {
    let recording = Recording::with_api(url)?;
    task()?.run(&recording.client).await?;
    Ok(recording.take())
}

#[derive(Debug)]
struct Recorder {
    service: ReqwestService,
    exchanges: Exchanges,
}

impl HttpService for Recorder {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<HttpBody>, HttpError>> {
        Box::pin(async move {
            let (headers, sent) = (request.headers().clone(), request.body().clone());
            let (head, body) = self.service.call(request).await?.into_parts();
            let answer = body.collect().await.map_err(HttpError::maybe_sent)?.to_bytes();
            let exchange = Exchange { headers, request: sent, answer: answer.clone() };
            self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
            Ok(Response::from_parts(head, HttpBody::new(Full::new(answer))))
        })
    }
}

/// As pairs of texts: none of these is anything else.
mod headers {
    use http::{HeaderMap, HeaderName, HeaderValue};
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()));
        pairs.collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HeaderMap, D::Error> {
        let pairs = Vec::<(String, String)>::deserialize(deserializer)?;
        let header = |(name, value): (String, String)| {
            Ok((
                name.parse::<HeaderName>().map_err(D::Error::custom)?,
                value.parse::<HeaderValue>().map_err(D::Error::custom)?,
            ))
        };
        pairs.into_iter().map(header).collect()
    }
}
