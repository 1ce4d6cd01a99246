//! The table that is printed.

/// A measured figure.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) figure: String,
    /// Empty when there is none.
    pub(crate) target: &'static str,
    /// What `cargo bench -p prefect-sandbox` takes after `--` to measure it.
    pub(crate) arguments: &'static str,
}

/// As Markdown, to standard output.
pub(crate) fn print(rows: &[Row]) {
    println!("| what | figure | target | command |");
    println!("|---|---|---|---|");
    for Row { what, figure, target, arguments } in rows {
        println!("| {what} | {figure} | {target} | `cargo bench -p prefect-sandbox -- {arguments}` |");
    }
}
