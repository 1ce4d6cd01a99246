//! How far a growing list of rows has been read: which rows to ask for next, and which of the answer are new.
//!
//! Pure: no request is made here. A list is read in the order of a moment that each row has (when it arrived, or
//! its timestamp), from the last moment read on, without the rows of that moment that were read already.
//! Rows may still turn up before that place: a transaction's rows have the moment at which it began, and rows of
//! one moment have no order among them. So the ids of the last rows are kept, and when the server counts more
//! rows than were read, [`Position::end_reached`] goes back to where all ids are known from.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How far back rows may still turn up.
const UNSETTLED: SignedDuration = SignedDuration::from_secs(60);
/// How close the servers' moments are to each other.
const RESOLUTION: SignedDuration = SignedDuration::from_micros(1);
/// How many ids are kept, apart from those of the last moment.
const KEPT: usize = 20_000;

/// How far a list has been read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Position {
    from: Option<Timestamp>,
    offset: i32,
    /// How many rows were read.
    read: u64,
    /// How many rows the server counts that cannot be found, having arrived too late.
    missing: u64,
    /// The server's count for which the list is being read again.
    rewound_for: Option<u64>,
    /// The moment from which on all ids are known; `None` for all of them.
    known_from: Option<Timestamp>,
    /// The ids of the last rows, by their moments.
    recent: BTreeMap<Timestamp, HashSet<Uuid>>,
}

impl Position {
    /// The moment from which on to ask, and how many of the first rows to leave out.
    pub(super) fn next(&self) -> (Option<Timestamp>, i32) {
        (self.from, self.offset)
    }

    /// Whether there is more to read, when the server counts `count` rows.
    pub(super) fn is_behind(&self, count: u64) -> bool {
        count > self.read + self.missing
    }

    /// Takes note of a row; whether it is new.
    pub(super) fn take(&mut self, moment: Timestamp, id: Uuid) -> bool {
        if self.from == Some(moment) {
            self.offset = self.offset.saturating_add(1);
        } else {
            (self.from, self.offset) = (Some(moment), 1);
        }
        let new = self.recent.entry(moment).or_default().insert(id);
        self.read += u64::from(new);
        new
    }

    /// There is no row after the last one, but the server counts `count`: goes back to look for the others, once.
    pub(super) fn end_reached(&mut self, count: u64) {
        if !self.is_behind(count) {
            return;
        }
        if self.rewound_for == Some(count) {
            self.missing = count - self.read;
        } else {
            self.rewound_for = Some(count);
            (self.from, self.offset) = (self.known_from, 0);
        }
    }

    /// Forgets the ids that are no longer needed: of rows that are settled, and of too many.
    pub(super) fn settle(&mut self) {
        let (Some(from), Some((&last, _))) = (self.from, self.recent.last_key_value()) else { return };
        let settled = last.checked_sub(UNSETTLED).unwrap_or(Timestamp::MIN).min(from);
        if self.recent.first_key_value().is_some_and(|(first, _)| *first < settled) {
            self.recent = self.recent.split_off(&settled);
            self.known_from = Some(settled);
        }
        let mut kept: usize = self.recent.values().map(HashSet::len).sum();
        while kept > KEPT && self.recent.first_key_value().is_some_and(|(first, _)| *first < from) {
            let Some((first, ids)) = self.recent.pop_first() else { return };
            kept -= ids.len();
            self.known_from = first.checked_add(RESOLUTION).ok();
        }
    }

    /// The position at which the rows with these ids are not read yet. They were asked for at `start`.
    pub(super) fn without<'a>(
        &self,
        start: (Option<Timestamp>, i32),
        rows: impl Iterator<Item = (Timestamp, &'a Uuid)>,
    ) -> Self {
        let mut position = self.clone();
        for (moment, id) in rows {
            (position.from, position.offset) = start;
            let ids = position.recent.get_mut(&moment);
            position.read -= u64::from(ids.is_some_and(|ids| ids.remove(id)));
        }
        position.recent.retain(|_, ids| !ids.is_empty());
        position
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moment(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    /// A server's list: ordered by the moments, equal ones as they were inserted.
    #[derive(Default)]
    struct List(Vec<(Timestamp, Uuid)>);

    impl List {
        fn insert(&mut self, second: i64) {
            let id = Uuid::from_u128(self.0.len() as u128);
            self.0.push((moment(second), id));
            self.0.sort_by_key(|row| row.0);
        }

        fn page(&self, (from, offset): (Option<Timestamp>, i32), limit: usize) -> Vec<(Timestamp, Uuid)> {
            let since = self.0.iter().filter(|row| from.is_none_or(|from| row.0 >= from));
            since.skip(offset as usize).take(limit).copied().collect()
        }
    }

    /// Reads all there is; stops within the page after `stop` rows and goes on from the saved position.
    fn read_all(list: &List, position: &mut Position, limit: usize, stop: usize, seen: &mut Vec<Uuid>) {
        let count = list.0.len() as u64;
        while position.is_behind(count) {
            position.settle();
            let start = position.next();
            let page = list.page(start, limit);
            if page.is_empty() {
                position.end_reached(count);
                continue;
            }
            let mut new: Vec<_> = page.into_iter().filter(|(at, id)| position.take(*at, *id)).collect();
            // The reader goes by another order within a page.
            new.reverse();
            let kept = new.split_off(stop.min(new.len()));
            seen.extend(new.iter().map(|(_, id)| *id));
            let saved = position.without(start, kept.iter().map(|(at, id)| (*at, id)));
            *position = serde_json::from_str(&serde_json::to_string(&saved).unwrap()).unwrap();
        }
    }

    proptest! {
        /// Whatever arrives when, and wherever reading is broken off: every row once, and it ends.
        #[test]
        fn every_row_is_read_once(
            batches in prop::collection::vec(prop::collection::vec(0..8_i64, 0..12), 1..12),
            limit in 1..7_usize,
            stop in 1..7_usize,
        ) {
            let (mut list, mut position, mut seen) = (List::default(), Position::default(), Vec::new());
            for (number, batch) in batches.iter().enumerate() {
                // Up to seven seconds late.
                batch.iter().for_each(|late| list.insert(number as i64 * 5 - late));
                read_all(&list, &mut position, limit, stop, &mut seen);
            }
            prop_assert_eq!(seen.len(), list.0.len());
            prop_assert_eq!(seen.iter().collect::<HashSet<_>>().len(), list.0.len());
        }
    }

    #[test]
    fn a_row_that_cannot_be_found_is_looked_for_once() {
        let mut position = Position::default();
        assert!(position.take(moment(0), Uuid::from_u128(1)));
        assert!(position.take(moment(100), Uuid::from_u128(2)));
        position.settle();
        position.end_reached(5);
        // What is more than a minute older than the last row is settled.
        assert_eq!(position.next(), (Some(moment(40)), 0));
        assert!(!position.take(moment(100), Uuid::from_u128(2)));
        position.end_reached(5);
        assert!(!position.is_behind(5) && position.is_behind(6));
    }

    fn take_all(position: &mut Position, second: i64, ids: std::ops::Range<usize>) {
        ids.for_each(|id| assert!(position.take(moment(second), Uuid::from_u128(id as u128))));
        position.settle();
    }

    /// Where reading begins again when rows are missing.
    fn again_from(position: &Position) -> Option<Timestamp> {
        let mut position = position.clone();
        position.end_reached(u64::MAX);
        assert_eq!(position.next().1, 0);
        position.next().0
    }

    #[test]
    fn a_minute_is_not_settled() {
        let mut position = Position::default();
        take_all(&mut position, 0, 0..1);
        take_all(&mut position, 60, 1..2);
        assert_eq!(again_from(&position), None);
        take_all(&mut position, 61, 2..3);
        assert_eq!(again_from(&position), Some(moment(1)));
    }

    #[test]
    fn ids_are_forgotten_moment_by_moment_when_there_are_too_many() {
        let mut position = Position::default();
        take_all(&mut position, 0, 0..1);
        take_all(&mut position, 1, 1..KEPT);
        assert_eq!(again_from(&position), None);
        take_all(&mut position, 2, KEPT..KEPT + 1);
        assert_eq!(again_from(&position), Some(moment(0) + RESOLUTION));
    }

    #[test]
    fn the_ids_of_the_last_moment_are_never_forgotten() {
        let mut position = Position::default();
        take_all(&mut position, 0, 0..KEPT + 1);
        assert_eq!(again_from(&position), None);
        assert!(!position.take(moment(0), Uuid::nil()));
    }

    #[test]
    fn few_ids_are_kept_however_many_rows_there_are() {
        let mut position = Position::default();
        for row in 0..100_000_u32 {
            assert!(position.take(moment(i64::from(row / 2000)), Uuid::from_u128(row.into())));
            if row % 1000 == 0 {
                position.settle();
            }
        }
        let kept: usize = position.recent.values().map(HashSet::len).sum();
        assert!(kept <= KEPT + 2000, "{kept}");
    }
}
