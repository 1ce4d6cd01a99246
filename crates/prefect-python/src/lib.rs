//! The Python client, command line and agent of Prefect 1.4.1: what ours is tested against, and measured beside.

#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// A virtual environment with Prefect and what it needs.
#[derive(Debug)]
pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// The environment below `parent`. Unless it is there and of the same packages it is made, which takes `python3`
    /// and some seconds, and downloads the packages.
    ///
    /// # Errors
    /// If Python or its packages are not to be had, or the folder cannot be written.
    pub fn below(parent: &Path) -> io::Result<Self> {
        let environment = Self { folder: parent.join("python-prefect-1.4.1") };
        let made_of = environment.folder.join("made-of.txt");
        if !fs::read_to_string(&made_of).is_ok_and(|packages| packages == REQUIREMENTS) {
            environment.make()?;
            fs::write(made_of, REQUIREMENTS)?;
        }
        Ok(environment)
    }

    fn make(&self) -> io::Result<()> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)?;
        }
        run(Command::new("python3").args(["-m", "venv"]).arg(&self.folder))?;
        let requirements = self.folder.join("requirements.txt");
        fs::write(&requirements, REQUIREMENTS)?;
        run(Command::new(self.programs().join("pip"))
            .args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"])
            .arg(requirements))
    }

    /// One of its programs, such as `prefect` or `python`, with `home` as its home and as its current folder. Of this
    /// process's variables it has the path alone.
    pub fn command(&self, program: &str, home: &Path) -> Command {
        let programs = self.programs();
        let mut command = Command::new(programs.join(program));
        // The agent looks for `prefect` on the path.
        let path = format!("{}:{}", programs.display(), env::var("PATH").unwrap_or_default());
        command.current_dir(home).env_clear().env("PATH", path).env("HOME", home).env("LC_ALL", "C.UTF-8");
        command
    }

    fn programs(&self) -> PathBuf {
        self.folder.join("bin")
    }
}

fn run(command: &mut Command) -> io::Result<()> {
    let why = match command.output() {
        Ok(output) if output.status.success() => return Ok(()),
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    Err(io::Error::other(format!("{command:?} failed: {why}")))
}
