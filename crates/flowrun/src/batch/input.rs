//! The lines of the input, each with its number; nothing of what they say.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::failure::Failure;

/// The longest line that is taken, in bytes.
pub(super) const LONGEST: usize = 16 << 20;

/// How many lines are read before there is room for them.
const AHEAD: usize = 1;

pub(super) struct Line {
    /// From 1; empty lines count.
    pub(super) number: u64,
    /// Without the line feed. Of a line that is too long, the beginning.
    pub(super) text: Vec<u8>,
}

impl Line {
    pub(super) fn is_empty(&self) -> bool {
        self.text.trim_ascii().is_empty()
    }

    pub(super) fn is_too_long(&self) -> bool {
        self.text.len() > LONGEST
    }

    /// Tells this line from others, in a journal.
    pub(super) fn digest(&self) -> String {
        Sha256::digest(&self.text).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Opens the input; `-` is standard input.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read + Send>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    let file = File::open(path)
        .map_err(|error| Failure::io(&format!("the input {} cannot be read", path.display()), &error))?;
    Ok(Box::new(file))
}

/// Reads the lines in a thread of its own, which ends with the program: a read of standard input
/// cannot be given up. It is never further ahead than a line or two.
pub(super) fn lines(source: impl Read + Send + 'static) -> mpsc::Receiver<io::Result<Line>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    std::thread::spawn(move || {
        let mut source = BufReader::new(source);
        for number in 1.. {
            let Some(line) = read_line(&mut source, number).transpose() else { return };
            let failed = line.is_err();
            if sender.blocking_send(line).is_err() || failed {
                return;
            }
        }
    });
    receiver
}

pub(super) fn read_line(source: &mut impl BufRead, number: u64) -> io::Result<Option<Line>> {
    let mut text = Vec::new();
    let limit = LONGEST as u64 + 1;
    if source.take(limit).read_until(b'\n', &mut text)? == 0 {
        return Ok(None);
    }
    if text.last() == Some(&b'\n') {
        text.pop();
    } else if text.len() > LONGEST {
        source.skip_until(b'\n')?;
    }
    Ok(Some(Line { number, text }))
}

/// How many lines a file has; `None` for what is no file, and can be read only once.
pub(super) fn count(path: &Path) -> Option<u64> {
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut source = BufReader::new(File::open(path).ok()?);
    let mut lines = 0;
    while source.skip_until(b'\n').ok()? > 0 {
        lines += 1;
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mut text: &[u8]) -> Vec<Line> {
        (1..).map_while(|number| read_line(&mut text, number).unwrap()).collect()
    }

    #[test]
    fn lines_are_numbered_and_the_last_needs_no_end() {
        let lines = read(b"a\r\n\n \t\nb");
        let texts: Vec<_> = lines.iter().map(|line| (line.number, line.text.as_slice())).collect();
        assert_eq!(texts, [(1, &b"a\r"[..]), (2, b""), (3, b" \t"), (4, b"b")]);
        assert_eq!(lines.iter().map(Line::is_empty).collect::<Vec<_>>(), [false, true, true, false]);
    }

    #[test]
    fn a_line_that_is_too_long_ends_where_it_ends() {
        let long = |length| vec![b'x'; length];
        let text =
            [&long(LONGEST)[..], b"\n", &long(LONGEST + 1), b"\n", &long(3 * LONGEST), b"\nnext"].concat();
        let lines = read(&text);
        let too_long: Vec<_> = lines.iter().map(Line::is_too_long).collect();
        assert_eq!(too_long, [false, true, true, false]);
        assert_eq!(lines[3].text, b"next");
        assert!(lines[2].text.len() == LONGEST + 1);
    }
}
