//! From `start` to the answer of a first query, on a new file and on one that has a flow.

use std::path::Path;
use std::time::{Duration, Instant};

use bench_row::{Row, Target, median};

use crate::client::Connection;
use crate::scene::{self, Folder};
use crate::{Result, requests};

const TIMES: usize = 20;

pub(crate) async fn measure() -> Result<Vec<Row>> {
    let folder = Folder::new()?;
    let known = folder.file("known.db");
    let sandbox = scene::open(&known).await?;
    scene::register_flow(&sandbox, &["greet"]).await?;
    sandbox.shutdown().await;

    let (mut on_new, mut on_known) = (Vec::new(), Vec::new());
    for time in 0..TIMES {
        on_new.push(first_answer(&folder.file(&format!("{time}.db"))).await?);
        on_known.push(first_answer(&known).await?);
    }
    Ok(vec![
        row("sandbox: start to the first answer, new file", &on_new),
        row("sandbox: the same, known file", &on_known),
    ])
}

/// How long the first answer takes.
pub(crate) async fn first_answer(file: &Path) -> Result<Duration> {
    let start = Instant::now();
    let sandbox = scene::open(file).await?;
    Connection::open(sandbox.address()).await?.ask(requests::find_flow()).await?;
    let took = start.elapsed();
    sandbox.shutdown().await;
    Ok(took)
}

fn row(what: &str, took: &[Duration]) -> Row {
    let took = took.iter().map(|took| took.as_secs_f64() * 1e3);
    let longest = took.clone().fold(0.0, f64::max);
    Row {
        what: what.to_owned(),
        figure: median(took),
        unit: " ms".to_owned(),
        target: Target::AtMost(150.0),
        made_of: format!("at most {longest:.0} ms"),
        ..Row::default()
    }
}
