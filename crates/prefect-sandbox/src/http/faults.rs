//! Faults on demand: which requests and which connections get one.

use std::sync::{Arc, Mutex, PoisonError};

use super::fault::Fault;
use super::log::RecordedRequest;

/// A fault and the requests that get it: the next one, unless told otherwise.
#[derive(Clone, Debug)]
#[must_use = "a rule does nothing until it is added"]
pub struct FaultRule {
    fault: Fault,
    root_field: Option<String>,
    operation: Option<String>,
    text: Option<String>,
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
            text: None,
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

    /// Only requests whose body contains this text, such as an idempotency key.
    pub fn containing(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
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
        let text = self.text.as_ref();
        field.is_none_or(|name| request.root_fields.contains(name))
            && operation.is_none_or(|name| request.operation_name.as_deref() == Some(name))
            && text.is_none_or(|text| request.body.contains(text))
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
    resets: u64,
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

    /// The next `count` connections are reset as soon as they are accepted, before anything is read.
    pub fn reset_connections(&self, count: u64) {
        self.with(|rules| rules.resets = count);
    }

    /// Takes all rules away, and what is left of [`reset_connections`](Self::reset_connections).
    pub fn clear(&self) {
        self.with(|rules| {
            rules.rules.clear();
            rules.resets = 0;
        });
    }

    /// Starts the sequence that probabilities are drawn from. Default: 0.
    pub fn seed(&self, seed: u64) {
        self.with(|rules| rules.random = seed);
    }

    /// How many requests got a fault so far.
    pub fn injected(&self) -> u64 {
        self.with(|rules| rules.injected)
    }

    /// How many requests got a fault by each rule, in the order of the rules. One that has been used up is
    /// not there any more.
    pub fn applied(&self) -> Vec<u64> {
        self.with(|rules| rules.rules.iter().map(|counted| counted.done).collect())
    }

    /// What the request that has arrived gets.
    pub(super) fn next(&self, request: &RecordedRequest) -> Option<Chosen> {
        self.with(|rules| rules.next(request))
    }

    /// Whether the connection that has arrived is to be reset.
    pub(super) fn next_connection(&self) -> bool {
        self.with(|rules| {
            let reset = rules.resets > 0;
            rules.resets -= u64::from(reset);
            reset
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Rules) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Rules {
    fn next(&mut self, request: &RecordedRequest) -> Option<Chosen> {
        let random = &mut self.random;
        let mut rules = self.rules.iter_mut().enumerate();
        let (index, chosen) =
            rules.find_map(|(index, counted)| Some((index, counted.apply(request, random)?)))?;
        self.injected += 1;
        // Tests add rules by the thousand; those that are used up would be gone through for every request.
        if self.rules.get(index).is_some_and(Counted::is_used_up) {
            self.rules.remove(index);
        }
        Some(chosen)
    }
}

impl Counted {
    fn apply(&mut self, request: &RecordedRequest, random: &mut u64) -> Option<Chosen> {
        let rule = &self.rule;
        if self.is_used_up() || !rule.matches(request) {
            return None;
        }
        self.seen += 1;
        if self.seen <= rule.skip || rule.probability.is_some_and(|most| draw(random) >= most) {
            return None;
        }
        self.done += 1;
        Some(Chosen { fault: rule.fault.clone(), after_commit: rule.after_commit })
    }

    fn is_used_up(&self) -> bool {
        self.done >= self.rule.most()
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
