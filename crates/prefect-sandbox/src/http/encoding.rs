//! Compressed request bodies. The limit holds for what they become.

use std::io::Read;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use flate2::read::{MultiGzDecoder, ZlibDecoder};

use super::reply::{self, Reply};

/// Why a body could not be taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Undecodable {
    TooLarge,
    Broken,
    Unknown,
}

impl Undecodable {
    pub(super) fn reply(&self) -> Reply {
        let page = |status, text: &str| reply::html(status, &format!("<!DOCTYPE html>\n<pre>{text}</pre>\n"));
        match self {
            Self::TooLarge => {
                page(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeError: request entity too large")
            }
            Self::Broken => page(StatusCode::BAD_REQUEST, "Error: incorrect header check"),
            Self::Unknown => page(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UnsupportedMediaTypeError: unsupported content encoding",
            ),
        }
    }
}

/// The body as it was before it was compressed.
pub(super) fn decode(headers: &HeaderMap, body: Bytes, limit: usize) -> Result<Bytes, Undecodable> {
    let encoding =
        headers.get(header::CONTENT_ENCODING).map(|value| String::from_utf8_lossy(value.as_bytes()));
    match encoding.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("" | "identity") => Ok(body),
        Some("gzip") => inflate(MultiGzDecoder::new(&*body), limit),
        Some("deflate") => inflate(ZlibDecoder::new(&*body), limit),
        Some(_) => Err(Undecodable::Unknown),
    }
}

fn inflate(decoder: impl Read, limit: usize) -> Result<Bytes, Undecodable> {
    let mut plain = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    decoder.take(most).read_to_end(&mut plain).map_err(|_| Undecodable::Broken)?;
    if plain.len() > limit { Err(Undecodable::TooLarge) } else { Ok(plain.into()) }
}
