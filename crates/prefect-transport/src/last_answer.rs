//! The last answer to a request that is sent again and again: while the answer stays the same, it is not read again.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::de::DeserializeOwned;

use crate::answer::{Data, plain};

/// The longest answer that is kept, in bytes.
const LONGEST: usize = 64 * 1024;

/// The data of the last answer to a request, for [`Transport::execute_with_last`](crate::Transport::execute_with_last).
///
/// It keeps the answer's text too, of up to 64 KiB; a longer answer is read each time.
pub struct LastAnswer<T>(Mutex<Option<Kept<T>>>);

struct Kept<T> {
    body: Box<[u8]>,
    data: Arc<T>,
}

impl<T> LastAnswer<T> {
    /// None yet.
    pub fn new() -> Self {
        Self(Mutex::new(None))
    }

    fn kept(&self) -> MutexGuard<'_, Option<Kept<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The data of `body`, if that is the last answer.
    fn data_of(&self, body: &[u8]) -> Option<Arc<T>> {
        self.kept().as_ref().filter(|kept| *kept.body == *body).map(|kept| Arc::clone(&kept.data))
    }

    fn keep(&self, body: &[u8], data: &Arc<T>) {
        if body.len() <= LONGEST {
            *self.kept() = Some(Kept { body: body.into(), data: Arc::clone(data) });
        }
    }
}

impl<T> Default for LastAnswer<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Without the answer, which may have secrets in it.
impl<T> fmt::Debug for LastAnswer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LastAnswer").finish_non_exhaustive()
    }
}

/// Data that are read unless they are those of the last answer.
pub(crate) struct DataWithLast<'a, T> {
    pub(crate) last: &'a LastAnswer<T>,
    pub(crate) data: Option<Arc<T>>,
}

impl<T: DeserializeOwned + Send + Sync> Data for DataWithLast<'_, T> {
    fn read(&mut self, json: &str) -> Result<(), serde_json::Error> {
        self.data = Some(Arc::new(serde_json::from_str(json)?));
        Ok(())
    }

    fn read_plain(&mut self, body: &[u8]) -> bool {
        self.data = self.last.data_of(body);
        if self.data.is_none()
            && plain(body).is_some_and(|json| self.read(json).is_ok())
            && let Some(data) = &self.data
        {
            self.last.keep(body, data);
        }
        self.data.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(last: &LastAnswer<Vec<u32>>, body: &str) -> Option<Arc<Vec<u32>>> {
        let mut data = DataWithLast { last, data: None };
        assert_eq!(data.read_plain(body.as_bytes()), data.data.is_some());
        data.data
    }

    #[test]
    fn an_answer_is_read_again_only_when_it_is_another_one() {
        let last = LastAnswer::new();
        let first = read(&last, r#"{"data":[1]}"#).unwrap();
        assert!(Arc::ptr_eq(&first, &read(&last, r#"{"data":[1]}"#).unwrap()));
        let other = read(&last, r#"{"data":[2]}"#).unwrap();
        assert_eq!((&**other, &**first), (&[2][..], &[1][..]));
        assert_eq!(**read(&last, r#"{"data":[1]}"#).unwrap(), [1]);
    }

    #[test]
    fn what_is_no_plain_answer_is_not_kept() {
        let last = LastAnswer::new();
        for body in [r#"{"data":[1],"errors":["no"]}"#, r#"{"data":{}}"#, "<html>", ""] {
            assert!(read(&last, body).is_none(), "{body}");
            assert!(last.kept().is_none(), "{body}");
        }
    }

    #[test]
    fn a_long_answer_is_read_each_time() {
        let last = LastAnswer::new();
        let body = format!(r#"{{"data":[1]{}}}"#, " ".repeat(LONGEST));
        let first = read(&last, &body).unwrap();
        assert!(!Arc::ptr_eq(&first, &read(&last, &body).unwrap()));
    }
}
