//! What the server says of itself, and of the states that there are.

use crate::value::Value;

/// The release of Prefect whose states and rules these are.
const CORE_VERSION: &str = "1.4.1";

/// Prefect's state classes, with the one that each derives from and the colour that it is shown in.
const STATES: [(&str, Option<&str>, &str); 23] = [
    ("State", None, "#696969"),
    ("Pending", Some("State"), "#7ebdff"),
    ("Scheduled", Some("Pending"), "#ffab00"),
    ("Paused", Some("Scheduled"), "#99a8e8"),
    ("_MetaState", Some("State"), "#696969"),
    ("ClientFailed", Some("_MetaState"), "#eb0000"),
    ("Submitted", Some("_MetaState"), "#ffdf5d"),
    ("Queued", Some("_MetaState"), "#ffea7f"),
    ("Resume", Some("Scheduled"), "#f58c0c"),
    ("Retrying", Some("Scheduled"), "#f66a0a"),
    ("Running", Some("State"), "#3d67ff"),
    ("Cancelling", Some("Running"), "#E8E8E8"),
    ("Finished", Some("State"), "#003ccb"),
    ("Looped", Some("Finished"), "#003ccb"),
    ("Success", Some("Finished"), "#28a745"),
    ("Cached", Some("Success"), "#34d058"),
    ("Mapped", Some("Success"), "#003ccb"),
    ("Cancelled", Some("Finished"), "#bdbdbd"),
    ("Failed", Some("Finished"), "#eb0000"),
    ("TimedOut", Some("Failed"), "#ff4e33"),
    ("TriggerFailed", Some("Failed"), "#ff5131"),
    ("ValidationFailed", Some("Failed"), "#ff5131"),
    ("Skipped", Some("Success"), "#62757f"),
];

/// As a server that is run from its sources, which have no release time. The version is the sandbox's.
pub(crate) fn api(backend: &str) -> Value {
    Value::object([
        ("backend", Value::string(backend)),
        ("mode", Value::string("normal")),
        ("version", Value::string(concat!("prefect-sandbox-", env!("CARGO_PKG_VERSION")))),
        ("core_version", Value::string(CORE_VERSION)),
        ("release_timestamp", Value::Null),
    ])
}

/// Each state with all that derive from it, itself first; and each state's colour.
pub(crate) fn data() -> Value {
    let hierarchy = STATES.iter().map(|(ancestor, ..)| {
        let heirs = STATES.iter().filter(|(state, ..)| derives(state, ancestor));
        ((*ancestor).to_owned(), Value::List(heirs.map(|(state, ..)| Value::string(*state)).collect()))
    });
    let info = STATES
        .iter()
        .map(|(state, _, color)| ((*state).to_owned(), Value::object([("color", Value::string(*color))])));
    Value::object([
        ("state_hierarchy", Value::Object(hierarchy.collect())),
        ("state_info", Value::Object(info.collect())),
    ])
}

fn derives(state: &str, ancestor: &str) -> bool {
    let parent = || STATES.iter().find(|(name, ..)| *name == state).and_then(|(_, parent, _)| *parent);
    state == ancestor || parent().is_some_and(|parent| derives(parent, ancestor))
}
