//! Calls per second with so many in flight, beside the bare loop on the same constant server, in rounds of many processes.
//! The least client shows how near to the bare loop a client can come.

use bench_row::{Row, Target, median};

use crate::rounds::{self, Round, Rounds, Told};
use crate::{Result, constant, exchange, this_program};

const IN_FLIGHT: [usize; 4] = [1, 16, 64, 256];
const PROCESSES: usize = 7;
/// So that two runs differ less.
const PROCESSES_IF_FULL: usize = 60;

pub(crate) async fn measure(full: bool) -> Result<Vec<Row>> {
    let exchanges = exchange::of_one_run().await?;
    let server = constant::start(&exchanges).await?;
    let told = Told { url: server.url.clone(), exchanges, in_flight: IN_FLIGHT.to_vec() };
    let mut measured = IN_FLIGHT.map(|in_flight| (in_flight, Rounds::default()));
    for _ in 0..if full { PROCESSES_IF_FULL } else { PROCESSES } {
        let output = this_program::start(rounds::SUBJECT, &told).await?.wait_with_output().await?;
        if !output.status.success() {
            return Err(format!("a process of {} failed: {}", rounds::SUBJECT, output.status).into());
        }
        let of_process: [Rounds; IN_FLIGHT.len()] = serde_json::from_slice(&output.stdout)?;
        for ((_, all), rounds) in measured.iter_mut().zip(of_process) {
            all.bare.extend(rounds.bare);
            all.least.extend(rounds.least);
            all.ours.extend(rounds.ours);
            all.anew.extend(rounds.anew);
        }
    }
    Ok(measured.iter().flat_map(|(in_flight, rounds)| rows(*in_flight, rounds)).collect())
}

fn rows(in_flight: usize, Rounds { bare, least, ours, anew }: &Rounds) -> [Row; 5] {
    [
        Row {
            what: format!("calls per second, {in_flight} in flight, ÷ bare loop"),
            target: Target::AtLeast(0.95),
            ..ratio(ours, bare, |round| round.rate, "/s")
        },
        Row {
            what: format!("the same, of the least client, {in_flight} in flight"),
            ..ratio(least, bare, |round| round.rate, "/s")
        },
        Row {
            what: format!("the same, of a task for each call, {in_flight} in flight"),
            ..ratio(anew, bare, |round| round.rate, "/s")
        },
        Row {
            what: format!("client's CPU per call, {in_flight} in flight, ÷ bare loop"),
            ..ratio(ours, bare, |round| round.cpu, " ns")
        },
        Row {
            what: format!("the same CPU, of the least client, {in_flight} in flight"),
            ..ratio(least, bare, |round| round.cpu, " ns")
        },
    ]
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
