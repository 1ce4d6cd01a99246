//! Inputs made from others, whatever they are written in: words, brackets and lines of them are removed,
//! repeated, moved, replaced, nested or cut. The tests that take a sample of a target use it as well.

#![allow(unreachable_pub)]

/// What is done, where, and with what. Any three numbers are a mutation.
pub type Mutation = [u32; 3];

/// No input grows beyond it.
const LONGEST: usize = 16 * 1024;

/// Odd in one way or another.
const VALUES: [&str; 32] = [
    "null",
    "true",
    "0",
    "-1",
    "2147483648",
    "18446744073709551615",
    "1e400",
    "-0.0",
    "200",
    "503",
    "\"\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"",
    "'",
    "\"\"\"",
    "[]",
    "{}",
    "{\"a\":1}",
    "[[[]]]",
    "=",
    "$A",
    "${cloud.api}",
    "~",
    "#",
    "\n",
    "\r\n",
    "\u{feff}",
    "\u{2028}",
    "Wed, 21 Oct 2099 07:28:00 GMT",
    "9999-12-30T22:00:00.9999999Z",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
];

/// The input with the mutations made.
pub fn mutated(input: &[u8], mutations: &[Mutation]) -> Vec<u8> {
    mutations.iter().fold(input.to_vec(), |input, mutation| change(&input, *mutation))
}

fn change(input: &[u8], [what, at, with]: Mutation) -> Vec<u8> {
    let tokens = tokens(input);
    let value = VALUES[with as usize % VALUES.len()].as_bytes();
    if tokens.is_empty() {
        return value.to_vec();
    }
    let from = at as usize % tokens.len();
    let to = from + if what / 16 % 2 == 0 { 1 } else { span(&tokens[from..]) };
    let (before, part, after) = (tokens[..from].concat(), tokens[from..to].concat(), tokens[to..].concat());
    let other = with as usize % tokens.len();
    let other = tokens[other..other + span(&tokens[other..])].concat();
    let times = with as usize % 200;
    let changed = match what % 9 {
        0 => [before, after].concat(),
        1 => [before, part.repeat(1 + times), after].concat(),
        2 | 3 => [before, value.to_vec(), after].concat(),
        4 => [before, other, after].concat(),
        5 => [before, other, part, after].concat(),
        6 => [before, b"[".repeat(times), part, b"]".repeat(times), after].concat(),
        7 => before,
        _ => [before, part.iter().map(|byte| byte ^ (1 << (with % 8))).collect(), after].concat(),
    };
    if changed.len() > LONGEST { input.to_vec() } else { changed }
}

/// How many tokens belong together: a bracket with all that is in it, or the rest of a line with its end.
fn span(tokens: &[&[u8]]) -> usize {
    if !matches!(tokens[0], b"(" | b"[" | b"{") {
        let end = tokens.iter().position(|token| *token == b"\n");
        return end.map_or(tokens.len(), |end| end + 1);
    }
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match *token {
            b"(" | b"[" | b"{" => depth += 1,
            b")" | b"]" | b"}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

/// Words and numbers whole, everything else by the byte.
fn tokens(input: &[u8]) -> Vec<&[u8]> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | 0x80..);
    input.chunk_by(|a, b| is_word(a) && is_word(b)).collect()
}
