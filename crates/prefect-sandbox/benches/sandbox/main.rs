//! What the sandbox holds with its database on disk: `BENCHMARKS.md` says how to read it.
//!
//! Here is what was asked for and the table; each subject is a file of its own. Nothing here decides
//! whether a figure is good enough.

mod client;
mod cpu;
mod fill;
mod growth;
mod load;
mod lookup;
mod requests;
mod scene;
mod start;
mod throughput;

use bench_row::Row;

type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

const SUBJECTS: [&str; 4] = ["throughput", "lookup", "start", "growth"];

/// What was asked for after `--`.
struct Asked {
    subjects: Vec<String>,
    /// A million runs and ten million log lines instead of a fiftieth of it, and longer loads.
    full: bool,
    /// Rows as lines of JSON instead of a table.
    json: bool,
}

/// The sandbox and the load share the two workers, as they would share two cores.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    // Cargo says `--bench` unless it only tries whether the benches run.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let asked = asked()?;
    let mut rows = Vec::new();
    for subject in &asked.subjects {
        eprintln!("{subject} ...");
        rows.extend(measure(subject, asked.full).await?);
    }
    print!("{}", if asked.json { bench_row::lines(&rows)? } else { bench_row::table(&rows) });
    Ok(())
}

async fn measure(subject: &str, full: bool) -> Result<Vec<Row>> {
    match subject {
        "throughput" => throughput::measure(full).await,
        "lookup" => lookup::measure().await,
        "start" => start::measure().await,
        _ => growth::measure(full).await,
    }
}

fn asked() -> Result<Asked> {
    let mut asked = Asked { subjects: Vec::new(), full: false, json: false };
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--bench" => {}
            "--full" => asked.full = true,
            "--json" => asked.json = true,
            subject if SUBJECTS.contains(&subject) => asked.subjects.push(argument),
            other => {
                return Err(format!("{other:?} is none of {SUBJECTS:?} and neither --full nor --json").into());
            }
        }
    }
    if asked.subjects.is_empty() {
        asked.subjects.extend(SUBJECTS.map(str::to_owned));
    }
    Ok(asked)
}
