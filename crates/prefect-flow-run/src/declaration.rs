//! What a flow declares of its parameters, and the check of given ones against it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::Parameters;
use crate::lenient::Lenient;

/// The parameters a flow declares, and those that its flow group has values for.
#[derive(Debug, Clone)]
pub(crate) struct Declaration {
    /// `None` when the server's list has a shape that is not known: then nothing is checked.
    parameters: Option<Vec<DeclaredParameter>>,
    group_defaults: GroupDefaults,
}

/// The server's list of parameters.
pub(crate) type ParameterRows = Lenient<Vec<Lenient<ParameterRow>>>;

/// One of them.
#[derive(Debug, Deserialize)]
pub(crate) struct ParameterRow {
    name: Lenient<String>,
    #[serde(default = "optional")]
    required: Lenient<bool>,
}

fn optional() -> Lenient<bool> {
    Lenient(Some(false))
}

/// The names of what a flow group has values for.
pub(crate) type GroupDefaults = BTreeMap<String, IgnoredAny>;

/// A parameter as a flow declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeclaredParameter {
    /// The name.
    pub name: String,
    /// Whether a run needs a value for it.
    pub required: bool,
}

impl fmt::Display for DeclaredParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, if self.required { "required" } else { "optional" })
    }
}

/// Parameters that do not fit the flow's declaration; found before anything is scheduled.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParameterMismatch {
    /// The flow's name.
    pub flow_name: String,
    /// Required parameters without a value.
    pub missing: Vec<String>,
    /// Given parameters that the flow does not declare.
    pub undeclared: Vec<String>,
    /// What the flow declares.
    pub declared: Vec<DeclaredParameter>,
}

impl Declaration {
    pub(crate) fn of(
        parameters: Option<ParameterRows>,
        group_defaults: Option<Lenient<GroupDefaults>>,
    ) -> Self {
        let rows = parameters.and_then(|rows| rows.0);
        let parameters = rows.and_then(|rows| rows.into_iter().map(declared).collect());
        if parameters.is_none() {
            tracing::debug!("what parameters the flow declares is not known; they are not checked");
        }
        let group_defaults = group_defaults.and_then(|defaults| defaults.0).unwrap_or_default();
        Self { parameters, group_defaults }
    }

    pub(crate) fn parameters(&self) -> Option<&[DeclaredParameter]> {
        self.parameters.as_deref()
    }

    /// Required parameters must be given, here or by the flow group; given ones must be declared.
    pub(crate) fn check(
        &self,
        flow_name: &str,
        parameters: Option<&Parameters>,
    ) -> Result<(), ParameterMismatch> {
        let Some(declared) = self.parameters() else { return Ok(()) };
        let none = BTreeSet::new();
        let given = parameters.map_or(&none, Parameters::names);
        let has_value = |name: &String| given.contains(name) || self.group_defaults.contains_key(name);
        let required = declared.iter().filter(|parameter| parameter.required);
        let missing: Vec<_> =
            required.map(|parameter| &parameter.name).filter(|name| !has_value(name)).cloned().collect();
        let is_declared = |name: &String| declared.iter().any(|parameter| parameter.name == *name);
        let undeclared: Vec<_> = given.iter().filter(|name| !is_declared(name)).cloned().collect();
        if missing.is_empty() && undeclared.is_empty() {
            return Ok(());
        }
        let flow_name = flow_name.to_owned();
        Err(ParameterMismatch { flow_name, missing, undeclared, declared: declared.to_vec() })
    }
}

fn declared(row: Lenient<ParameterRow>) -> Option<DeclaredParameter> {
    let row = row.0?;
    Some(DeclaredParameter { name: row.name.0?, required: row.required.0? })
}

impl fmt::Display for ParameterMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the parameters do not fit the flow {:?}:", self.flow_name)?;
        if !self.missing.is_empty() {
            write!(f, " required but not given: {};", self.missing.join(", "))?;
        }
        if !self.undeclared.is_empty() {
            write!(f, " given but not declared: {};", self.undeclared.join(", "))?;
        }
        let declared: Vec<_> = self.declared.iter().map(ToString::to_string).collect();
        match declared.as_slice() {
            [] => f.write_str(" it declares none"),
            declared => write!(f, " it declares {}", declared.join(", ")),
        }
    }
}

impl std::error::Error for ParameterMismatch {}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(declared: &str, group: &str, given: &str) -> Option<(Vec<String>, Vec<String>)> {
        let declared = serde_json::from_str(declared).unwrap();
        let declaration = Declaration::of(declared, serde_json::from_str(group).unwrap());
        let given = Parameters::from_text(given).unwrap();
        let mismatch = declaration.check("F", Some(&given)).err()?;
        Some((mismatch.missing, mismatch.undeclared))
    }

    const DECLARED: &str = r#"[{"name":"a","required":true,"default":null},{"name":"b","required":false}]"#;

    #[test]
    fn required_ones_are_given_and_given_ones_declared() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(check(DECLARED, "{}", r#"{"a":null}"#), None);
        assert_eq!(check(DECLARED, r#"{"a":1}"#, "{}"), None);
        assert_eq!(check(DECLARED, "null", r#"{"b":1}"#), Some((names(&["a"]), vec![])));
        assert_eq!(check(DECLARED, "{}", r#"{"a":1,"c":1}"#), Some((vec![], names(&["c"]))));
        assert_eq!(check("[]", "{}", r#"{"c":1}"#), Some((vec![], names(&["c"]))));
    }

    #[test]
    fn a_declaration_of_an_unknown_shape_forbids_nothing() {
        for unknown in [
            "null",
            "5",
            r#"{"a":1}"#,
            r#"["a"]"#,
            r#"[{"name":5}]"#,
            r#"[{"name":"a","required":2}]"#,
            "[{}]",
        ] {
            assert_eq!(check(unknown, "{}", r#"{"c":1}"#), None, "{unknown}");
        }
        assert!(Declaration::of(None, None).check("F", None).is_ok());
    }
}
