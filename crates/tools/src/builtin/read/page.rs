//! One pass over a file of any size in constant memory: the wanted lines, the number of all, the digest of the whole.

use std::io::{self, Read};
use std::ops::Range;

use headwater_protocol::Cancel;

use super::binary;
use crate::digest::Digester;
use crate::text::{counted, plain, start_of};

/// How much is read at a time; the first piece decides whether the file is text.
const CHUNK: usize = 64 * 1024;
/// Bytes of a line that are shown.
const LINE_BYTES: usize = 2_000;
/// How UTF-8 files may begin.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What of a file is wanted.
pub(super) struct Wanted {
    /// Line numbers, from 1.
    pub(super) lines: Range<u64>,
    /// The most bytes of text.
    pub(super) room: usize,
    pub(super) long: Long,
}

/// What becomes of a line that is too long to show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Long {
    /// It is cut, and its true length said.
    Shortened,
    /// It goes on in the next row, so that all of it can be paged; for stored output, which is made plain too.
    Wrapped,
}

/// The wanted part of a file, and what is to be said of the whole.
#[derive(Default)]
pub(super) struct Page {
    pub(super) text: String,
    /// First and last line shown; 0 when there is none.
    pub(super) first: u64,
    pub(super) last: u64,
    /// Lines, or rows, in all.
    pub(super) lines: u64,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    /// The beginning of the file when it is no text.
    pub(super) binary: Option<Vec<u8>>,
    crlf: u64,
    has_mark: bool,
    has_broken_text: bool,
    ends_in_line: bool,
}

impl Page {
    /// Reads `file` to its end. A cancelled read is an error of kind `Interrupted`.
    pub(super) fn scan(file: &mut impl Read, wanted: Wanted, cancel: &Cancel) -> io::Result<Self> {
        let mut scan = Scan { wanted, page: Self::default(), line: Vec::new(), length: 0, is_full: false };
        let mut digester = Digester::default();
        let mut buffer = vec![0; CHUNK];
        loop {
            if cancel.is_cancelled() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let count = match file.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            let Some(chunk) = buffer.get(..count).filter(|chunk| !chunk.is_empty()) else { break };
            digester.update(chunk);
            scan.take(chunk);
        }
        let mut page = scan.finish();
        page.sha256 = digester.finish();
        Ok(page)
    }

    /// How much of the whole is shown, and how to go on.
    pub(super) fn extent(&self, unit: &str) -> String {
        let total = counted(self.lines, unit);
        if self.lines == 0 {
            return "the file is empty".to_owned();
        }
        if self.first <= 1 && self.last == self.lines {
            return total;
        }
        let shown = format!("{unit}s {}-{} of {}", self.first, self.last, self.lines);
        if self.last < self.lines {
            format!("{shown}; go on with offset {}", self.last.saturating_add(1))
        } else {
            shown
        }
    }

    /// What the text does not show of the file's form.
    pub(super) fn peculiarities(&self, is_blob: bool) -> Vec<&'static str> {
        let line_feeds = self.lines.saturating_sub(u64::from(self.ends_in_line));
        let all = [
            (self.crlf > 0 && self.crlf == line_feeds, "CRLF line ends"),
            (self.crlf > 0 && self.crlf < line_feeds, "mixed line ends: some CRLF, some LF"),
            (self.has_mark, "begins with a UTF-8 byte order mark"),
            (self.has_broken_text, "not all of it is UTF-8: \u{fffd} stands for the rest"),
            (self.ends_in_line && self.lines > 0, "no newline at the end"),
        ];
        all.iter().filter(|(holds, _)| *holds && !is_blob).map(|(_, note)| *note).collect()
    }
}

struct Scan {
    wanted: Wanted,
    page: Page,
    /// The beginning of the line being read, when it is wanted.
    line: Vec<u8>,
    /// Its true length so far.
    length: u64,
    /// Whether no further line fits.
    is_full: bool,
}

impl Scan {
    fn take(&mut self, chunk: &[u8]) {
        if self.page.bytes == 0 {
            self.page.has_mark = chunk.starts_with(MARK);
            let is_text = self.wanted.long == Long::Wrapped || !binary::is_binary(chunk);
            self.page.binary = (!is_text).then(|| chunk.to_vec());
        }
        self.page.bytes = self.page.bytes.saturating_add(length_of(chunk));
        if self.page.binary.is_some() {
            return;
        }
        let mut rest = chunk;
        while let Some(at) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at(at);
            self.extend(line);
            self.end_line();
            self.page.ends_in_line = false;
            rest = after.get(1..).unwrap_or_default();
        }
        self.extend(rest);
    }

    fn extend(&mut self, mut piece: &[u8]) {
        self.page.ends_in_line |= !piece.is_empty();
        if self.wanted.long == Long::Wrapped {
            let mut room = LINE_BYTES.saturating_sub(self.line.len());
            while piece.len() > room {
                let (now, later) = piece.split_at(room);
                self.keep(now);
                self.wrap();
                piece = later;
                room = LINE_BYTES.saturating_sub(self.line.len());
            }
        }
        self.keep(piece);
    }

    fn keep(&mut self, piece: &[u8]) {
        self.length = self.length.saturating_add(length_of(piece));
        // A few bytes more than are shown, so that a cut is noticed. The last byte of a line stands at the end of what is
        // kept even then, in the part that is not shown: it may be half of a CRLF.
        let room = LINE_BYTES.saturating_add(8).saturating_sub(self.line.len());
        match (piece.get(..room), piece.last()) {
            (Some(start), Some(last)) => {
                self.line.extend_from_slice(start);
                if let Some(end) = self.line.last_mut() {
                    *end = *last;
                }
            }
            _ => self.line.extend_from_slice(piece),
        }
    }

    /// Ends a row within a line. A character that was cut begins the next one.
    fn wrap(&mut self) {
        let broken = self.line.utf8_chunks().last().map_or(0, |chunk| chunk.invalid().len());
        let next = self.line.split_off(self.line.len().saturating_sub(broken));
        self.end_line();
        self.length = length_of(&next);
        self.line = next;
    }

    fn end_line(&mut self) {
        self.page.lines = self.page.lines.saturating_add(1);
        if self.line.last() == Some(&b'\r') {
            self.page.crlf = self.page.crlf.saturating_add(1);
            self.length = self.length.saturating_sub(1);
            self.line.pop();
        }
        if self.wanted.lines.contains(&self.page.lines) && !self.is_full {
            self.show();
        }
        self.line.clear();
        self.length = 0;
    }

    fn show(&mut self) {
        let number = self.page.lines;
        let line = if number == 1 { self.line.strip_prefix(MARK).unwrap_or(&self.line) } else { &self.line };
        let text = match self.wanted.long {
            Long::Wrapped => plain(line).text,
            Long::Shortened => String::from_utf8_lossy(line).into_owned(),
        };
        let limit = LINE_BYTES.min(self.wanted.room / 2);
        let is_long = text.len() > limit;
        let shown = start_of(&text, limit);
        self.page.has_broken_text |= !is_long && std::str::from_utf8(line).is_err();
        let cut = if is_long { format!("… [line of {} bytes]", self.length) } else { String::new() };
        let row = format!("{number:>5}\t{shown}{cut}\n");
        if self.page.text.len().saturating_add(row.len()) > self.wanted.room {
            self.is_full = true;
            return;
        }
        self.page.text.push_str(&row);
        self.page.last = number;
        if self.page.first == 0 {
            self.page.first = number;
        }
    }

    fn finish(mut self) -> Page {
        if self.page.ends_in_line && self.page.binary.is_none() {
            self.end_line();
        }
        self.page
    }
}

fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
