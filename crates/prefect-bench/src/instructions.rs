//! What a call makes the processor do, beside the bare loop, counted by callgrind: exact to a few in a thousand, whatever
//! else the machine does. A long run minus a short one, so that what is done once does not count.

use std::io::Write;
use std::process::Stdio;

use bench_row::{Row, Target};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::process::Command;
use tokio::task::JoinSet;

use crate::caller::{Caller, Who};
use crate::constant;
use crate::exchange::Exchange;
use crate::{Result, exchange};

/// The subject's name under which this program is what callgrind counts.
pub(crate) const SUBJECT: &str = "calls";

/// So many make calls at the same time, and so many calls each.
const IN_FLIGHT: u32 = 64;
const SHORT: u32 = 10;
const LONG: u32 = 40;
/// Callers that are counted at the same time: a count does not depend on what else the machine does.
const AT_ONCE: usize = 2;

/// What callgrind counts, as it names them.
const INSTRUCTIONS: &[&str] = &["Ir"];
const FIRST_CACHES_MISSED: &[&str] = &["I1mr", "D1mr", "D1mw"];
const LAST_CACHE_MISSED: &[&str] = &["ILmr", "DLmr", "DLmw"];
const BRANCHES_MISPREDICTED: &[&str] = &["Bcm", "Bim"];

pub(crate) async fn measure() -> Result<Vec<Row>> {
    let exchanges = exchange::of_one_run().await?;
    let server = constant::start(&exchanges).await?;
    let mut recorded = tempfile::NamedTempFile::new()?;
    recorded.write_all(&serde_json::to_vec(&exchanges)?)?;
    let file = recorded.path().to_string_lossy().into_owned();
    let counted = stream::iter(Who::ALL).map(|who| of_a_call(who, &server.url, &file)).buffered(AT_ONCE);
    let counted: Vec<Counts> = counted.try_collect().await?;
    let [bare, least, ours, anew] = counted.as_slice() else { return Err("four are compared".into()) };
    Ok(vec![
        Row {
            target: Target::AtMost(1.10),
            ..ratio("instructions of a call ÷ bare loop", instructions, ours, bare)
        },
        ratio("the same instructions, of the least client", instructions, least, bare),
        ratio("the same instructions, of a task for each call", instructions, anew, bare),
        ratio("cycles of a call, as estimated, ÷ bare loop", cycles, ours, bare),
        ratio("the same cycles, of the least client", cycles, least, bare),
        ratio("the same cycles, of a task for each call", cycles, anew, bare),
    ])
}

fn ratio(what: &str, figure: fn(&Counts) -> f64, of: &Counts, of_bare: &Counts) -> Row {
    let (of, of_bare) = (figure(of), figure(of_bare));
    Row {
        what: what.to_owned(),
        figure: of / of_bare,
        made_of: format!("{of:.0} ÷ {of_bare:.0}"),
        ..Row::default()
    }
}

/// How many there are of each event that callgrind names.
type Counts = Vec<(String, f64)>;

fn sum(counts: &Counts, names: &[&str]) -> f64 {
    counts.iter().filter(|(name, _)| names.contains(&name.as_str())).map(|(_, count)| count).sum()
}

fn instructions(counts: &Counts) -> f64 {
    sum(counts, INSTRUCTIONS)
}

/// One for each instruction, 10 for what is not in a first cache and for a branch that is not foreseen, 100 for what is
/// not in the last cache either.
fn cycles(counts: &Counts) -> f64 {
    let ten = sum(counts, FIRST_CACHES_MISSED) + sum(counts, BRANCHES_MISPREDICTED);
    instructions(counts) + 10.0 * ten + 100.0 * sum(counts, LAST_CACHE_MISSED)
}

async fn of_a_call(who: Who, url: &str, recorded: &str) -> Result<Counts> {
    let short = count(who, SHORT, url, recorded).await?;
    let long = count(who, LONG, url, recorded).await?;
    let calls = f64::from(IN_FLIGHT * (LONG - SHORT));
    Ok(short.into_iter().zip(long).map(|((name, short), (_, long))| (name, (long - short) / calls)).collect())
}

async fn count(who: Who, calls: u32, url: &str, recorded: &str) -> Result<Counts> {
    let mut command = Command::new("valgrind");
    // For `callgrind_annotate`.
    let profile = format!("--callgrind-out-file=target/bench/callgrind.{}.{calls}", who.name());
    std::fs::create_dir_all("target/bench")?;
    command.args(["--tool=callgrind", "--cache-sim=yes", "--branch-sim=yes", &profile]);
    command.arg(std::env::current_exe()?);
    command.args([SUBJECT, who.name(), &calls.to_string(), url, recorded]).stdin(Stdio::null());
    let output =
        command.output().await.map_err(|error| format!("valgrind (apt install valgrind): {error}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(told.into());
    }
    counts(&told)
}

/// What callgrind tells of the events; an error if one of those is missing that are looked at.
fn counts(told: &str) -> Result<Counts> {
    let line = |name: &str| {
        let line = told.lines().find_map(|line| line.split_once(name)?.1.split_once(':'));
        line.map(|(_, words)| words.split_whitespace()).ok_or("callgrind told nothing")
    };
    let counts = line("Events")?.zip(line("Collected")?);
    let counts: Counts =
        counts.map(|(name, count)| Ok((name.to_owned(), count.parse()?))).collect::<Result<_>>()?;
    let wanted = [INSTRUCTIONS, FIRST_CACHES_MISSED, LAST_CACHE_MISSED, BRANCHES_MISPREDICTED].concat();
    match wanted.iter().find(|wanted| !counts.iter().any(|(name, _)| name == *wanted)) {
        Some(missing) => Err(format!("callgrind did not count {missing}").into()),
        None => Ok(counts),
    }
}

/// Makes the calls: who, how many each, where, and the file with the exchanges.
pub(crate) async fn calls(arguments: &[String]) -> Result<()> {
    let [who, calls, url, recorded] = arguments else { return Err("four arguments are wanted".into()) };
    let exchanges: Vec<Exchange> = serde_json::from_slice(&std::fs::read(recorded)?)?;
    let caller = Caller::new(Who::named(who)?, url, &exchanges)?;
    let calls: u32 = calls.parse()?;
    let mut callers: JoinSet<Result<()>> = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let caller = caller.clone();
        callers.spawn(async move {
            for _ in 0..calls {
                caller.call().await?;
            }
            Ok(())
        });
    }
    while let Some(made) = callers.join_next().await {
        made??;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_callgrind_tells_is_read_and_what_it_does_not_is_an_error() {
        let told = "==7== Events    : Ir Dr I1mr D1mr D1mw ILmr DLmr DLmw Bcm Bim\n\
                    ==7== Collected : 1000 9 1 2 3 1 1 1 4 5\n";
        let counts = counts(told).unwrap();
        assert_eq!((instructions(&counts), cycles(&counts)), (1000.0, 1450.0));
        let error = super::counts(&told.replace("Bim", "Bi")).unwrap_err().to_string();
        assert_eq!(error, "callgrind did not count Bim");
        assert_eq!(super::counts("").unwrap_err().to_string(), "callgrind told nothing");
    }
}
