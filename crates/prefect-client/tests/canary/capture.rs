//! Everything that is shown anywhere: spans, events and log records of all crates, panics, and what a test adds.

use std::error::Error;
use std::fmt::Debug;
use std::io;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use tracing_subscriber::fmt::format::FmtSpan;

use crate::secrets;

static SHOWN: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn shown() -> MutexGuard<'static, Vec<u8>> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        shown().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Captures until the guard is dropped; one test at a time, as there is one subscriber.
pub async fn begin() -> tokio::sync::MutexGuard<'static, ()> {
    static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    static BEGUN: Once = Once::new();
    let alone = ALONE.lock().await;
    BEGUN.call_once(|| {
        // It takes the records of the crate `log` as well.
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(|| Writer)
            .init();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            text(&panic.to_string());
            before(panic);
        }));
    });
    shown().clear();
    alone
}

pub fn text(text: &str) {
    shown().extend_from_slice(text.as_bytes());
}

/// A value as programmers see it.
pub fn value(value: &impl Debug) {
    text(&format!("{value:?}\n{value:#?}\n"));
}

/// An error and its causes in every form. (A panic shows the error that it is about as programmers see it.)
pub fn error(error: &dyn Error) {
    for cause in std::iter::successors(Some(error), |&cause| cause.source()) {
        text(&format!("{cause}\n{cause:?}\n{cause:#?}\n"));
    }
}

/// What a call gave, whatever it is.
pub fn outcome<T: Debug, E: Error + 'static>(outcome: &Result<T, E>) {
    match outcome {
        Ok(told) => value(told),
        Err(failure) => error(failure),
    }
}

/// Fails if anything that was captured since the last time has a secret in it; what was captured.
pub fn assert_clean(after: &str) -> String {
    let shown = std::mem::take(&mut *shown());
    let shown = String::from_utf8_lossy(&shown).into_owned();
    assert!(!shown.is_empty(), "nothing was captured");
    for (name, form) in secrets::forms() {
        if let Some(at) = shown.find(&form) {
            let before = shown[..at].char_indices().rev().nth(500).map_or(0, |(before, _)| before);
            panic!("after {after}, {name} is shown, as {form:?}, behind\n{}", &shown[before..at]);
        }
    }
    shown
}
