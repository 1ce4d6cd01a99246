//! Reading one list of rows page by page: how large the pages are, and where the one that is being told began.

use jiff::Timestamp;
use prefect_transport::{Error, Kind};
use uuid::Uuid;

use super::events::Row;
use super::position::Position;

/// How many rows a page has, unless they are so long that the answer is too large.
const PAGE: i32 = 1000;

#[derive(Debug)]
pub(super) struct Reader {
    position: Position,
    page_start: (Option<Timestamp>, i32),
    page: i32,
}

/// What a page holds.
pub(super) enum Page {
    /// The rows that are new.
    Rows(Vec<Row>),
    /// No row: the list was read to its end.
    End,
}

impl Default for Reader {
    fn default() -> Self {
        Self::at(Position::default())
    }
}

impl Reader {
    pub(super) fn at(position: Position) -> Self {
        Self { page_start: position.next(), position, page: PAGE }
    }

    pub(super) fn is_behind(&self, count: u64) -> bool {
        self.position.is_behind(count)
    }

    /// The moment from which on to ask, how many rows to leave out, and how many to ask for. All rows
    /// that were read before must have been told.
    pub(super) fn next_page(&mut self) -> (Option<Timestamp>, i32, i32) {
        self.position.settle();
        self.page_start = self.position.next();
        (self.page_start.0, self.page_start.1, self.page)
    }

    /// Takes note of the page that was asked for.
    pub(super) fn read(&mut self, page: Result<Vec<Row>, Error>) -> Result<Page, Error> {
        let mut rows = match page {
            Err(error) if error.kind() == Kind::TooLarge && self.page > 1 => {
                tracing::debug!(%error, "asking for fewer rows");
                self.page /= 2;
                return Ok(Page::Rows(Vec::new()));
            }
            page => page?,
        };
        if rows.is_empty() {
            return Ok(Page::End);
        }
        self.page = (self.page * 2).min(PAGE);
        rows.retain(|row| self.position.take(row.moment, row.id));
        Ok(Page::Rows(rows))
    }

    /// Nothing comes after the last row, but the server counts `count`.
    pub(super) fn end_reached(&mut self, count: u64) {
        self.position.end_reached(count);
    }

    /// The position at which the `untold` rows of the page are not read yet.
    pub(super) fn told<'a>(&self, untold: impl Iterator<Item = (Timestamp, &'a Uuid)>) -> Position {
        self.position.without(self.page_start, untold)
    }
}
