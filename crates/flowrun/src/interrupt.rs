//! Ctrl-C, where it is not to kill the program.

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

    /// Waits for the next Ctrl-C. Dropping this loses none.
    pub(crate) async fn heard(&mut self) {
        self.0.recv().await;
    }

    /// What `work` comes to; `interrupted` when Ctrl-C comes first. Then `work` is dropped.
    pub(crate) async fn or<T>(
        &mut self,
        work: impl Future<Output = Result<T, Failure>>,
        interrupted: impl FnOnce() -> Failure,
    ) -> Result<T, Failure> {
        tokio::select! {
            outcome = work => outcome,
            () = self.heard() => Err(interrupted()),
        }
    }
}
