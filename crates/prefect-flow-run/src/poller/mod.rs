//! The one poller of an API: it asks for all runs that are waited on or watched, 500 with one query.
//!
//! Nothing is spawned. The subscriber that leads polls the questions and the pauses for all of them,
//! with its own waker; when it goes away another one is woken to lead. One that is kept and no longer
//! polled loses the lead as soon as another one's patience ends.

mod ask;
mod state;

use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::FutureExt;
use prefect_schema::FlowRunId;
use prefect_transport::{BoxFuture, Error};

pub(crate) use self::ask::ask_now;
use self::ask::{Question, ask};
use self::state::{Phase, State};
use crate::{Api, FlowRun, Polling};

/// How long a leader may sleep through its calls; longer than any pause between two of them.
const PATIENCE: Duration = Duration::from_secs(15);

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

impl Poller {
    pub(crate) fn new(polling: Polling) -> Self {
        let state = State::new(polling);
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
        let mut state = poller.lock();
        let number = state.join(id, with_sizes);
        // A leader in a pause has somebody new to ask for.
        state.wake_leader();
        drop(state);
        Self { api: api.clone(), poller, number, patience: Patience(api.timer().sleep(PATIENCE)) }
    }

    /// The run, at once and then whenever it differs from what was told before. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Answer {
        let turn = Turn(self);
        poll_fn(|cx| turn.0.poll_next(cx)).await
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
            self.poller.lock().replace_leader(self.number, now, PATIENCE);
        }
    }

    /// Goes on with the question or the pause, if this subscriber is the one to do so.
    fn lead(&self, cx: &mut Context<'_>) {
        let Some(mut phase) = self.poller.lock().take_phase(self.number, self.api.timer().now()) else {
            return;
        };
        phase = loop {
            phase = match phase {
                Phase::Asking(mut asking) => match asking.poll_unpin(cx) {
                    Poll::Ready(answers) => {
                        let pause = self.poller.lock().deliver(answers, self.poller.polling);
                        Phase::Pausing(self.api.timer().sleep(pause))
                    }
                    Poll::Pending => break Phase::Asking(asking),
                },
                Phase::Pausing(mut pause) => {
                    let fresh = self.poller.lock().fresh();
                    match fresh {
                        Some(fresh) => self.ask(fresh),
                        None if pause.poll_unpin(cx).is_ready() => self.ask_for_all(),
                        None => break Phase::Pausing(pause),
                    }
                }
                Phase::Idle => self.ask_for_all(),
            };
        };
        self.poller.lock().put_phase(phase);
    }

    fn ask_for_all(&self) -> Phase {
        let questions = self.poller.lock().all();
        self.ask(questions)
    }

    fn ask(&self, questions: Vec<Question>) -> Phase {
        Phase::Asking(Box::pin(ask(self.api.clone(), questions)))
    }
}

/// A subscriber's time of asking. At its end, when it is given up as well, another one is woken to lead.
struct Turn<'a>(&'a mut Subscription);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.poller.lock().rest(self.0.number);
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.poller.lock();
        // What is under way holds the API, and with it this poller.
        let unused = state.leave(self.number);
        drop(state);
        drop(unused);
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Patience")
    }
}
