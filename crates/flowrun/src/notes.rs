//! What is said on standard error beside the error that ends the program. `-q` silences it.

use std::fmt::Display;
use std::io::{self, Write};

use crate::args::Global;
use crate::style::{Stream, WARNING};

pub(crate) fn note(global: &Global, text: impl Display) {
    if !global.quiet {
        // Nobody is left to be told that standard error is closed.
        let _ = writeln!(io::stderr(), "{text}");
    }
}

pub(crate) fn warn(global: &Global, text: impl Display) {
    let style = Stream::Stderr.style(WARNING);
    note(global, format_args!("{style}warning:{style:#} {text}"));
}
