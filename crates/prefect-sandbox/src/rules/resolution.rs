//! What a new run takes from its flow and its flow group: parameters, labels, run config.
//!
//! Texts of JSON values are never rewritten: only the outermost object of the parameters is composed.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::flows::Flow;
use super::{objects, sorted_labels};
use crate::error::FieldError;

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
            objects::compose(self.entries.iter().map(|(name, text)| (name.as_str(), text.as_str())))
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

/// Every clock must supply the required parameters that the group's defaults do not. `schedule` is JSON text.
pub(crate) fn check_schedule(flow: &Flow, schedule: &str) -> Result<(), FieldError> {
    #[derive(Deserialize)]
    struct Schedule<'a> {
        #[serde(borrow)]
        clocks: Option<Vec<Clock<'a>>>,
    }
    #[derive(Deserialize)]
    struct Clock<'a> {
        #[serde(borrow)]
        parameter_defaults: Option<HashMap<String, &'a RawValue>>,
    }
    let given = object(&flow.group_parameters)?;
    let is_open = |parameter: &Declared<'_>| {
        parameter.required && given.iter().all(|(name, _)| *name != parameter.name)
    };
    let open: Vec<String> =
        declared(flow)?.into_iter().filter(is_open).map(|parameter| parameter.name).collect();
    let schedule: Schedule<'_> = serde_json::from_str(schedule)
        .map_err(|error| FieldError::new(format!("The schedule cannot be read: {error}")))?;
    let supplies = |clock: &Clock<'_>, name: &String| {
        clock.parameter_defaults.as_ref().is_some_and(|defaults| defaults.contains_key(name))
    };
    let clocks = schedule.clocks.unwrap_or_default();
    if clocks.iter().all(|clock| open.iter().all(|name| supplies(clock, name))) {
        return Ok(());
    }
    Err(FieldError::new("Can not schedule a flow that has required parameters."))
}

/// The first that there is: given → given run config → group → group's run config → flow's run config → flow's
/// environment. A run config without labels means no labels.
pub(crate) fn labels(flow: &Flow, given: Option<Vec<String>>, run_config: Option<&str>) -> String {
    let of_group = || flow.group_labels.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let configs = [&flow.group_run_config, &flow.run_config, &flow.environment];
    let labels = match (given, run_config) {
        (Some(given), _) => Some(given),
        (None, Some(run_config)) => labels_of(run_config),
        (None, None) => {
            of_group().or_else(|| configs.into_iter().flatten().next().and_then(|json| labels_of(json)))
        }
    };
    sorted_labels(labels.unwrap_or_default())
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
    objects::entries(text).map_err(|_| FieldError::new("Parameters must be a JSON object."))
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
