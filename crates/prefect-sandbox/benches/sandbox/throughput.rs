//! Scheduled runs per second, and the constant that the sandbox's HTTP front answers, in turn.

use std::time::Duration;

use crate::client::Ask;
use crate::load::{self, Load};
use crate::median::median;
use crate::scene::{self, Folder};
use crate::table::Row;
use crate::{Result, requests};

const ROUNDS: usize = 5;

pub(crate) async fn measure(full: bool) -> Result<Vec<Row>> {
    let (constant_for, scheduling_for) = if full { (2, 10) } else { (1, 5) };
    let (constant_for, scheduling_for) =
        (Duration::from_secs(constant_for), Duration::from_secs(scheduling_for));
    let folder = Folder::new()?;
    let sandbox = scene::open(&folder.file("throughput.db")).await?;
    let flow = scene::register_flow(&sandbox, &["greet"]).await?;

    let (mut constant, mut scheduling) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        constant.push(load::run(sandbox.address(), constant_for, || Ask::Constant).await?);
        let ask = move || requests::create_flow_run(flow);
        scheduling.push(load::run(sandbox.address(), scheduling_for, ask).await?);
    }
    sandbox.shutdown().await;
    let arguments = if full { "throughput --full" } else { "throughput" };
    Ok(rows(&constant, &scheduling, arguments))
}

fn rows(constant: &[Load], scheduling: &[Load], arguments: &'static str) -> Vec<Row> {
    let constant_rate = median(constant.iter().map(Load::rate));
    let rate = median(scheduling.iter().map(Load::rate));
    let cpu = median(scheduling.iter().map(Load::cpu));
    let constant_cpu = median(constant.iter().map(Load::cpu));
    let slowest = scheduling.iter().map(Load::slowest_second).fold(f64::INFINITY, f64::min);
    let p99 = median(scheduling.iter().map(|load| load.p99().as_secs_f64() * 1e3));
    let row = |what: &str, figure, target| Row { what: what.to_owned(), figure, target, arguments };
    vec![
        row("runs scheduled per second", format!("{rate:.0}"), "≥ 2,000"),
        row("the same, slowest second", format!("{slowest:.0}"), ""),
        row("the same, 99th percentile of an answer", format!("{p99:.1} ms"), "< 100 ms"),
        row("constant answers per second", format!("{constant_rate:.0}"), ""),
        row("CPU time of a scheduled run", format!("{cpu:.0} µs"), ""),
        row("CPU time of a scheduled run ÷ of a constant answer", format!("{:.2}", cpu / constant_cpu), ""),
        row("runs scheduled ÷ constant answers", format!("{:.3}", rate / constant_rate), ""),
    ]
}
