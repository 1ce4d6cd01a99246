//! Allocations of a call, beside those of the bare loop. Everything happens on one thread, so everything is counted.

use bench_row::{Row, Target};
use prefect_client::Client;

use crate::caller::{Caller, Who};
use crate::constant;
use crate::exchange::Exchange;
use crate::task::task;
use crate::{Result, exchange};

const CALLS: u32 = 1_000;

pub(crate) fn measure(runtime: &tokio::runtime::Runtime) -> Result<Vec<Row>> {
    let exchanges = runtime.block_on(exchange::of_one_run())?;
    let server = runtime.block_on(constant::start(&exchanges))?;
    let of = |who| count(runtime, who, &server.url, &exchanges);
    let (bare, ours) = (of(Who::Bare)?, of(Who::Ours)?);
    Ok(vec![
        Row {
            what: "allocations of a call, more than the bare loop's".to_owned(),
            figure: ours.0 - bare.0,
            target: Target::AtMost(20.0),
            made_of: format!("{:.1} − {:.1}", ours.0, bare.0),
            counted: true,
            ..Row::default()
        },
        Row {
            what: "bytes allocated for a call, ÷ bare loop".to_owned(),
            figure: ours.1 / bare.1,
            made_of: format!("{:.0} B ÷ {:.0} B", ours.1, bare.1),
            counted: true,
            ..Row::default()
        },
        Row {
            what: "size of a call's future".to_owned(),
            figure: size_of_future(&server.url)? as f64,
            unit: " B".to_owned(),
            target: Target::AtMost(4096.0),
            counted: true,
            ..Row::default()
        },
    ])
}

/// Bytes that a call holds, and that are copied wherever its future is moved to.
fn size_of_future(url: &str) -> Result<usize> {
    let client = Client::builder().api(url).build()?;
    Ok(size_of_val(&task()?.run(&client)))
}

/// Allocations and bytes of one call.
fn count(
    runtime: &tokio::runtime::Runtime,
    who: Who,
    url: &str,
    exchanges: &[Exchange],
) -> Result<(f64, f64)> {
    let caller = Caller::new(who, url, exchanges)?;
    let calls = |number: u32| {
        runtime.block_on(async {
            for _ in 0..number {
                caller.call().await?;
            }
            Result::Ok(())
        })
    };
    calls(100)?;
    let mut outcome: Result<()> = Ok(());
    let counted = allocation_counter::measure(|| outcome = calls(CALLS));
    outcome?;
    let each = |total: u64| total as f64 / f64::from(CALLS);
    Ok((each(counted.count_total), each(counted.bytes_total)))
}
