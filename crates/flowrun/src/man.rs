//! `flowrun man`: the manual pages, for `cargo xtask man` and those who package flowrun.

use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;

use crate::args::Arguments;
use crate::failure::Failure;

pub(crate) fn run(folder: &Path) -> Result<ExitCode, Failure> {
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder))
        .map_err(|error| Failure::file(folder, &error))?;
    Ok(ExitCode::SUCCESS)
}
