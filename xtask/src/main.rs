//! The maintainers' tasks: `cargo xtask --help`.

mod schema;
mod workspace;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The maintainers' tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// The files derived from the GraphQL schema in `schema/`
    #[command(subcommand)]
    Schema(schema::Task),
}

fn main() -> Result<()> {
    let root = workspace::root()?;
    match Arguments::parse().task {
        Task::Schema(task) => schema::run(&task, &root),
    }
}
