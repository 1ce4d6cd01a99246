//! Patterns of PostgreSQL in the words of the regex crate: `~` with its advanced regular expressions, and SIMILAR TO.
//!
//! What that crate cannot do, as it takes time linear in the text, is refused: back references and looking around.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

use crate::error::FieldError;

/// Of a pattern as it is given, in bytes.
const MAX_LENGTH: usize = 1 << 16;
/// Of a compiled pattern, in bytes.
const MAX_SIZE: usize = 1 << 20;
const TOO_COMPLEX: &str = "regular expression is too complex";

/// Compiles what `posix` or `similar` gave.
pub(crate) fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .dot_matches_new_line(true)
        .size_limit(MAX_SIZE)
        .dfa_size_limit(MAX_SIZE)
        .build()
}

/// A regular expression that is found anywhere in the text.
pub(crate) fn posix(pattern: &str, ignore_case: bool) -> Result<String, FieldError> {
    if pattern.len() > MAX_LENGTH {
        return Err(invalid(TOO_COMPLEX));
    }
    let translated = Translator { rest: pattern.chars().peekable(), out: String::new() }.run()?;
    let pattern = if ignore_case { format!("(?i){translated}") } else { translated };
    match compile(&pattern) {
        Ok(_) => Ok(pattern),
        Err(regex::Error::CompiledTooBig(_)) => Err(invalid(TOO_COMPLEX)),
        Err(error) => {
            let text = error.to_string();
            Err(invalid(text.rsplit("error: ").next().unwrap_or(&text)))
        }
    }
}

/// A pattern of SIMILAR TO, which the whole text has to match.
pub(crate) fn similar(pattern: &str) -> Result<String, FieldError> {
    let mut out = String::from("^(?:");
    let mut in_brackets = false;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                if let Some(escaped) = chars.next() {
                    out.extend(['\\', escaped]);
                }
            }
            _ if in_brackets => {
                in_brackets = c != ']';
                out.push(c);
            }
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '(' => out.push_str("(?:"),
            '.' | '^' | '$' => out.extend(['\\', c]),
            _ => {
                in_brackets = c == '[';
                out.push(c);
            }
        }
    }
    out.push_str(")$");
    posix(&out, false)
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
}

impl Translator<'_> {
    fn run(mut self) -> Result<String, FieldError> {
        while let Some(c) = self.rest.next() {
            match c {
                '\\' => self.escape()?,
                '[' => self.brackets()?,
                '(' if self.rest.next_if_eq(&'?').is_some() => self.group()?,
                // Only before a digit is it the begin of a count.
                '{' if !self.rest.peek().is_some_and(char::is_ascii_digit) => self.out.push_str("\\{"),
                other => self.out.push(other),
            }
        }
        Ok(self.out)
    }

    /// After a backslash.
    fn escape(&mut self) -> Result<(), FieldError> {
        match self.rest.next() {
            Some('m') => self.out.push_str(r"\b{start}"),
            Some('M') => self.out.push_str(r"\b{end}"),
            Some('y') => self.out.push_str(r"\b"),
            Some('Y') => self.out.push_str(r"\B"),
            Some('Z') => self.out.push_str(r"\z"),
            Some('B') => self.out.push_str(r"\\"),
            Some('b') => self.out.push_str(r"\x08"),
            Some('e') => self.out.push_str(r"\x1B"),
            Some('1'..='9') => return Err(FieldError::not_served("a regular expression's back reference")),
            Some(c) if "AdDsSwWafnrtvxuU".contains(c) => self.out.extend(['\\', c]),
            Some(c) if !c.is_alphanumeric() => self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
            _ => return Err(invalid("invalid escape \\ sequence")),
        }
        Ok(())
    }

    /// After `(?`. Options may only stand at the begin; the one for letters of either case is all that is served.
    fn group(&mut self) -> Result<(), FieldError> {
        let at_begin = self.out.is_empty();
        self.out.push_str("(?");
        match self.rest.next() {
            Some(':') => self.out.push(':'),
            Some('i') if at_begin && self.rest.peek() == Some(&')') => self.out.push('i'),
            Some('=' | '!' | '<') => {
                return Err(FieldError::not_served("a regular expression's looking around"));
            }
            Some('a'..='z') if at_begin => {
                return Err(FieldError::not_served("a regular expression's option"));
            }
            _ => return Err(invalid("quantifier operand invalid")),
        }
        Ok(())
    }

    /// After `[`: the brackets of the regex crate know nesting and operators, which are plain characters here.
    fn brackets(&mut self) -> Result<(), FieldError> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        if self.rest.next_if_eq(&']').is_some() {
            self.out.push_str("\\]");
        }
        while let Some(c) = self.rest.next() {
            match c {
                ']' => {
                    self.out.push(']');
                    return Ok(());
                }
                '\\' => self.escape()?,
                '[' if self.rest.peek() == Some(&':') => self.class()?,
                '[' if matches!(self.rest.peek(), Some('.' | '=')) => {
                    return Err(FieldError::not_served("a regular expression's collating element"));
                }
                '[' | '&' | '~' => self.out.extend(['\\', c]),
                '-' if self.out.ends_with('-') => self.out.push_str("\\-"),
                other => self.out.push(other),
            }
        }
        Err(invalid("brackets [] not balanced"))
    }

    /// `:alpha:]`, after its bracket.
    fn class(&mut self) -> Result<(), FieldError> {
        self.out.push('[');
        for c in self.rest.by_ref() {
            self.out.push(c);
            if c == ']' {
                return Ok(());
            }
        }
        Err(invalid("brackets [] not balanced"))
    }
}

fn invalid(reason: &str) -> FieldError {
    FieldError::data(format!("invalid regular expression: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> bool {
        compile(&posix(pattern, false).unwrap()).unwrap().is_match(text)
    }

    #[test]
    fn regular_expressions_are_postgres() {
        for (pattern, text, expected) in [
            ("b", "abc", true),
            ("^b", "abc", false),
            ("^abc$", "abc", true),
            ("^abc$", "abc\n", false),
            ("^b", "a\nb", false),
            ("a.b", "a\nb", true),
            ("A", "abc", false),
            ("(?i)A", "abc", true),
            (r"\mfoo\M", "a foo b", true),
            (r"\mfoo\M", "afoo b", false),
            (r"\yfoo\y", "foo", true),
            (r"foo\Y", "foox", true),
            (r"a\Z", "a", true),
            (r"^\d+\s\w$", "12 x", true),
            (r"a\.b", "axb", false),
            (r"\;\ ", "; ", true),
            (r"\B", r"\", true),
            ("a{2}", "aa", true),
            ("a{,2}", "a{,2}", true),
            ("x{y}", "x{y}", true),
            ("^(?:ab|cd){1,2}$", "abcd", true),
            ("[]a]", "]", true),
            ("[^]a]", "]", false),
            ("[a[b]", "[", true),
            ("^[a&&b]$", "&", true),
            ("^[a&&b]$", "b", true),
            ("^[a~~b]$", "a", true),
            ("^[+--]$", ",", true),
            ("^[+--]$", "+", true),
            ("^[[:alpha:]_-]+$", "a_-", true),
            ("^[[:alpha:]]$", ":", false),
            (r"^[\d.]+$", "1.5", true),
            ("", "anything", true),
        ] {
            assert_eq!(found(pattern, text), expected, "{text:?} ~ {pattern:?}");
        }
    }

    #[test]
    fn similar_matches_the_whole_text() {
        for (pattern, text, expected) in [
            ("abc", "abc", true),
            ("a", "abc", false),
            ("%(b|d)%", "abc", true),
            ("(b|c)%", "abc", false),
            ("a|abc", "abc", true),
            ("_bc", "abc", true),
            ("a.c", "abc", false),
            ("a.c", "a.c", true),
            ("^$", "^$", true),
            ("[a-c]+", "abc", true),
            ("[_%.]", "x", false),
            ("[_%.]{3}", ".%_", true),
            (r"50\%", "50%", true),
            (r"50\%", "500", false),
            ("%", "a\nb", true),
            ("a\\", "a", true),
        ] {
            let matches = compile(&similar(pattern).unwrap()).unwrap().is_match(text);
            assert_eq!(matches, expected, "{text:?} SIMILAR TO {pattern:?}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for (pattern, expected) in [
            ("(", "invalid regular expression: unclosed group"),
            (")", "invalid regular expression: unopened group"),
            ("[a", "invalid regular expression: brackets [] not balanced"),
            ("[[:alpha", "invalid regular expression: brackets [] not balanced"),
            ("a\\", "invalid regular expression: invalid escape \\ sequence"),
            ("\\q", "invalid regular expression: invalid escape \\ sequence"),
            ("*", "invalid regular expression: repetition operator missing expression"),
            ("(?P<n>a)", "invalid regular expression: quantifier operand invalid"),
            ("a{1000}{1000}{1000}", "invalid regular expression: regular expression is too complex"),
            ("(a)\\1", "a regular expression's back reference is not served by this sandbox"),
            ("a(?=b)", "a regular expression's looking around is not served by this sandbox"),
            ("(?n)a", "a regular expression's option is not served by this sandbox"),
            ("[[.a.]]", "a regular expression's collating element is not served by this sandbox"),
        ] {
            assert_eq!(posix(pattern, false).unwrap_err().message, expected, "{pattern}");
        }
        assert_eq!(similar("(").unwrap_err().code, "data-exception");
        let too_long = "a".repeat(MAX_LENGTH + 1);
        assert_eq!(
            posix(&too_long, false).unwrap_err().message,
            "invalid regular expression: regular expression is too complex"
        );
        assert!(posix(&"(".repeat(MAX_LENGTH), false).is_err());
    }
}
