//! The address of a GraphQL API: parsed once, checked once.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use http::Uri;

/// The URL that requests are posted to. It has a scheme, a host and no user name or password. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Arc<Uri>);

/// Why a text is not an [`Endpoint`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// The text is not an absolute URL.
    #[error("the API's address {text:?} is not a URL: write it like http://localhost:4200")]
    NotAUrl {
        /// The text that was given.
        text: String,
    },
    /// The scheme is neither `http` nor `https`.
    #[error("the API's address has the scheme {scheme:?}, but only http and https are spoken")]
    Scheme {
        /// The scheme that was given.
        scheme: String,
    },
    /// The URL carries a user name or a password; they are not repeated here.
    #[error("the API's address carries a user name or password: remove it and give an API key instead")]
    Userinfo,
}

impl Endpoint {
    /// The URL.
    pub fn uri(&self) -> &Uri {
        &self.0
    }

    /// The host's name or address, without brackets.
    pub fn host(&self) -> &str {
        self.0.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
    }

    /// Whether the connection is encrypted.
    pub fn is_https(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    /// Whether the host is this machine: `localhost` or a loopback address.
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The user's part is looked for in the text first, so that no later message can quote it.
        let authority = text.split_once("://").map_or(text, |(_, rest)| rest);
        if authority.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@')) {
            return Err(EndpointError::Userinfo);
        }
        // Nor can what is misspelled: it may be a password that stands before the @.
        let not_a_url = || match text.contains('@') {
            true => EndpointError::Userinfo,
            false => EndpointError::NotAUrl { text: without_query(text).into_owned() },
        };
        let uri: Uri = text.trim().parse().map_err(|_| not_a_url())?;
        match uri.scheme_str() {
            Some("http" | "https") => {}
            // "localhost:4200" reads as a bare authority.
            None => return Err(not_a_url()),
            Some(scheme) => return Err(EndpointError::Scheme { scheme: scheme.to_owned() }),
        }
        let port = authority_port(&uri);
        if uri.host().is_none_or(str::is_empty) || port.is_some_and(|port| port.parse::<u16>().is_err()) {
            return Err(not_a_url());
        }
        Ok(Self(Arc::new(uri)))
    }
}

/// Without the query, which may hold a secret.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_query(&self.0.to_string()))
    }
}

/// What is written where the port belongs, if anything is.
fn authority_port(uri: &Uri) -> Option<&str> {
    let (_, after_host) = uri.authority()?.as_str().rsplit_once(uri.host()?)?;
    after_host.strip_prefix(':').filter(|port| !port.is_empty())
}

/// The URL as it may be shown.
fn without_query(url: &str) -> Cow<'_, str> {
    match url.split_once('?') {
        None => url.into(),
        Some((shown, _)) => format!("{shown}?…").into(),
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Endpoint, EndpointError> {
        text.parse()
    }

    #[test]
    fn urls_are_taken() {
        for text in
            ["http://localhost:4200", "https://api.prefect.io/graphql", "http://[::1]:4200/", "http://a:"]
        {
            assert!(parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_url_is_named() {
        for text in [
            "",
            "localhost",
            "localhost:4200",
            "/graphql",
            "http://",
            "http://a b",
            "http://a:99999",
            "http://[::1]:x",
        ] {
            assert_eq!(parse(text), Err(EndpointError::NotAUrl { text: text.to_owned() }));
        }
        assert_eq!(parse("ftp://host"), Err(EndpointError::Scheme { scheme: "ftp".to_owned() }));
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        for text in [
            "https://user:hunter2@host",
            "user:hunter2@host",
            "ftp://hunter2@",
            "http//user:hunter2@host",
            "http:/user:hunter2@host",
            "http:user:hunter2@host",
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error, EndpointError::Userinfo);
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
        assert!(parse("http://host/@path").is_ok());
    }

    #[test]
    fn a_query_is_sent_and_not_shown() {
        let endpoint = parse("https://host/graphql?token=hunter2").unwrap();
        assert_eq!(endpoint.uri().query(), Some("token=hunter2"));
        let error = parse("host/graphql?token=hunter2").unwrap_err();
        assert_eq!(error, EndpointError::NotAUrl { text: "host/graphql?…".to_owned() });
        assert_eq!(
            format!("{endpoint} {endpoint:?}"),
            "https://host/graphql?… Endpoint(https://host/graphql?…)"
        );
    }

    #[test]
    fn loopback_is_known() {
        for (url, loopback) in [
            ("http://localhost:1", true),
            ("http://127.8.9.1", true),
            ("http://[::1]:1", true),
            ("http://10.0.0.1", false),
            ("http://localhost.example.org", false),
        ] {
            assert_eq!(parse(url).unwrap().is_loopback(), loopback, "{url}");
        }
    }
}
