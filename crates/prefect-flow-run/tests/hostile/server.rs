//! A server that says what it was told to, whatever it is asked.
//!
//! Answers are separated by lines of `---`; after the last one, all others are like it. An answer is a line
//! with the status, lines of headers, an empty line and the body. In place of a status there may be
//! `refused`, `lost` or `silent`, for what a network does.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use http_body_util::Full;
use prefect_flow_run::transport::{BoxFuture, HttpBody, HttpError, HttpService};

use super::split;

/// More requests than any call needs in the time that it has.
const MOST: usize = 500;

#[derive(Debug, Clone)]
pub struct Server(Arc<Mutex<Script>>);

#[derive(Debug)]
struct Script {
    answers: VecDeque<Answer>,
    requests: usize,
}

#[derive(Debug, Clone)]
enum Answer {
    Http(http::Response<Bytes>),
    Refused,
    Lost,
    Silent,
}

impl Server {
    pub fn new(mut input: &[u8]) -> Self {
        let mut answers = VecDeque::new();
        while let Some((answer, rest)) = split(input, b"\n---\n") {
            answers.push_back(Answer::read(answer));
            input = rest;
        }
        answers.push_back(Answer::read(input));
        Self(Arc::new(Mutex::new(Script { answers, requests: 0 })))
    }

    pub fn requests(&self) -> usize {
        self.lock().requests
    }

    /// Whether more was asked than any call needs.
    pub fn is_overrun(&self) -> bool {
        self.requests() > MOST
    }

    fn lock(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Answer {
        let mut script = self.lock();
        script.requests += 1;
        match script.answers.len() {
            _ if script.requests > MOST => Answer::Silent,
            2.. => script.answers.pop_front().unwrap_or(Answer::Silent),
            _ => script.answers.front().cloned().unwrap_or(Answer::Silent),
        }
    }
}

impl Answer {
    fn read(text: &[u8]) -> Self {
        let (head, body) = split(text, b"\n\n").unwrap_or((text, b""));
        let (status, headers) = split(head, b"\n").unwrap_or((head, b""));
        match status {
            b"refused" => return Self::Refused,
            b"lost" => return Self::Lost,
            b"silent" => return Self::Silent,
            _ => {}
        }
        let mut answer = http::Response::new(Bytes::copy_from_slice(body));
        *answer.status_mut() = http::StatusCode::from_bytes(status).unwrap_or_default();
        for header in headers.split(|byte| *byte == b'\n') {
            let Some((name, value)) = split(header, b": ") else { continue };
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
                answer.headers_mut().append(name, value);
            }
        }
        Self::Http(answer)
    }
}

impl HttpService for Server {
    fn call(&self, _: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<HttpBody>, HttpError>> {
        let answer = self.next();
        Box::pin(async move {
            match answer {
                Answer::Http(answer) => Ok(answer.map(|body| HttpBody::new(Full::new(body)))),
                Answer::Refused => Err(HttpError::not_sent("refused, as the input wants")),
                Answer::Lost => Err(HttpError::maybe_sent("lost, as the input wants")),
                Answer::Silent => std::future::pending().await,
            }
        })
    }
}
