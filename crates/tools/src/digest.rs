//! SHA-256 in hexadecimal, of a whole and of a stream.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

/// How much is read at a time.
const CHUNK: usize = 64 * 1024;

/// A digest in the making.
#[derive(Default)]
pub(crate) struct Digester(Sha256);

impl Digester {
    /// Takes the next piece.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all pieces, 64 hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        let bytes = self.0.finalize();
        let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        nibbles.filter_map(|nibble| char::from_digit(nibble.into(), 16)).collect()
    }
}

/// The digest of `bytes`.
pub(crate) fn of(bytes: &[u8]) -> String {
    let mut digester = Digester::default();
    digester.update(bytes);
    digester.finish()
}

/// The digest and the length of everything `source` yields, in constant memory.
pub(crate) fn of_stream(mut source: impl Read) -> io::Result<(String, u64)> {
    let mut digester = Digester::default();
    let mut buffer = vec![0; CHUNK];
    let mut length = 0_u64;
    loop {
        let count = source.read(&mut buffer)?;
        let Some(chunk) = buffer.get(..count).filter(|chunk| !chunk.is_empty()) else { break };
        digester.update(chunk);
        length = length.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
    Ok((digester.finish(), length))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_digest_is_that_of_sha256sum() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(super::of(b"abc"), expected);
        assert_eq!(super::of_stream(b"abc".as_slice()).unwrap(), (expected.to_owned(), 3));
    }
}
