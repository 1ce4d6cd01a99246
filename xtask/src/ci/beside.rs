//! A step that runs beside another: as a process of its own, whose output is shown when it is over, so that the lines of
//! the two are not mixed.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, io};

use anyhow::{Context, Result, bail};

use super::report::Outcome;

/// Where the outputs are, in files of the steps' names.
const OUTPUT: &str = "target/ci";

/// Runs a step by this program.
pub(super) fn run(step: &str, root: &Path) -> Outcome {
    println!("━━ {step}: begins, beside others");
    Outcome::of(|| {
        let program = env::current_exe().context("cannot tell which program this is")?;
        let mut command = Command::new(program);
        command.args(["ci", step]);
        let file = root.join(OUTPUT).join(format!("{step}.txt"));
        run_into(&mut command, &file)
            .with_context(|| format!("see its output, which is in {}", file.display()))
    })
}

/// Runs a command and shows what it printed, which is in the file as well.
fn run_into(command: &mut Command, file: &Path) -> Result<()> {
    fs::create_dir_all(file.parent().context("a file without a folder")?)?;
    let output = File::create(file)?;
    let status = command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).status();
    io::copy(&mut File::open(file)?, &mut io::stdout().lock())?;
    let status = status?;
    if !status.success() {
        bail!("{status}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_it_prints_is_kept_and_its_failure_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ci/step.txt");
        let sh = |script: &str| run_into(Command::new("sh").args(["-c", script]), &file);
        assert!(sh("echo out; echo error >&2; echo out again").is_ok());
        assert_eq!(fs::read_to_string(&file).unwrap(), "out\nerror\nout again\n");
        assert_eq!(sh("echo lost; exit 3").unwrap_err().to_string(), "exit status: 3");
        assert_eq!(fs::read_to_string(&file).unwrap(), "lost\n");
    }
}
