//! The database: one connection on one thread of its own, and the jobs sent to it.
//!
//! Jobs that wait together share a transaction, and their answers go out when it is committed. A job that
//! writes more than one row takes a savepoint, so that it fails alone.
//!
//! On a file there are more connections, which only read; see `readers`.
//!
//! No SQL of the domain here; jobs bring it. Blocking work never runs on a thread of the async runtime.

mod functions;
mod open;
mod readers;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::mpsc;

use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

pub use self::open::OpenError;
use crate::clock::SandboxClock;
use crate::time;

/// What a job works with.
pub(crate) struct Db {
    pub(crate) conn: Connection,
    /// When each run was last set Submitted, by this process (as on the real server).
    pub(crate) submitted: HashMap<String, Timestamp>,
    /// Set by a job that scheduled a run; told to the subscribers when the job is done.
    pub(crate) run_scheduled: bool,
}

impl Db {
    fn new(conn: Connection) -> Self {
        Self { conn, submitted: HashMap::new(), run_scheduled: false }
    }
}

/// Does the work and returns what hands out its answer.
type Job = Box<dyn FnOnce(&mut Db) -> Answer + Send>;
type Answer = Box<dyn FnOnce()>;

/// How many jobs share a transaction at most.
const TOGETHER: usize = 64;

/// A handle on the database thread. The thread ends when the last handle is gone.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    jobs: mpsc::Sender<Job>,
    /// To the connections that only read, if there are any.
    queries: Option<mpsc::Sender<Job>>,
    scheduled: watch::Receiver<u64>,
    closed: watch::Receiver<bool>,
    clock: SandboxClock,
}

/// The database could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the sandbox is shut down, or its database failed (see the log)")]
    Stopped,
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

impl Store {
    /// Opens the file, or a database in memory, on a new thread.
    pub(crate) async fn open(
        path: Option<PathBuf>,
        read_through: bool,
        clock: SandboxClock,
    ) -> Result<Self, OpenError> {
        let threads_clock = clock.clone();
        let (jobs, queue) = mpsc::channel::<Job>();
        let (queries, queries_queue) = mpsc::channel::<Job>();
        let queries = path.is_some().then_some(queries);
        let (scheduled_tx, scheduled) = watch::channel(0);
        let (closed_tx, closed) = watch::channel(false);
        let (opened_tx, opened) = oneshot::channel();
        std::thread::Builder::new()
            .name("prefect-sandbox-db".to_owned())
            .spawn(move || {
                time::go_by(threads_clock.clone());
                match open::open(path.as_deref(), read_through) {
                    Ok(conn) => {
                        let mut db = Db::new(conn);
                        let readers = path.map(|path| readers::start(&path, queries_queue, &threads_clock));
                        let _ = opened_tx.send(Ok(()));
                        run(&mut db, &queue, &scheduled_tx);
                        // This connection is the last one to close, and leaves one file.
                        readers.into_iter().flatten().for_each(|reader| drop(reader.join()));
                    }
                    Err(error) => {
                        let _ = opened_tx.send(Err(error));
                    }
                }
                let _ = closed_tx.send(true);
            })
            .map_err(OpenError::Thread)?;
        opened.await.map_err(|_| OpenError::Died)??;
        Ok(Self { jobs, queries, scheduled, closed, clock })
    }

    /// Runs a job on the database thread, after those that were sent before it.
    pub(crate) async fn call<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> T + Send + 'static,
    {
        send(&self.jobs, job).await
    }

    /// Runs a job that changes nothing. It sees what was committed before, and may overtake jobs under way.
    pub(crate) async fn query<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Db) -> T + Send + 'static,
    {
        send(self.queries.as_ref().unwrap_or(&self.jobs), job).await
    }

    /// What jobs take for the time.
    pub(crate) fn clock(&self) -> &SandboxClock {
        &self.clock
    }

    /// Changes whenever a run was scheduled.
    pub(crate) fn scheduled(&self) -> watch::Receiver<u64> {
        self.scheduled.clone()
    }

    /// Gives up this handle and returns when the database is closed. Other handles must be gone.
    pub(crate) async fn close(self) {
        let Self { jobs, queries, mut closed, .. } = self;
        drop((jobs, queries));
        let _ = closed.wait_for(|closed| *closed).await;
    }
}

async fn send<T, F>(queue: &mpsc::Sender<Job>, job: F) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: FnOnce(&mut Db) -> T + Send + 'static,
{
    let (answer_tx, answer) = oneshot::channel();
    let job: Job = Box::new(move |db| {
        let result = job(db);
        Box::new(move || {
            let _ = answer_tx.send(result);
        })
    });
    queue.send(job).map_err(|_| StoreError::Stopped)?;
    answer.await.map_err(|_| StoreError::Stopped)
}

fn run(db: &mut Db, queue: &mpsc::Receiver<Job>, scheduled: &watch::Sender<u64>) {
    while let Ok(first) = queue.recv() {
        let jobs = std::iter::once(first).chain(queue.try_iter().take(TOGETHER - 1));
        match together(db, "BEGIN IMMEDIATE", jobs) {
            Ok(answers) => answers.into_iter().for_each(|answer| answer()),
            Err(error) => tracing::error!(%error, "the database failed; the callers get an error"),
        }
        if std::mem::take(&mut db.run_scheduled) {
            scheduled.send_modify(|count| *count += 1);
        }
    }
}

/// Runs jobs in one transaction. An answer that is dropped is an error to its caller.
fn together(db: &mut Db, begin: &str, jobs: impl Iterator<Item = Job>) -> rusqlite::Result<Vec<Answer>> {
    // The jobs are taken off the queue even when there is no transaction for them.
    let jobs: Vec<Job> = jobs.collect();
    db.conn.prepare_cached(begin)?.execute([])?;
    let mut answers = Vec::with_capacity(jobs.len());
    for job in jobs {
        match std::panic::catch_unwind(AssertUnwindSafe(|| job(db))) {
            Ok(answer) => answers.push(answer),
            Err(_) => tracing::error!("a database job panicked; its caller gets an error"),
        }
    }
    db.conn.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([])).inspect_err(|_| {
        let _ = db.conn.execute_batch("ROLLBACK");
    })?;
    Ok(answers)
}
