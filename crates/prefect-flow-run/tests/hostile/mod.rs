//! Whatever a server answers, a client comes to an end, and tells no more than the server said. Shared with the
//! fuzz target `responses`.
//!
//! An input is what is asked of the client, in the first line, and then the answers in the form that
//! [`server`] describes.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

mod server;

use std::error::Error;
use std::time::Duration;

use prefect_flow_run::transport::{self, Credentials, TokioTimer, Transport};
use prefect_flow_run::{
    Api, Backend, FlowRunId, FlowRunRequest, State, Tenant, TokenLogin, WaitError, WatchError, WatchEvent,
};
use server::Server;

/// How long an error may be with all of its causes, in bytes. (`Debug` of what lists names has them all.)
const LONGEST_ERROR: usize = 12 * 1024;
/// The most that one answer may hold, in bytes; answers that are larger are among the seeds.
const LARGEST_ANSWER: usize = 15 * 1024;
/// How long a wait or a watch goes on, on a clock that runs when nothing else does.
const PATIENCE: Duration = Duration::from_secs(60);
/// No call takes longer.
const TOO_LONG: Duration = Duration::from_secs(600);
/// How many events of a watch are taken.
const EVENTS: usize = 100;

/// The credentials of all calls but the log-in, whose answers may hold anything.
const SECRET: &str = "canary-0d1e";
const RUN: &str = "00000000-0000-4000-8000-000000000006";

/// What the client makes of the answers, in words.
///
/// # Errors
/// Says what is wrong with it.
pub fn check(input: &[u8]) -> Result<String, String> {
    let (call, answers) = split(input, b"\n").unwrap_or((input, b""));
    let server = Server::new(answers);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let told = runtime.block_on(async {
        let call = call_by_name(call, server.clone());
        tokio::time::timeout(TOO_LONG, call).await.map_err(|_| "the call does not end".to_owned())
    })??;
    if server.is_overrun() {
        return Err("it does not stop asking".to_owned());
    }
    // A log-in is with another one, so its server cannot repeat this one.
    if told.shows_secret && call != b"log-in" {
        return Err(format!("a secret is told: {}", told.error));
    }
    if let Some(invented) = told.texts.iter().find(|text| !holds(answers, text)) {
        return Err(format!("{invented:?} is told, and was never said"));
    }
    Ok(format!("{} requests, told {:?}{}", server.requests(), told.texts, told.error))
}

/// What a call tells.
#[derive(Default)]
struct Told {
    /// Ids and states.
    texts: Vec<String>,
    /// An error and its causes, if there is one.
    error: String,
    shows_secret: bool,
}

async fn call_by_name(call: &[u8], server: Server) -> Result<Told, String> {
    // Credentials are sent there without encryption.
    let transport = Transport::builder("http://localhost".parse().unwrap())
        .service(server)
        .timer(TokioTimer)
        .credentials(Credentials::bearer(SECRET))
        .max_response_bytes(LARGEST_ANSWER)
        .build()
        .unwrap();
    let api = Api::new(transport, Backend::Server);
    match call {
        b"find" => told(api.find_flow("F").in_project("P").await.map(|flow| vec![flow.id().to_string()])),
        b"schedule" => schedule(&api).await,
        b"wait" => wait(&api).await,
        b"watch" => watch(&api).await,
        b"log-in" => log_in(&api).await,
        _ => Ok(Told::default()),
    }
}

async fn schedule(api: &Api) -> Result<Told, String> {
    let flow = match api.find_flow("F").in_project("P").await {
        Ok(flow) => flow,
        Err(error) => return told(Err(error)),
    };
    let run = flow.schedule(FlowRunRequest::new().unchecked().idempotency_key("key-1")).await;
    told(run.map(|run| vec![run.id.to_string(), run.flow_id.to_string()]))
}

async fn wait(api: &Api) -> Result<Told, String> {
    match api.wait(run()).timeout(PATIENCE).await {
        Err(WaitError::TimedOut { .. }) => Ok(Told::default()),
        Ok(ended) if ended.id != run() => Err(format!("another run ended: {ended:?}")),
        outcome => told(outcome.map(|ended| vec![ended.id.to_string(), ended.state.to_string()])),
    }
}

async fn watch(api: &Api) -> Result<Told, String> {
    let mut watch = api.watch(run());
    let mut texts = Vec::new();
    let outcome = tokio::time::timeout(PATIENCE, async {
        while let (Some(event), ..EVENTS) = (watch.next().await, texts.len()) {
            texts.push(match event? {
                WatchEvent::State(change) => change.state.to_string(),
                WatchEvent::Log(line) => line.id.to_string(),
                _ => String::new(),
            });
        }
        Ok(())
    });
    let outcome = outcome.await.unwrap_or(Ok::<(), WatchError>(()));
    let cursor = serde_json::to_string(&watch.cursor()).map_err(|error| error.to_string())?;
    serde_json::from_str::<prefect_flow_run::WatchCursor>(&cursor).map_err(|error| error.to_string())?;
    told(outcome.map(|()| texts))
}

async fn log_in(api: &Api) -> Result<Told, String> {
    let login = TokenLogin::new(api.transport().clone(), "token", Tenant::Slug("t".to_owned()));
    let api = Api::new(api.transport().with_credentials(login), Backend::Cloud);
    let run = api.flow_run(run()).await;
    told(run.map(|run| run.into_iter().map(|run| run.id.to_string()).collect()))
}

fn run() -> FlowRunId {
    RUN.parse().unwrap()
}

/// What a call tells; or what is wrong with its error.
fn told<E: Error + 'static>(outcome: Result<Vec<String>, E>) -> Result<Told, String> {
    let error = match outcome {
        Ok(texts) => return Ok(Told { texts, ..Told::default() }),
        Err(error) => error,
    };
    let causes = std::iter::successors(Some(&error as &dyn Error), |&cause| cause.source());
    let shown: String = causes.map(|cause| format!("\n{cause}")).collect();
    let causes = std::iter::successors(Some(&error as &dyn Error), |&cause| cause.source());
    let transports = causes.filter_map(|cause| cause.downcast_ref::<transport::Error>());
    let for_programmers: String = transports.map(|error| format!("{error:?}{error:#?}")).collect();
    for text in [&shown, &for_programmers] {
        if text.len() > LONGEST_ERROR {
            return Err(format!("an error of {} bytes: {text:.1000}", text.len()));
        }
    }
    let shows_secret = format!("{shown}{error:?}").contains(SECRET);
    Ok(Told { texts: Vec::new(), error: shown, shows_secret })
}

/// Whether the server said it: an id in whatever spelling, a state by its name. Escapes are not looked into, and
/// a run without a state is pending.
fn holds(answers: &[u8], text: &str) -> bool {
    let plain = |text: &str| text.replace('-', "").to_lowercase();
    let answers = String::from_utf8_lossy(answers);
    answers.contains('\\') || plain(&answers).contains(&plain(text)) || text == State::Pending.name()
}

fn split<'a>(input: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = input.windows(separator.len()).position(|window| window == separator)?;
    Some((&input[..at], &input[at + separator.len()..]))
}
