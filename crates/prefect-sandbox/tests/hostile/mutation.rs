//! Requests made from others: parts of the document or of the variables removed, repeated, moved, nested or
//! replaced. Documents and JSON are the same here: tokens and brackets.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::value::RawValue;

/// What is done, where, and with what. Any three numbers are a mutation.
pub type Mutation = [u32; 3];

const SCHEMA: &str = include_str!("../../schema/prefect-server.graphql");
const LONGEST: usize = 32 * 1024;
/// Odd in one way or another.
const VALUES: [&str; 40] = [
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1",
    "2147483648",
    "9007199254740993",
    "1e400",
    "-0.0",
    "\"\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"'\"",
    "\"%_\\\\\"",
    "\"$[\"",
    "[]",
    "{}",
    "[[[]]]",
    "[null]",
    "$input",
    "$w",
    "...F",
    "... on Query",
    "@skip(if: true)",
    "@include(if: $yes)",
    "__typename",
    "{ __typename }",
    "\"*/5 * * * *\"",
    "\"2026-11-22T20:54:22.045042+00:00\"",
    "\"-009999-01-02T00:00:00Z\"",
    "\"9999-12-30T22:00:00.9999999Z\"",
    "\"2026-02-30\"",
    "\"H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA==\"",
    "asc",
    "query",
    "mutation",
    "fragment F on flow { id }",
    "\"\"\"",
    "!",
];

/// The names of the schema.
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut names: Vec<&str> = tokens(SCHEMA).into_iter().filter(|token| is_name(token)).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(str::to_owned).collect()
});

#[derive(Deserialize)]
struct Request {
    query: String,
    #[serde(default)]
    variables: Option<Box<RawValue>>,
}

/// The request with the mutations made. What is no request is taken for text.
pub fn mutated(body: &str, mutations: &[Mutation]) -> String {
    let Ok(request) = serde_json::from_str::<Request>(body) else {
        return mutations
            .iter()
            .fold(body.to_owned(), |text, mutation| change(&text, *mutation, str::to_owned));
    };
    let mut query = request.query;
    let mut variables = request.variables.map_or_else(|| "null".to_owned(), |given| unpacked(&given));
    let mut packed = request_is_packed(body);
    let mut copies = 1;
    for mutation in mutations {
        match mutation[0] % 32 {
            0 => packed = !packed,
            1 => copies = 1 + mutation[2] % 3,
            kind if kind % 2 == 0 && variables.len() > 4 => {
                let changed = change(&variables, *mutation, in_json);
                // The rest of the request is not to be lost to a comma.
                if serde_json::from_str::<&RawValue>(&changed).is_ok() {
                    variables = changed;
                }
            }
            _ => query = change(&query, *mutation, str::to_owned),
        }
    }
    let query = serde_json::Value::from(query);
    let variables = if packed { serde_json::Value::from(variables).to_string() } else { variables };
    let one = format!(r#"{{"query":{query},"variables":{variables}}}"#);
    if copies == 1 { one } else { format!("[{}]", vec![one; copies as usize].join(",")) }
}

/// Variables that are JSON in a string, as Prefect's client sends them, without the string.
fn unpacked(variables: &RawValue) -> String {
    serde_json::from_str(variables.get()).unwrap_or_else(|_| variables.get().to_owned())
}

fn request_is_packed(body: &str) -> bool {
    body.contains(r#""variables": ""#) || body.contains(r#""variables":""#)
}

/// Names stand in quotes there.
fn in_json(word: &str) -> String {
    let is_value = matches!(word, "null" | "true" | "false") || !is_name(word);
    if is_value { word.to_owned() } else { format!("\"{word}\"") }
}

fn change(text: &str, [what, at, with]: Mutation, spelled: fn(&str) -> String) -> String {
    let tokens = tokens(text);
    let places: Vec<usize> = (0..tokens.len()).filter(|place| starts_part(tokens[*place])).collect();
    if places.is_empty() {
        return value(with).to_owned();
    }
    let from = places[at as usize % places.len()];
    let to = from + part_length(&tokens[from..]);
    let (before, part, after) = (&tokens[..from], &tokens[from..to], &tokens[to..]);
    let name = spelled(name(with));
    let other = places[with as usize % places.len()];
    let other = &tokens[other..other + part_length(&tokens[other..])];
    let changed = match what / 32 % 8 {
        0 if after.first() == Some(&",") => [before, &after[1..]].concat(),
        0 => [before.strip_suffix(&[","]).unwrap_or(before), after].concat(),
        1 => [before, &[part, &[","]].concat().repeat(1 + with as usize % 40), part, after].concat(),
        2 => [before, &[&name], &part[1..], after].concat(),
        3 | 4 if part.get(1) == Some(&":") => [before, &part[..2], &[value(with)], after].concat(),
        3 | 4 => [before, &[value(with)], after].concat(),
        5 => [before, other, after].concat(),
        6 => [before, other, &[","], part, after].concat(),
        _ => return nested(&tokens, from, to, with as usize % 400),
    };
    let changed = changed.join(" ");
    if changed.len() > LONGEST { text.to_owned() } else { changed }
}

/// The brackets around a part, with all that stands in them, around it once more; and again.
fn nested(tokens: &[&str], from: usize, to: usize, times: usize) -> String {
    let is_around =
        |start: &usize| matches!(tokens[*start], "(" | "[" | "{") && start + span(&tokens[*start..]) >= to;
    let outer = (0..from).rev().find(is_around).map_or(from, |bracket| with_name(tokens, bracket));
    let end = outer + part_length(&tokens[outer..]).max(to - outer);
    let (left, right) = (tokens[outer..from].join(" "), tokens[to..end].join(" "));
    let times = times.min(LONGEST / (left.len() + right.len() + 2)) + 1;
    let part = tokens[from..to].join(" ");
    let (left, right) = (left.repeat(times), right.repeat(times));
    [&tokens[..outer], &[&left, &part, &right], &tokens[end..]].concat().join(" ")
}

/// Where the field or the key of a bracket starts.
fn with_name(tokens: &[&str], bracket: usize) -> usize {
    match tokens[..bracket] {
        [.., name, ":"] if starts_part(name) => bracket - 2,
        [.., name] if is_name(name) => bracket - 1,
        _ => bracket,
    }
}

/// Whether what starts there can stand alone: a field, a key with its value, a value.
fn starts_part(token: &str) -> bool {
    is_name(token)
        || token.starts_with(|first: char| matches!(first, '"' | '-' | '{' | '[') || first.is_ascii_digit())
}

/// How many tokens belong together: `a`, `a: 1`, `a: b(x: 1) { c }`, `"a": [1]`, `{ a }`.
fn part_length(tokens: &[&str]) -> usize {
    let mut length = span(tokens);
    if tokens.get(length) == Some(&":") && length == 1 {
        length += 1 + span(&tokens[2..]);
    }
    while is_name(tokens[0]) && matches!(tokens.get(length), Some(&("(" | "{"))) {
        length += span(&tokens[length..]);
    }
    length.min(tokens.len())
}

/// How many tokens the first one opens: to its closing bracket, or itself alone.
fn span(tokens: &[&str]) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match *token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

fn value(number: u32) -> &'static str {
    VALUES[number as usize % VALUES.len()]
}

fn name(number: u32) -> &'static str {
    &NAMES[number as usize % NAMES.len()]
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && token.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Names, numbers and strings whole; everything else by the character.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string(rest),
            _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '+' | '$')
}

/// The length of a string literal, to its closing quote or the end.
fn string(text: &str) -> usize {
    let mut escaped = true;
    for (index, c) in text.char_indices() {
        if c == '"' && !escaped {
            return index + 1;
        }
        escaped = c == '\\' && !escaped;
        // The opening quote is none that closes.
        if index == 0 {
            escaped = false;
        }
    }
    text.len()
}
