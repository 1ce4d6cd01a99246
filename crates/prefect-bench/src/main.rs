//! What the crates cost, beside what they are compared with: `prefect-bench SUBJECT [--full]`. `cargo xtask bench` runs
//! all. With `--full` the throughput is measured for longer; to the other subjects it makes no difference.
//!
//! Nothing here decides whether a figure is good enough.

mod allocations;
mod caller;
mod constant;
mod cpu;
mod exchange;
mod flowrun;
mod heap;
mod instructions;
mod least;
mod log_server;
mod prefect;
mod processes;
mod python;
mod requests;
mod rounds;
mod run_server;
mod scheduling;
mod server;
mod task;
mod this_program;
mod throughput;
mod waiting;
mod watching;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T, E = Error> = std::result::Result<T, E>;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut arguments = std::env::args().skip(1);
    let subject = arguments.next().unwrap_or_default();
    let arguments: Vec<_> = arguments.collect();
    let full = arguments.iter().any(|argument| argument == "--full");
    let rows = match subject.as_str() {
        "allocations" => allocations::measure(&runtime)?,
        "throughput" => runtime.block_on(throughput::measure(full))?,
        "instructions" => runtime.block_on(instructions::measure())?,
        "requests" => runtime.block_on(requests::measure())?,
        "waiting" => waiting::measure(&runtime)?,
        "watching" => watching::measure(&runtime)?,
        "scheduling" => scheduling::measure(&runtime)?,
        "python" => python::measure(&runtime)?,
        "processes" => runtime.block_on(processes::measure())?,
        instructions::SUBJECT => return runtime.block_on(instructions::calls(&arguments)),
        rounds::SUBJECT => return runtime.block_on(rounds::measure()),
        constant::SUBJECT => return runtime.block_on(constant::serve()),
        run_server::SUBJECT => return runtime.block_on(run_server::serve()),
        log_server::SUBJECT => return runtime.block_on(log_server::serve()),
        other => return Err(format!("{other:?} is no subject").into()),
    };
    print!("{}", bench_row::lines(&rows)?);
    Ok(())
}
