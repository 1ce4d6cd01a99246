//! Rounds of calls with so many in flight: of the bare loop, of the least client and of ours in its two ways, in turn.
//! Where the memory of a process happens to lie moves their ratios by some hundredths, however long they are measured, so
//! one process shows little: these are the rounds of one, and `throughput` starts many.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::caller::{Caller, Who};
use crate::exchange::Exchange;
use crate::{Result, cpu, this_program};

/// The subject's name under which this program is told `Told`, and prints a `Rounds` for each number in flight.
pub(crate) const SUBJECT: &str = "rounds";

const ROUND: Duration = Duration::from_millis(100);

#[derive(Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) url: String,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) in_flight: Vec<usize>,
}

/// Of each caller: as many of each, those that were beside each other at the same place.
#[derive(Serialize, Deserialize, Default)]
pub(crate) struct Rounds {
    pub(crate) bare: Vec<Round>,
    pub(crate) least: Vec<Round>,
    pub(crate) ours: Vec<Round>,
    pub(crate) anew: Vec<Round>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Round {
    /// Calls per second.
    pub(crate) rate: f64,
    /// CPU time for a call, in nanoseconds.
    pub(crate) cpu: f64,
}

pub(crate) async fn measure() -> Result<()> {
    let Told { url, exchanges, in_flight } = this_program::told().await?;
    let caller = |who| Caller::new(who, &url, &exchanges);
    let callers = [caller(Who::Bare)?, caller(Who::Least)?, caller(Who::Ours)?, caller(Who::Anew)?];
    let mut measured = Vec::new();
    for in_flight in in_flight {
        measured.push(in_turn(&callers, in_flight).await?);
    }
    println!("{}", serde_json::to_string(&measured)?);
    Ok(())
}

/// After one of each that is not counted. Each caller is at each place once.
async fn in_turn(callers: &[Caller; 4], in_flight: usize) -> Result<Rounds> {
    for caller in callers {
        round(caller, in_flight).await?;
    }
    let mut in_turn = callers.each_ref().map(|caller| (caller, Vec::new()));
    for _ in 0..in_turn.len() {
        for (caller, rounds) in &mut in_turn {
            rounds.push(round(caller, in_flight).await?);
        }
        in_turn.rotate_left(1);
    }
    let [bare, least, ours, anew] = in_turn.map(|(_, rounds)| rounds);
    Ok(Rounds { bare, least, ours, anew })
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
