//! Sends a query to a server that is busy at first, and reads the answer.

use std::error::Error;
use std::thread;

use prefect_transport::{Credentials, Transport};
use serde_json::{Value, json};
use tiny_http::{Header, Response, Server};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (url, server) = serve()?;
    let transport = Transport::builder(url.parse()?).credentials(Credentials::bearer("key-1")).build()?;

    let query = json!({ "query": "query($name: String) { project(where: {name: {_eq: $name}}) { id } }",
        "variables": { "name": "Reports" } });
    let request = transport.request("projects", &query)?.idempotent(true);
    let answer: Value = transport.execute(&request).await?.into_result()?;
    println!("{answer}");

    assert_eq!(answer, json!({ "project": [{ "id": "1" }] }));
    let bodies = server.join().expect("the server answers both requests");
    assert_eq!(bodies, [query.clone(), query], "the query is sent again as it was");
    Ok(())
}

/// A server that is busy once and answers then. Its address, and what it was sent.
fn serve() -> Result<(String, thread::JoinHandle<Vec<Value>>), Box<dyn Error>> {
    let server = Server::http("127.0.0.1:0").map_err(|error| error.to_string())?;
    let url = format!("http://{}", server.server_addr());
    let busy = Response::from_string("").with_status_code(503);
    let json = Header::from_bytes("Content-Type", "application/json").expect("a valid header");
    let answer = Response::from_string(r#"{"data":{"project":[{"id":"1"}]}}"#).with_header(json);
    let thread = thread::spawn(move || {
        [busy, answer]
            .into_iter()
            .map(|answer| {
                let mut request = server.recv().expect("a request");
                let key = |header: &&Header| header.field.equiv("Authorization");
                assert_eq!(request.headers().iter().find(key).expect("credentials").value, "Bearer key-1");
                let body = serde_json::from_reader(request.as_reader()).expect("JSON");
                request.respond(answer).expect("a client that waits for the answer");
                body
            })
            .collect()
    });
    Ok((url, thread))
}
