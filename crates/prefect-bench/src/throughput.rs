//! Calls per second with so many in flight, beside the bare loop on the same constant server, in turn. The least client
//! shows how near to it a client can come.

use std::time::{Duration, Instant};

use bench_row::{Row, Target, median};
use tokio::task::JoinSet;

use crate::caller::{Caller, Who};
use crate::constant;
use crate::{Result, cpu, exchange};

const IN_FLIGHT: [usize; 4] = [1, 16, 64, 256];
/// In a turn each of the three callers is once the first.
const TURNS: usize = 8;
/// So that two runs differ less.
const TURNS_IF_FULL: usize = 60;
const ROUND: Duration = Duration::from_millis(200);

pub(crate) async fn measure(full: bool) -> Result<Vec<Row>> {
    let exchanges = exchange::of_one_run().await?;
    let server = constant::start(&exchanges).await?;
    let caller = |who| Caller::new(who, &server.url, &exchanges);
    let callers = [caller(Who::Bare)?, caller(Who::Least)?, caller(Who::Ours)?];
    let turns = if full { TURNS_IF_FULL } else { TURNS };
    let mut rows = Vec::new();
    for in_flight in IN_FLIGHT {
        let [bare, least, ours] = rounds(&callers, in_flight, turns).await?;
        rows.push(Row {
            what: format!("calls per second, {in_flight} in flight, ÷ bare loop"),
            target: Target::AtLeast(0.95),
            ..ratio(&ours, &bare, |round| round.rate, "/s")
        });
        rows.push(Row {
            what: format!("the same, of the least client, {in_flight} in flight"),
            ..ratio(&least, &bare, |round| round.rate, "/s")
        });
        rows.push(Row {
            what: format!("client's CPU per call, {in_flight} in flight, ÷ bare loop"),
            ..ratio(&ours, &bare, |round| round.cpu, " ns")
        });
        rows.push(Row {
            what: format!("the same CPU, of the least client, {in_flight} in flight"),
            ..ratio(&least, &bare, |round| round.cpu, " ns")
        });
    }
    Ok(rows)
}

/// The rounds of each caller, after one of each that is not counted. Each is the first, the second and the third as often.
async fn rounds(callers: &[Caller; 3], in_flight: usize, turns: usize) -> Result<[Vec<Round>; 3]> {
    for caller in callers {
        round(caller, in_flight).await?;
    }
    let mut in_turn = callers.each_ref().map(|caller| (caller, Vec::new()));
    for _ in 0..turns * in_turn.len() {
        for (caller, rounds) in &mut in_turn {
            rounds.push(round(caller, in_flight).await?);
        }
        in_turn.rotate_left(1);
    }
    Ok(in_turn.map(|(_, rounds)| rounds))
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
