//! Ctrl-C, where it is to end a wait and not to kill the program.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC as Signal, ctrl_c};

use crate::failure::Failure;

/// Hears Ctrl-C from its making on: from then on, it no longer kills the program.
pub(crate) struct Interrupt(Signal);

impl Interrupt {
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        signal(SignalKind::interrupt()).map(Self)
    }

    #[cfg(windows)]
    pub(crate) fn listen() -> io::Result<Self> {
        ctrl_c().map(Self)
    }

    /// What `work` comes to; `interrupted` when Ctrl-C comes first. Then `work` is dropped.
    pub(crate) async fn or<T>(
        &mut self,
        work: impl Future<Output = Result<T, Failure>>,
        interrupted: impl FnOnce() -> Failure,
    ) -> Result<T, Failure> {
        tokio::select! {
            outcome = work => outcome,
            _ = self.0.recv() => Err(interrupted()),
        }
    }
}
