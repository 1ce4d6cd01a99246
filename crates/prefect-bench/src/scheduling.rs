//! `schedule_many` with many runs, beside itself with few: neither memory nor time of a run may grow with their number.

use std::time::{Duration, Instant};

use bench_row::{Row, Target, median};
use futures_util::StreamExt;
use prefect_client::{Client, Flow};
use tokio::runtime::Runtime;

use crate::heap::Heap;
use crate::task::{flow, request};
use crate::{Result, constant, exchange};

const FEW: usize = 1_000;
const MANY: usize = 100_000;
const IN_FLIGHT: usize = 64;
/// With so many the connections are all there, and their buffers as large as they become.
const WARM_UP: usize = 10_000;
const ROUNDS: usize = 5;
/// So often few runs are made before the many, and after them: as many runs in all.
const BESIDE: usize = MANY / 2 / FEW;

pub(crate) fn measure(runtime: &Runtime) -> Result<Vec<Row>> {
    let exchanges = runtime.block_on(exchange::of_one_run())?;
    let server = runtime.block_on(constant::start(&exchanges))?;
    let mut heap = Heap::default();
    let (flow, _) = heap.peak(runtime, async {
        let client = Client::builder().api(&server.url).build()?;
        let flow = flow(&client).await?;
        schedule(&flow, WARM_UP).await?;
        Ok(flow)
    })?;
    let ((), few) = heap.peak(runtime, schedule(&flow, FEW))?;
    let ((), many) = heap.peak(runtime, schedule(&flow, MANY))?;
    let memory = Row {
        what: format!("peak memory of {MANY} runs ÷ {FEW} runs"),
        figure: many / few,
        target: Target::AtMost(1.2),
        made_of: format!("{:.0} kB ÷ {:.0} kB", many / 1e3, few / 1e3),
        counted: true,
        ..Row::default()
    };
    Ok(vec![memory, runtime.block_on(throughput(&flow))?])
}

/// As many runs at once and a few at a time: an interruption by what else the machine does is as likely in both.
async fn throughput(flow: &Flow) -> Result<Row> {
    let (mut of_few, mut of_many) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let before = few_at_a_time(flow).await?;
        of_many.push(per_second(time(flow, MANY).await?));
        of_few.push(per_second(before + few_at_a_time(flow).await?));
    }
    let ratios = of_few.iter().zip(&of_many).map(|(few, many)| many / few);
    Ok(Row {
        what: format!("runs per second of {MANY} runs ÷ {FEW} runs"),
        figure: median(ratios),
        target: Target::AtLeast(0.95),
        made_of: format!("{:.0}/s ÷ {:.0}/s", median(of_many), median(of_few)),
        ..Row::default()
    })
}

/// The time that half of the many take when they are made a few at a time.
async fn few_at_a_time(flow: &Flow) -> Result<Duration> {
    let mut lasted = Duration::ZERO;
    for _ in 0..BESIDE {
        lasted += time(flow, FEW).await?;
    }
    Ok(lasted)
}

async fn time(flow: &Flow, runs: usize) -> Result<Duration> {
    let start = Instant::now();
    schedule(flow, runs).await?;
    Ok(start.elapsed())
}

fn per_second(lasted: Duration) -> f64 {
    MANY as f64 / lasted.as_secs_f64()
}

async fn schedule(flow: &Flow, runs: usize) -> Result<()> {
    let request = request()?;
    let mut outcomes = flow.schedule_many(std::iter::repeat_n(request, runs), IN_FLIGHT);
    while let Some((_, run)) = outcomes.next().await {
        run?;
    }
    Ok(())
}
