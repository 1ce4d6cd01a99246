//! `cargo xtask breakages`: breaks the code on purpose, one place at a time, and sees that a test notices.
//!
//! What is broken, and which test must fail, is in `xtask/breakages.toml`.

mod copy;
mod list;

use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use copy::Copy;
use list::Breakage;

/// Which breakages to make.
#[derive(Args)]
pub(crate) struct Selection {
    /// Make these alone (default: all of them)
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

impl Selection {
    fn of(&self, mut list: Vec<Breakage>) -> Result<Vec<Breakage>> {
        if let Some(unknown) =
            self.names.iter().find(|name| !list.iter().any(|breakage| breakage.name == **name))
        {
            bail!("there is no breakage {unknown:?} in {}", list::FILE);
        }
        list.retain(|breakage| self.names.is_empty() || self.names.contains(&breakage.name));
        Ok(list)
    }
}

/// What became of a breakage.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Noticed,
    Survived,
    DoesNotCompile,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Noticed => "noticed",
            Self::Survived => "SURVIVED",
            Self::DoesNotCompile => "DOES NOT COMPILE",
        })
    }
}

/// Makes the selected breakages in a copy of the workspace at `root`; one that no test notices is an error.
pub(crate) fn run(selection: &Selection, root: &Path) -> Result<()> {
    let breakages = selection.of(list::read(root)?)?;
    let copy = Copy::of(root)?;
    for breakage in &breakages {
        println!("unbroken: {} {}", breakage.package, breakage.test);
        ensure!(copy.passes(breakage), "{} fails although nothing is broken", breakage.test);
    }
    let mut outcomes = Vec::new();
    for breakage in &breakages {
        println!("{}: {}", breakage.name, breakage.why);
        let outcome = outcome(&copy, breakage).with_context(|| breakage.name.clone())?;
        println!("{}: {outcome}", breakage.name);
        outcomes.push(outcome);
    }
    println!("\n{:44} {:10} noticed by", "breakage", "outcome");
    for (breakage, outcome) in breakages.iter().zip(&outcomes) {
        println!(
            "{:44} {outcome:10} {} {} {}",
            breakage.name, breakage.package, breakage.target, breakage.test
        );
    }
    let noticed = outcomes.iter().filter(|outcome| **outcome == Outcome::Noticed).count();
    println!("{noticed} of {} noticed", outcomes.len());
    ensure!(noticed == outcomes.len(), "a breakage was not noticed");
    Ok(())
}

fn outcome(copy: &Copy, breakage: &Breakage) -> Result<Outcome> {
    let whole = copy.read(&breakage.file)?;
    copy.write(&breakage.file, &breakage.applied_to(&whole)?)?;
    let outcome = match copy.compiles(breakage) {
        false => Outcome::DoesNotCompile,
        true if copy.passes(breakage) => Outcome::Survived,
        true => Outcome::Noticed,
    };
    copy.write(&breakage.file, &whole)?;
    Ok(outcome)
}
