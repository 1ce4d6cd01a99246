//! Rows as a table of Markdown.

use std::fmt;

use crate::{Row, Target};

/// The table of the rows.
pub fn table(rows: &[Row]) -> String {
    let head = "| what | figure | target | met | made of |\n|---|---|---|---|---|\n".to_owned();
    rows.iter().fold(head, |table, row| table + &row.to_string())
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, figure, unit, target, made_of, .. } = self;
        let met = match target.met_by(*figure) {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "",
        };
        writeln!(f, "| {what} | {figure:.2}{unit} | {target} | {met} | {made_of} |")
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "≤ {most}"),
            Self::AtLeast(least) => write!(f, "≥ {least}"),
            Self::None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_tells_what_was_missed() {
        let lines = r#"{"what":"a","figure":1.253,"unit":"","target":{"at_most":1.1},"made_of":"5 ÷ 4"}
{"what":"b","figure":0.96,"unit":"","target":{"at_least":0.95},"made_of":"","counted":true}
{"what":"c","figure":3.0,"unit":" ms","target":"none","made_of":""}"#;
        insta::assert_snapshot!(table(&crate::read(lines).unwrap()), @r"
        | what | figure | target | met | made of |
        |---|---|---|---|---|
        | a | 1.25 | ≤ 1.1 | NO | 5 ÷ 4 |
        | b | 0.96 | ≥ 0.95 | yes |  |
        | c | 3.00 ms |  |  |  |
        ");
    }
}
