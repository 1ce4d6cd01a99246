//! The steps of `cargo xtask ci`, in the order in which they run.

use std::path::Path;

use anyhow::Result;

use crate::cargo::Cargo;
use crate::package::{self, WorkingTree};
use crate::tools::Tool;
use crate::{
    bench, consumers, dependencies, docs, licences, minimal_versions, profile, public_types, schema,
    snapshots, workspace,
};

const HACK: Tool = Tool { name: "hack", version: "0.6.46" };

/// What a step may run beside. The steps of one lane run one after the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lane {
    /// Nothing: these come first, and are quick or take all cores.
    Alone,
    /// The steps of `Release`: it builds in `target/debug`, or in a folder that no other step takes.
    Debug,
    /// The steps of `Debug`: it builds in `target/release`, or in a folder that no other step takes. To link a released
    /// program takes a single core, for a minute or two.
    Release,
}

/// One thing that must hold.
pub(crate) struct Step {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    /// What it may run beside.
    pub(crate) lane: Lane,
    /// What it makes sure of.
    pub(crate) purpose: &'static str,
    /// Makes sure of it, in the workspace at the given folder.
    pub(crate) run: fn(&Path) -> Result<()>,
}

/// All of them.
pub(crate) const STEPS: &[Step] = &[
    Step { name: "tests", lane: Lane::Alone, purpose: "every test passes", run: tests },
    Step { name: "format", lane: Lane::Alone, purpose: "the code is formatted", run: format },
    Step {
        name: "schema",
        lane: Lane::Alone,
        purpose: "derived files are up to date, and each operation fits the schemas that it is to fit",
        run: schema::check,
    },
    Step {
        name: "snapshots",
        lane: Lane::Alone,
        purpose: "no snapshot waits for review",
        run: snapshots::check,
    },
    Step {
        name: "dependencies",
        lane: Lane::Alone,
        purpose: "each layer pulls what it may and no more",
        run: dependencies::check,
    },
    Step {
        name: "lints",
        lane: Lane::Alone,
        purpose: "no warning in any target, with every feature",
        run: lints,
    },
    Step {
        name: "features",
        lane: Lane::Debug,
        purpose: "each library builds with any two of its features, and with none",
        run: features,
    },
    Step {
        name: "fuzz-targets",
        lane: Lane::Debug,
        purpose: "each fuzz target compiles, as its lock file says",
        run: fuzz_targets,
    },
    Step {
        name: "public-types",
        lane: Lane::Debug,
        purpose: "of other crates only what is listed is in the API",
        run: public_types::check,
    },
    Step {
        name: "minimal-versions",
        lane: Lane::Release,
        purpose: "the oldest dependencies and the oldest Rust that are declared will do",
        run: minimal_versions::check,
    },
    Step {
        name: "docs",
        lane: Lane::Debug,
        purpose: "everything is documented, and no link leads nowhere",
        run: docs::check,
    },
    Step {
        name: "main-job",
        lane: Lane::Release,
        purpose: "the README's first command works",
        run: main_job,
    },
    Step {
        name: "counted",
        lane: Lane::Release,
        purpose: "no request, allocation, crate or byte more than there may be",
        run: bench::check_counted,
    },
    Step {
        name: "package",
        lane: Lane::Debug,
        purpose: "each package builds from its own files, and programs can depend on it alone",
        run: packages,
    },
    Step {
        name: "licences",
        lane: Lane::Release,
        purpose: "licences, sources and banned crates",
        run: licences::check,
    },
];

fn tests(root: &Path) -> Result<()> {
    Cargo::new(root, ["test", "--workspace"]).run()
}

fn format(root: &Path) -> Result<()> {
    Cargo::new(root, ["fmt", "--all", "--check"]).run()?;
    for consumer in consumers::folders(root)? {
        Cargo::new(&consumer, ["fmt", "--check"]).run()?;
    }
    Cargo::new(&root.join("fuzz"), ["fmt", "--check"]).run()
}

/// A workspace of its own, that nothing else would look at.
fn fuzz_targets(root: &Path) -> Result<()> {
    let fuzz = ["clippy", "--locked", "--manifest-path", "fuzz/Cargo.toml", "--target-dir", "target"];
    let arguments = fuzz.map(str::to_owned).into_iter().chain(profile::arguments(root)?);
    Cargo::new(root, arguments.chain(["--", "-D", "warnings"].map(str::to_owned))).run()
}

fn lints(root: &Path) -> Result<()> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    Cargo::new(root, arguments).run()
}

/// What `--all-features` hides: code that needs a feature it does not name, or warns without one. `default` is no more than
/// a name for features that are there by themselves, so nothing is left out with it.
fn features(root: &Path) -> Result<()> {
    HACK.install_if_missing(root)?;
    let powerset = ["hack", "clippy", "--feature-powerset", "--depth", "2"];
    let but = ["--exclude-features", "default"];
    let arguments =
        powerset.into_iter().chain(but).chain(workspace::libraries()).chain(["--", "-D", "warnings"]);
    Cargo::new(root, arguments).run()
}

/// The command that the README opens with. `counted` needs the program that it builds.
fn main_job(root: &Path) -> Result<()> {
    let build = ["run", "--release", "--package", "flowrun", "--"];
    let start = ["start", "My Cloud Flow", "--project", "My Cloud Project"];
    let rest = ["--param", "name=Ada", "--sandbox", "--wait"];
    Cargo::new(root, build.into_iter().chain(start).chain(rest)).run()
}

/// One step, so that the consumers are those of the packages that were built.
fn packages(root: &Path) -> Result<()> {
    let packages = package::check(root, WorkingTree::from_environment())?;
    consumers::check(root, &packages)
}
