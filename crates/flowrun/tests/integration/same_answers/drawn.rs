//! What a server draws at random: ids, tokens, the names of runs. Each gets a name by its order of
//! appearance, so that answers are equal if and only if the same values stand in the same places.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use uuid::Uuid;

pub(crate) struct Drawn {
    run_names: HashSet<String>,
    seen: HashMap<String, usize>,
}

impl Drawn {
    /// `run_names` are the names that the server gave to runs.
    pub(crate) fn new(run_names: HashSet<String>) -> Self {
        Self { run_names, seen: HashMap::new() }
    }

    /// The value with other names for all that was drawn.
    pub(crate) fn renamed(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.renamed_text(text)),
            Value::Array(elements) => elements.iter().map(|element| self.renamed(element)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(key, value)| (key.clone(), self.renamed(value))).collect()
            }
            other => other.clone(),
        }
    }

    fn renamed_text(&mut self, text: &str) -> String {
        let is_inside = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        let mut renamed = String::new();
        for part in text.split_inclusive(|letter| !is_inside(letter)) {
            let word = part.trim_end_matches(|letter| !is_inside(letter));
            match self.is_drawn(word) {
                true => renamed.push_str(&part.replace(word, &self.name(word))),
                false => renamed.push_str(part),
            }
        }
        renamed
    }

    fn name(&mut self, word: &str) -> String {
        let next = self.seen.len();
        format!("<{}>", self.seen.entry(word.to_owned()).or_insert(next))
    }

    fn is_drawn(&self, word: &str) -> bool {
        let token = word.strip_prefix("access-").or_else(|| word.strip_prefix("refresh-"));
        self.run_names.contains(word) || token.unwrap_or(word).parse::<Uuid>().is_ok()
    }
}

#[test]
fn the_same_values_in_the_same_places_are_equal() {
    let (a, b) = (Uuid::from_u128(1).to_string(), Uuid::from_u128(2).to_string());
    let renamed = |texts: &[String]| {
        let mut drawn = Drawn::new(HashSet::from(["keen-otter".to_owned(), "calm-lynx".to_owned()]));
        texts.iter().map(|text| drawn.renamed(&Value::from(text.as_str()))).collect::<Vec<_>>()
    };
    let flow = |id: &str| format!("Flow {id}.");
    let token = |id: &str| format!("access-{}", id.replace('-', ""));
    assert_eq!(
        renamed(&[a.clone(), flow(&b), token(&a), "keen-otter".to_owned()]),
        renamed(&[b.clone(), flow(&a), token(&b), "calm-lynx".to_owned()])
    );
    assert_ne!(renamed(&[a.clone(), flow(&a)]), renamed(&[a.clone(), flow(&b)]));
    assert_ne!(renamed(&[a.clone(), flow(&b)]), renamed(&[a.clone(), flow(&a)]));
    assert_ne!(renamed(&[flow(&a)]), renamed(&[format!("Task {b}.")]));
}
