//! Every document that Python clients were seen to send, sent by both.

use std::collections::HashSet;

use prefect_client::Backend;
use prefect_client::transport::{Credentials, Transport};
use serde_json::{Value, json};

use super::drawn::Drawn;
use super::scene::Scene;
use super::shape;
use super::table::{Document, Request, Values, documents, mentions};
use crate::support::driver::Driver;

/// Who sends the documents.
enum Client {
    Python(Driver),
    Rust(Transport),
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_for_prefect_server() {
    compare(Backend::Server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_for_prefect_cloud() {
    compare(Backend::Cloud).await;
}

async fn compare(backend: Backend) {
    let documents = documents(backend);
    let (for_python, for_rust) = (Scene::start(backend).await, Scene::start(backend).await);
    let python = Client::Python(for_python.python().driver());
    let from_python = answers(&for_python, &documents, python).await;
    let rust = Client::Rust(for_rust.transport());
    let from_rust = answers(&for_rust, &documents, rust).await;
    let (mut in_python, mut in_rust) = (drawn(&for_python).await, drawn(&for_rust).await);
    for ((document, python), rust) in documents.iter().zip(&from_python).zip(&from_rust) {
        assert_eq!(in_python.renamed(python), in_rust.renamed(rust), "{}", document.name);
    }
}

/// Sends all documents, and checks each answer against the table.
async fn answers(scene: &Scene, documents: &[Document], mut client: Client) -> Vec<Value> {
    let mut values = Values::of(scene);
    let mut answers = Vec::new();
    for document in documents {
        scene.tick();
        let answer = client.send(&document.request(&values)).await;
        check(document, &values, &answer);
        values.keep(document, &answer);
        answers.push(answer);
    }
    answers
}

fn check(document: &Document, values: &Values, answer: &Value) {
    if let Some(error) = &document.error {
        assert_eq!(*answer, json!({ "errors": [values.put_into(error)] }), "{}", document.name);
        return;
    }
    let recorded = document.answer.as_deref().map(serde_json::from_str);
    let recorded: Value = recorded.unwrap_or_else(|| panic!("{} expects nothing", document.name)).unwrap();
    let data = answer.get("data").unwrap_or_else(|| panic!("{}: {answer}", document.name));
    let checked = shape::check(&recorded, data);
    assert!(checked.is_ok(), "{}: {}", document.name, checked.unwrap_err());
}

/// What this sandbox drew.
async fn drawn(scene: &Scene) -> Drawn {
    let runs = scene.sandbox.flow_runs().await.unwrap();
    let names: HashSet<_> = runs.into_iter().map(|run| run.name).filter(|name| !mentions(name)).collect();
    assert_eq!(names.len(), 1, "one run of the table has no name");
    Drawn::new(names)
}

impl Client {
    /// `{"data": …}` or `{"errors": [message, …]}`.
    async fn send(&mut self, request: &Request) -> Value {
        match self {
            // This thread may block: the sandbox runs on others.
            Self::Python(driver) => driver.call("graphql", &request.arguments()),
            Self::Rust(transport) => send(transport, request).await,
        }
    }
}

async fn send(transport: &Transport, request: &Request) -> Value {
    let transport = match &request.bearer {
        Some(bearer) => transport.with_credentials(Credentials::bearer(bearer.as_str())),
        None => transport.clone(),
    };
    let body = json!({ "query": request.query, "variables": request.variables });
    let request = transport.request("a document of the table", &body).unwrap();
    match transport.execute::<Value>(&request).await.unwrap().into_result() {
        Ok(data) => json!({ "data": data }),
        Err(error) => {
            let messages: Vec<_> = error.graphql_errors().iter().map(|error| &error.message).collect();
            json!({ "errors": messages })
        }
    }
}
