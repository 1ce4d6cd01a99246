//! A small body that unpacks to a large one.

use std::io::{self, Write};
use std::sync::OnceLock;

use axum::body::Bytes;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// How many spaces are repeated, and how often: 256 MiB together.
const PIECE: usize = 1 << 20;
const PIECES: u32 = 256;

/// Without a name, a date or flags.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// An empty block that is the last one.
const END: [u8; 2] = [3, 0];

/// 256 MiB of spaces, as one gzip member of some 256 KiB. Made once.
pub(super) fn gzip_bomb() -> Bytes {
    static BOMB: OnceLock<Bytes> = OnceLock::new();
    BOMB.get_or_init(|| build().unwrap_or_default()).clone()
}

/// Compresses one piece only: flushed, it ends on a whole byte and can be repeated.
fn build() -> io::Result<Bytes> {
    let spaces = vec![b' '; PIECE];
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&spaces)?;
    encoder.flush()?;
    let mut piece = Crc::new();
    piece.update(&spaces);

    let mut bomb = HEAD.to_vec();
    let mut whole = Crc::new();
    for _ in 0..PIECES {
        bomb.extend_from_slice(encoder.get_ref());
        whole.combine(&piece);
    }
    bomb.extend_from_slice(&END);
    bomb.extend_from_slice(&whole.sum().to_le_bytes());
    bomb.extend_from_slice(&whole.amount().to_le_bytes());
    Ok(bomb.into())
}
