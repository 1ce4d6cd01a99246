//! `create_flow_from_compressed_string`: `create_flow` for base64 of gzip of JSON.

use std::io::Read;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::read::MultiGzDecoder;

use super::{Input, create_flow};
use crate::error::FieldError;
use crate::store::Db;
use crate::value::Value;

/// Of the decompressed text: 5 MiB of request could hold a thousand times as much.
const LIMIT: u64 = 256 * 1024 * 1024;

pub(crate) fn resolve(db: &mut Db, input: Input<'_>) -> Result<Value, FieldError> {
    let flow = decompress(input.required("serialized_flow")?)
        .ok_or_else(|| FieldError::new("Unable to decompress serialized flow"))?;
    create_flow::submit(db, input, &flow)
}

/// JSON text.
fn decompress(text: &str) -> Option<String> {
    let text: String = text.split_whitespace().collect();
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    let mut json = String::new();
    let mut reader = MultiGzDecoder::new(bytes.as_slice()).take(LIMIT + 1);
    reader.read_to_string(&mut json).ok()?;
    let is_json = u64::try_from(json.len()).ok()? <= LIMIT
        && serde_json::from_str::<serde::de::IgnoredAny>(&json).is_ok();
    is_json.then_some(json)
}
