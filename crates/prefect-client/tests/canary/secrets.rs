//! The secrets, and the forms in which they would give themselves away.

use std::collections::BTreeSet;
use std::sync::Mutex;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

// With characters that URLs and JSON spell in another way.
pub const API_KEY: &str = "canary/api+key-4b1f";
pub const API_TOKEN: &str = "canary/api+token-91c0";
pub const ACCESS_TOKEN: &str = "canary/access+token-d2e7";
pub const REFRESH_TOKEN: &str = "canary/refresh+token-68aa";
pub const HEADER: &str = "canary/header+value-0f3d";
pub const PROXY_PASSWORD: &str = "canary-proxy-password-c5b2";
pub const URL_PASSWORD: &str = "canary-url-password-77e9";
pub const TENANT: &str = "ca9a41e5-5ec1-4e75-8c0d-7e9a97000001";

const KNOWN: [(&str, &str); 8] = [
    ("the API key", API_KEY),
    ("the API token", API_TOKEN),
    ("the access token", ACCESS_TOKEN),
    ("the refresh token", REFRESH_TOKEN),
    ("the user's header", HEADER),
    ("the proxy's password", PROXY_PASSWORD),
    ("the URL's password", URL_PASSWORD),
    ("the tenant", TENANT),
];

/// Those that a server made.
static MADE: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Replaces those that another server made.
pub fn made(secrets: BTreeSet<String>) {
    *MADE.lock().unwrap() = secrets;
}

/// All secrets by their names, in all forms.
pub fn forms() -> Vec<(&'static str, String)> {
    let made = MADE.lock().unwrap();
    let made = made.iter().map(|secret| ("a secret that a server made", secret.as_str()));
    let all = KNOWN.into_iter().chain(made);
    let mut forms: Vec<_> =
        all.flat_map(|(name, secret)| forms_of(secret).map(move |form| (name, form))).collect();
    forms.sort_unstable();
    forms.dedup();
    forms
}

fn forms_of(secret: &str) -> impl Iterator<Item = String> {
    let percent = secret.replace('/', "%2F").replace('+', "%2B");
    let slashes = secret.replace('/', "\\/");
    let unicode = secret.replace('/', "\\u002F").replace('+', "\\u002B");
    let plus = secret.replace('+', "\\u002B");
    let bytes = format!("{:?}", secret.as_bytes()).trim_matches(['[', ']']).to_owned();
    let spelled = [secret.to_owned(), percent.to_lowercase(), percent, slashes, unicode, plus, bytes];
    // A part of a longer text, such as `user:password`, may begin at any of three places.
    let encoded = (0..3).flat_map(move |before| {
        let text = ["x".repeat(before).as_bytes(), secret.as_bytes()].concat();
        let whole = before * 4 / 3 + usize::from(before > 0)..text.len() / 3 * 4;
        [BASE64_STANDARD_NO_PAD.encode(&text), BASE64_URL_SAFE_NO_PAD.encode(&text)]
            .map(|encoded| encoded[whole.clone()].to_owned())
    });
    spelled.into_iter().chain(encoded.collect::<Vec<_>>())
}

#[test]
fn forms_are_found_in_longer_texts() {
    let is_found = |text: &str| forms().iter().any(|(_, form)| text.contains(form));
    for before in 0..3 {
        let text = format!("{}{PROXY_PASSWORD}:more", "u".repeat(before));
        assert!(is_found(&BASE64_STANDARD_NO_PAD.encode(text)));
    }
    assert!(is_found("?key=canary%2Fapi%2Bkey-4b1f") && !is_found("canary"));
}
