//! Those that are compared: a call of the client, a bare loop that posts the same bytes and reads the ids out of the same
//! answers, and the least client, which does by hand what none may leave out.

use prefect_client::{Client, FlowRunTask};
use reqwest::Url;
use serde::Deserialize;
use uuid::Uuid;

use crate::Result;
use crate::exchange::Exchange;
use crate::least::Least;
use crate::task::task;

/// Which of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Who {
    Bare,
    Least,
    /// A task that makes all calls, so that it knows the lookup and its answer of the call before.
    Ours,
    /// A task of its own for each call.
    Anew,
}

impl Who {
    pub(crate) const ALL: [Self; 4] = [Self::Bare, Self::Least, Self::Ours, Self::Anew];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Least => "least",
            Self::Ours => "ours",
            Self::Anew => "anew",
        }
    }

    pub(crate) fn named(name: &str) -> Result<Self> {
        let who = Self::ALL.into_iter().find(|who| who.name() == name);
        who.ok_or_else(|| format!("{name:?} is none of bare, least, ours and anew").into())
    }
}

/// Makes calls; clones share the connections.
#[derive(Clone)]
pub(crate) enum Caller {
    Bare { client: reqwest::Client, url: Url, exchanges: Vec<Exchange> },
    Least(Box<Least>),
    Ours { client: Client, task: Box<FlowRunTask> },
    Anew { client: Client },
}

impl Caller {
    pub(crate) fn new(who: Who, url: &str, exchanges: &[Exchange]) -> Result<Self> {
        let http = || reqwest::Client::builder().no_proxy();
        Ok(match who {
            Who::Bare => {
                Self::Bare { client: http().build()?, url: url.parse()?, exchanges: exchanges.to_vec() }
            }
            Who::Least => Self::Least(Box::new(Least::new(http(), url, exchanges)?)),
            Who::Ours => Self::Ours { client: Client::builder().api(url).build()?, task: Box::new(task()?) },
            Who::Anew => Self::Anew { client: Client::builder().api(url).build()? },
        })
    }

    /// Finds the flow and schedules a run of it.
    pub(crate) async fn call(&self) -> Result<()> {
        match self {
            Self::Bare { client, url, exchanges } => {
                for exchange in exchanges {
                    post(client, url, exchange).await?;
                }
            }
            Self::Least(least) => {
                least.call().await?;
            }
            Self::Ours { client, task } => {
                task.run(client).await?;
            }
            Self::Anew { client } => {
                task()?.run(client).await?;
            }
        }
        Ok(())
    }
}

/// As much of an answer as the bare loop reads.
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

async fn post(client: &reqwest::Client, url: &Url, exchange: &Exchange) -> Result<Uuid> {
    let request = client.post(url.clone()).headers(exchange.headers.clone()).body(exchange.request.clone());
    let body = request.send().await?.bytes().await?;
    let data = serde_json::from_slice::<Answer>(&body)?.data.ok_or("no data")?;
    let id = data.create_flow_run.or_else(|| data.flow.and_then(|flows| flows.into_iter().next()));
    Ok(id.ok_or("no id")?.id)
}
