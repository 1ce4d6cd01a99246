//! A measured figure beside what it is to be. Programs that measure print rows as lines of JSON, and
//! `cargo xtask bench` makes one table of them all. Which figure is good enough is told by the row's target alone.

#![forbid(unsafe_code)]

mod median;
mod table;

use serde::{Deserialize, Serialize};

pub use median::median;
pub use table::table;

/// A figure.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What was measured, in words.
    pub what: String,
    /// How much it is.
    pub figure: f64,
    /// Empty for a ratio; otherwise with the space before it.
    pub unit: String,
    /// What it is to be.
    pub target: Target,
    /// Of what the figure is made, such as both sides of a ratio.
    pub made_of: String,
    /// Whether it is exact: counted, and the same on a slow machine.
    #[serde(default)]
    pub counted: bool,
}

/// What a figure is to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// So much, or less.
    AtMost(f64),
    /// So much, or more.
    AtLeast(f64),
    /// There is none; it is told to understand the others.
    #[default]
    None,
}

impl Target {
    /// Whether the figure meets it, if there is one.
    pub fn met_by(self, figure: f64) -> Option<bool> {
        match self {
            Self::AtMost(most) => Some(figure <= most),
            Self::AtLeast(least) => Some(figure >= least),
            Self::None => None,
        }
    }
}

/// The rows as lines of JSON.
///
/// # Errors
/// If a row cannot be written as JSON.
pub fn lines(rows: &[Row]) -> serde_json::Result<String> {
    rows.iter().map(|row| Ok(serde_json::to_string(row)? + "\n")).collect()
}

/// The rows that were printed as lines of JSON.
///
/// # Errors
/// If a line is no row.
pub fn read(lines: &str) -> serde_json::Result<Vec<Row>> {
    lines.lines().map(serde_json::from_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_again() {
        let rows = [
            Row { what: "a".to_owned(), figure: 1.5, counted: true, ..Row::default() },
            Row { what: "b".to_owned(), target: Target::AtMost(1.1), ..Row::default() },
        ];
        assert_eq!(read(&lines(&rows).unwrap()).unwrap(), rows);
        assert!(read("no JSON").is_err());
    }
}
