//! The spans and events are those that the READMEs tell.
//!
//! In a process of its own: what a subscriber sees of a callsite depends on who came there before.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use prefect_client::transport::RetryPolicy;
use prefect_client::{Client, FlowRunTask};
use prefect_sandbox::{Fault, FaultRule, Sandbox};
use serde_json::json;
use tracing::instrument::WithSubscriber;
use tracing::{Event, Id, Level, Metadata, Subscriber, field, span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

const READMES: [&str; 2] =
    [include_str!("../../prefect-transport/README.md"), include_str!("../../prefect-flow-run/README.md")];

/// Span or event, name, level, fields.
type Record = (String, String, String, Vec<String>);

/// Notes what is recorded: all spans, and of events those of the transport and what others warn of.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<BTreeSet<Record>>>);

impl Recorder {
    fn note(&self, kind: &str, name: &str, metadata: &Metadata<'_>) {
        if !metadata.target().starts_with("prefect_") || metadata.target().starts_with("prefect_sandbox") {
            return;
        }
        let fields = metadata.fields().iter().map(|field| field.name().to_owned());
        let fields = fields.filter(|name| name != "message").collect();
        let level = metadata.level().as_str().to_lowercase();
        self.0.lock().unwrap().insert((kind.to_owned(), name.to_owned(), level, fields));
    }
}

impl<S: Subscriber> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &Id, _: Context<'_, S>) {
        self.note("span", attributes.metadata().name(), attributes.metadata());
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        if *metadata.level() == Level::WARN || metadata.target().starts_with("prefect_transport") {
            let mut message = Message::default();
            event.record(&mut message);
            self.note("event", &message.0, metadata);
        }
    }
}

#[derive(Default)]
struct Message(String);

impl field::Visit for Message {
    fn record_debug(&mut self, field: &field::Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

/// The rows of the tables under "Traces".
fn told() -> BTreeSet<Record> {
    let sections = READMES.map(|text| text.split("\n## ").find(|part| part.starts_with("Traces")).unwrap());
    let rows = sections.iter().flat_map(|section| section.lines());
    let rows = rows.filter(|row| row.starts_with("| span |") || row.starts_with("| event |"));
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(|cell| cell.trim().replace('`', "")).collect();
        let fields = cells[4].split(", ").map(str::to_owned).collect();
        (cells[1].clone(), cells[2].clone(), cells[3].clone(), fields)
    })
    .collect()
}

#[tokio::test]
async fn what_is_recorded_is_what_the_readmes_tell() {
    let sandbox = Sandbox::builder().sample_flow(true).agent(true).start().await.unwrap();
    let quick =
        RetryPolicy::default().min_delay(Duration::from_millis(1)).max_delay(Duration::from_millis(1));
    let client =
        Client::builder().api(sandbox.url()).transport(|transport| transport.retry(quick)).build().unwrap();
    let unavailable = || FaultRule::new(Fault::Status { status: 503, retry_after: None });
    let recorder = Recorder::default();

    let work = async {
        sandbox.faults().add(unavailable().root_field("create_flow_run").times(1));
        let task = FlowRunTask::new().flow_name("My Cloud Flow").project_name("My Cloud Project");
        let id = task.parameters(json!({ "name": "Ada" })).unwrap().run(&client).await.unwrap();

        // More failures than one request has attempts.
        sandbox.faults().add(unavailable().containing("flow_run").times(8));
        client.wait(id).await.unwrap();
        sandbox.faults().add(unavailable().root_field("log").times(8));
        let mut watch = client.watch(id);
        while let Some(event) = watch.next().await {
            event.unwrap();
        }
    };
    let subscriber = tracing_subscriber::registry().with(recorder.clone());
    tokio::time::timeout(Duration::from_secs(120), work.with_subscriber(subscriber)).await.unwrap();

    assert_eq!(*recorder.0.lock().unwrap(), told());
}
