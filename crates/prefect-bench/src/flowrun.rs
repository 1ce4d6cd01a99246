//! The program flowrun, which is built beside this one: as what is measured, and as the sandbox that others are measured with.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::Command;

use crate::Result;
use crate::server::Server;

/// Where it is.
pub(crate) fn program() -> Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("flowrun");
    match program.exists() {
        true => Ok(program),
        false => Err(format!("{} is missing: build flowrun in the same way", program.display()).into()),
    }
}

/// A new sandbox with the sample flow, in a process of its own.
pub(crate) async fn sandbox() -> Result<Server> {
    let mut command = Command::new(program()?);
    command.args(["sandbox", "--quiet", "--listen", "127.0.0.1:0"]).env_clear();
    Server::of(command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?).await
}
