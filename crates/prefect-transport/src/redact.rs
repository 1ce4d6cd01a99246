//! Takes secrets out of what a server says: the error pages of some proxies repeat the request.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, header};
use secrecy::{ExposeSecret, SecretString};

const REDACTED: &str = "[redacted]";

/// Shorter values are no secrets, and taking them out would garble the text.
const SHORTEST: usize = 6;

/// What an HTTP client tells a proxy, which is not among the headers here.
const OF_PROXIES: &str = "proxy-authorization";

/// `body` without the values of sensitive `headers`, without the address's `query` and without `secrets`, as they are or
/// escaped, and without the password of a proxy; `None` when it has none of them.
pub(crate) fn redacted(
    body: &[u8],
    headers: &HeaderMap,
    query: Option<&str>,
    secrets: &[SecretString],
) -> Option<Bytes> {
    let text = String::from_utf8_lossy(body);
    let headers = headers.iter().filter(|(_, value)| value.is_sensitive());
    let headers =
        headers.filter_map(|(name, value)| Some((name, std::str::from_utf8(value.as_bytes()).ok()?)));
    let headers = headers.flat_map(|(name, value)| parts(without_scheme(name, value), ';'));
    let query = query.into_iter().flat_map(|query| parts(query, '&'));
    let secrets = secrets.iter().map(ExposeSecret::expose_secret).chain(headers).chain(query);
    let mut secrets: Vec<_> = secrets.filter(|secret| secret.len() >= SHORTEST).collect();
    // One may be a part of another.
    secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
    let mut clean = String::new();
    let mut rest = text.as_ref();
    while let Some(first) = rest.chars().next() {
        if let Some(after) = secrets.iter().find_map(|secret| after_secret(rest, secret)) {
            clean.push_str(REDACTED);
            rest = after;
        } else if let Some((name, after)) = after_proxy_header(rest) {
            clean.extend([name, REDACTED]);
            rest = after;
        } else {
            clean.push(first);
            rest = rest.strip_prefix(first).unwrap_or_default();
        }
    }
    (clean != text).then(|| clean.into())
}

/// The scheme, such as `Bearer`, tells nothing, and the secret after it may be repeated without it.
fn without_scheme<'a>(name: &HeaderName, value: &'a str) -> &'a str {
    match value.split_once(' ') {
        Some((_, secret)) if name == header::AUTHORIZATION => secret,
        _ => value,
    }
}

/// What may be repeated alone: the whole, each `name=value` of it, and each value.
fn parts(whole: &str, separator: char) -> impl Iterator<Item = &str> {
    let pairs = whole.split(separator).map(str::trim);
    let values = pairs.clone().filter_map(|pair| Some(pair.split_once('=')?.1));
    std::iter::once(whole).chain(pairs).chain(values)
}

/// What follows `secret`, if the text begins with it, escaped as in JSON or a URL or not.
fn after_secret<'a>(text: &'a str, secret: &str) -> Option<&'a str> {
    secret.chars().try_fold(text, after_char)
}

fn after_char(text: &str, c: char) -> Option<&str> {
    let escaped = text.strip_prefix('\\').and_then(|rest| {
        let code = rest.strip_prefix('u').and_then(|digits| after_code(digits, 4, c));
        code.or_else(|| rest.strip_prefix(c))
    });
    let encoded = || text.strip_prefix('%').and_then(|digits| after_code(digits, 2, c));
    escaped.or_else(encoded).or_else(|| text.strip_prefix(c))
}

/// What follows the code of `c` in so many hexadecimal digits.
fn after_code(text: &str, digits: usize, c: char) -> Option<&str> {
    let (code, rest) = text.split_at_checked(digits)?;
    (u32::from_str_radix(code, 16) == Ok(c.into())).then_some(rest)
}

/// The header in which a proxy's password is sent and what follows its value, if the text begins with it.
fn after_proxy_header(text: &str) -> Option<(&str, &str)> {
    let (_, after) = text.split_at_checked(OF_PROXIES.len()).filter(is_proxy_header)?;
    let value = after.trim_start_matches(['"', '\'']).strip_prefix(':')?;
    let value = value.trim_start_matches([' ', '"', '\'']);
    let end = value.find(['\r', '\n', '"', '\'', '<', '\\']).unwrap_or(value.len());
    let name = text.get(..text.len() - value.len())?;
    Some((name, value.get(end..)?))
}

fn is_proxy_header((name, _): &(&str, &str)) -> bool {
    name.eq_ignore_ascii_case(OF_PROXIES)
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
        headers.insert("x-words", sensitive("two words"));
        headers.insert("cookie", sensitive("session=hunter3; theme=hunter4"));
        headers.insert("x-accents", HeaderValue::from_str("pässword").unwrap());
        headers.get_mut("x-accents").unwrap().set_sensitive(true);
        headers.insert("accept", HeaderValue::from_static("application/json"));
        let secrets = ["in-the-body".to_owned().into()];
        let body = b"true application/json hunter2, hunter2-and-more, in-the-body \xff";
        let clean = redacted(body, &headers, None, &secrets).unwrap();
        let clean = std::str::from_utf8(&clean).unwrap();
        assert_eq!(clean, "true application/json [redacted], [redacted], [redacted] \u{fffd}");
        assert_eq!(redacted(b"Bearer of news", &headers, None, &secrets), None);
        let body = "two words, theme=hunter4; session=hunter3, session=hunter3; theme=hunter4, hunter3, pässword, \
                    ?token=hunter5&a=b, hunter5";
        let clean = redacted(body.as_bytes(), &headers, Some("token=hunter5&a=b"), &secrets).unwrap();
        assert_eq!(
            clean,
            "[redacted], [redacted]; [redacted], [redacted], [redacted], [redacted], ?[redacted], [redacted]"
        );
    }

    #[test]
    fn what_was_escaped_is_taken_out() {
        let secrets = ["a/b+\"c\u{e9}".to_owned().into()];
        for text in [
            "a/b+\"c\u{e9}",
            r#"a\/b+\"c\u00e9"#,
            r#"\u0061\u002Fb\u002b\u0022c\u00E9"#,
            "%61%2fb%2B%22c\u{e9}",
        ] {
            let clean = redacted(format!("<{text}>").as_bytes(), &HeaderMap::new(), None, &secrets).unwrap();
            assert_eq!(clean, "<[redacted]>", "{text}");
        }
        for text in ["a/b+", r"a\u002", "%", "a%2", "\\"] {
            assert_eq!(redacted(text.as_bytes(), &HeaderMap::new(), None, &secrets), None, "{text}");
        }
    }

    #[test]
    fn the_password_of_a_proxy_is_taken_out() {
        let clean = |text: &str| redacted(text.as_bytes(), &HeaderMap::new(), None, &[]);
        for (text, expected) in [
            (
                "Host: h\r\nProxy-Authorization: Basic dXNl\r\nAccept: a",
                "Host: h\r\nProxy-Authorization: [redacted]\r\nAccept: a",
            ),
            (
                r#"{"proxy-authorization": "Basic dXNl", "a": 1}"#,
                r#"{"proxy-authorization": "[redacted]", "a": 1}"#,
            ),
            (
                r#"{"m":"proxy-authorization:Basic dXNl\nHost: h"}"#,
                r#"{"m":"proxy-authorization:[redacted]\nHost: h"}"#,
            ),
        ] {
            assert_eq!(clean(text).unwrap(), expected);
        }
        // It does not take the square of the time.
        assert_eq!(clean(&"proxy-authorization".repeat(1 << 16)), None);
        assert_eq!(clean("A header Proxy-Authorization is wanted. See: here"), None);
    }
}
