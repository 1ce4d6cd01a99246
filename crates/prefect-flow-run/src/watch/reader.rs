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
    /// Where the last page began that had rows, and the first of them.
    last: Option<((Option<Timestamp>, i32), Uuid)>,
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
        Self { page_start: position.next(), position, page: PAGE, last: None }
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
        if rows.is_empty() || self.is_repeated(&rows) {
            return Ok(Page::End);
        }
        self.page = (self.page * 2).min(PAGE);
        rows.retain(|row| self.position.take(row.moment, row.id));
        Ok(Page::Rows(rows))
    }

    /// Whether the page begins as the last one did, although it was to begin elsewhere: a server that always
    /// gives the same page would be asked for ever.
    fn is_repeated(&mut self, rows: &[Row]) -> bool {
        let this = rows.first().map(|row| (self.page_start, row.id));
        let last = std::mem::replace(&mut self.last, this);
        last.zip(this).is_some_and(|(last, this)| last.1 == this.1 && last.0 != this.0)
    }

    /// Nothing comes after the last row, but the server counts `count`.
    pub(super) fn end_reached(&mut self, count: u64) {
        // What is read again may begin as the last page did.
        self.last = None;
        self.position.end_reached(count);
    }

    /// The position at which the `untold` rows of the page are not read yet.
    pub(super) fn told<'a>(&self, untold: impl Iterator<Item = (Timestamp, &'a Uuid)>) -> Position {
        self.position.without(self.page_start, untold)
    }
}

#[cfg(test)]
mod tests {
    use prefect_transport::{RetryPolicy, Transport};

    use super::*;
    use crate::State;
    use crate::watch::events::{StateChange, WatchEvent};

    fn row(number: u8) -> Row {
        row_at(number, number.into())
    }

    fn row_at(number: u8, second: i64) -> Row {
        let moment = Timestamp::from_second(second).unwrap();
        let state = StateChange { state: State::Running, message: None, timestamp: moment, start_time: None };
        let event = WatchEvent::State(state);
        Row { id: Uuid::from_u128(number.into()), moment, timestamp: moment, event }
    }

    /// How many rows are told, and after how many pages the reader has enough.
    fn read_all(pages: impl Fn((Option<Timestamp>, i32)) -> Vec<Row>, count: u64) -> (usize, usize) {
        let mut reader = Reader::default();
        let (mut told, mut asked) = (0, 0);
        while reader.is_behind(count) && asked < 100 {
            let (from, offset, _) = reader.next_page();
            asked += 1;
            match reader.read(Ok(pages((from, offset)))).unwrap() {
                Page::Rows(rows) => told += rows.len(),
                Page::End => reader.end_reached(count),
            }
        }
        (told, asked)
    }

    #[test]
    fn what_is_read_again_may_begin_as_the_last_page_did() {
        let mut reader = Reader::default();
        let mut read = |list: &[(u8, i64)]| {
            let (mut told, mut asked) = (Vec::new(), 0);
            while reader.is_behind(list.len() as u64) && asked < 10 {
                asked += 1;
                let (from, offset, _) = reader.next_page();
                let mut rows: Vec<_> = list.iter().map(|&(number, second)| row_at(number, second)).collect();
                rows.retain(|row| from.is_none_or(|from| row.moment >= from));
                rows.sort_by_key(|row| row.moment);
                rows.drain(..rows.len().min(offset as usize));
                match reader.read(Ok(rows)).unwrap() {
                    Page::Rows(rows) => told.extend(rows.into_iter().map(|row| row.id.as_u128())),
                    Page::End => reader.end_reached(list.len() as u64),
                }
            }
            told
        };
        let list = [(1, 0), (2, 100), (3, 110), (4, 120), (5, 105), (6, 130)];
        assert_eq!(read(&list[..1]), [1]);
        assert_eq!(read(&list[..4]), [2, 3, 4]);
        // The fifth was written before the third and committed after the fourth.
        assert_eq!(read(&list[..5]), [5]);
        assert_eq!(read(&list), [6]);
    }

    /// An error of another kind, and one of the kind `TooLarge`.
    async fn errors_of(server: &mockito::Server) -> [Error; 2] {
        let ask = async |limit| {
            let transport = Transport::builder(server.url().parse().unwrap()).max_response_bytes(limit);
            let transport = transport.retry(RetryPolicy::never()).build().unwrap();
            transport.execute::<()>(&transport.request("page", &()).unwrap()).await.unwrap_err()
        };
        [ask(1000).await, ask(1).await]
    }

    #[tokio::test]
    async fn pages_that_are_too_large_are_made_smaller_and_grow_again() {
        let mut server = mockito::Server::new_async().await;
        server.mock("POST", "/").with_status(500).with_body("long").create_async().await;
        let [other, too_large] = errors_of(&server).await;
        assert_eq!(too_large.kind(), Kind::TooLarge);
        let mut reader = Reader::default();
        assert!(reader.read(Err(other)).is_err());
        let mut sizes = Vec::new();
        while reader.read(Err(too_large.clone())).is_ok() {
            sizes.push(reader.next_page().2);
        }
        assert_eq!(sizes, [500, 250, 125, 62, 31, 15, 7, 3, 1]);
        for (number, size) in [(1, 2), (2, 4), (3, 8)] {
            reader.read(Ok(vec![row(number)])).unwrap();
            assert_eq!(reader.next_page().2, size);
        }
    }

    #[test]
    fn a_page_that_always_comes_again_is_not_asked_for_for_ever() {
        assert_eq!(read_all(|_| vec![row(1), row(2)], 1000), (2, 4));
        // One row a page, each once, and twice over when the server counts one too many.
        let list = |(from, offset): (Option<Timestamp>, i32)| {
            let rows = (1..=5).map(row).filter(|row| from.is_none_or(|from| row.moment >= from));
            rows.skip(offset as usize).take(1).collect()
        };
        assert_eq!(read_all(list, 5), (5, 5));
        assert_eq!(read_all(list, 6), (5, 12));
    }
}
