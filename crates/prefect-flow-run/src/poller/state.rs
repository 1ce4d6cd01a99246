//! Who subscribes to a poller, who leads it, and what is being done for them all.

use std::collections::BTreeMap;
use std::fmt;
use std::task::Waker;
use std::time::{Duration, Instant};

use backon::ExponentialBackoff;
use prefect_schema::FlowRunId;
use prefect_transport::BoxFuture;

use super::ask::{Answers, Question};
use super::{Answer, Progress};
use crate::Polling;

#[derive(Debug)]
pub(super) struct State {
    subscribers: BTreeMap<u64, Subscriber>,
    /// Those of them who found no answer; a map of its own, as one of them is sought each time a leader goes.
    sleepers: BTreeMap<u64, Waker>,
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
}

pub(super) enum Phase {
    /// There is nobody to ask for.
    Idle,
    Pausing(BoxFuture<'static, ()>),
    Asking(BoxFuture<'static, Answers>),
}

impl State {
    pub(super) fn new(polling: Polling) -> Self {
        Self {
            subscribers: BTreeMap::new(),
            sleepers: BTreeMap::new(),
            next_number: 0,
            leader: None,
            led_at: None,
            phase: Phase::Idle,
            intervals: polling.intervals(),
        }
    }

    /// Adds a subscriber; its number.
    pub(super) fn join(&mut self, id: FlowRunId, with_sizes: bool) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        let subscriber = Subscriber { id, with_sizes, fresh: true, known: None, unread: None };
        self.subscribers.insert(number, subscriber);
        number
    }

    /// Removes a subscriber; what was under way, if nobody is left to want it.
    pub(super) fn leave(&mut self, number: u64) -> Option<Phase> {
        self.subscribers.remove(&number);
        self.rest(number);
        self.subscribers.is_empty().then(|| std::mem::replace(&mut self.phase, Phase::Idle))
    }

    /// Makes `number` the leader if the present one has done nothing for so long.
    pub(super) fn replace_leader(&mut self, number: u64, now: Instant, patience: Duration) {
        if self.led_at.is_none_or(|led_at| now.saturating_duration_since(led_at) >= patience) {
            self.leader = Some(number);
        }
    }

    /// The subscriber's unread answer; without one, whom to wake when there is one.
    pub(super) fn read(&mut self, number: u64, waker: &Waker) -> Option<Answer> {
        let answer = self.subscribers.get_mut(&number)?.unread.take();
        if answer.is_none() {
            self.sleepers.insert(number, waker.clone());
        }
        answer
    }

    /// The subscriber does not ask for the time being, so it cannot lead.
    pub(super) fn rest(&mut self, number: u64) {
        self.sleepers.remove(&number);
        self.hand_over(number);
    }

    /// What is to be gone on with, for the leader, and for whoever finds none.
    pub(super) fn take_phase(&mut self, number: u64, now: Instant) -> Option<Phase> {
        if self.leader.is_some_and(|leader| leader != number) {
            return None;
        }
        self.leader = Some(number);
        self.led_at = Some(now);
        Some(std::mem::replace(&mut self.phase, Phase::Idle))
    }

    /// Puts back what is to be gone on with.
    pub(super) fn put_phase(&mut self, phase: Phase) {
        self.phase = phase;
    }

    /// Ends the lead of `number`, or its claim to one; somebody who sleeps is woken to take it.
    fn hand_over(&mut self, number: u64) {
        if self.leader.is_none_or(|leader| leader == number) {
            self.leader = None;
            if let Some((_, waker)) = self.sleepers.pop_first() {
                waker.wake();
            }
        }
    }

    pub(super) fn wake_leader(&self) {
        if let Some(waker) = self.leader.and_then(|leader| self.sleepers.get(&leader)) {
            waker.wake_by_ref();
        }
    }

    /// Those who were never asked for, if there are any.
    pub(super) fn fresh(&mut self) -> Option<Vec<Question>> {
        let fresh = self.questions(|subscriber| subscriber.fresh);
        (!fresh.is_empty()).then_some(fresh)
    }

    /// All of them.
    pub(super) fn all(&mut self) -> Vec<Question> {
        self.questions(|_| true)
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
    pub(super) fn deliver(&mut self, answers: Answers, polling: Polling) -> Duration {
        let mut something_happened = false;
        for number in answers.asked {
            let Some(subscriber) = self.subscribers.get_mut(&number) else { continue };
            let key = (subscriber.id, subscriber.with_sizes);
            let Some(answer) = answers.by_run.get(&key) else { continue };
            if subscriber.tell(answer) {
                something_happened = true;
                if let Some(waker) = self.sleepers.remove(&number) {
                    waker.wake();
                }
            }
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
        true
    }
}

impl fmt::Debug for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "Idle",
            Self::Pausing(_) => "Pausing",
            Self::Asking(_) => "Asking",
        })
    }
}
