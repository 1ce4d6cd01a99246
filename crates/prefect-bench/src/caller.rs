//! Those that are compared: a call of the client, a bare loop that posts the same bytes and reads the same answers, and
//! the least client, a bare loop that does what none may leave out.

use std::time::Duration;

use bytes::Bytes;
use prefect_client::{Client, FlowRunTask};
use serde::Deserialize;
use uuid::Uuid;

use crate::Result;
use crate::exchange::Exchange;
use crate::task::task;

const TIMEOUT: Duration = Duration::from_secs(30);

/// Which of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Who {
    Bare,
    /// Has a time limit for each request, and a new key for each run.
    Least,
    Ours,
}

impl Who {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Least => "least",
            Self::Ours => "ours",
        }
    }

    pub(crate) fn named(name: &str) -> Result<Self> {
        let who = [Self::Bare, Self::Least, Self::Ours].into_iter().find(|who| who.name() == name);
        who.ok_or_else(|| format!("{name:?} is none of bare, least and ours").into())
    }
}

/// What a loop posts.
#[derive(Clone)]
pub(crate) struct Post {
    exchange: Exchange,
    /// Where in the body a new key is put, if one is.
    new_key_at: Option<usize>,
}

/// Makes calls; clones share the connections.
#[derive(Clone)]
pub(crate) enum Caller {
    Loop { client: reqwest::Client, url: String, posts: Vec<Post> },
    Ours { client: Client, task: Box<FlowRunTask> },
}

impl Caller {
    pub(crate) fn new(who: Who, url: &str, exchanges: &[Exchange]) -> Result<Self> {
        let client = reqwest::Client::builder().no_proxy();
        let (client, new_keys) = match who {
            Who::Bare => (client, false),
            Who::Least => (client.timeout(TIMEOUT), true),
            Who::Ours => {
                return Ok(Self::Ours {
                    client: Client::builder().api(url).build()?,
                    task: Box::new(task()?),
                });
            }
        };
        let posts = exchanges.iter().map(|exchange| Post {
            exchange: exchange.clone(),
            new_key_at: key_at(&exchange.request).filter(|_| new_keys),
        });
        Ok(Self::Loop { client: client.build()?, url: url.to_owned(), posts: posts.collect() })
    }

    /// Finds the flow and schedules a run of it.
    pub(crate) async fn call(&self) -> Result<()> {
        match self {
            Self::Loop { client, url, posts } => {
                for Post { exchange, new_key_at } in posts {
                    let body = match new_key_at {
                        Some(at) => with_new_key(&exchange.request, *at),
                        None => exchange.request.clone(),
                    };
                    post(client, url, exchange, body).await?;
                }
            }
            Self::Ours { client, task } => {
                task.run(client).await?;
            }
        }
        Ok(())
    }
}

/// Where the key in a body begins, if it has one.
fn key_at(body: &[u8]) -> Option<usize> {
    let name = br#""idempotency_key":""#;
    body.windows(name.len()).rposition(|part| part == name).map(|at| at + name.len())
}

/// The body with another key in place of the one there.
fn with_new_key(body: &[u8], at: usize) -> Bytes {
    let key = Uuid::new_v4().simple().to_string();
    let (before, rest) = body.split_at_checked(at).unwrap_or_default();
    let after = rest.get(key.len()..).unwrap_or_default();
    [before, key.as_bytes(), after].concat().into()
}

/// As much of an answer as either of them needs to know.
#[derive(Deserialize)]
struct Answer {
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    flow: Option<Vec<Id>>,
    create_flow_run: Option<Id>,
}

#[derive(Deserialize)]
struct Id {
    id: Uuid,
}

async fn post(client: &reqwest::Client, url: &str, exchange: &Exchange, body: Bytes) -> Result<Uuid> {
    let request = client.post(url).headers(exchange.headers.clone()).body(body);
    let body = request.send().await?.bytes().await?;
    let data = serde_json::from_slice::<Answer>(&body)?.data.ok_or("no data")?;
    let id = data.create_flow_run.or_else(|| data.flow.and_then(|flows| flows.into_iter().next()));
    Ok(id.ok_or("no id")?.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_gets_another_key_of_the_same_length() {
        let body =
            Bytes::from(r#"{"input":{"idempotency_key":"0123456789abcdef0123456789abcdef","flow_id":"1"}}"#);
        let other = with_new_key(&body, key_at(&body).unwrap());
        assert_ne!(other, body);
        let input: serde_json::Value = serde_json::from_slice(&other).unwrap();
        assert_eq!((other.len(), &input["input"]["flow_id"]), (body.len(), &"1".into()));
        assert_eq!(key_at(b"{}"), None);
    }
}
