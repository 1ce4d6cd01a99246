//! A measured figure, as a line of JSON on standard output. `cargo xtask bench` makes the table of them.

use serde::Serialize;

/// A figure beside what it is compared with.
#[derive(Serialize)]
pub(crate) struct Row {
    /// What was measured, in words.
    pub(crate) what: String,
    pub(crate) figure: f64,
    /// Empty for a ratio.
    pub(crate) unit: &'static str,
    pub(crate) target: Target,
    /// Of what the figure is made, such as both sides of a ratio.
    pub(crate) made_of: String,
}

/// What a figure is to be.
#[derive(Serialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
    /// There is none; it is told to understand the others.
    None,
}

/// Prints the rows.
pub(crate) fn print(rows: &[Row]) -> crate::Result<()> {
    for row in rows {
        println!("{}", serde_json::to_string(row)?);
    }
    Ok(())
}
