//! The one poller of an API: it asks for all runs that are waited on or watched, 500 with one query.
//!
//! Nothing is spawned. The subscriber that leads polls the questions and the pauses for all of them,
//! with its own waker; when it goes away another one is woken to lead. One that is kept and no longer
//! polled loses the lead as soon as another one's patience ends.

use std::collections::{BTreeMap, HashMap};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use futures_util::future::FutureExt;
use futures_util::stream::{self, StreamExt};
use prefect_schema::FlowRunId;
use prefect_transport::{BoxFuture, Error};

use crate::operations::poll_flow_runs;
use crate::{Api, FlowRun};

/// How many runs are asked for with one query.
const RUNS_PER_QUERY: usize = 500;
/// How many queries are under way at once.
const QUERIES_AT_ONCE: usize = 4;
/// How long a leader may sleep through its calls; longer than any pause between two of them.
const PATIENCE: Duration = Duration::from_secs(15);

/// How often runs are asked for: often while something happens, ever less often while nothing does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Polling {
    /// The pause after something has changed. Default: 50 ms.
    pub min_interval: Duration,
    /// The longest pause. Default: 2 s, as in Prefect 1.4.1.
    pub max_interval: Duration,
}

impl Default for Polling {
    fn default() -> Self {
        Self { min_interval: Duration::from_millis(50), max_interval: Duration::from_secs(2) }
    }
}

impl Polling {
    /// Sets the pause after something has changed.
    #[must_use]
    pub fn min_interval(mut self, interval: Duration) -> Self {
        self.min_interval = interval;
        self
    }

    /// Sets the longest pause.
    #[must_use]
    pub fn max_interval(mut self, interval: Duration) -> Self {
        self.max_interval = interval;
        self
    }

    fn intervals(self) -> ExponentialBackoff {
        ExponentialBuilder::default()
            .with_factor(1.5)
            .with_min_delay(self.min_interval)
            .with_max_delay(self.max_interval)
            .without_max_times()
            .build()
    }
}

/// A run as it was last read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) run: FlowRun,
    /// Zero for subscribers who do not want them.
    pub(crate) sizes: Sizes,
}

/// How many states and log lines a run has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) states: u64,
    pub(crate) logs: u64,
}

/// What is known of a run; `Ok(None)` when there is none.
pub(crate) type Answer = Result<Option<Progress>, Error>;

/// The subscribers of an API, and what is being done for them.
#[derive(Debug)]
pub(crate) struct Poller {
    polling: Polling,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    subscribers: BTreeMap<u64, Subscriber>,
    next_number: u64,
    leader: Option<u64>,
    led_at: Option<Instant>,
    phase: Phase,
    intervals: ExponentialBackoff,
}

#[derive(Debug)]
struct Subscriber {
    id: FlowRunId,
    with_sizes: bool,
    /// No question has included it yet.
    fresh: bool,
    known: Option<Progress>,
    unread: Option<Answer>,
    waker: Option<Waker>,
}

enum Phase {
    /// There is nobody to ask for.
    Idle,
    Pausing(BoxFuture<'static, ()>),
    Asking(BoxFuture<'static, Answers>),
}

struct Answers {
    asked: Vec<u64>,
    by_run: HashMap<(FlowRunId, bool), Answer>,
    took: Duration,
}

impl Poller {
    pub(crate) fn new(polling: Polling) -> Self {
        let state = State {
            subscribers: BTreeMap::new(),
            next_number: 0,
            leader: None,
            led_at: None,
            phase: Phase::Idle,
            intervals: polling.intervals(),
        };
        Self { polling, state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One wait's or watch's share in the poller.
#[derive(Debug)]
pub(crate) struct Subscription {
    api: Api,
    poller: Arc<Poller>,
    number: u64,
    patience: Patience,
}

struct Patience(BoxFuture<'static, ()>);

impl Subscription {
    /// Joins the poller of `api`; with `with_sizes` the sizes of its history are asked for too.
    pub(crate) fn new(api: &Api, id: FlowRunId, with_sizes: bool) -> Self {
        let poller = Arc::clone(api.poller());
        let subscriber = Subscriber { id, with_sizes, fresh: true, known: None, unread: None, waker: None };
        let mut state = poller.lock();
        let number = state.next_number;
        state.next_number += 1;
        state.subscribers.insert(number, subscriber);
        // A leader in a pause has somebody new to ask for.
        state.wake_leader();
        drop(state);
        Self { api: api.clone(), poller, number, patience: Patience(api.timer().sleep(PATIENCE)) }
    }

    /// The run, at once and then whenever it differs from what was told before. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Answer {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Answer> {
        if let Some(answer) = self.poller.lock().read(self.number, cx.waker()) {
            return Poll::Ready(answer);
        }
        self.notice_absent_leader(cx);
        self.lead(cx);
        match self.poller.lock().read(self.number, cx.waker()) {
            Some(answer) => Poll::Ready(answer),
            None => Poll::Pending,
        }
    }

    /// Takes the lead from a leader that was not polled for too long.
    fn notice_absent_leader(&mut self, cx: &mut Context<'_>) {
        while self.patience.0.poll_unpin(cx).is_ready() {
            self.patience = Patience(self.api.timer().sleep(PATIENCE));
            let now = self.api.timer().now();
            let mut state = self.poller.lock();
            if state.led_at.is_none_or(|led_at| now.saturating_duration_since(led_at) >= PATIENCE) {
                state.leader = Some(self.number);
            }
        }
    }

    /// Goes on with the question or the pause, if this subscriber is the one to do so.
    fn lead(&self, cx: &mut Context<'_>) {
        let Some(mut phase) = self.poller.lock().take_phase(self.number, self.api.timer().now()) else {
            return;
        };
        loop {
            phase = match phase {
                Phase::Asking(mut asking) => match asking.poll_unpin(cx) {
                    Poll::Ready(answers) => {
                        let pause = self.poller.lock().deliver(answers, self.poller.polling);
                        Phase::Pausing(self.api.timer().sleep(pause))
                    }
                    Poll::Pending => break self.poller.lock().phase = Phase::Asking(asking),
                },
                Phase::Pausing(mut pause) => {
                    let fresh = self.poller.lock().fresh();
                    match fresh {
                        Some(fresh) => self.ask(fresh),
                        None if pause.poll_unpin(cx).is_ready() => self.ask_for_all(),
                        None => break self.poller.lock().phase = Phase::Pausing(pause),
                    }
                }
                Phase::Idle => self.ask_for_all(),
            };
        }
    }

    fn ask_for_all(&self) -> Phase {
        let questions = self.poller.lock().questions(|_| true);
        self.ask(questions)
    }

    fn ask(&self, questions: Vec<Question>) -> Phase {
        Phase::Asking(Box::pin(ask(self.api.clone(), questions)))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.poller.lock();
        state.subscribers.remove(&self.number);
        state.hand_over(self.number);
        // What is under way holds the API, and with it this poller.
        let unused = state.subscribers.is_empty().then(|| std::mem::replace(&mut state.phase, Phase::Idle));
        drop(state);
        drop(unused);
    }
}

/// A subscriber's number, its run, and whether it wants the history's sizes.
type Question = (u64, FlowRunId, bool);

impl State {
    /// The subscriber's unread answer; without one, whom to wake when there is one.
    fn read(&mut self, number: u64, waker: &Waker) -> Option<Answer> {
        let subscriber = self.subscribers.get_mut(&number)?;
        let answer = subscriber.unread.take();
        match &answer {
            Some(_) => {
                subscriber.waker = None;
                self.hand_over(number);
            }
            None => subscriber.waker = Some(waker.clone()),
        }
        answer
    }

    /// What is to be gone on with, for the leader, and for whoever finds none.
    fn take_phase(&mut self, number: u64, now: Instant) -> Option<Phase> {
        if self.leader.is_some_and(|leader| leader != number) {
            return None;
        }
        self.leader = Some(number);
        self.led_at = Some(now);
        Some(std::mem::replace(&mut self.phase, Phase::Idle))
    }

    /// Ends the lead of `number`, or its claim to one; somebody who sleeps is woken to take it.
    fn hand_over(&mut self, number: u64) {
        if self.leader.is_none_or(|leader| leader == number) {
            self.leader = None;
            if let Some(waker) = self.subscribers.values_mut().find_map(|other| other.waker.take()) {
                waker.wake();
            }
        }
    }

    fn wake_leader(&self) {
        let leader = self.leader.and_then(|leader| self.subscribers.get(&leader));
        if let Some(waker) = leader.and_then(|leader| leader.waker.as_ref()) {
            waker.wake_by_ref();
        }
    }

    /// Those who were never asked for, if there are any.
    fn fresh(&mut self) -> Option<Vec<Question>> {
        let fresh = self.questions(|subscriber| subscriber.fresh);
        (!fresh.is_empty()).then_some(fresh)
    }

    fn questions(&mut self, wanted: impl Fn(&Subscriber) -> bool) -> Vec<Question> {
        let wanted = self.subscribers.iter_mut().filter(|(_, subscriber)| wanted(subscriber));
        wanted
            .map(|(number, subscriber)| {
                subscriber.fresh = false;
                (*number, subscriber.id, subscriber.with_sizes)
            })
            .collect()
    }

    /// Gives each subscriber what is new to it; how long to pause now.
    fn deliver(&mut self, answers: Answers, polling: Polling) -> Duration {
        let mut something_happened = false;
        for number in answers.asked {
            let Some(subscriber) = self.subscribers.get_mut(&number) else { continue };
            let key = (subscriber.id, subscriber.with_sizes);
            let Some(answer) = answers.by_run.get(&key) else { continue };
            something_happened |= subscriber.tell(answer);
        }
        if something_happened {
            self.intervals = polling.intervals();
        }
        // However long the questions take, half of the time is left to the server.
        self.intervals.next().unwrap_or(polling.max_interval).max(answers.took)
    }
}

impl Subscriber {
    /// Whether the answer is news to this subscriber.
    fn tell(&mut self, answer: &Answer) -> bool {
        if let Ok(Some(progress)) = answer {
            if self.known.as_ref() == Some(progress) {
                return false;
            }
            self.known = Some(progress.clone());
        }
        self.unread = Some(answer.clone());
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
        true
    }
}

/// Asks for all of them. A query that failed for a reason that may pass leaves no answers.
async fn ask(api: Api, questions: Vec<Question>) -> Answers {
    let started = api.timer().now();
    let (mut plain, mut with_sizes) = (Vec::new(), Vec::new());
    for (_, id, sizes) in &questions {
        if *sizes { &mut with_sizes } else { &mut plain }.push(*id);
    }
    let (plain, with_sizes) = (batches(plain), batches(with_sizes));
    let batches = plain.map(|batch| (batch, false)).chain(with_sizes.map(|batch| (batch, true)));
    let asking = batches.map(|(batch, sizes)| ask_batch(&api, batch, sizes));
    let mut by_run = HashMap::new();
    let mut answers = stream::iter(asking).buffer_unordered(QUERIES_AT_ONCE);
    while let Some(batch) = answers.next().await {
        by_run.extend(batch);
    }
    let took = api.timer().now().saturating_duration_since(started);
    Answers { asked: questions.into_iter().map(|(number, ..)| number).collect(), by_run, took }
}

/// Each run once, as many together as one query asks for.
fn batches(mut ids: Vec<FlowRunId>) -> impl Iterator<Item = Vec<FlowRunId>> {
    ids.sort_unstable();
    ids.dedup();
    let batches: Vec<_> = ids.chunks(RUNS_PER_QUERY).map(<[_]>::to_vec).collect();
    batches.into_iter()
}

async fn ask_batch(api: &Api, ids: Vec<FlowRunId>, sizes: bool) -> Vec<((FlowRunId, bool), Answer)> {
    let found = if sizes { histories(api, &ids).await } else { states(api, &ids).await };
    match found {
        Ok(mut found) => ids.into_iter().map(|id| ((id, sizes), Ok(found.remove(&id)))).collect(),
        Err(error) if error.is_retryable() => {
            tracing::warn!(%error, "asking again");
            Vec::new()
        }
        Err(error) => ids.into_iter().map(|id| ((id, sizes), Err(error.clone()))).collect(),
    }
}

async fn states(api: &Api, ids: &[FlowRunId]) -> Result<HashMap<FlowRunId, Progress>, Error> {
    let answer = api.query("poll_flow_runs", &poll_flow_runs::states(ids.to_vec())).await?;
    let runs = answer.flow_run.into_iter().map(FlowRun::from);
    Ok(runs.map(|run| (run.id, Progress { run, sizes: Sizes::default() })).collect())
}

async fn histories(api: &Api, ids: &[FlowRunId]) -> Result<HashMap<FlowRunId, Progress>, Error> {
    let answer = api.query("poll_flow_runs", &poll_flow_runs::histories(ids.to_vec())).await?;
    let progress = answer.flow_run.into_iter().map(|row| {
        let sizes = Sizes { states: row.states(), logs: row.logs() };
        Progress { run: FlowRun::from(row.run), sizes }
    });
    Ok(progress.map(|progress| (progress.run.id, progress)).collect())
}

impl std::fmt::Debug for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Idle => "Idle",
            Self::Pausing(_) => "Pausing",
            Self::Asking(_) => "Asking",
        })
    }
}

impl std::fmt::Debug for Patience {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Patience")
    }
}
