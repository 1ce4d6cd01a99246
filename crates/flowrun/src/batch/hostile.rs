//! What must hold of any input and any journal of `flowrun batch`, for the tests and the fuzz target `json_lines`.
//!
//! An input has the lines of the batch and, after a line `--- journal`, the records of a journal, in which
//! `"#3"` stands for the digest of the third line.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)]

#[cfg(test)]
#[path = "../../../../fuzz/src/mutation.rs"]
mod mutation;
#[cfg(test)]
#[path = "../../../../fuzz/src/sample.rs"]
mod sample;

use std::fs;
use std::path::Path;

use prefect_client::IdempotencyKey;
use serde_json::Value;

use super::Entry;
use super::input::{Line, read_line};
use super::journal::{self, HEADER, Journal, Recorded, Standing};
use super::outcome::{Kind, LineError, Outcome, ResultLine};
use super::wanted::Wanted;

/// An error's message is no longer, in bytes.
const LONGEST_MESSAGE: usize = 4 * 1024;

/// How many lines a journal is written of.
const MOST_LINES: usize = 50;

/// Of every flow and every run.
const ID: &str = "8fa789e3-c5bd-42ed-80a3-4f308772b006";

/// Checks everything, with files in `folder`; what was read, in words.
///
/// # Errors
/// Says what does not hold.
pub fn check(folder: &Path, input: &[u8]) -> Result<String, String> {
    let separator = b"\n--- journal\n";
    let at = input.windows(separator.len()).position(|window| window == separator);
    let (lines, records) = match at {
        Some(at) => (&input[..at], &input[at + separator.len()..]),
        None => (input, &b""[..]),
    };
    let lines = every_line_is_understood_or_refused(lines)?;
    let (number, understood) = (lines.len(), lines.iter().filter(|line| Wanted::read(line).is_ok()).count());
    let entries: Vec<Entry> = lines.into_iter().map(|line| Entry { digest: line.digest(), line }).collect();
    let file = folder.join("journal");
    // Of the rest there is nothing else to see, and much to write.
    let entries = &entries[..entries.len().min(MOST_LINES)];
    let known = records_are_read_as_they_stand(&file, entries, records)?;
    let cut = input.iter().fold(0, |sum: usize, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
    what_was_settled_stays_settled(&file, entries, cut)?;
    Ok(format!("{understood} of {number} lines understood, the journal {known}"))
}

fn every_line_is_understood_or_refused(input: &[u8]) -> Result<Vec<Line>, String> {
    let mut rest = input;
    let lines: Vec<Line> = (1..).map_while(|number| read_line(&mut rest, number).unwrap()).collect();
    let mut texts: Vec<&[u8]> = lines.iter().map(|line| line.text.as_slice()).collect();
    if input.ends_with(b"\n") {
        texts.push(b"");
    }
    if texts.join(&b"\n"[..]) != input {
        return Err("the lines are not the input".to_owned());
    }
    for (index, line) in lines.iter().enumerate() {
        if line.number != index as u64 + 1 {
            return Err(format!("line {} is told as line {}", index + 1, line.number));
        }
        let Err(error) = Wanted::read(line) else { continue };
        if error.kind != Kind::InvalidLine || error.message.is_empty() {
            return Err(format!("a line is refused with {error:?}"));
        }
        if error.message.len() > LONGEST_MESSAGE {
            return Err(format!("a message of {} bytes: {:.500}", error.message.len(), error.message));
        }
    }
    Ok(lines)
}

/// Any journal is refused, or it says of each line what a record says of it.
fn records_are_read_as_they_stand(file: &Path, entries: &[Entry], records: &[u8]) -> Result<String, String> {
    let refused = || Ok("refused".to_owned());
    let mut bytes = [HEADER, records].concat();
    for (index, entry) in entries.iter().enumerate() {
        bytes = replaced(&bytes, format!("\"#{}\"", index + 1).as_bytes(), entry.digest.as_bytes());
    }
    put(file, &bytes);
    let Ok((_, mut recorded)) = journal::open(file) else { return refused() };
    let whole = bytes[HEADER.len()..].split_inclusive(|byte| *byte == b'\n');
    let records: Vec<Value> = whole
        .filter(|record| record.ends_with(b"\n"))
        .map(|record| serde_json::from_slice(record).map_err(|error| format!("it is no record: {error}")))
        .collect::<Result<_, _>>()?;
    // Structs are read from arrays as well, which nobody writes.
    if records.iter().any(|record| record["begun"].is_array() || record["done"].is_array()) {
        return Ok("not looked into".to_owned());
    }
    let (mut settled, mut in_doubt) = (0, 0);
    for entry in entries {
        let number = entry.line.number;
        let done: Vec<&Value> =
            records.iter().filter(|record| record["done"]["result"]["line"] == number).collect();
        let begun = records.iter().any(|record| record["begun"]["line"] == number);
        match recorded.of(entry) {
            // The journal is one of another input.
            Err(_) if !done.is_empty() || begun => return refused(),
            Ok(Standing::New) if done.is_empty() && !begun => {}
            Ok(Standing::Begun(_)) if done.is_empty() && begun => in_doubt += 1,
            Ok(Standing::Done(result)) => {
                if !done.iter().any(|record| record["done"]["digest"] == *entry.digest) {
                    return Err(format!("an outcome is invented: {result:?}"));
                }
                settled += 1;
            }
            _ => return Err(format!("what is known of line {number} is lost")),
        }
    }
    Ok(format!("with {settled} settled and {in_doubt} in doubt"))
}

/// A journal that was cut anywhere knows every record that is still whole, and goes on to be whole itself.
fn what_was_settled_stays_settled(file: &Path, entries: &[Entry], cut: usize) -> Result<(), String> {
    let _ = fs::remove_file(file);
    let mut ends = Vec::new();
    let (written, _) = open(file)?;
    for entry in entries {
        let begun = write_begun(&written, entry, file)?;
        ends.push((begun, write_done(&written, entry, file)?));
    }
    drop(written);
    let bytes = fs::read(file).unwrap();
    let cut = cut % (bytes.len() + 1);
    put(file, &bytes[..cut]);
    let (again, mut recorded) = open(file)?;
    for (entry, (begun, done)) in entries.iter().zip(&ends) {
        let standing = recorded.of(entry).map_err(|failure| format!("{failure:?}"))?;
        let expected = match standing {
            Standing::Done(result) => *done <= cut && is_of(&result, entry),
            Standing::Begun(_) => *begun <= cut && cut < *done,
            Standing::New => cut < *begun,
        };
        if !expected {
            return Err(format!("line {} is not what it was, of {ends:?} cut at {cut}", entry.line.number));
        }
        if cut < *done {
            write_done(&again, entry, file)?;
        }
    }
    drop((again, recorded));
    put(file, &fs::read(file).unwrap());
    let (_again, mut recorded) = open(file)?;
    for entry in entries {
        if !matches!(recorded.of(entry), Ok(Standing::Done(result)) if is_of(&result, entry)) {
            return Err(format!("line {} is not settled at last", entry.line.number));
        }
    }
    Ok(())
}

/// Writes a new file in place of one that is there: when a test beside this one starts a process, that process holds
/// the lock of every file that is open, until it is another program.
fn put(file: &Path, bytes: &[u8]) {
    let _ = fs::remove_file(file);
    fs::write(file, bytes).unwrap();
}

fn open(file: &Path) -> Result<(Journal, Recorded), String> {
    journal::open(file).map_err(|failure| format!("the own journal cannot be read: {failure:?}"))
}

/// Where the record ends.
fn write_begun(journal: &Journal, entry: &Entry, file: &Path) -> Result<usize, String> {
    let key = IdempotencyKey::from(entry.digest.clone());
    journal.begun(entry, ID.parse().unwrap(), &key).map_err(|failure| format!("{failure:?}"))?;
    Ok(length(file))
}

fn write_done(journal: &Journal, entry: &Entry, file: &Path) -> Result<usize, String> {
    journal.done(entry, &result_of(entry)).map_err(|failure| format!("{failure:?}"))?;
    Ok(length(file))
}

fn length(file: &Path) -> usize {
    usize::try_from(fs::metadata(file).unwrap().len()).unwrap()
}

/// One of the three outcomes, with the line's text in it.
fn result_of(entry: &Entry) -> ResultLine {
    let text = String::from_utf8_lossy(&entry.line.text).into_owned();
    let error = LineError { kind: Kind::Refused, message: text.clone() };
    let outcome = match entry.line.text.len() % 3 {
        0 => Outcome::Failed { error },
        1 => Outcome::Unknown { error, flow_id: ID.parse().unwrap(), idempotency_key: text },
        _ => Outcome::Scheduled {
            flow_run_id: ID.parse().unwrap(),
            flow_id: ID.parse().unwrap(),
            idempotency_key: text,
        },
    };
    ResultLine { line: entry.line.number, outcome }
}

fn is_of(result: &ResultLine, entry: &Entry) -> bool {
    serde_json::to_value(result).unwrap() == serde_json::to_value(result_of(entry)).unwrap()
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        replaced.extend_from_slice(&rest[..at]);
        replaced.push(b'"');
        replaced.extend_from_slice(to);
        replaced.push(b'"');
        rest = &rest[at + from.len()..];
    }
    replaced.extend_from_slice(rest);
    replaced
}

#[cfg(test)]
mod tests {
    use super::{check, mutation, sample};

    #[test]
    fn no_input_and_no_journal_is_misread() {
        let folder = tempfile::tempdir().unwrap();
        let check = |input: &[u8]| check(folder.path(), input).map(drop);
        sample::check_mutations("json_lines", 1_000, mutation::mutated, check);
    }

    /// That the seeds are about what they are named after.
    #[test]
    fn seeds() {
        let folder = tempfile::tempdir().unwrap();
        insta::assert_snapshot!(sample::check_seeds("json_lines", |seed| check(folder.path(), seed)));
    }
}
