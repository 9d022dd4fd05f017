//! The store of context texts: `<state>/contexts/<sha256>`, each kept once, whatever the number of missions.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use headwater_protocol::corpus::{CorpusSummary, TextBytes};
use headwater_protocol::projection::hex;
use headwater_protocol::{Corpus, CorpusPart, SharedText};
use headwater_sandbox::Mapping;
use sha2::{Digest as _, Sha256};

use super::ContextError;
use super::mending::Mending;
use crate::sessions::private_directories;

/// From this size on a text is mapped and not read, in bytes.
const MAPPED: u64 = 1 << 20;
/// How much is copied at once, in bytes.
const PIECE: usize = 1 << 20;
/// The beginning in which a zero byte means that it is no text, in bytes.
const TELLING: usize = 8192;

/// Where context texts are kept.
#[derive(Clone, Debug)]
pub struct ContextStore {
    directory: PathBuf,
}

/// A mapped file as a text.
struct Mapped(Mapping);

impl TextBytes for Mapped {
    fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }
}

/// A part of another text.
struct Slice {
    whole: SharedText,
    range: Range<usize>,
}

impl TextBytes for Slice {
    fn bytes(&self) -> &[u8] {
        self.whole.as_bytes().get(self.range.clone()).unwrap_or_default()
    }
}

/// A part of `whole` as a text of its own, without a copy; `None` when it is no part of it.
pub(crate) fn slice(whole: &SharedText, range: Range<usize>) -> Option<SharedText> {
    whole.get(range.clone())?;
    SharedText::new(Slice { whole: whole.clone(), range }).ok()
}

/// Where the texts of contexts lie.
pub(crate) fn contexts_below(state: &Path) -> PathBuf {
    state.join("contexts")
}

impl ContextStore {
    /// The store below the state directory; nothing is created before it is needed.
    pub fn new(state: &Path) -> Self {
        Self { directory: contexts_below(state) }
    }

    /// Keeps what `reader` gives under the name of its digest, and returns it as a part called `name`. What is no
    /// UTF-8 but text is read as far as it can be, the rest replaced.
    pub fn keep(&self, name: &str, reader: impl Read) -> Result<CorpusPart, ContextError> {
        let failed = |source| ContextError::Unreadable { name: name.to_owned(), source };
        private_directories(&self.directory)?;
        let fresh = tempfile::Builder::new()
            .prefix(".new-")
            .tempfile_in(&self.directory)
            .map_err(|source| self.full(source))?;
        let sha256 = copy(reader, fresh.as_file()).map_err(|error| match error {
            CopyError::Read(source) => failed(source),
            CopyError::Binary => ContextError::Binary(name.to_owned()),
            CopyError::Write(source) => self.full(source),
        })?;
        let text = read(fresh.as_file()).map_err(failed)?;
        let Ok(text) = text else {
            let again = File::open(fresh.path()).map_err(failed)?;
            return self.keep(name, Mending::new(again));
        };
        let file = self.directory.join(&sha256);
        fresh.persist(&file).map_err(|error| self.full(error.error))?;
        Ok(CorpusPart { name: name.to_owned(), sha256, file: Some(file), text })
    }

    /// The corpus that a record names.
    pub fn recall(&self, summary: &CorpusSummary) -> Result<Corpus, ContextError> {
        let part = |part: &headwater_protocol::corpus::CorpusPartSummary| {
            let file = self.directory.join(&part.sha256);
            let lost = |source| ContextError::Lost { name: part.name.clone(), source };
            let opened = File::open(&file).map_err(lost)?;
            let text = read(&opened).map_err(lost)?.map_err(|error| lost(io::Error::other(error)))?;
            Ok(CorpusPart { name: part.name.clone(), sha256: part.sha256.clone(), file: Some(file), text })
        };
        let parts: Result<Vec<_>, ContextError> = summary.parts.iter().map(part).collect();
        Ok(Corpus { shape: summary.shape, parts: parts?.into() })
    }

    fn full(&self, source: io::Error) -> ContextError {
        ContextError::Store { directory: self.directory.clone(), source }
    }
}

/// Copies everything and returns its digest; what begins as no text does is not copied to its end.
fn copy(mut reader: impl Read, mut file: &File) -> Result<String, CopyError> {
    let mut buffer = vec![0; PIECE];
    let mut hasher = Sha256::new();
    let mut copied = 0;
    loop {
        let length = match reader.read(&mut buffer) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(CopyError::Read(error)),
        };
        let piece = buffer.get(..length).unwrap_or_default();
        if piece.is_empty() {
            break;
        }
        if piece.iter().take(TELLING.saturating_sub(copied)).any(|byte| *byte == 0) {
            return Err(CopyError::Binary);
        }
        copied += length;
        hasher.update(piece);
        file.write_all(piece).map_err(CopyError::Write)?;
    }
    Ok(hex(&hasher.finalize()))
}

/// What ended a copy.
enum CopyError {
    Read(io::Error),
    /// A zero byte at the beginning.
    Binary,
    Write(io::Error),
}

/// The text of a file of the store.
fn read(file: &File) -> io::Result<Result<SharedText, std::str::Utf8Error>> {
    let length = file.metadata()?.len();
    if length >= MAPPED {
        return Ok(SharedText::new(Mapped(Mapping::of_private(file)?)));
    }
    let mut bytes = Vec::new();
    let mut file = file;
    io::Seek::rewind(&mut file)?;
    file.read_to_end(&mut bytes)?;
    Ok(SharedText::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, ContextStore) {
        let directory = tempfile::tempdir().unwrap();
        let store = ContextStore::new(directory.path());
        (directory, store)
    }

    #[test]
    fn a_text_is_kept_once_and_recalled_by_its_digest() {
        let (directory, store) = store();
        let large = "line\n".repeat(300_000);
        let part = store.keep("a", large.as_bytes()).unwrap();
        let twin = store.keep("b", large.as_bytes()).unwrap();
        assert_eq!(part.sha256, twin.sha256);
        assert_eq!(std::fs::read_dir(directory.path().join("contexts")).unwrap().count(), 1);
        let corpus = Corpus { shape: headwater_protocol::CorpusShape::List, parts: [part, twin].into() };
        let recalled = store.recall(&CorpusSummary::from(&corpus)).unwrap();
        assert_eq!(recalled, corpus);
    }

    #[test]
    fn binary_is_refused_and_broken_text_is_mended() {
        let (_directory, store) = store();
        assert!(
            matches!(store.keep("x", &b"\x7fELF\0\0"[..]), Err(ContextError::Binary(name)) if name == "x")
        );
        assert_eq!(store.keep("x", &b"caf\xe9"[..]).unwrap().text.as_str(), "caf\u{fffd}");
    }

    /// Gives a piece at a time, and counts what was read.
    struct Pipe<'a> {
        pieces: std::vec::IntoIter<&'a [u8]>,
        read: &'a std::cell::Cell<usize>,
    }

    impl Read for Pipe<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(piece) = self.pieces.next() else { return Ok(0) };
            buffer[..piece.len()].copy_from_slice(piece);
            self.read.set(self.read.get() + 1);
            Ok(piece.len())
        }
    }

    #[test]
    fn a_zero_byte_ends_the_copy_wherever_the_pieces_of_a_pipe_end() {
        let (directory, store) = store();
        let read = std::cell::Cell::new(0);
        let pieces: Vec<&[u8]> = vec![b"#!", b"\x7fELF\0", b"never", b"never"];
        let kept = store.keep("x", Pipe { pieces: pieces.into_iter(), read: &read });
        assert!(matches!(kept, Err(ContextError::Binary(_))));
        assert_eq!(read.get(), 2, "the rest was copied all the same");
        assert_eq!(std::fs::read_dir(directory.path().join("contexts")).unwrap().count(), 0);
    }

    #[test]
    fn a_text_that_is_gone_is_named() {
        let (directory, store) = store();
        let part = store.keep("notes", &b"abc"[..]).unwrap();
        let corpus = Corpus { shape: headwater_protocol::CorpusShape::Text, parts: [part].into() };
        std::fs::remove_dir_all(directory.path().join("contexts")).unwrap();
        let error = store.recall(&CorpusSummary::from(&corpus)).unwrap_err();
        assert!(error.to_string().contains("notes"), "{error}");
    }

    #[test]
    fn a_slice_shares_its_text() {
        let text = SharedText::new("naïve".to_owned()).unwrap();
        assert_eq!(slice(&text, 2..4).unwrap().as_str(), "ï");
        assert!(slice(&text, 3..4).is_none());
        assert!(slice(&text, 0..99).is_none());
    }
}
