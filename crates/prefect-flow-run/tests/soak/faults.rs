//! What gets in the way.

use prefect_sandbox::{Fault, FaultRule, Faults, RetryAfter};

/// Lets this share of all requests meet a fault, each rule's as often as another's. Returns what they are
/// called, in the order of the rules.
pub(crate) fn inject(faults: &Faults, rate: f64, seed: u64) -> Vec<String> {
    faults.seed(seed);
    let rules: Vec<_> = Fault::every().into_iter().flat_map(rules).collect();
    let share = rate / rules.len() as f64;
    let mut names = Vec::new();
    for (index, (name, rule)) in rules.into_iter().enumerate() {
        // The first rule that applies decides, so this one is asked for what those before it left.
        let left = 1.0 - share * index as f64;
        faults.add(rule.probability((share / left).min(1.0)));
        names.push(name);
    }
    names
}

/// A fault in place of the request, and after it was executed where that is possible.
fn rules(fault: Fault) -> Vec<(String, FaultRule)> {
    let name = name(&fault);
    let mut rules = vec![(name.clone(), FaultRule::new(fault.clone()))];
    if !fault.is_refusal() {
        rules.push((format!("{name}, after it was executed"), FaultRule::new(fault).after_commit()));
    }
    rules
}

fn name(fault: &Fault) -> String {
    match fault {
        Fault::Status { status, retry_after: Some(RetryAfter::Date(_)) } => {
            format!("Status {{ status: {status}, retry_after: a date }}")
        }
        fault => format!("{fault:?}"),
    }
}
