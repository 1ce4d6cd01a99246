//! The attempts at one request: after which pauses, how many, until when. What one of them does is in
//! `attempt`, what its outcome means in `retry`.

use std::borrow::Cow;
use std::pin::pin;
use std::time::{Duration, Instant};

use tracing::Instrument;

use crate::answer::{Answer, Data};
use crate::attempt::attempt;
use crate::error::Exchange;
use crate::retry::{Verdict, verdict};
use crate::timer::{Elapsed, timeout};
use crate::{Credentials, Delivery, Error, Kind, Request, Timer, Transport};

/// The attempts so far.
pub(crate) struct Attempts<'a> {
    transport: &'a Transport,
    request: &'a Request,
    started: Instant,
    /// `None` when it is beyond what the clock can tell.
    deadline: Option<Instant>,
    count: u32,
    /// The pauses so far. A renewal of the credentials is followed by none.
    pauses: usize,
    /// An attempt before the present one may have been executed.
    earlier_in_doubt: bool,
    renewal: Renewal,
}

/// Whether credentials that the server refused were exchanged for others, which is done once.
#[derive(PartialEq, Eq)]
enum Renewal {
    NotYet,
    /// By the last attempt.
    Now,
    Before,
}

impl<'a> Attempts<'a> {
    pub(crate) fn new(transport: &'a Transport, request: &'a Request) -> Self {
        let started = transport.timer().now();
        Self {
            transport,
            request,
            started,
            deadline: transport.deadline_of(request, started),
            count: 0,
            pauses: 0,
            earlier_in_doubt: false,
            renewal: Renewal::NotYet,
        }
    }

    /// Sends the request until there is an answer, whose data are read into `data`, or a reason to give up.
    pub(crate) async fn run(mut self, data: &mut dyn Data) -> Result<(Answer, Exchange), Error> {
        loop {
            self.count += 1;
            let span = tracing::debug_span!("prefect.attempt", number = self.count);
            let outcome = self.one(data).instrument(span).await;
            let Some(pause) = self.pause_after(&outcome) else { return self.with_history(outcome) };
            let outcome = self.with_history(outcome);
            tell(&outcome, pause);
            self.timer().sleep(pause).await;
            // The machine may have slept for longer than that.
            if self.remaining().is_zero() {
                return self.with_history(outcome.map(|(answer, _)| answer));
            }
        }
    }

    async fn one(&mut self, data: &mut dyn Data) -> Result<Answer, Error> {
        let credentials = self.credentials().await?;
        let limit = self.remaining().min(self.transport.shared.attempt_timeout);
        if limit.is_zero() {
            return Err(self.error(Kind::Timeout, Delivery::NotSent));
        }
        let attempt = pin!(attempt(self.transport, self.request, &credentials, data));
        let outcome = match timeout(self.timer(), limit, attempt).await {
            Ok(outcome) => outcome,
            Err(Elapsed { .. }) => Err(self.error(Kind::Timeout, Delivery::MaybeSent)),
        };
        self.renew(&outcome, &credentials);
        outcome
    }

    async fn credentials(&self) -> Result<Cow<'a, Credentials>, Error> {
        if let Some(constant) = self.transport.credentials.constant() {
            return Ok(Cow::Borrowed(constant));
        }
        let failed = |kind| self.error(kind, Delivery::NotSent);
        let credentials = self.transport.credentials.credentials();
        match timeout(self.timer(), self.remaining(), credentials).await {
            Ok(Ok(credentials)) => Ok(Cow::Owned(credentials)),
            Ok(Err(error)) => Err(failed(Kind::Credentials).with_source(error)),
            Err(Elapsed { .. }) => Err(failed(Kind::Timeout)),
        }
    }

    /// Tells the provider when the server refused its credentials: a token may have expired on the way.
    fn renew(&mut self, outcome: &Result<Answer, Error>, credentials: &Credentials) {
        let refused = match outcome {
            Ok(answer) => answer.is_unauthorized(),
            Err(error) => error.kind() == Kind::Unauthorized && !error.last_in_doubt(),
        };
        self.renewal = match self.renewal {
            Renewal::NotYet if refused && self.transport.credentials.refused(credentials) => Renewal::Now,
            Renewal::NotYet => Renewal::NotYet,
            Renewal::Now | Renewal::Before => Renewal::Before,
        };
    }

    /// The pause before the next attempt; `None` when there is to be none.
    fn pause_after(&mut self, outcome: &Result<Answer, Error>) -> Option<Duration> {
        if self.renewal == Renewal::Now {
            self.renewal = Renewal::Before;
            return Some(Duration::ZERO);
        }
        let verdict = verdict(outcome);
        if verdict == Verdict::Final || verdict == Verdict::InDoubt && !self.request.idempotent {
            return None;
        }
        let asked = outcome.as_ref().err().and_then(Error::retry_after).unwrap_or_default();
        let pause = self.transport.retry_policy(self.request).delay(self.pauses)?.max(asked);
        if pause >= self.remaining() {
            return None;
        }
        self.pauses += 1;
        self.earlier_in_doubt |= verdict == Verdict::InDoubt;
        Some(pause)
    }

    /// The outcome with what is known of the way to it.
    fn with_history(&self, outcome: Result<Answer, Error>) -> Result<(Answer, Exchange), Error> {
        match outcome {
            // Errors alone tell how long it took.
            Ok(answer) if answer.errors.is_empty() => Ok((answer, self.exchange(Duration::ZERO))),
            Ok(answer) => Ok((answer, self.exchange(self.elapsed()))),
            Err(error) => Err(error.with_exchange(self.exchange(self.elapsed()))),
        }
    }

    fn exchange(&self, elapsed: Duration) -> Exchange {
        Exchange {
            attempts: self.count,
            elapsed,
            earlier_in_doubt: self.earlier_in_doubt,
            ..self.transport.exchange(self.request.operation.clone(), self.request.idempotent)
        }
    }

    fn error(&self, kind: Kind, delivery: Delivery) -> Error {
        self.transport.error(self.request, kind, delivery)
    }

    fn elapsed(&self) -> Duration {
        self.timer().now().saturating_duration_since(self.started)
    }

    fn remaining(&self) -> Duration {
        let left = |deadline: Instant| deadline.saturating_duration_since(self.timer().now());
        self.deadline.map_or(Duration::MAX, left)
    }

    fn timer(&self) -> &'a dyn Timer {
        &**self.transport.timer()
    }
}

/// Logs why the request is sent again. As rare as that, and therefore no part of the loop above.
#[cold]
#[inline(never)]
fn tell(outcome: &Result<(Answer, Exchange), Error>, pause: Duration) {
    match outcome {
        Err(error) => tracing::warn!(%error, ?pause, "sending again"),
        Ok((answer, _)) => tracing::warn!(error = %answer.first_error(), ?pause, "sending again"),
    }
}
