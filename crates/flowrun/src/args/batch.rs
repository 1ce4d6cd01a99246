//! What `flowrun batch` takes.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 every line was scheduled, 1 some line failed, 2 usage, or a journal of other \
input, 5 input, results or journal cannot be read or written, 7 no line failed and the outcome of some is unknown, \
130 stopped by Ctrl-C, 141 nobody reads the results"
)]
pub(crate) struct Batch {
    /// JSON Lines: an object for each run. A dash is standard input.
    pub(crate) file: PathBuf,
    /// How many lines are worked on at the same time.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) in_flight: u16,
    /// A journal of what was done. With the same input it continues a batch that was interrupted, and
    /// schedules nothing twice. Made when it is not there.
    #[arg(long, value_name = "FILE")]
    pub(crate) resume: Option<PathBuf>,
}
