//! What a run costs on the wire: how many requests, and how large each is beside the smallest that asks for the same.

use apollo_parser::{Lexer, TokenKind};
use bench_row::{Row, Target};
use serde::{Deserialize, Serialize};

use crate::exchange::{Exchange, Recording};
use crate::task::{flow, request, task};
use crate::{Result, flowrun};

pub(crate) async fn measure() -> Result<Vec<Row>> {
    let sandbox = flowrun::sandbox().await?;
    let recording = Recording::with_api(&sandbox.url)?;
    task()?.run(&recording.client).await?;
    let cold = recording.take();
    let flow = flow(&recording.client).await?;
    recording.take();
    flow.schedule(request()?).await?;
    let found = recording.take();
    let [lookup, run] = cold.as_slice() else { return Err("a run is a lookup and a mutation".into()) };
    Ok(vec![
        counted("requests of a run", cold.len(), 2.0),
        counted("requests of a run of a flow that was found before", found.len(), 1.0),
        bytes("bytes of the lookup ÷ the smallest that asks for the same", lookup)?,
        bytes("bytes of the run's mutation ÷ the smallest that asks for the same", run)?,
    ])
}

fn counted(what: &str, requests: usize, most: f64) -> Row {
    let figure = requests as f64;
    Row { what: what.to_owned(), figure, target: Target::AtMost(most), counted: true, ..Row::default() }
}

fn bytes(what: &str, exchange: &Exchange) -> Result<Row> {
    let (sent, smallest) = (exchange.request.len(), smallest(&exchange.request)?.len());
    Ok(Row {
        what: what.to_owned(),
        figure: sent as f64 / smallest as f64,
        target: Target::AtMost(1.1),
        made_of: format!("{sent} B ÷ {smallest} B"),
        counted: true,
        ..Row::default()
    })
}

/// What a body must have; the name of the operation is not among it.
#[derive(Deserialize, Serialize)]
struct Body {
    query: String,
    variables: serde_json::Value,
}

fn smallest(body: &[u8]) -> Result<Vec<u8>> {
    let body: Body = serde_json::from_slice(body)?;
    Ok(serde_json::to_vec(&Body { query: minified(&body.query)?, ..body })?)
}

/// The tokens of a document, with a space only where two would be one without it.
fn minified(document: &str) -> Result<String> {
    let (tokens, errors) = Lexer::new(document).lex();
    if let Some(error) = errors.first() {
        return Err(format!("no GraphQL: {error}").into());
    }
    let mut text = String::new();
    let mut after_word = false;
    for token in tokens {
        let word = match token.kind() {
            TokenKind::Whitespace | TokenKind::Comment | TokenKind::Comma | TokenKind::Eof => continue,
            TokenKind::Name | TokenKind::Int | TokenKind::Float => true,
            _ => false,
        };
        if word && after_word {
            text.push(' ');
        }
        text.push_str(token.data());
        after_word = word;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_could_be_left_out() {
        let document = "query Find(\n  $id: uuid!, # the flow's\n  $of: [Int!] = [1, 2]\n) {\n  flow(id: $id, of: $of) {\n    id\n    name\n    ...More\n  }\n}\n";
        insta::assert_snapshot!(
            minified(document).unwrap(),
            @"query Find($id:uuid!$of:[Int!]=[1 2]){flow(id:$id of:$of){id name...More}}"
        );
        assert!(minified("query { § }").is_err());
    }

    #[test]
    fn the_name_beside_the_document_is_left_out() {
        let body = br#"{ "query": "{ id }", "variables": { "a": null }, "operationName": "A" }"#;
        insta::assert_snapshot!(
            String::from_utf8(smallest(body).unwrap()).unwrap(),
            @r#"{"query":"{id}","variables":{"a":null}}"#
        );
    }
}
