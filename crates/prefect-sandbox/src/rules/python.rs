//! Values as Python writes them into its error texts.

use crate::value::Value;

/// JSON stays the text that it is.
pub(crate) fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(text) | Value::Json(text) => text.clone(),
        Value::String(text) | Value::Enum(text) => quoted(text),
        Value::List(values) => {
            let values: Vec<String> = values.iter().map(repr).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{}: {}", quoted(name), repr(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

/// In double quotes only when there are single ones, and no double ones, within.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r");
    if text.contains('\'') && !text.contains('"') {
        return format!("\"{escaped}\"");
    }
    format!("'{}'", escaped.replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_python_does() {
        for (text, expected) in
            [("a", "'a'"), ("it's", "\"it's\""), ("'\"", "'\\'\"'"), ("\n\\", "'\\n\\\\'")]
        {
            assert_eq!(quoted(text), expected);
        }
        let value = Value::object([("a", Value::Null), ("b", Value::List(vec![Value::Bool(true)]))]);
        assert_eq!(repr(&value), "{'a': None, 'b': [True]}");
    }
}
