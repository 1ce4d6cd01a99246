//! The files that options name: read whole, up to a limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::failure::Failure;

/// The text of a file, or of standard input for `-`, of `limit` bytes at the most: a device may never end.
pub(crate) fn read(file: &Path, limit: u64) -> Result<String, Failure> {
    let source: io::Result<Box<dyn Read>> = match file.as_os_str() == "-" {
        true => Ok(Box::new(io::stdin())),
        false => File::open(file).map(|file| Box::new(file) as _),
    };
    let mut text = String::new();
    let read = source.and_then(|source| source.take(limit + 1).read_to_string(&mut text));
    let read = read.map_err(|error| Failure::file(file, &error))?;
    if read as u64 > limit {
        let file = file.display();
        return Err(Failure::usage(format!(
            "the file {file} cannot be used: it is longer than {limit} bytes"
        )));
    }
    Ok(text)
}
