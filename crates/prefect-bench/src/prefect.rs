//! Prefect's own programs, set up for a server.

use std::process::{Command, Stdio};

use prefect_python::Environment;
use tempfile::TempDir;

use crate::Result;

/// Prefect 1.4.1, with a home of its own.
pub(crate) struct Prefect {
    environment: Environment,
    pub(crate) home: TempDir,
    url: String,
}

impl Prefect {
    /// Set up for the server at `url`. It is installed beside what the tests leave behind, as they use it as well.
    pub(crate) fn with_api(url: &str) -> Result<Self> {
        let program = std::env::current_exe()?;
        let target = program.ancestors().nth(2).ok_or("this program is in no target folder")?;
        let environment = Environment::below(&target.join("tmp"))?;
        Ok(Self { environment, home: TempDir::new()?, url: url.to_owned() })
    }

    /// `prefect` or `python`.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = self.environment.command(program, self.home.path());
        command.env("PREFECT__BACKEND", "server").env("PREFECT__SERVER__ENDPOINT", &self.url);
        command.env("PREFECT__LOGGING__LEVEL", "CRITICAL").stdin(Stdio::null());
        command
    }
}
