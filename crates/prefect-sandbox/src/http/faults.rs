//! Faults on demand: which requests get one. What each does is in `misbehave`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::log::RecordedRequest;

/// What goes wrong with a request.
///
/// The request is not executed, unless the variant says otherwise or the rule [`FaultRule::after_commit`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The connection is closed without an answer.
    Drop,
    /// The request waits, then it is executed and answered as ever; with [`FaultRule::after_commit`] the answer
    /// waits. A request whose client gives up while it waits is not executed.
    Delay(Duration),
    /// An answer as a proxy gives it: a status, no GraphQL.
    Status {
        /// The status; one that HTTP does not know becomes 500.
        status: u16,
        /// The header `Retry-After`, in whole seconds.
        retry_after: Option<Duration>,
    },
    /// The request is executed, and the connection is closed in the middle of the answer.
    Truncate,
    /// Status 200 with a body that is no JSON.
    Garbage,
    /// Status 200 with an error of the code `API_ERROR`, as Prefect Cloud reports a failure of its own.
    ApiError,
}

/// A fault and the requests that get it: the next one, unless told otherwise.
#[derive(Clone, Debug)]
#[must_use = "a rule does nothing until it is added"]
pub struct FaultRule {
    fault: Fault,
    root_field: Option<String>,
    operation: Option<String>,
    skip: u64,
    times: Option<u64>,
    probability: Option<f64>,
    after_commit: bool,
}

impl FaultRule {
    /// The next request gets it.
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            root_field: None,
            operation: None,
            skip: 0,
            times: None,
            probability: None,
            after_commit: false,
        }
    }

    /// Only requests with this root field, by its name in the schema (`create_flow_run`).
    pub fn root_field(mut self, name: impl Into<String>) -> Self {
        self.root_field = Some(name.into());
        self
    }

    /// Only requests whose operation has this name.
    pub fn operation(mut self, name: impl Into<String>) -> Self {
        self.operation = Some(name.into());
        self
    }

    /// Spares the first `count` requests that match.
    pub fn skip(mut self, count: u64) -> Self {
        self.skip = count;
        self
    }

    /// How many requests get it: 1 by default, with a probability no end.
    pub fn times(mut self, count: u64) -> Self {
        self.times = Some(count);
        self
    }

    /// Every request that matches gets it, until the rules are cleared.
    pub fn always(self) -> Self {
        self.times(u64::MAX)
    }

    /// A request that matches gets it with this probability, from 0 to 1; see [`Faults::seed`].
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = Some(probability);
        self
    }

    /// The request is executed first; what it changed stays changed.
    pub fn after_commit(mut self) -> Self {
        self.after_commit = true;
        self
    }

    fn matches(&self, request: &RecordedRequest) -> bool {
        let field = self.root_field.as_ref();
        let operation = self.operation.as_deref();
        field.is_none_or(|name| request.root_fields.contains(name))
            && operation.is_none_or(|name| request.operation_name.as_deref() == Some(name))
    }

    fn most(&self) -> u64 {
        self.times.unwrap_or(if self.probability.is_some() { u64::MAX } else { 1 })
    }
}

impl From<Fault> for FaultRule {
    fn from(fault: Fault) -> Self {
        Self::new(fault)
    }
}

/// The faults of a sandbox; none until a rule is added. Clones are handles on the same rules.
///
/// The first rule that applies decides, one fault a request; a batch is one request. With the same rules,
/// the same seed and the same order of requests the faults are the same.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Rules>>);

#[derive(Debug, Default)]
struct Rules {
    rules: Vec<Counted>,
    injected: u64,
    random: u64,
}

#[derive(Debug)]
struct Counted {
    rule: FaultRule,
    seen: u64,
    done: u64,
}

/// A fault that a request gets.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) fault: Fault,
    pub(super) after_commit: bool,
}

impl Faults {
    /// Adds a rule, after those that are there.
    pub fn add(&self, rule: impl Into<FaultRule>) {
        self.with(|rules| rules.rules.push(Counted { rule: rule.into(), seen: 0, done: 0 }));
    }

    /// Takes all rules away.
    pub fn clear(&self) {
        self.with(|rules| rules.rules.clear());
    }

    /// Starts the sequence that probabilities are drawn from. Default: 0.
    pub fn seed(&self, seed: u64) {
        self.with(|rules| rules.random = seed);
    }

    /// How many requests got a fault so far.
    pub fn injected(&self) -> u64 {
        self.with(|rules| rules.injected)
    }

    /// What the request that has arrived gets.
    pub(super) fn next(&self, request: &RecordedRequest) -> Option<Chosen> {
        self.with(|rules| rules.next(request))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Rules) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Rules {
    fn next(&mut self, request: &RecordedRequest) -> Option<Chosen> {
        let random = &mut self.random;
        let chosen = self.rules.iter_mut().find_map(|counted| counted.apply(request, random));
        self.injected += u64::from(chosen.is_some());
        chosen
    }
}

impl Counted {
    fn apply(&mut self, request: &RecordedRequest, random: &mut u64) -> Option<Chosen> {
        let rule = &self.rule;
        if self.done >= rule.most() || !rule.matches(request) {
            return None;
        }
        self.seen += 1;
        if self.seen <= rule.skip || rule.probability.is_some_and(|most| draw(random) >= most) {
            return None;
        }
        self.done += 1;
        Some(Chosen { fault: rule.fault.clone(), after_commit: rule.after_commit })
    }
}

/// The next number of SplitMix64, from 0 up to 1.
fn draw(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut bits = *state;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    let [.., a, b, c, d] = bits.to_be_bytes();
    f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
}
