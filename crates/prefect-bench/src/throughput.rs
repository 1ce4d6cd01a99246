//! Calls per second with so many in flight, beside the bare loop on the same constant server, in turn. The least client
//! shows how near to it a client can come.

use std::time::{Duration, Instant};

use bench_row::{Row, Target, median};
use tokio::task::JoinSet;

use crate::caller::{Caller, Who};
use crate::constant;
use crate::{Result, cpu, exchange};

const IN_FLIGHT: [usize; 4] = [1, 16, 64, 256];
const ROUNDS: usize = 25;
const ROUND: Duration = Duration::from_millis(200);

pub(crate) async fn measure() -> Result<Vec<Row>> {
    let exchanges = exchange::of_one_run().await?;
    let server = constant::start(&exchanges).await?;
    let bare = Caller::new(Who::Bare, &server.url, &exchanges)?;
    let least = Caller::new(Who::Least, &server.url, &exchanges)?;
    let ours = Caller::new(Who::Ours, &server.url, &exchanges)?;
    let mut rows = Vec::new();
    for in_flight in IN_FLIGHT {
        let (mut of_bare, mut of_least, mut of_ours) = (Vec::new(), Vec::new(), Vec::new());
        for caller in [&bare, &least, &ours] {
            round(caller, in_flight).await?;
        }
        for _ in 0..ROUNDS {
            of_bare.push(round(&bare, in_flight).await?);
            of_least.push(round(&least, in_flight).await?);
            of_ours.push(round(&ours, in_flight).await?);
        }
        rows.push(Row {
            what: format!("calls per second, {in_flight} in flight, ÷ bare loop"),
            target: Target::AtLeast(0.95),
            ..ratio(&of_ours, &of_bare, |round| round.rate, "/s")
        });
        rows.push(Row {
            what: format!("the same, of the least client, {in_flight} in flight"),
            ..ratio(&of_least, &of_bare, |round| round.rate, "/s")
        });
        rows.push(Row {
            what: format!("client's CPU per call, {in_flight} in flight, ÷ bare loop"),
            ..ratio(&of_ours, &of_bare, |round| round.cpu, " ns")
        });
        rows.push(Row {
            what: format!("the same CPU, of the least client, {in_flight} in flight"),
            ..ratio(&of_least, &of_bare, |round| round.cpu, " ns")
        });
    }
    Ok(rows)
}

/// A figure of these rounds ÷ that of the bare loop's, each beside its own.
fn ratio(of: &[Round], of_bare: &[Round], figure: fn(&Round) -> f64, unit: &str) -> Row {
    let [typical, typical_bare] = [of, of_bare].map(|rounds| median(rounds.iter().map(figure)));
    Row {
        figure: median(of.iter().zip(of_bare).map(|(of, bare)| figure(of) / figure(bare))),
        made_of: format!("{typical:.0}{unit} ÷ {typical_bare:.0}{unit}"),
        ..Row::default()
    }
}

struct Round {
    /// Calls per second.
    rate: f64,
    /// CPU time for a call, in nanoseconds.
    cpu: f64,
}

async fn round(caller: &Caller, in_flight: usize) -> Result<Round> {
    let (start, used) = (Instant::now(), cpu::used());
    let mut callers: JoinSet<Result<u32>> = JoinSet::new();
    for _ in 0..in_flight {
        let caller = caller.clone();
        callers.spawn(async move {
            let mut calls = 0_u32;
            while start.elapsed() < ROUND {
                caller.call().await?;
                calls += 1;
            }
            Ok(calls)
        });
    }
    let mut calls = 0;
    while let Some(made) = callers.join_next().await {
        calls += made??;
    }
    let (lasted, used) = (start.elapsed(), cpu::used() - used);
    Ok(Round {
        rate: f64::from(calls) / lasted.as_secs_f64(),
        cpu: used.as_secs_f64() * 1e9 / f64::from(calls),
    })
}
