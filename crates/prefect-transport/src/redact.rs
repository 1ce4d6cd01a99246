//! Takes secrets out of what a server says: the error pages of some proxies repeat the request.

use bytes::Bytes;
use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};

const REDACTED: &str = "[redacted]";

/// Shorter values are no secrets, and taking them out would garble the text.
const SHORTEST: usize = 6;

/// `body` without the values of sensitive `headers` and without `secrets`; `None` when it has none.
pub(crate) fn redacted(body: &[u8], headers: &HeaderMap, secrets: &[SecretString]) -> Option<Bytes> {
    let text = String::from_utf8_lossy(body);
    let headers = headers.values().filter(|value| value.is_sensitive());
    let headers = headers.filter_map(|value| value.to_str().ok());
    // A scheme such as `Bearer` tells nothing, and what follows it may be repeated without it.
    let headers = headers.map(|value| value.split_once(' ').map_or(value, |(_, secret)| secret));
    let secrets = secrets.iter().map(ExposeSecret::expose_secret).chain(headers);
    let mut present: Vec<_> =
        secrets.filter(|secret| secret.len() >= SHORTEST && text.contains(secret)).collect();
    // One may be a part of another.
    present.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
    let clean = |text: String, secret: &&str| text.replace(secret, REDACTED);
    (!present.is_empty()).then(|| present.iter().fold(text.into_owned(), clean).into())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn sensitive(value: &'static str) -> HeaderValue {
        let mut value = HeaderValue::from_static(value);
        value.set_sensitive(true);
        value
    }

    #[test]
    fn what_was_secret_is_taken_out() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", sensitive("Bearer hunter2"));
        headers.insert("x-key", sensitive("hunter2-and-more"));
        headers.insert("x-short", sensitive("true"));
        headers.insert("accept", HeaderValue::from_static("application/json"));
        let secrets = ["in-the-body".to_owned().into()];
        let body = b"true application/json hunter2, hunter2-and-more, in-the-body \xff";
        let clean = redacted(body, &headers, &secrets).unwrap();
        let clean = std::str::from_utf8(&clean).unwrap();
        assert_eq!(clean, "true application/json [redacted], [redacted], [redacted] \u{fffd}");
        assert_eq!(redacted(b"Bearer of news", &headers, &secrets), None);
    }
}
