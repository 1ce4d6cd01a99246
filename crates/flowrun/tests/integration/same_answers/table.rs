//! The table of documents, and putting values into them.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use prefect_client::Backend;
use serde::Deserialize;
use serde_json::{Value, json};

use super::scene::Scene;

const TABLE: &str = include_str!("../../python/documents.toml");
const FLOW: &str = include_str!("../../python/flow.json");

/// A document; the table says what the fields are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    pub(crate) name: String,
    only: Option<String>,
    query: String,
    variables: Option<String>,
    bearer: Option<String>,
    #[serde(default)]
    keep: BTreeMap<String, String>,
    pub(crate) answer: Option<String>,
    pub(crate) error: Option<String>,
}

/// A document that can be sent.
pub(crate) struct Request {
    pub(crate) query: String,
    pub(crate) variables: Value,
    pub(crate) bearer: Option<String>,
}

/// The values that stand in for `<name>`s.
pub(crate) struct Values(BTreeMap<String, String>);

/// The documents for a back end, in order.
pub(crate) fn documents(backend: Backend) -> Vec<Document> {
    #[derive(Deserialize)]
    struct Table {
        document: Vec<Document>,
    }
    let Table { mut document } = toml::from_str(TABLE).unwrap();
    let names: HashSet<_> = document.iter().map(|document| &document.name).collect();
    assert_eq!(names.len(), document.len(), "a name stands twice in the table");
    let backend = backend.to_string();
    document.retain(|document| document.only.as_ref().is_none_or(|only| *only == backend));
    document
}

/// Whether the table itself has a text.
pub(crate) fn mentions(text: &str) -> bool {
    TABLE.contains(text)
}

impl Document {
    pub(crate) fn request(&self, values: &Values) -> Request {
        let variables = self.variables.as_deref().unwrap_or("null");
        Request {
            query: values.put_into(&self.query),
            variables: serde_json::from_str(&values.put_into(variables)).unwrap(),
            bearer: self.bearer.as_ref().map(|bearer| values.put_into(bearer)),
        }
    }
}

impl Values {
    pub(crate) fn of(scene: &Scene) -> Self {
        let values = [
            ("tenant", scene.sandbox.default_tenant().to_string()),
            ("second", scene.second.to_string()),
            ("unknown", "00000000-0000-4000-8000-000000000000".to_owned()),
            ("compressed", compressed(FLOW)),
        ];
        Self(values.map(|(name, value)| (name.to_owned(), value)).into())
    }

    /// Keeps what a document wants of its answer.
    pub(crate) fn keep(&mut self, document: &Document, answer: &Value) {
        for (name, pointer) in &document.keep {
            let value = answer["data"].pointer(pointer).and_then(Value::as_str);
            let value = value.unwrap_or_else(|| panic!("{}: no {pointer} in {answer}", document.name));
            self.0.insert(name.clone(), value.to_owned());
        }
    }

    pub(crate) fn put_into(&self, text: &str) -> String {
        let text = self
            .0
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("<{name}>"), value));
        assert!(!text.contains('<'), "there is no value for a name in {text}");
        text
    }
}

/// As the Python client sends a flow: base64 of gzip.
fn compressed(text: &str) -> String {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    BASE64_STANDARD.encode(gzip.finish().unwrap())
}

impl Request {
    /// As arguments of the Python client's method.
    pub(crate) fn arguments(&self) -> Value {
        json!({ "query": self.query, "variables": self.variables, "api_key": self.bearer })
    }
}
