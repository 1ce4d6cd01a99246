//! Connections that only read: on a file, queries need not wait for the writer.
//!
//! A query sees everything that was acknowledged before it was sent.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use super::{Db, Job, open};
use crate::clock::SandboxClock;
use crate::time;

const THREADS: usize = 2;

/// Starts the threads; they end when the sender of the queue is gone.
pub(super) fn start(path: &Path, queue: mpsc::Receiver<Job>, clock: &SandboxClock) -> Vec<JoinHandle<()>> {
    let queue = Arc::new(Mutex::new(queue));
    let threads = (0..THREADS).filter_map(|_| {
        let (path, queue, clock) = (path.to_owned(), Arc::clone(&queue), clock.clone());
        let thread = std::thread::Builder::new().name("prefect-sandbox-read".to_owned());
        thread.spawn(move || read(path, &queue, clock)).ok()
    });
    threads.collect()
}

fn read(path: PathBuf, queue: &Mutex<mpsc::Receiver<Job>>, clock: SandboxClock) {
    time::go_by(clock);
    let mut db = match open::reader(&path) {
        Ok(conn) => Db::new(conn),
        Err(error) => return tracing::error!(%error, "a connection for queries could not be opened"),
    };
    drop(path);
    // The lock is held while waiting: the next job goes to one of the threads, the others wait for the lock.
    while let Ok(job) = { queue.lock().unwrap_or_else(PoisonError::into_inner).recv() } {
        match super::together(&mut db, "BEGIN", std::iter::once(job)) {
            Ok(answers) => answers.into_iter().for_each(|answer| answer()),
            Err(error) => tracing::error!(%error, "a query failed; its caller gets an error"),
        }
    }
}
