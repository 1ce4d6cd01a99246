//! What a line asks for.

use std::fmt::Display;

use prefect_client::{FlowGroupId, FlowId, FlowRunRequest, IdempotencyKey, Parameters};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::input::{LONGEST, Line};
use super::outcome::{Kind, LineError};
use crate::args::start_time;

/// How much of what is wrong with a line is said, in characters.
const LONGEST_WORDS: usize = 300;

/// A run that a line asks for.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) flow: Reference,
    pub(super) key: Option<IdempotencyKey>,
    pub(super) parameters: Option<Parameters>,
    /// With the parameters, and without the key.
    pub(super) request: FlowRunRequest,
}

/// What a line names its flow by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Reference {
    Name { flow: String, project: Option<String> },
    Version(FlowId),
    Group(FlowGroupId),
    VersionGroup(String),
}

/// A line as it is written. The values that are passed on are kept as their text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    flow: Option<String>,
    project: Option<String>,
    flow_id: Option<FlowId>,
    flow_group_id: Option<FlowGroupId>,
    version_group_id: Option<String>,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
    #[serde(borrow)]
    context: Option<&'a RawValue>,
    #[serde(borrow)]
    run_config: Option<&'a RawValue>,
    labels: Option<Vec<String>>,
    run_name: Option<String>,
    at: Option<String>,
    idempotency_key: Option<String>,
}

impl Wanted {
    pub(super) fn read(line: &Line) -> Result<Self, LineError> {
        if line.is_too_long() {
            let megabytes = LONGEST >> 20;
            return Err(invalid(format!("the line is longer than {megabytes} MiB")));
        }
        // Read from an array, a struct would take its fields in their order.
        if !line.text.trim_ascii_start().starts_with(b"{") {
            return Err(invalid("expected an object, like {\"flow\": \"My Cloud Flow\"}"));
        }
        let written: Written<'_> = serde_json::from_slice(&line.text).map_err(|error| malformed(&error))?;
        written.wanted()
    }
}

impl Written<'_> {
    fn wanted(self) -> Result<Wanted, LineError> {
        let parameters = self.parameters.map(|raw| Parameters::from_text(raw.get())).transpose();
        let parameters = parameters.map_err(invalid)?;
        let mut request = FlowRunRequest::new();
        if let Some(parameters) = &parameters {
            request = request.parameters(parameters).map_err(invalid)?;
        }
        if let Some(context) = self.context {
            request = request.context(context).map_err(invalid)?;
        }
        if let Some(run_config) = self.run_config {
            request = request.run_config(run_config).map_err(invalid)?;
        }
        if let Some(labels) = self.labels {
            request = request.labels(labels);
        }
        if let Some(name) = self.run_name {
            request = request.run_name(name);
        }
        if let Some(at) = self.at {
            request = request.start_at(start_time(&at).map_err(|why| invalid(format!("at: {why}")))?);
        }
        let flow =
            reference(self.flow, self.project, self.flow_id, self.flow_group_id, self.version_group_id)?;
        let key = self.idempotency_key.filter(|key| !key.is_empty()).map(IdempotencyKey::from);
        Ok(Wanted { flow, key, parameters, request })
    }
}

fn reference(
    flow: Option<String>,
    project: Option<String>,
    version: Option<FlowId>,
    group: Option<FlowGroupId>,
    version_group: Option<String>,
) -> Result<Reference, LineError> {
    match (flow, project, version, group, version_group) {
        (Some(flow), project, None, None, None) => Ok(Reference::Name { flow, project }),
        (None, None, Some(id), None, None) => Ok(Reference::Version(id)),
        (None, None, None, Some(id), None) => Ok(Reference::Group(id)),
        (None, None, None, None, Some(id)) => Ok(Reference::VersionGroup(id)),
        _ => Err(invalid(
            "expected one of flow (with or without project), flow_id, flow_group_id and version_group_id",
        )),
    }
}

/// As serde_json says it, without its "line 1": that would be taken for the line of the input.
fn malformed(error: &serde_json::Error) -> LineError {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    invalid(format!("{}, at column {}", shortened(text.trim_end_matches(&place)), error.column()))
}

/// It may quote the line, which may be long.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_WORDS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn invalid(message: impl Display) -> LineError {
    LineError { kind: Kind::InvalidLine, message: message.to_string() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn read(text: &str) -> Result<Wanted, String> {
        let line = Line { number: 1, text: text.as_bytes().to_vec() };
        Wanted::read(&line).map_err(|error| error.message)
    }

    #[test]
    fn flows_are_named_in_four_ways() {
        let id = "00000000-0000-0000-0000-000000000001";
        let name = |flow: &str, project: Option<&str>| Reference::Name {
            flow: flow.to_owned(),
            project: project.map(str::to_owned),
        };
        for (text, expected) in [
            (r#"{"flow": "F"}"#.to_owned(), name("F", None)),
            (r#"{"project": "P", "flow": "F"}"#.to_owned(), name("F", Some("P"))),
            (format!(r#"{{"flow_id": "{id}"}}"#), Reference::Version(id.parse().unwrap())),
            (format!(r#"{{"flow_group_id": "{id}"}}"#), Reference::Group(id.parse().unwrap())),
            (r#"{"version_group_id": "nightly"}"#.to_owned(), Reference::VersionGroup("nightly".to_owned())),
        ] {
            assert_eq!(read(&text).unwrap().flow, expected);
        }
        for text in [r#"{}"#, r#"{"project": "P"}"#, r#"{"flow": "F", "version_group_id": "v"}"#] {
            assert!(read(text).unwrap_err().starts_with("expected one of flow"), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let long = format!(r#"{{"flow": "{}"}}"#, "x".repeat(LONGEST));
        let errors: Vec<String> = [
            "nonsense",
            r#"["F", "P"]"#,
            r#"{"flow": "F""#,
            r#"{"flow": "F"} {}"#,
            r#"{"flow": "F", "flow": "G"}"#,
            r#"{"flow": "F", "param": {}}"#,
            r#"{"flow": 5}"#,
            r#"{"flow_id": "F"}"#,
            r#"{"flow": "F", "parameters": [1]}"#,
            r#"{"flow": "F", "context": 1}"#,
            r#"{"flow": "F", "run_config": "DockerRun"}"#,
            r#"{"flow": "F", "labels": "gpu"}"#,
            r#"{"flow": "F", "at": "tomorrow"}"#,
            r#"{"flow": "F", "at": "2026-11-22T20:54:22"}"#,
            &format!(r#"{{"flow": "F", "{}": 1}}"#, "é".repeat(LONGEST_WORDS)),
            &long,
        ]
        .map(|text| read(text).unwrap_err())
        .into();
        insta::assert_snapshot!(errors.join("\n"));
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn parameters_keep_their_text(
            values in prop::collection::vec((any::<String>(), json()), 0..5),
            number in "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,20})?(e[+-]?[0-9]{1,5})?",
            spaces in "[ \t]{0,3}",
        ) {
            let mut text = format!("{{{spaces}\"number\":{number}");
            for (name, value) in &values {
                text += &format!(",{spaces}{}:{spaces}{value}{spaces}", serde_json::to_string(name).unwrap());
            }
            text += "}";
            let wanted = read(&format!(r#"{{"parameters":{spaces}{text}{spaces},"flow":"F"}}"#)).unwrap();
            let parameters = wanted.parameters.unwrap();
            prop_assert_eq!(parameters.get(), text);
        }
    }
}
