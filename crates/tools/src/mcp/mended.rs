//! Halves of characters in what a program says. One that cuts texts by UTF-16, as JavaScript does, leaves `\ud83d` without
//! its other half. That is no JSON to us: the whole answer would be passed over, and its call would wait in vain.
//!
//! *Invariants:* a half becomes U+FFFD, in as many bytes; everything else comes through as it is; nothing is held back
//! but an escape that has not come to its end.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

/// Bytes that are read at once.
const PIECE: usize = 8 * 1024;

/// A stream without halves.
pub(super) struct Mended<R> {
    inner: R,
    held: Vec<u8>,
    /// How many of the bytes that are held can go.
    whole: usize,
}

impl<R> Mended<R> {
    /// What `inner` says.
    pub(super) fn new(inner: R) -> Self {
        Self { inner, held: Vec::new(), whole: 0 }
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Mended<R> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.whole == 0 {
            let mut space = [0; PIECE];
            let mut piece = ReadBuf::new(&mut space);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut piece))?;
            this.held.extend_from_slice(piece.filled());
            if piece.filled().is_empty() {
                this.whole = this.held.len();
                break;
            }
            this.whole = mend(&mut this.held);
        }
        let count = buffer.remaining().min(this.whole);
        buffer.put_slice(this.held.get(..count).unwrap_or_default());
        this.held.drain(..count);
        this.whole -= count;
        Poll::Ready(Ok(()))
    }
}

/// How an escape goes on.
enum Escape {
    /// So many bytes belong together.
    Whole(usize),
    /// It is half a character.
    Half,
    /// More has to come.
    Open,
}

/// Mends the text in its place; how much of it can go.
fn mend(text: &mut [u8]) -> usize {
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr(b'\\', rest)) {
        at += found;
        match escape(text.get(at..).unwrap_or_default()) {
            Escape::Open => return at,
            Escape::Whole(length) => at += length,
            Escape::Half => {
                if let Some(digits) = text.get_mut(at + 2..at + 6) {
                    digits.copy_from_slice(b"fffd");
                }
                at += 6;
            }
        }
    }
    text.len()
}

/// Of a text that begins with an escape.
fn escape(text: &[u8]) -> Escape {
    let digits = match text {
        [_] => return Escape::Open,
        [_, b'u', digits @ ..] => digits,
        _ => return Escape::Whole(2),
    };
    let Some((first, rest)) = digits.split_at_checked(4) else { return Escape::Open };
    match unit(first) {
        None => Escape::Whole(2),
        Some(0xDC00..=0xDFFF) => Escape::Half,
        Some(0xD800..=0xDBFF) => match rest {
            [] | [b'\\'] => Escape::Open,
            [b'\\', b'u', second @ ..] => match second.get(..4).map(unit) {
                None => Escape::Open,
                Some(Some(0xDC00..=0xDFFF)) => Escape::Whole(12),
                Some(_) => Escape::Half,
            },
            _ => Escape::Half,
        },
        Some(_) => Escape::Whole(6),
    }
}

fn unit(digits: &[u8]) -> Option<u16> {
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::AsyncReadExt as _;

    use super::*;

    /// What comes through of a text that comes in pieces of so many bytes.
    fn mended(text: &[u8], piece: usize) -> Vec<u8> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut inner: Box<dyn AsyncRead + Unpin> = Box::new(tokio::io::empty());
            for part in text.chunks(piece).rev() {
                inner = Box::new(io::Cursor::new(part.to_vec()).chain(inner));
            }
            let mut found = Vec::new();
            Mended::new(inner).read_to_end(&mut found).await.unwrap();
            found
        })
    }

    #[test]
    fn s7_half_a_character_is_replaced_and_a_whole_one_stays() {
        let table = [
            (r#"{"a":"x\ud83d"}"#, r#"{"a":"x\ufffd"}"#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ude00\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\ud83d\n""#, r#""\ufffd\n""#),
            (r#""\\ud83d \\\ud83d""#, r#""\\ud83d \\\ufffd""#),
            (r#""\uD83D\u0041\u00e4""#, r#""\ufffd\u0041\u00e4""#),
            ("C:\\users\n{}", "C:\\users\n{}"),
            ("\\", "\\"),
            ("\\ud83", "\\ud83"),
        ];
        for (text, expected) in table {
            for piece in 1..=text.len() {
                let found = mended(text.as_bytes(), piece);
                assert_eq!(String::from_utf8(found).unwrap(), expected, "in pieces of {piece}");
            }
        }
    }

    proptest! {
        #[test]
        fn s7_what_is_json_already_comes_through_as_it_is(text in ".{0,60}", piece in 1usize..9) {
            let line = serde_json::to_string(&text).unwrap();
            let escaped: Vec<String> = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            for line in [line, format!("\"{}\"", escaped.concat())] {
                prop_assert_eq!(mended(line.as_bytes(), piece), line.into_bytes());
            }
        }
    }
}
