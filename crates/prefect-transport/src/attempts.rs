//! The attempts at one request: after which pauses, how many, until when. What one of them does is in
//! `attempt`, what its outcome means in `retry`.

use std::borrow::Cow;
use std::pin::pin;
use std::time::{Duration, Instant};

use tracing::Instrument;

use crate::attempt::attempt;
use crate::error::Exchange;
use crate::response::Data;
use crate::retry::{Verdict, verdict};
use crate::timer::{Elapsed, timeout};
use crate::{Credentials, Delivery, Error, Kind, Request, Response, Timer, Transport};

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
    pub(crate) async fn run(mut self, data: &mut dyn Data) -> Result<Response<()>, Error> {
        loop {
            self.count += 1;
            let span = tracing::debug_span!("prefect.attempt", number = self.count);
            let outcome = self.one(data).instrument(span).await;
            let outcome = self.with_history(outcome);
            let Some(pause) = self.pause_after(&outcome) else { return outcome };
            tell(&outcome, pause);
            self.timer().sleep(pause).await;
            // The machine may have slept for longer than that.
            if self.remaining().is_zero() {
                return self.with_history(outcome);
            }
        }
    }

    async fn one(&mut self, data: &mut dyn Data) -> Result<Response<()>, Error> {
        let credentials = self.credentials().await?;
        let exchange = self.exchange();
        let limit = self.remaining().min(self.transport.shared.attempt_timeout);
        if limit.is_zero() {
            return Err(Error::new(Kind::Timeout, Delivery::NotSent, exchange));
        }
        let attempt = attempt(self.transport, self.request, &credentials, &exchange, data);
        let ended = timeout(self.timer(), limit, pin!(attempt)).await;
        let timed_out = |_| Err(Error::new(Kind::Timeout, Delivery::MaybeSent, exchange));
        let outcome = ended.unwrap_or_else(timed_out);
        self.renew(&outcome, &credentials);
        outcome
    }

    async fn credentials(&self) -> Result<Cow<'a, Credentials>, Error> {
        if let Some(constant) = self.transport.credentials.constant() {
            return Ok(Cow::Borrowed(constant));
        }
        let failed = |kind| Error::new(kind, Delivery::NotSent, self.exchange());
        let credentials = self.transport.credentials.credentials();
        match timeout(self.timer(), self.remaining(), credentials).await {
            Ok(Ok(credentials)) => Ok(Cow::Owned(credentials)),
            Ok(Err(error)) => Err(failed(Kind::Credentials).with_source(error)),
            Err(Elapsed { .. }) => Err(failed(Kind::Timeout)),
        }
    }

    /// Tells the provider when the server refused its credentials: a token may have expired on the way.
    fn renew(&mut self, outcome: &Result<Response<()>, Error>, credentials: &Credentials) {
        let refused = match outcome {
            Ok(response) => response.is_unauthorized(),
            Err(error) => error.kind() == Kind::Unauthorized && !error.last_in_doubt(),
        };
        self.renewal = match self.renewal {
            Renewal::NotYet if refused && self.transport.credentials.refused(credentials) => Renewal::Now,
            Renewal::NotYet => Renewal::NotYet,
            Renewal::Now | Renewal::Before => Renewal::Before,
        };
    }

    /// The pause before the next attempt; `None` when there is to be none.
    fn pause_after(&mut self, outcome: &Result<Response<()>, Error>) -> Option<Duration> {
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

    fn with_history(&self, mut outcome: Result<Response<()>, Error>) -> Result<Response<()>, Error> {
        let went_well = outcome.as_ref().is_ok_and(|response| response.errors.is_empty());
        let exchange = match &mut outcome {
            Ok(response) => response.exchange_mut(),
            Err(error) => error.exchange_mut(),
        };
        exchange.attempts = self.count;
        exchange.earlier_in_doubt = self.earlier_in_doubt;
        // Errors alone tell how long it took.
        if !went_well {
            exchange.elapsed = self.timer().now().saturating_duration_since(self.started);
        }
        outcome
    }

    fn remaining(&self) -> Duration {
        let left = |deadline: Instant| deadline.saturating_duration_since(self.timer().now());
        self.deadline.map_or(Duration::MAX, left)
    }

    fn exchange(&self) -> Exchange {
        self.transport.exchange(self.request.operation.clone(), self.request.idempotent)
    }

    fn timer(&self) -> &'a dyn Timer {
        &**self.transport.timer()
    }
}

/// Logs why the request is sent again. As rare as that, and therefore no part of the loop above.
#[cold]
#[inline(never)]
fn tell(outcome: &Result<Response<()>, Error>, pause: Duration) {
    match outcome {
        Err(error) => tracing::warn!(%error, ?pause, "sending again"),
        Ok(response) => tracing::warn!(error = %response.first_error(), ?pause, "sending again"),
    }
}
