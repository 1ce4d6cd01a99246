//! What a new run takes from its flow and its flow group: parameters, labels, run config.
//!
//! Texts of JSON values are never rewritten: only the outermost object of the parameters is composed.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::flows::Flow;
use crate::error::FieldError;
use crate::value::json_string;

/// A parameter as flows declare it.
#[derive(Deserialize)]
struct Declared<'a> {
    name: String,
    #[serde(default)]
    required: bool,
    #[serde(borrow, default)]
    default: Option<&'a RawValue>,
}

/// The parameters of a run: names in order with the text of their values.
pub(crate) struct Parameters {
    entries: Vec<(String, String)>,
    /// The text as given, when nothing was added to it.
    verbatim: Option<String>,
}

impl Parameters {
    fn set(&mut self, name: String, text: String) {
        match self.entries.iter_mut().find(|(known, _)| *known == name) {
            Some((_, value)) => *value = text,
            None => self.entries.push((name, text)),
        }
    }

    pub(crate) fn into_text(self) -> String {
        self.verbatim.unwrap_or_else(|| {
            let entries = self.entries.iter().map(|(name, text)| format!("{}:{text}", json_string(name)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        })
    }
}

/// Truthy defaults of the flow < defaults of the group < what was given.
pub(crate) fn parameters(flow: &Flow, given: Option<&str>) -> Result<Parameters, FieldError> {
    let mut merged = Parameters { entries: Vec::new(), verbatim: None };
    for parameter in declared(flow)? {
        if let Some(default) = parameter.default.filter(|default| is_truthy(default.get())) {
            merged.set(parameter.name, default.get().to_owned());
        }
    }
    for (name, text) in object(&flow.group_parameters)? {
        merged.set(name, text.get().to_owned());
    }
    let Some(given) = given else { return Ok(merged) };
    let entries = object(given)?;
    let distinct: HashMap<&str, ()> = entries.iter().map(|(name, _)| (name.as_str(), ())).collect();
    if distinct.len() == entries.len()
        && merged.entries.iter().all(|(name, _)| distinct.contains_key(&**name))
    {
        merged.verbatim = Some(given.to_owned());
    }
    for (name, text) in entries {
        merged.set(name, text.get().to_owned());
    }
    Ok(merged)
}

/// The required parameters that have no value.
pub(crate) fn missing(flow: &Flow, parameters: &Parameters) -> Result<Vec<String>, FieldError> {
    let required = declared(flow)?.into_iter().filter(|parameter| parameter.required);
    let missing =
        required.filter(|parameter| parameters.entries.iter().all(|(name, _)| *name != parameter.name));
    Ok(missing.map(|parameter| parameter.name).collect())
}

/// Given → given run config → group → group's run config → flow's run config → flow's environment.
pub(crate) fn labels(flow: &Flow, given: Option<Vec<String>>, run_config: Option<&str>) -> String {
    let own = |json: &Option<String>| json.as_deref().and_then(labels_of);
    let mut labels = if given.is_some() {
        given
    } else if run_config.is_some() {
        // A run config that is given without labels means no labels.
        run_config.and_then(labels_of)
    } else {
        let group = flow.group_labels.as_deref().and_then(|text| serde_json::from_str(text).ok());
        group
            .or_else(|| own(&flow.group_run_config))
            .or_else(|| own(&flow.run_config))
            .or_else(|| own(&flow.environment))
    }
    .unwrap_or_default();
    labels.sort();
    let labels: Vec<String> = labels.iter().map(|label| json_string(label)).collect();
    format!("[{}]", labels.join(","))
}

/// What a run uses when it was not given one.
pub(crate) fn run_config(flow: &Flow) -> Option<String> {
    flow.group_run_config.clone().or_else(|| flow.run_config.clone())
}

fn labels_of(json: &str) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Labelled {
        labels: Option<Vec<String>>,
    }
    serde_json::from_str::<Labelled>(json).ok()?.labels
}

fn declared(flow: &Flow) -> Result<Vec<Declared<'_>>, FieldError> {
    let text = flow.parameters.as_deref().unwrap_or("[]");
    if text.starts_with('{') {
        // The column's own default, from before anything was registered.
        return Ok(Vec::new());
    }
    serde_json::from_str(text)
        .map_err(|error| FieldError::new(format!("The flow's parameters cannot be read: {error}")))
}

/// The entries of a JSON object in order.
fn object(text: &str) -> Result<Vec<(String, Box<RawValue>)>, FieldError> {
    let entries: Entries =
        serde_json::from_str(text).map_err(|_| FieldError::new("Parameters must be a JSON object."))?;
    Ok(entries.0)
}

struct Entries(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Entries;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// Python's idea of it: null, false, zeros and whatever is empty are not.
fn is_truthy(json: &str) -> bool {
    match json.as_bytes().first() {
        Some(b'"') => json != "\"\"",
        Some(b'{') => object(json).is_ok_and(|entries| !entries.is_empty()),
        Some(b'[') => serde_json::from_str::<Vec<IgnoredAny>>(json).is_ok_and(|items| !items.is_empty()),
        Some(b't') => true,
        Some(b'n' | b'f') | None => false,
        Some(_) => json.split(['e', 'E']).next().unwrap_or_default().contains(|c| matches!(c, '1'..='9')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_is_pythons() {
        for json in ["null", "false", "0", "-0.00", "0e5", "\"\"", "[]", "{}", "[ ]"] {
            assert!(!is_truthy(json), "{json}");
        }
        for json in ["true", "1", "-0.01", "1e400", "\" \"", "[0]", "{\"a\":null}"] {
            assert!(is_truthy(json), "{json}");
        }
    }
}
