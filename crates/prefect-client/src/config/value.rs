//! A value of the configuration, typed as Prefect types it.

/// A value of the configuration.
///
/// Prefect reads every text once more as a Python literal. Of that, this keeps what can make a
/// difference here: numbers stay as they are spelled, so that a key of digits stays a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Text.
    Text(String),
    /// A number, as it was spelled.
    Number(String),
    /// A truth value.
    Boolean(bool),
    /// Python's `None`.
    Nothing,
    /// Something that no key of interest can be; the name of its type.
    Other(&'static str),
}

impl Value {
    /// A text, read as the literal that it may be.
    pub(super) fn typed(text: String) -> Self {
        if text.eq_ignore_ascii_case("true") {
            Self::Boolean(true)
        } else if text.eq_ignore_ascii_case("false") {
            Self::Boolean(false)
        } else if text == "None" {
            Self::Nothing
        } else if is_number(&text) {
            Self::Number(text)
        } else if let Some(inner) = quoted(&text) {
            Self::Text(inner.to_owned())
        } else {
            Self::Text(text)
        }
    }

    /// The value as Python prints it, where it is used inside a text.
    pub(super) fn printed(&self) -> Result<&str, &'static str> {
        match self {
            Self::Text(text) | Self::Number(text) => Ok(text),
            Self::Boolean(true) => Ok("True"),
            Self::Boolean(false) => Ok("False"),
            Self::Nothing => Ok("None"),
            Self::Other(kind) => Err(kind),
        }
    }

    /// Whether Python takes the value for false, and thereby for not configured.
    pub(super) fn is_unset(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Number(number) => number.parse::<f64>().is_ok_and(|number| number == 0.0),
            Self::Boolean(value) => !value,
            Self::Nothing => true,
            Self::Other(_) => false,
        }
    }

    /// The type's name, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Number(_) => "a number",
            Self::Boolean(_) => "a boolean",
            Self::Nothing => "None",
            Self::Other(kind) => kind,
        }
    }
}

/// Whether a text is a decimal number of Python's. (No `inf`, no leading zeros, no underscores.)
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let plain = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.chars().all(|c| c.is_ascii_digit() || ".eE+-".contains(c));
    let leading_zero =
        digits.len() > 1 && digits.starts_with('0') && digits.chars().all(|c| c.is_ascii_digit());
    plain && !leading_zero && text.parse::<f64>().is_ok()
}

/// What stands between the quotes of a string literal without escapes.
fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inner.contains([quote, '\\', '\n'])).then_some(inner)
}

impl From<toml::Value> for Value {
    fn from(value: toml::Value) -> Self {
        match value {
            toml::Value::String(text) => Self::Text(text),
            toml::Value::Integer(number) => Self::Number(number.to_string()),
            toml::Value::Float(number) => Self::Number(number.to_string()),
            toml::Value::Boolean(value) => Self::Boolean(value),
            toml::Value::Datetime(_) => Self::Other("a date or time"),
            toml::Value::Array(_) => Self::Other("an array"),
            toml::Value::Table(_) => Self::Other("a table"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Value;

    fn typed(text: &str) -> Value {
        Value::typed(text.to_owned())
    }

    #[test]
    fn texts_are_typed_as_python_literals() {
        for text in ["true", "TRUE", "True"] {
            assert_eq!(typed(text), Value::Boolean(true));
        }
        assert_eq!(typed("fAlse"), Value::Boolean(false));
        assert_eq!(typed("None"), Value::Nothing);
        for text in ["0", "4200", "-1", "+1", "1.5", ".5", "1.", "1e3", "-2.5E-3"] {
            assert_eq!(typed(text), Value::Number(text.to_owned()), "{text}");
        }
        for text in ["'a b'", "\"a b\""] {
            assert_eq!(typed(text), Value::Text("a b".to_owned()));
        }
    }

    #[test]
    fn every_other_text_stays_text() {
        for text in [
            "",
            "none",
            "04200",
            "1.2.3",
            "1-2",
            "127.0.0.1",
            "inf",
            "nan",
            "infinity",
            "e1",
            "'",
            "'a",
            "a'",
            "'a'b'",
            "\"a\\n\"",
            "http://localhost:4200",
            "server",
            "-",
            ".",
            " 1",
        ] {
            assert_eq!(typed(text), Value::Text(text.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_python_takes_for_false_is_unset() {
        for text in ["", "false", "None", "0", "0.0", "-0", "''"] {
            assert!(typed(text).is_unset(), "{text}");
        }
        for text in ["true", "1", "x", "00"] {
            assert!(!typed(text).is_unset(), "{text}");
        }
        assert!(!Value::Other("an array").is_unset());
    }

    #[test]
    fn values_print_as_in_python() {
        assert_eq!(typed("FALSE").printed(), Ok("False"));
        assert_eq!(typed("4200").printed(), Ok("4200"));
        assert_eq!(Value::Other("an array").printed(), Err("an array"));
    }
}
