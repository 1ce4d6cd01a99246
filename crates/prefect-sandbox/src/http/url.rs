//! GET requests: the GraphQL request in the query of a URL.

/// A parameter of a URL's query, decoded; `None` when it is not there.
pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then(|| decode(value))
    })
}

/// `+` is a space, `%41` is `A`; what is no valid escape stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let escaped = after.first_chunk::<2>().filter(|_| *first == b'%').and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 16).ok()
        });
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => bytes.push(if *first == b'+' { b' ' } else { *first }),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let query = "query=%7B+hello+%7D&variables=%7B%22a%22%3A%22%C3%A9%22%7D&odd=100%&flag";
        assert_eq!(parameter(query, "query").as_deref(), Some("{ hello }"));
        assert_eq!(parameter(query, "variables").as_deref(), Some(r#"{"a":"é"}"#));
        assert_eq!(parameter(query, "odd").as_deref(), Some("100%"));
        assert_eq!(parameter(query, "flag").as_deref(), Some(""));
        assert_eq!(parameter(query, "none"), None);
    }
}
