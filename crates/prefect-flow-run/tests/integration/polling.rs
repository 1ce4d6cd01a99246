//! How waits share their questions, on a stopped clock and a server of canned answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use http_body_util::Full;
use prefect_flow_run::transport::{BoxFuture, HttpBody, HttpError, HttpService, TokioTimer, Transport};
use prefect_flow_run::{Api, Backend, FlowRunId, Polling, State};
use tokio::time::Instant;
use uuid::Uuid;

const TICK: Duration = Duration::from_secs(1);

/// Knows the states of runs, and remembers when it was asked for how many of them.
#[derive(Debug, Clone, Default)]
struct Server(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    states: HashMap<Uuid, &'static str>,
    questions: Vec<(Instant, usize)>,
}

impl Server {
    fn set(&self, run: FlowRunId, state: &'static str) {
        self.0.lock().unwrap().states.insert(run.0, state);
    }

    /// How many runs were asked for by each query at some time after the start.
    fn questions(&self, start: Instant, after: Duration) -> Vec<usize> {
        let inner = self.0.lock().unwrap();
        inner.questions.iter().filter(|(at, _)| *at == start + after).map(|(_, runs)| *runs).collect()
    }

    fn answer(&self, body: &[u8]) -> String {
        let body: serde_json::Value = serde_json::from_slice(body).unwrap();
        let ids: Vec<Uuid> =
            serde_json::from_value(body["variables"]["filter"]["id"]["_in"].clone()).unwrap();
        let mut inner = self.0.lock().unwrap();
        inner.questions.push((Instant::now(), ids.len()));
        let row = |id: &Uuid| {
            let state = inner.states.get(id)?;
            let none = serde_json::json!({ "aggregate": null });
            Some(serde_json::json!({
                "id": id, "flow_id": id, "name": "run", "state": state, "state_message": null,
                "states_aggregate": none, "logs_aggregate": none,
            }))
        };
        let rows: Vec<_> = ids.iter().filter_map(row).collect();
        serde_json::json!({ "data": { "flow_run": rows } }).to_string()
    }
}

impl HttpService for Server {
    fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<http::Response<HttpBody>, HttpError>> {
        let answer = Full::new(Bytes::from(self.answer(request.body())));
        let body = HttpBody::new(answer);
        let response = http::Response::builder().header("content-type", "application/json").body(body);
        Box::pin(async move { Ok(response.unwrap()) })
    }
}

/// An API that asks once in a [`TICK`].
fn api(server: &Server) -> Api {
    let transport = Transport::builder("http://localhost".parse().unwrap())
        .service(server.clone())
        .timer(TokioTimer)
        .build()
        .unwrap();
    let polling = Polling::default().min_interval(TICK).max_interval(TICK);
    Api::new(transport, Backend::Server).with_polling(polling)
}

fn runs(server: &Server, count: u128) -> Vec<FlowRunId> {
    let runs: Vec<_> = (1..=count).map(|number| FlowRunId(Uuid::from_u128(number))).collect();
    runs.iter().for_each(|run| server.set(*run, "Running"));
    runs
}

#[tokio::test(start_paused = true)]
async fn a_thousand_waits_cost_two_queries_a_tick() {
    let (server, start) = (Server::default(), Instant::now());
    let runs = runs(&server, 1000);
    let waits = tokio::spawn(api(&server).wait_many(runs.clone()).collect::<Vec<_>>());
    tokio::time::sleep_until(start + TICK * 10 + TICK / 2).await;
    for tick in 1..=10 {
        assert_eq!(server.questions(start, TICK * tick), [500, 500]);
    }
    runs.iter().for_each(|run| server.set(*run, "Success"));
    let ended = waits.await.unwrap();
    // At the next tick, all of them.
    assert_eq!(start.elapsed(), TICK * 11);
    assert!(
        ended.len() == 1000 && ended.iter().all(|(_, run)| run.as_ref().unwrap().state == State::Success)
    );
}

#[tokio::test(start_paused = true)]
async fn waits_for_one_run_ask_for_it_once() {
    let (server, start) = (Server::default(), Instant::now());
    let run = runs(&server, 1)[0];
    let api = api(&server);
    let waits = tokio::spawn(async move { tokio::join!(api.wait(run), api.wait(run), api.wait(run)) });
    tokio::time::sleep_until(start + TICK + TICK / 2).await;
    assert_eq!(server.questions(start, TICK), [1]);
    server.set(run, "Failed");
    let (first, second, third) = waits.await.unwrap();
    assert!([first, second, third].iter().all(|run| run.as_ref().unwrap().state == State::Failed));
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_joins_is_asked_for_at_once() {
    let (server, start) = (Server::default(), Instant::now());
    let runs = runs(&server, 2);
    let api = api(&server);
    let early = tokio::spawn(api.wait(runs[0]).into_future());
    tokio::time::sleep(TICK / 4).await;
    let late = tokio::spawn(api.wait(runs[1]).into_future());
    tokio::time::sleep(TICK / 4).await;
    assert_eq!(server.questions(start, TICK / 4), [1]);
    early.abort();
    late.abort();
}

#[tokio::test(start_paused = true)]
async fn when_the_leader_goes_another_one_goes_on() {
    let server = Server::default();
    let runs = runs(&server, 3);
    let api = api(&server);
    let waits: Vec<_> = runs.iter().map(|run| tokio::spawn(api.wait(*run).into_future())).collect();
    tokio::time::sleep(TICK / 2).await;
    waits[0].abort();
    tokio::time::sleep(TICK).await;
    waits[1].abort();
    let start = Instant::now();
    server.set(runs[2], "Success");
    let ended = waits.into_iter().next_back().unwrap().await.unwrap();
    assert_eq!(ended.unwrap().state, State::Success);
    assert!(start.elapsed() <= TICK);
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_is_kept_and_not_polled_does_not_stop_the_others() {
    let server = Server::default();
    let runs = runs(&server, 2);
    let api = api(&server);
    let mut kept = api.wait(runs[0]).into_future();
    assert!((&mut kept).now_or_never().is_none());
    server.set(runs[1], "Success");
    let other = tokio::time::timeout(Duration::from_secs(60), api.wait(runs[1])).await;
    assert_eq!(other.unwrap().unwrap().state, State::Success);
    server.set(runs[0], "Failed");
    assert_eq!(kept.await.unwrap().state, State::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_is_kept_does_not_stop_the_others() {
    let server = Server::default();
    let runs = runs(&server, 2);
    let api = api(&server);
    let soon = |wait: prefect_flow_run::Wait| wait.timeout(TICK * 3).into_future();

    // One whose next event was given up.
    let mut given_up = api.watch(runs[0]);
    assert!(tokio::time::timeout(TICK, async { while given_up.next().await.is_some() {} }).await.is_err());
    server.set(runs[1], "Success");
    assert_eq!(soon(api.wait(runs[1])).await.unwrap().state, State::Success);

    // And one that has ended, which is not asked for any more either.
    server.set(runs[0], "Failed");
    while let Some(event) = given_up.next().await {
        event.unwrap();
    }
    let asked = server.0.lock().unwrap().questions.len();
    tokio::time::sleep(TICK * 10).await;
    assert_eq!(server.0.lock().unwrap().questions.len(), asked);
    assert_eq!(soon(api.wait(runs[1])).await.unwrap().state, State::Success);
    assert_eq!(given_up.flow_run().unwrap().state, State::Failed);
}

#[tokio::test(start_paused = true)]
async fn the_pause_grows_while_nothing_happens_and_shrinks_when_something_does() {
    let (server, start) = (Server::default(), Instant::now());
    let run = runs(&server, 1)[0];
    let polling =
        Polling::default().min_interval(Duration::from_millis(100)).max_interval(Duration::from_secs(2));
    let wait = tokio::spawn(api(&server).with_polling(polling).wait(run).into_future());
    tokio::time::sleep(Duration::from_secs(20)).await;
    server.set(run, "Cancelling");
    tokio::time::sleep(Duration::from_secs(20)).await;
    wait.abort();
    let asked = server.0.lock().unwrap().questions.clone();
    let pauses: Vec<_> = asked.windows(2).map(|pair| (pair[1].0 - pair[0].0).as_millis()).collect();
    assert!(start.elapsed() == Duration::from_secs(40));
    // The clock of the test goes by whole milliseconds.
    assert!(pauses.iter().all(|pause| (100..=2001).contains(pause)), "{pauses:?}");
    assert!(pauses[..4].is_sorted() && pauses[0] <= 101 && pauses[3] >= 300, "{pauses:?}");
    let longest = pauses.iter().position(|pause| *pause >= 2000).unwrap();
    assert!(pauses[longest..].iter().any(|pause| *pause <= 101), "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn when_nobody_waits_nothing_is_asked_and_the_api_is_let_go() {
    let server = Server::default();
    let run = runs(&server, 1)[0];
    let api = api(&server);
    let wait = tokio::spawn(api.wait(run).into_future());
    tokio::time::sleep(TICK * 3 / 2).await;
    wait.abort();
    assert!(wait.await.unwrap_err().is_cancelled());
    let asked = server.0.lock().unwrap().questions.len();
    tokio::time::sleep(TICK * 10).await;
    assert_eq!(server.0.lock().unwrap().questions.len(), asked);
    drop(api);
    // The test's own handle is the last one.
    assert_eq!(Arc::strong_count(&server.0), 1);
}
