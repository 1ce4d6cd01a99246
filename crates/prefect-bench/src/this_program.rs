//! This program once more, under another subject, as a process of its own: standard input tells it what it needs to know.

use std::process::Stdio;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::Result;

/// Starts it under that subject, and tells it this; what it prints can be read. Dropping it ends it.
pub(crate) async fn start(subject: &str, told: &impl Serialize) -> Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(subject).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut process = command.spawn()?;
    let mut input = process.stdin.take().ok_or("the process has no standard input")?;
    input.write_all(&serde_json::to_vec(told)?).await?;
    Ok(process)
}

/// What this process was told.
pub(crate) async fn told<T: DeserializeOwned>() -> Result<T> {
    let mut told = Vec::new();
    tokio::io::stdin().read_to_end(&mut told).await?;
    Ok(serde_json::from_slice(&told)?)
}
