//! `flowrun batch`: a run for each line of a file, some at a time, exactly once each.
//!
//! Here is the way from the lines to the results, in order, and the end by Ctrl-C. `input` reads lines,
//! `wanted` understands one, `flows` looks flows up, `schedule` takes a line to its `outcome`, `journal`
//! keeps what must outlive the program, and `progress` says how far it is.

mod flows;
#[cfg(any(test, feature = "fuzzing"))]
pub mod hostile;
mod input;
mod journal;
mod outcome;
mod progress;
mod schedule;
mod wanted;

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::pin::pin;
use std::process::ExitCode;

use futures_util::stream::{self, Stream, StreamExt};
use tokio::sync::{mpsc, oneshot};

use crate::args::{Batch, Global, Output};
use crate::connect::Connection;
use crate::failure::{Code, Failure};
use crate::interrupt::Interrupt;
use input::Line;
use journal::{Journal, Recorded, Standing};
use outcome::{Outcome, ResultLine};
use progress::Progress;
use schedule::Scheduler;

/// A line and its digest; the digest is empty where there is no journal.
struct Entry {
    line: Line,
    digest: String,
}

/// A line that nothing is left to do for.
struct Finished {
    entry: Entry,
    /// `None` for an empty line.
    outcome: Option<Outcome>,
    /// The outcome is in the journal already.
    recorded: bool,
}

pub(crate) async fn run(global: &Global, batch: &Batch) -> Result<ExitCode, Failure> {
    if global.output == Output::Id {
        return Err(Failure::usage(
            "batch writes a JSON object for each line; --output id does not fit".to_owned(),
        ));
    }
    let source = input::open(&batch.file)?;
    let (journal, recorded) = match &batch.resume {
        Some(path) => journal::open(path).map(|(journal, recorded)| (Some(journal), Some(recorded)))?,
        None => (None, None),
    };
    let connection = Connection::open(global).await?;
    let scheduler = Scheduler::new(&connection.client, journal.as_ref());
    let entries = entries(input::lines(source), recorded);
    let mut report = Report { journal: journal.as_ref(), progress: progress(global, &batch.file) };
    let outcome = work(&scheduler, entries, batch.in_flight.into(), &mut report).await;
    report.progress.end();
    drop(scheduler);
    connection.close().await;
    match outcome? {
        End::Done => Ok(report.code().into()),
        end => {
            report.say_how_to_go_on(end);
            Ok(Code::Interrupted.into())
        }
    }
}

fn progress(global: &Global, file: &Path) -> Progress {
    // The file is read for its number of lines only where somebody sees it.
    let lines = if !global.quiet && io::stderr().is_terminal() { input::count(file) } else { None };
    Progress::begin(lines, global.quiet)
}

/// The lines with what is known of them. The first error is the last item: nothing after it is sent.
fn entries(
    lines: mpsc::Receiver<io::Result<Line>>,
    recorded: Option<Recorded>,
) -> impl Stream<Item = Result<(Entry, Standing), Failure>> {
    stream::try_unfold((lines, recorded, 0), async |(mut lines, mut recorded, last)| {
        let line = lines.recv().await.transpose();
        let Some(line) = line.map_err(|error| Failure::io("the input cannot be read", &error))? else {
            if let Some(recorded) = &recorded {
                recorded.end(last)?;
            }
            return Ok(None);
        };
        let last = line.number;
        let digest = if recorded.is_some() { line.digest() } else { String::new() };
        let entry = Entry { line, digest };
        let standing = match &mut recorded {
            Some(recorded) => recorded.of(&entry)?,
            None => Standing::New,
        };
        Ok(Some(((entry, standing), (lines, recorded, last))))
    })
}

/// How the work on the lines ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    /// By Ctrl-C: the lines that were taken are finished.
    Interrupted,
    /// By a second one: some lines were in flight.
    Abandoned,
}

/// Works on `in_flight` lines at a time and reports them in order. The first Ctrl-C takes no more lines,
/// the second leaves those in flight.
async fn work(
    scheduler: &Scheduler<'_>,
    entries: impl Stream<Item = Result<(Entry, Standing), Failure>>,
    in_flight: usize,
    report: &mut Report<'_>,
) -> Result<End, Failure> {
    let mut interrupt = Interrupt::listen()?;
    let (stop, stopped) = oneshot::channel();
    let mut stop = Some(stop);
    let work = async |item: Result<_, _>| {
        let (entry, standing) = item?;
        finish(scheduler, entry, standing).await
    };
    let mut finished = pin!(entries.take_until(stopped).map(work).buffered(in_flight));
    loop {
        tokio::select! {
            biased;
            () = interrupt.heard() => {
                let Some(stop) = stop.take() else { return Ok(End::Abandoned) };
                report.progress.say("finishing what is in flight; Ctrl-C again ends at once");
                let _ = stop.send(());
            }
            line = finished.next() => match line {
                Some(line) => report.line(line?)?,
                None if stop.is_some() => return Ok(End::Done),
                None => return Ok(End::Interrupted),
            }
        }
    }
}

async fn finish(scheduler: &Scheduler<'_>, entry: Entry, standing: Standing) -> Result<Finished, Failure> {
    let begun = match standing {
        Standing::Done(result) => {
            return Ok(Finished { entry, outcome: Some(result.outcome), recorded: true });
        }
        Standing::Begun(begun) => Some(begun),
        Standing::New => None,
    };
    let outcome = if entry.line.is_empty() { None } else { Some(scheduler.schedule(&entry, begun).await?) };
    Ok(Finished { entry, outcome, recorded: false })
}

/// Writes a result line to standard output.
fn write(result: &ResultLine) -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, result)?;
    writeln!(out)?;
    out.flush()
}

/// Where results go.
struct Report<'a> {
    journal: Option<&'a Journal>,
    progress: Progress,
}

impl Report<'_> {
    /// Writes the result of a line: first into the journal, if nothing is left to do for it.
    fn line(&mut self, finished: Finished) -> Result<(), Failure> {
        let Finished { entry, outcome, recorded } = finished;
        self.progress.line(outcome.as_ref());
        let Some(outcome) = outcome else { return Ok(()) };
        let result = ResultLine { line: entry.line.number, outcome };
        if let Some(journal) = self.journal
            && !recorded
            && result.outcome.is_settled()
        {
            journal.done(&entry, &result)?;
        }
        self.progress.beside(|| write(&result)).map_err(Failure::results)
    }

    fn code(&self) -> Code {
        match (self.progress.failed(), self.progress.unknown()) {
            (0, 0) => Code::Done,
            (0, _) => Code::OutcomeUnknown,
            _ => Code::RunFailed,
        }
    }

    fn say_how_to_go_on(&self, end: End) {
        let lines = self.progress.lines();
        let how = match self.journal {
            Some(_) => "the same command goes on from there",
            None if end == End::Abandoned => "some of the lines after it may have been scheduled",
            None => "give the lines after it to go on; with --resume FILE the same command would",
        };
        self.progress.say(&format!("stopped after line {lines}: {how}"));
    }
}
