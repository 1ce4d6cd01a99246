//! Instructions of a call, beside those of the bare loop, counted by callgrind: exact to a few in a thousand, whatever
//! else the machine does. A long run minus a short one, so that what is done once does not count.

use std::io::Write;
use std::process::Stdio;

use bench_row::{Row, Target};
use tokio::process::Command;

use crate::caller::{Caller, Who};
use crate::constant;
use crate::exchange::Exchange;
use crate::{Result, exchange};

/// The subject's name under which this program is what callgrind counts.
pub(crate) const SUBJECT: &str = "calls";

const SHORT: u32 = 100;
const LONG: u32 = 600;

pub(crate) async fn measure() -> Result<Vec<Row>> {
    let exchanges = exchange::of_one_run().await?;
    let server = constant::start(&exchanges).await?;
    let mut recorded = tempfile::NamedTempFile::new()?;
    recorded.write_all(&serde_json::to_vec(&exchanges)?)?;
    let file = recorded.path().to_string_lossy().into_owned();
    let mut figures = Vec::new();
    for who in [Who::Bare, Who::Ours] {
        let short = count(who, SHORT, &server.url, &file).await?;
        let long = count(who, LONG, &server.url, &file).await?;
        figures.push((long - short) / f64::from(LONG - SHORT));
    }
    let [bare, ours] = figures.as_slice() else { return Err("two figures are wanted".into()) };
    Ok(vec![Row {
        what: "instructions of a call ÷ bare loop".to_owned(),
        figure: ours / bare,
        target: Target::AtMost(1.10),
        made_of: format!("{ours:.0} ÷ {bare:.0}"),
        ..Row::default()
    }])
}

async fn count(who: Who, calls: u32, url: &str, recorded: &str) -> Result<f64> {
    let mut command = Command::new("valgrind");
    // For `callgrind_annotate`.
    let profile = format!("--callgrind-out-file=target/bench/callgrind.{}.{calls}", who.name());
    std::fs::create_dir_all("target/bench")?;
    command.args(["--tool=callgrind", &profile]).arg(std::env::current_exe()?);
    command.args([SUBJECT, who.name(), &calls.to_string(), url, recorded]).stdin(Stdio::null());
    let output =
        command.output().await.map_err(|error| format!("valgrind (apt install valgrind): {error}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(told.into());
    }
    let collected =
        told.lines().find_map(|line| line.split_once("Collected :")).ok_or("callgrind told nothing")?;
    Ok(collected.1.trim().parse()?)
}

/// Makes the calls: who, how many, where, and the file with the exchanges.
pub(crate) async fn calls(arguments: &[String]) -> Result<()> {
    let [who, calls, url, recorded] = arguments else { return Err("four arguments are wanted".into()) };
    let exchanges: Vec<Exchange> = serde_json::from_slice(&std::fs::read(recorded)?)?;
    let caller = Caller::new(Who::named(who)?, url, &exchanges)?;
    for _ in 0..calls.parse()? {
        caller.call().await?;
    }
    Ok(())
}
