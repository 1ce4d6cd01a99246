//! The names that Prefect gives to an API in its files of credentials.

/// What `slugify(text, regex_pattern=r"[^-\.a-z0-9]+")` of python-slugify gives, for ASCII.
///
/// Letters beyond ASCII, which python-slugify would transliterate, count as separators: the host of
/// a URL is spelled in ASCII.
pub(super) fn slugify(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    let characters: Vec<char> = text.chars().collect();
    for (at, character) in characters.iter().enumerate() {
        let neighbour_is_digit =
            |at: Option<usize>| at.and_then(|at| characters.get(at)).is_some_and(char::is_ascii_digit);
        match character.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9' | '.') => slug.push(c),
            ',' if neighbour_is_digit(at.checked_sub(1)) && neighbour_is_digit(at.checked_add(1)) => {}
            _ if slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug.trim_matches('-').to_owned()
}

/// The host, with its port and user where there are any, as Python's `urlparse(url).netloc`.
pub(super) fn network_location(url: &str) -> &str {
    let after_scheme = match url.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => rest,
        _ => url,
    };
    let Some(location) = after_scheme.strip_prefix("//") else { return "" };
    location.split(['/', '?', '#']).next().unwrap_or(location)
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// The table of an API in `auth.toml`.
pub(super) fn of_api(api: &str) -> String {
    match network_location(api) {
        "" => slugify(api),
        location => slugify(location),
    }
}

#[cfg(test)]
mod tests {
    use super::{network_location, of_api, slugify};

    #[test]
    fn slugs_are_those_of_python_slugify() {
        for (text, slug) in [
            ("api.prefect.io", "api.prefect.io"),
            ("127.0.0.1:4301", "127.0.0.1-4301"),
            ("http://127.0.0.1:4301/graphql/alpha", "http-127.0.0.1-4301-graphql-alpha"),
            ("https://api.prefect.io/graphql", "https-api.prefect.io-graphql"),
            ("Ada:pass@[::1]:4200", "ada-pass-1-4200"),
            ("under_score--dash", "under-score-dash"),
            ("1,000,x,1", "1000-x-1"),
            ("it's", "it-s"),
            (".x.", ".x."),
            ("--", ""),
            ("", ""),
        ] {
            assert_eq!(slugify(text), slug, "{text}");
        }
    }

    #[test]
    fn network_locations_are_those_of_urlparse() {
        for (url, location) in [
            ("https://api.prefect.io", "api.prefect.io"),
            ("http://127.0.0.1:4301/graphql?x#y", "127.0.0.1:4301"),
            ("http://ada:pass@host:1?x", "ada:pass@host:1"),
            ("http://host#y", "host"),
            ("//host/x", "host"),
            ("localhost:4200", ""),
            ("localhost", ""),
            ("1http://host", ""),
            ("http:/host", ""),
            ("", ""),
        ] {
            assert_eq!(network_location(url), location, "{url}");
        }
    }

    #[test]
    fn an_api_without_a_location_is_named_as_a_whole() {
        assert_eq!(of_api("https://api.prefect.io/v1"), "api.prefect.io");
        assert_eq!(of_api("localhost:4200"), "localhost-4200");
    }
}
