//! The journal of a batch: what was begun and what became of it, so that a batch that was interrupted
//! goes on without a second run of anything.
//!
//! It is JSON Lines. A `begun` record stands there before the first request that may make the line's run, a
//! `done` record when the line's outcome is settled. Outcomes are written in the order of the lines, so a
//! later program reads them beside the input, and holds in memory only what is out of that order:
//! lines that were begun and not done, and lines that were done at a second attempt.
//!
//! Every record has a digest of its line, so the journal of another input is found out at the first
//! line that differs, before anything of that line or of a later one is sent.

use std::cell::Cell;
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use prefect_client::{FlowId, IdempotencyKey};
use serde::{Deserialize, Serialize};

use super::Entry;
use super::outcome::ResultLine;
use crate::failure::Failure;

/// The first line. The number is that of the format.
pub(super) const HEADER: &[u8] = b"{\"flowrun_batch_journal\":1}\n";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    Begun(Begun),
    Done(Done),
}

/// A run of this flow version and key may exist, and none of another.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Begun {
    line: u64,
    digest: String,
    pub(super) flow_id: FlowId,
    pub(super) idempotency_key: String,
}

#[derive(Serialize, Deserialize)]
struct Done {
    digest: String,
    result: ResultLine,
}

/// What a journal knows of a line.
pub(super) enum Standing {
    New,
    Begun(Begun),
    Done(ResultLine),
}

/// A journal that is written to.
pub(super) struct Journal {
    file: Rc<File>,
    /// A record could not be written, and may be torn: nothing may follow it.
    broken: Cell<bool>,
}

/// What a journal held when it was opened, read in the order of the lines.
pub(super) struct Recorded {
    path: PathBuf,
    /// Outcomes in the order of the lines.
    in_order: BufReader<Part>,
    next: Option<Done>,
    /// The line of the last outcome that was read in order.
    highest: u64,
    /// Outcomes that came after one of a later line.
    late: HashMap<u64, Done>,
    begun: HashMap<u64, Begun>,
    /// The last line of the input that there is a record of.
    last: u64,
}

/// Opens a journal, or makes it. No other program may have it open.
pub(super) fn open(path: &Path) -> Result<(Journal, Recorded), Failure> {
    let failed = |error| unusable(path, &error);
    let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(failed)?;
    file.try_lock().map_err(|error| match error {
        std::fs::TryLockError::WouldBlock => {
            Failure::usage(format!("another batch has the journal {} open", path.display()))
        }
        std::fs::TryLockError::Error(error) => failed(error),
    })?;
    let file = Rc::new(file);
    begin(&file, path)?;
    let recorded = Recorded::survey(&file, path)?;
    Ok((Journal { file, broken: Cell::new(false) }, recorded))
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::io(&format!("the journal {} cannot be read or written", path.display()), error)
}

/// Sees to the first line: of a journal that is empty or was torn there it is written.
fn begin(file: &File, path: &Path) -> Result<(), Failure> {
    let failed = |error| unusable(path, &error);
    let mut start = Vec::new();
    file.take(HEADER.len() as u64).read_to_end(&mut start).map_err(failed)?;
    if start == HEADER {
        return Ok(());
    }
    if !HEADER.starts_with(&start) {
        return Err(Failure::usage(format!("{} is no journal of flowrun batch", path.display())));
    }
    file.set_len(0).and_then(|()| write(file, HEADER)).map_err(failed)
}

fn write(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)
}

impl Journal {
    /// Notes that a run of `flow_id` and `key` may exist from now on.
    pub(super) fn begun(&self, entry: &Entry, flow_id: FlowId, key: &IdempotencyKey) -> Result<(), Failure> {
        let (digest, idempotency_key) = (entry.digest.clone(), key.as_str().to_owned());
        self.write(&Record::Begun(Begun { line: entry.line.number, digest, flow_id, idempotency_key }))
    }

    /// Notes an outcome. To be called in the order of the lines.
    pub(super) fn done(&self, entry: &Entry, result: &ResultLine) -> Result<(), Failure> {
        self.write(&Record::Done(Done { digest: entry.digest.clone(), result: result.clone() }))
    }

    /// When this returns, the record outlives the program.
    fn write(&self, record: &Record) -> Result<(), Failure> {
        let failed = |error| Failure::io("the journal cannot be written", &error);
        if self.broken.get() {
            return Err(failed(io::Error::other("an earlier record failed")));
        }
        let mut text = serde_json::to_vec(record).map_err(|error| failed(error.into()))?;
        text.push(b'\n');
        write(&self.file, &text).map_err(|error| {
            self.broken.set(true);
            failed(error)
        })
    }
}

impl Recorded {
    /// Reads the journal once, cuts off a record that was torn, and goes back to the beginning.
    fn survey(file: &Rc<File>, path: &Path) -> Result<Self, Failure> {
        let start = HEADER.len() as u64;
        let all = Part { file: Rc::clone(file), position: start, end: u64::MAX };
        let (mut all, mut end) = (BufReader::new(all), start);
        let (mut late, mut begun, mut highest, mut last) = (HashMap::new(), HashMap::new(), 0, 0);
        while let Some((record, length)) = read(&mut all, path)? {
            end += length;
            match record {
                Record::Begun(record) => {
                    last = last.max(record.line);
                    begun.insert(record.line, record);
                }
                Record::Done(done) => {
                    let line = done.result.line;
                    last = last.max(line);
                    begun.remove(&line);
                    if line > highest {
                        highest = line;
                    } else {
                        late.insert(line, done);
                    }
                }
            }
        }
        file.set_len(end).map_err(|error| unusable(path, &error))?;
        let in_order = BufReader::new(Part { file: Rc::clone(file), position: start, end });
        Ok(Self { path: path.to_owned(), in_order, next: None, highest: 0, late, begun, last })
    }

    /// What is known of a line. To be called for every line, in their order.
    pub(super) fn of(&mut self, entry: &Entry) -> Result<Standing, Failure> {
        let number = entry.line.number;
        if self.next.is_none() {
            self.next = self.next_in_order()?;
        }
        let done = self.next.take_if(|done| done.result.line == number);
        if let Some(done) = done.or_else(|| self.late.remove(&number)) {
            self.check(entry, &done.digest)?;
            return Ok(Standing::Done(done.result));
        }
        if let Some(begun) = self.begun.remove(&number) {
            self.check(entry, &begun.digest)?;
            return Ok(Standing::Begun(begun));
        }
        Ok(Standing::New)
    }

    fn check(&self, entry: &Entry, recorded: &str) -> Result<(), Failure> {
        if entry.digest == recorded {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "line {} is not what it was when {} was written; give that input, or another journal",
            entry.line.number,
            self.path.display()
        )))
    }

    /// Says that the input ended after `lines`.
    pub(super) fn end(&self, lines: u64) -> Result<(), Failure> {
        if self.last <= lines {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "the input ends after line {lines}, and {} is of an input with a line {}; \
             give that input, or another journal",
            self.path.display(),
            self.last
        )))
    }

    fn next_in_order(&mut self) -> Result<Option<Done>, Failure> {
        while let Some((record, _)) = read(&mut self.in_order, &self.path)? {
            match record {
                Record::Done(done) if done.result.line > self.highest => {
                    self.highest = done.result.line;
                    return Ok(Some(done));
                }
                Record::Done(_) | Record::Begun(_) => {}
            }
        }
        Ok(None)
    }
}

/// The next record and its length; `None` at the end, and at a record whose end is not there.
fn read(source: &mut impl BufRead, path: &Path) -> Result<Option<(Record, u64)>, Failure> {
    let mut text = Vec::new();
    source.read_until(b'\n', &mut text).map_err(|error| unusable(path, &error))?;
    if text.pop() != Some(b'\n') {
        return Ok(None);
    }
    let length = text.len() as u64 + 1;
    let record = serde_json::from_slice(&text);
    let record = record
        .map_err(|error| Failure::usage(format!("{}: a record cannot be read: {error}", path.display())))?;
    Ok(Some((record, length)))
}

/// A part of a file, read wherever others write. A second opening of the file would not do: it is locked.
struct Part {
    file: Rc<File>,
    position: u64,
    end: u64,
}

impl Read for Part {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(self.position))?;
        let length = file.take(self.end - self.position).read(buffer)?;
        self.position += length as u64;
        Ok(length)
    }
}
