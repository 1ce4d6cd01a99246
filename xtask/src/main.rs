//! The maintainers' tasks: `cargo xtask --help`.

mod bench;
mod breakages;
mod cargo;
mod ci;
mod consumers;
mod copy;
mod dependencies;
mod docs;
mod fuzz;
mod git;
mod licences;
mod man;
mod manifest;
mod minimal_versions;
mod new_operation;
mod package;
mod profile;
mod public_types;
mod release;
mod schema;
mod semver_checks;
mod snapshots;
mod soak;
mod tools;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use package::WorkingTree;

/// The maintainers' tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything that must hold before a change is merged, up to the first failure
    Ci(ci::Selection),
    /// The files derived from the GraphQL schema in `schema/`
    #[command(subcommand)]
    Schema(schema::Task),
    /// Make an operation of prefect-flow-run that compiles, to be changed into the one that is wanted
    NewOperation(new_operation::Options),
    /// Measure, print a table, and write target/bench/report.json; see `BENCHMARKS.md`
    Bench(bench::Selection),
    /// Break the code on purpose and see that tests notice; see `xtask/breakages.toml`
    Breakages(breakages::Selection),
    /// Check what each layer pulls
    Dependencies,
    /// Check licences, sources and banned crates
    Licences,
    /// Check what of other crates is in the libraries' API, and that what may grow says so
    PublicTypes,
    /// Build the libraries with the oldest dependencies and the oldest Rust that they declare
    MinimalVersions,
    /// Build the documentation without a warning, and look for links that lead nowhere
    Docs,
    /// Send mutated requests to the sandbox, guided by coverage; see `fuzz/README.md`
    Fuzz(fuzz::Options),
    /// Schedule runs at random through faults at random, beside the database
    Soak(soak::Options),
    /// Write flowrun's manual pages into `target/man`
    Man,
    /// Pack every published crate and build it from its package alone
    Package,
    /// Build and run the programs of `tests/consumers`, which depend on the packages alone
    Consumers,
    /// Compare the libraries with those of the last release
    SemverChecks,
    /// Check everything that a release needs, and tell what is left to do by hand
    Release(release::Options),
}

fn main() -> ExitCode {
    match run(&Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> Result<()> {
    let root = workspace::root()?;
    match task {
        Task::Ci(selection) => ci::run(selection, &root),
        Task::Schema(task) => schema::run(task, &root),
        Task::NewOperation(options) => new_operation::run(options, &root),
        Task::Bench(selection) => bench::run(selection, &root),
        Task::Breakages(selection) => breakages::run(selection, &root),
        Task::Dependencies => dependencies::check(&root),
        Task::Licences => licences::check(&root),
        Task::PublicTypes => public_types::check(&root),
        Task::MinimalVersions => minimal_versions::check(&root),
        Task::Docs => docs::check(&root),
        Task::Fuzz(options) => fuzz::run(options, &root),
        Task::Soak(options) => soak::run(options, &root),
        Task::Man => man::write(&root),
        Task::Package => package::check(&root, WorkingTree::from_environment()).map(drop),
        Task::Consumers => consumers::run(&root),
        Task::SemverChecks => semver_checks::check(&root),
        Task::Release(options) => release::run(options, &root),
    }
}
