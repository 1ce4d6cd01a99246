//! Scheduled runs per second, and the constant that the sandbox's HTTP front answers, in turn.

use std::time::Duration;

use bench_row::{Row, Target, median};

use crate::client::Ask;
use crate::load::{self, Load};
use crate::scene::{self, Folder};
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
    Ok(rows(&constant, &scheduling))
}

fn rows(constant: &[Load], scheduling: &[Load]) -> Vec<Row> {
    let constant_rate = median(constant.iter().map(Load::rate));
    let rate = median(scheduling.iter().map(Load::rate));
    let cpu = median(scheduling.iter().map(Load::cpu));
    let constant_cpu = median(constant.iter().map(Load::cpu));
    let slowest = scheduling.iter().map(Load::slowest_second).fold(f64::INFINITY, f64::min);
    let p99 = median(scheduling.iter().map(|load| load.p99().as_secs_f64() * 1e3));
    let row = |what: &str, figure, unit: &str, target| Row {
        what: format!("sandbox: {what}"),
        figure,
        unit: unit.to_owned(),
        target,
        ..Row::default()
    };
    let ratio = |what, of, to, made_of| Row { made_of, ..row(what, of / to, "", Target::None) };
    vec![
        row("runs scheduled per second, on disk", rate, "/s", Target::AtLeast(2_000.0)),
        row("the same, slowest second", slowest, "/s", Target::None),
        row("the same, 99th percentile of an answer", p99, " ms", Target::AtMost(100.0)),
        ratio(
            "runs scheduled ÷ constant answers",
            rate,
            constant_rate,
            format!("{rate:.0}/s ÷ {constant_rate:.0}/s"),
        ),
        ratio(
            "CPU time of a scheduled run ÷ of a constant answer",
            cpu,
            constant_cpu,
            format!("{cpu:.0} µs ÷ {constant_cpu:.0} µs"),
        ),
    ]
}
