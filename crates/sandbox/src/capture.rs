//! The output of a command in constant memory: its head, its tail, its size, and a file for the whole when it is long.

use std::collections::VecDeque;
use std::path::PathBuf;

use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::error::SandboxError;

/// The most bytes of one command's output that are stored on disk; what follows is counted and dropped.
pub const SPILL_LIMIT_BYTES: u64 = 1 << 30;

/// What a command wrote, stdout and stderr in one stream, as it was kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captured {
    /// The first bytes.
    pub head: Vec<u8>,
    /// The last bytes; begins where `head` ends when nothing was left out between them.
    pub tail: Vec<u8>,
    /// All bytes that were written, kept or not.
    pub total_bytes: u64,
    /// All line feeds that were written, and one more when the last line lacks its own.
    pub total_lines: u64,
    /// The file with the whole output. It is made only when the output does not fit in head and tail.
    pub spill: Option<PathBuf>,
    /// How many bytes that file holds: fewer than `total_bytes` when [`SPILL_LIMIT_BYTES`] was reached.
    pub spilled_bytes: u64,
}

impl Captured {
    /// Bytes that stand neither in the head nor in the tail.
    pub fn omitted_bytes(&self) -> u64 {
        let kept = self.head.len().saturating_add(self.tail.len());
        self.total_bytes.saturating_sub(u64::try_from(kept).unwrap_or(u64::MAX))
    }

    /// Whether head and tail together are everything that was written.
    pub fn is_whole(&self) -> bool {
        self.omitted_bytes() == 0
    }
}

/// Where output goes while a command runs.
#[derive(Debug)]
pub(crate) struct Capture {
    head: Vec<u8>,
    head_limit: usize,
    tail: VecDeque<u8>,
    tail_limit: usize,
    total_bytes: u64,
    line_feeds: u64,
    last_byte: u8,
    spill: Spill,
}

/// The file for the whole output, which is made only when it is needed.
#[derive(Debug)]
enum Spill {
    Unwanted,
    Waiting(PathBuf),
    Open { path: PathBuf, file: File, written: u64 },
}

impl Capture {
    /// Keeps `head` and `tail` bytes in memory and, when more comes, everything in the file `spill`.
    pub(crate) fn new(head: usize, tail: usize, spill: Option<PathBuf>) -> Self {
        Self {
            head: Vec::new(),
            head_limit: head,
            tail: VecDeque::new(),
            tail_limit: tail,
            total_bytes: 0,
            line_feeds: 0,
            last_byte: b'\n',
            spill: spill.map_or(Spill::Unwanted, Spill::Waiting),
        }
    }

    /// Takes the next piece of output.
    pub(crate) async fn take(&mut self, chunk: &[u8]) -> Result<(), SandboxError> {
        let Some(&last) = chunk.last() else { return Ok(()) };
        self.spill_chunk(chunk).await?;
        self.last_byte = last;
        self.total_bytes = self.total_bytes.saturating_add(length(chunk));
        self.line_feeds =
            self.line_feeds.saturating_add(length_of(memchr::memchr_iter(b'\n', chunk).count()));
        let (head, rest) = chunk.split_at(chunk.len().min(self.head_limit.saturating_sub(self.head.len())));
        self.head.extend_from_slice(head);
        self.keep_last(rest);
        Ok(())
    }

    /// Writes everything to the file that memory is about to forget, and all that follows.
    async fn spill_chunk(&mut self, chunk: &[u8]) -> Result<(), SandboxError> {
        let kept = self.head.len().saturating_add(self.tail.len());
        let room = self.head_limit.saturating_add(self.tail_limit).saturating_sub(kept);
        if let Spill::Waiting(path) = &self.spill {
            if chunk.len() <= room {
                return Ok(());
            }
            let path = path.clone();
            let file = File::create(&path)
                .await
                .map_err(|source| SandboxError::Spill { path: path.clone(), source })?;
            self.spill = Spill::Open { path, file, written: 0 };
            let (front, back) = self.tail.as_slices();
            for earlier in [self.head.as_slice(), front, back] {
                self.spill.write(earlier).await?;
            }
        }
        self.spill.write(chunk).await
    }

    fn keep_last(&mut self, rest: &[u8]) {
        let newest = rest.get(rest.len().saturating_sub(self.tail_limit)..).unwrap_or(rest);
        let too_many = self.tail.len().saturating_add(newest.len()).saturating_sub(self.tail_limit);
        self.tail.drain(..too_many.min(self.tail.len()));
        self.tail.extend(newest);
    }

    /// Ends the capture; the file is complete afterwards.
    pub(crate) async fn finish(mut self) -> Result<Captured, SandboxError> {
        let (spill, spilled_bytes) = self.spill.finish().await?;
        Ok(Captured {
            head: self.head,
            tail: self.tail.into(),
            total_bytes: self.total_bytes,
            total_lines: self.line_feeds.saturating_add(u64::from(self.last_byte != b'\n')),
            spill,
            spilled_bytes,
        })
    }
}

impl Spill {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), SandboxError> {
        let Self::Open { path, file, written } = self else { return Ok(()) };
        let room = usize::try_from(SPILL_LIMIT_BYTES.saturating_sub(*written)).unwrap_or(usize::MAX);
        let fits = bytes.get(..room).unwrap_or(bytes);
        *written = written.saturating_add(length(fits));
        file.write_all(fits).await.map_err(|source| SandboxError::Spill { path: path.clone(), source })
    }

    async fn finish(&mut self) -> Result<(Option<PathBuf>, u64), SandboxError> {
        let Self::Open { path, file, written } = self else { return Ok((None, 0)) };
        file.flush().await.map_err(|source| SandboxError::Spill { path: path.clone(), source })?;
        Ok((Some(path.clone()), *written))
    }
}

fn length(bytes: &[u8]) -> u64 {
    length_of(bytes.len())
}

fn length_of(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn capture(head: usize, tail: usize, spill: Option<PathBuf>, chunks: &[&str]) -> Captured {
        let mut capture = Capture::new(head, tail, spill);
        for chunk in chunks {
            capture.take(chunk.as_bytes()).await.unwrap();
        }
        capture.finish().await.unwrap()
    }

    #[tokio::test]
    async fn head_and_tail_are_kept_and_the_middle_is_counted() {
        let table: [(&[&str], &str, &str, u64, u64); 6] = [
            (&[], "", "", 0, 0),
            (&["abc"], "abc", "", 0, 1),
            (&["abcd", "ef\n"], "abcd", "ef\n", 0, 1),
            (&["abcdef", "ghi"], "abcd", "ghi", 2, 1),
            (&["abcdefghijklmnop"], "abcd", "nop", 9, 1),
            (&["a\nb\n", "c\n", "d"], "a\nb\n", "c\nd", 0, 4),
        ];
        for (chunks, head, tail, omitted, lines) in table {
            let captured = capture(4, 3, None, chunks).await;
            assert_eq!(
                (captured.head.as_slice(), captured.tail.as_slice()),
                (head.as_bytes(), tail.as_bytes()),
                "{chunks:?}"
            );
            assert_eq!((captured.omitted_bytes(), captured.total_lines), (omitted, lines), "{chunks:?}");
        }
    }

    #[tokio::test]
    async fn the_file_is_made_only_when_memory_forgets_and_then_holds_everything() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("output");
        let short = capture(4, 3, Some(file.clone()), &["abcd", "efg"]).await;
        assert!(short.spill.is_none() && !file.exists());
        let long = capture(4, 3, Some(file.clone()), &["abcd", "ef", "gh", "ijklm"]).await;
        assert_eq!(long.spilled_bytes, 13);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "abcdefghijklm");
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_made_is_named() {
        let missing = PathBuf::from("/nowhere/at/all/output");
        let mut capture = Capture::new(1, 1, Some(missing));
        let error = capture.take(b"abc").await.unwrap_err();
        assert!(error.to_string().contains("/nowhere/at/all/output"), "{error}");
    }
}
