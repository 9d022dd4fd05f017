//! Reading what is almost UTF-8 as UTF-8, piece by piece: what is broken is replaced, whatever the size of the whole.

use std::io::{self, Read};

/// How much is read at once, in bytes.
const PIECE: usize = 1 << 16;
/// The longest beginning of a character that may be completed by the next piece, in bytes.
const LONGEST_START: usize = 3;

/// A reader whose bytes are UTF-8, each broken sequence replaced by U+FFFD.
pub(super) struct Mending<R> {
    inner: R,
    /// Read and not decoded yet: the beginning of a character at most.
    rest: Vec<u8>,
    /// Decoded, and handed out up to `at`.
    ready: Vec<u8>,
    at: usize,
    is_over: bool,
}

impl<R: Read> Mending<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, rest: Vec::new(), ready: Vec::new(), at: 0, is_over: false }
    }

    /// Decodes the next piece.
    fn advance(&mut self) -> io::Result<()> {
        let mut bytes = std::mem::take(&mut self.rest);
        let before = bytes.len();
        (&mut self.inner).take(PIECE as u64).read_to_end(&mut bytes)?;
        self.is_over = bytes.len() == before;
        self.ready.clear();
        self.at = 0;
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            self.ready.extend_from_slice(chunk.valid().as_bytes());
            let broken = chunk.invalid();
            let may_go_on = chunks.peek().is_none() && !self.is_over && broken.len() <= LONGEST_START;
            if may_go_on {
                self.rest = broken.to_vec();
            } else if !broken.is_empty() {
                self.ready.extend_from_slice("\u{fffd}".as_bytes());
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Mending<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.ready.len() && !self.is_over {
            self.advance()?;
        }
        let count = self.ready.get(self.at..).unwrap_or_default().read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time.
    struct Drops<'a>(&'a [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = usize::from(!buffer.is_empty());
            self.0.by_ref().take(count as u64).read(buffer)
        }
    }

    #[test]
    fn every_text_comes_out_as_when_it_is_mended_at_once() {
        let long =
            [b"x".repeat(PIECE - 1).as_slice(), "é€😀".as_bytes(), b"\xe2\x82", "😀".as_bytes()].concat();
        let table: [&[u8]; 7] =
            [b"", "naïve €😀".as_bytes(), b"caf\xe9", b"\xff\xfe", b"\xe2\x82", b"a\xf0\x9f\x98b", &long];
        for bytes in table {
            let expected = String::from_utf8_lossy(bytes);
            let mut whole = String::new();
            Mending::new(bytes).read_to_string(&mut whole).unwrap();
            assert_eq!(whole, expected);
            let mut drops = String::new();
            Mending::new(Drops(bytes)).read_to_string(&mut drops).unwrap();
            assert_eq!(drops, expected);
        }
    }
}
