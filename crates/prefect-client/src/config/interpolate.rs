//! What `$NAME`, `${NAME}`, `~` and `${some.key}` in a setting stand for.
//!
//! As in Prefect, variables of the environment go first, again and again until nothing changes;
//! then keys of the configuration, the innermost `${...}` first. What Prefect leaves half done or
//! lets grow is an error here.

use super::error::ConfigError;
use super::layers::{Entry, Layers};
use super::origin::Origin;
use super::sources::Sources;
use super::value::Value;

/// How often the environment is looked at for one value.
const EXPANSIONS: usize = 10;
/// How many references are followed for one value.
const REFERENCES: usize = 64;
/// How long a value may be and grow, in bytes.
const LENGTH: usize = 64 * 1024;

/// The value of a key, with all that it refers to put in. What is not set counts as empty.
pub(super) fn resolve(key: &str, layers: &Layers, sources: &Sources) -> Result<Option<Entry>, ConfigError> {
    let Some(mut entry) = prepared(key, layers, sources)? else { return Ok(None) };
    for _ in 0..REFERENCES {
        let Value::Text(text) = &entry.value else { return Ok(Some(entry)) };
        let Some(reference) = Reference::innermost(text) else { return Ok(Some(entry)) };
        let target = prepared(reference.key, layers, sources)?;
        entry = reference.replaced(&entry.origin, target)?;
        if matches!(&entry.value, Value::Text(text) if text.len() > LENGTH) {
            break;
        }
    }
    Err(ConfigError::EndlessReference { key: key.to_owned(), origin: entry.origin })
}

/// The value of a key, with the environment's variables put in.
fn prepared(key: &str, layers: &Layers, sources: &Sources) -> Result<Option<Entry>, ConfigError> {
    let Some(entry) = layers.get(key) else { return Ok(None) };
    let Value::Text(text) = &entry.value else { return Ok(Some(entry.clone())) };
    let Some(text) = expand(text, sources) else {
        return Err(ConfigError::EndlessReference { key: key.to_owned(), origin: entry.origin.clone() });
    };
    Ok(Some(Entry { value: Value::typed(text), origin: entry.origin.clone() }))
}

/// Puts the environment's variables and the home folder into a text; nothing if there is no end to
/// it. What is not set stays as it is written.
pub(super) fn expand(text: &str, sources: &Sources) -> Option<String> {
    let mut text = text.to_owned();
    for _ in 0..EXPANSIONS {
        let expanded = expand_home(expand_variables(&text, sources)?, sources);
        if expanded == text {
            return Some(text);
        }
        text = expanded;
    }
    None
}

/// One pass of Python's `os.path.expandvars`; nothing for what is too long, before or after it.
fn expand_variables(text: &str, sources: &Sources) -> Option<String> {
    let mut expanded = String::with_capacity(text.len().min(LENGTH));
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        if text.len() > LENGTH || expanded.len() > LENGTH {
            return None;
        }
        expanded.push_str(before);
        let (spelled, name) = variable(after);
        match sources.get(name) {
            Some(value) if !name.is_empty() => expanded.push_str(value),
            _ => {
                expanded.push('$');
                expanded.push_str(spelled);
            }
        }
        rest = after.strip_prefix(spelled).unwrap_or_default();
    }
    expanded.push_str(rest);
    (expanded.len() <= LENGTH).then_some(expanded)
}

/// The variable that stands after a `$`: as it is spelled there, and its name.
fn variable(text: &str) -> (&str, &str) {
    if let Some((name, rest)) = text.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
        let spelled = text.strip_suffix(rest).unwrap_or(text);
        return (spelled, name);
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let name = text.get(..end).unwrap_or_default();
    (name, name)
}

/// Python's `os.path.expanduser`, for one's own home alone.
fn expand_home(text: String, sources: &Sources) -> String {
    let below = text.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
    match (below, sources.home_text()) {
        (Some(below), Some(home)) => format!("{}{below}", home.trim_end_matches('/')),
        _ => text,
    }
}

/// A `${key}` in a text.
struct Reference<'a> {
    before: &'a str,
    key: &'a str,
    after: &'a str,
}

impl<'a> Reference<'a> {
    /// The first that contains no other.
    fn innermost(text: &'a str) -> Option<Self> {
        let mut from = 0;
        while let Some(found) = text.get(from..)?.find("${") {
            let start = from + found;
            let inner = text.get(start + 2..)?;
            let end = inner.find(['$', '{', '}'])?;
            let (key, rest) = inner.split_at_checked(end)?;
            if let Some(after) = rest.strip_prefix('}').filter(|_| !key.is_empty()) {
                return Some(Self { before: text.get(..start)?, key, after });
            }
            from = start + 2;
        }
        None
    }

    /// The text with the target in place of the reference. If there is nothing else in the text,
    /// the target takes its place as it is.
    fn replaced(&self, origin: &Origin, target: Option<Entry>) -> Result<Entry, ConfigError> {
        let target = target.unwrap_or(Entry { value: Value::Text(String::new()), origin: Origin::Default });
        if self.before.is_empty() && self.after.is_empty() {
            let origin = if target.origin == Origin::Default { origin.clone() } else { target.origin };
            return Ok(Entry { value: target.value, origin });
        }
        let printed = target.value.printed().map_err(|found| ConfigError::WrongType {
            key: self.key.to_owned(),
            expected: "a text",
            found,
            origin: target.origin.clone(),
        })?;
        let value = Value::Text([self.before, printed, self.after].concat());
        let origin = if *origin == Origin::Default { target.origin } else { origin.clone() };
        Ok(Entry { value, origin })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, proptest};

    use super::{LENGTH, Reference, expand, resolve};
    use crate::config::error::ConfigError;
    use crate::config::layers::Layers;
    use crate::config::origin::Origin;
    use crate::config::sources::Sources;
    use crate::config::value::Value;

    fn sources() -> Sources {
        Sources::default().home("/home/ada/").variable("A", "1").variable("AB", "$A$A").variable("EMPTY", "")
    }

    fn layers(values: &[(&str, &str)]) -> Layers {
        let mut layers = Layers::default();
        for (key, text) in values {
            layers.set(key, Value::Text((*text).to_owned()), Origin::Default);
        }
        layers
    }

    fn resolved(values: &[(&str, &str)]) -> Result<Value, ConfigError> {
        resolve("key", &layers(values), &sources()).map(|entry| entry.unwrap().value)
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn variables_are_put_in_until_nothing_changes() {
        for (before, after) in [
            ("", ""),
            ("plain", "plain"),
            ("$A", "1"),
            ("x${A}y", "x1y"),
            ("$AB/${AB}", "11/11"),
            ("$ABC $B ${B} $ $$ ${} ${", "$ABC $B ${B} $ $$ ${} ${"),
            ("[$EMPTY]", "[]"),
            ("${A B} $A-$A.$A", "${A B} 1-1.1"),
            ("$Aé", "1é"),
            ("~", "/home/ada"),
            ("~/x", "/home/ada/x"),
            ("~grace/x ~", "~grace/x ~"),
            ("${${backend}.endpoint}", "${${backend}.endpoint}"),
        ] {
            assert_eq!(expand(before, &sources()).as_deref(), Some(after), "{before}");
        }
    }

    #[test]
    fn variables_that_refer_to_themselves_come_to_an_end() {
        let endless = |value: &str| expand("$X", &Sources::default().variable("X", value));
        assert_eq!(endless("$X").as_deref(), Some("$X"));
        assert_eq!(endless("$X."), None);
        assert_eq!(endless(&"$X".repeat(1000)), None);
    }

    /// Put in one after the other, they would need 64 GiB; looked for to the end, minutes.
    #[test]
    fn long_texts_of_variables_are_not_put_in() {
        let sources = Sources::default().variable("X", "x".repeat(128 * 1024));
        assert_eq!(expand(&"$X".repeat(LENGTH / 2), &sources), None);
        assert_eq!(expand(&"${".repeat(LENGTH * 8), &sources), None);
        assert_eq!(expand("$X", &sources), None);
    }

    #[test]
    fn without_a_home_the_tilde_stays() {
        assert_eq!(expand("~/x", &Sources::default()).as_deref(), Some("~/x"));
    }

    #[test]
    fn the_innermost_reference_is_found() {
        let found = |text| Reference::innermost(text).map(|found| (found.before, found.key, found.after));
        assert_eq!(found("${a.b}"), Some(("", "a.b", "")));
        assert_eq!(found("x${a}y${b}"), Some(("x", "a", "y${b}")));
        assert_eq!(found("${${b}.c}"), Some(("${", "b", ".c}")));
        assert_eq!(found("${a${b}}"), Some(("${a", "b", "}")));
        assert_eq!(found("${} ${a"), None);
        assert_eq!(found("$a {b} ${c$}"), None);
        assert_eq!(found("${ä}"), Some(("", "ä", "")));
    }

    #[test]
    fn references_are_followed_through_other_keys() {
        let values = [
            ("key", "${${which}.at}"),
            ("which", "b"),
            ("b.at", "${host}:${port}"),
            ("host", "h"),
            ("port", "42"),
        ];
        assert_eq!(resolved(&values).unwrap(), text("h:42"));
        assert_eq!(resolved(&[("key", "${a}"), ("a", "42")]).unwrap(), Value::Number("42".to_owned()));
        assert_eq!(resolved(&[("key", "<${a}>"), ("a", "true")]).unwrap(), text("<True>"));
        assert_eq!(resolved(&[("key", "${missing}")]).unwrap(), text(""));
        assert_eq!(resolved(&[("key", "<${missing}>")]).unwrap(), text("<>"));
        assert_eq!(resolved(&[("key", "${A}")]).unwrap(), Value::Number("1".to_owned()));
        assert_eq!(resolve("other", &layers(&[]), &sources()).unwrap(), None);
    }

    #[test]
    fn cycles_and_growth_are_errors() {
        for values in [
            &[("key", "${key}")][..],
            &[("key", "${a}"), ("a", "${key}")],
            &[("key", "x${a}"), ("a", "y${key}")],
            &[("key", "${a}${a}"), ("a", "${b}${b}"), ("b", "${a}")],
        ] {
            let error = resolved(values).unwrap_err();
            assert!(matches!(&error, ConfigError::EndlessReference { key, .. } if key == "key"), "{error}");
        }
        let long = "x".repeat(40_000);
        let error = resolved(&[("key", "${a}${a}"), ("a", &long)]).unwrap_err();
        assert!(matches!(error, ConfigError::EndlessReference { .. }), "{error}");
    }

    #[test]
    fn the_origin_is_that_of_what_decides() {
        let origin = |set: &[&str]| {
            let mut layers = layers(&[
                ("key", "${${which}.at}"),
                ("which", "b"),
                ("b.at", "${b.host}:${b.port}"),
                ("b.host", "h"),
                ("b.port", "1"),
            ]);
            for key in set {
                let value = layers.get(key).unwrap().value.clone();
                layers.set(key, value, Origin::Environment((*key).to_owned()));
            }
            resolve("key", &layers, &Sources::default()).unwrap().unwrap().origin.to_string()
        };
        assert_eq!(origin(&[]), "the defaults");
        assert_eq!(origin(&["which"]), "the environment variable which");
        assert_eq!(origin(&["which", "b.at"]), "the environment variable b.at");
        assert_eq!(origin(&["b.port"]), "the environment variable b.port");
        assert_eq!(origin(&["key"]), "the environment variable key");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_comes_to_an_end(key in "[${}a-c~/é]{0,24}", a in "[${}a-c]{0,12}", variable in any::<String>()) {
            let sources = Sources::default().home("/h").variable("a", variable).variable("b", "${c}$a");
            let layers = layers(&[("key", &key), ("c", &a)]);
            let _ = resolve("key", &layers, &sources);
        }
    }
}
