//! Server-sent events: bytes in, events out, at any chunk boundary.
//!
//! Source: the HTML standard, section "Server-sent events" (event stream interpretation). Lines end with CR, LF or
//! CRLF; a byte order mark at the start is dropped; lines that begin with a colon are comments; `data` lines of one
//! event are joined with LF. `id` and `retry` are of no use here and ignored.
//!
//! *Not here:* UTF-8. Data is handed on as bytes, so that a character cut by a chunk boundary is never seen.

/// The largest event that is accepted, in bytes: far above any real one, and small enough to hold.
pub const EVENT_CAP: usize = 16 * 1024 * 1024;

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// Its `event` field; empty where there is none.
    pub name: &'a [u8],
    /// Its `data` lines, joined with LF; never empty.
    pub data: &'a [u8],
}

/// An event larger than the cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event is larger than {cap} bytes")]
pub struct TooLarge {
    /// The cap, in bytes.
    pub cap: usize,
}

/// Cuts a byte stream into events.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about where the stream stands")]
pub struct Framer {
    buffer: Vec<u8>,
    /// Where the line begins that is not yet whole.
    line: usize,
    /// Up to where that line was already searched for its end.
    searched: usize,
    name: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    /// The event in `name` and `data` was handed out and has to be cleared.
    is_spent: bool,
    /// The last line ended with CR, and an LF right behind it belongs to it.
    after_cr: bool,
    is_at_start: bool,
    has_noise: bool,
    cap: usize,
}

impl Default for Framer {
    fn default() -> Self {
        Self::with_cap(EVENT_CAP)
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Framer {
    /// A framer which accepts events of up to `cap` bytes.
    pub fn with_cap(cap: usize) -> Self {
        Self {
            buffer: Vec::new(),
            line: 0,
            searched: 0,
            name: Vec::new(),
            data: Vec::new(),
            has_data: false,
            is_spent: false,
            after_cr: false,
            is_at_start: true,
            has_noise: false,
            cap,
        }
    }

    /// Adds the next bytes of the stream; take the events they complete with [`Framer::next_event`].
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.line);
        self.searched -= self.line;
        self.line = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole event, if there is one. After an error the stream is of no more use.
    pub fn next_event(&mut self) -> Option<Result<Event<'_>, TooLarge>> {
        if std::mem::take(&mut self.is_spent) {
            self.clear();
        }
        if !self.skip_byte_order_mark() {
            return None;
        }
        while let Some(end) = self.line_end() {
            let is_blank = self.take_line(end);
            if self.data.len() > self.cap {
                return Some(Err(TooLarge { cap: self.cap }));
            }
            if is_blank && self.has_data {
                self.is_spent = true;
                return Some(Ok(Event { name: &self.name, data: &self.data }));
            }
            if is_blank {
                self.clear();
            }
        }
        let pending = self.buffer.len() - self.line + self.data.len();
        (pending > self.cap).then_some(Err(TooLarge { cap: self.cap }))
    }

    /// Whether lines came which no event stream has: something else is being sent.
    pub fn has_noise(&self) -> bool {
        self.has_noise
    }

    fn clear(&mut self) {
        self.name.clear();
        self.data.clear();
        self.has_data = false;
    }

    /// False while it cannot be told yet whether the stream begins with a byte order mark.
    fn skip_byte_order_mark(&mut self) -> bool {
        if !self.is_at_start {
            return true;
        }
        if self.buffer.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(&self.buffer) {
            return false;
        }
        self.is_at_start = false;
        if self.buffer.starts_with(BYTE_ORDER_MARK) {
            self.line = BYTE_ORDER_MARK.len();
            self.searched = self.line;
        }
        true
    }

    /// The end of the line that begins at `line`, if it has arrived.
    fn line_end(&mut self) -> Option<usize> {
        if self.after_cr {
            let next = self.buffer.get(self.line)?;
            self.line += usize::from(*next == b'\n');
            self.searched = self.line;
            self.after_cr = false;
        }
        let unseen = self.buffer.get(self.searched..)?;
        let end = memchr::memchr2(b'\n', b'\r', unseen).map(|offset| self.searched + offset);
        if end.is_none() {
            self.searched = self.buffer.len();
        }
        end
    }

    /// Reads the line that ends at `end` and steps behind it; true when it is blank.
    fn take_line(&mut self, end: usize) -> bool {
        let line = self.buffer.get(self.line..end).unwrap_or_default();
        let is_blank = line.is_empty();
        if let Some(value) = field(line, b"data") {
            if self.has_data {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(value);
            self.has_data = true;
        } else if let Some(value) = field(line, b"event") {
            self.name.clear();
            self.name.extend_from_slice(value);
        } else if !is_ignorable(line) {
            self.has_noise = true;
        }
        self.after_cr = self.buffer.get(end) == Some(&b'\r');
        self.line = end + 1;
        self.searched = self.line;
        is_blank
    }
}

/// The value of a line if it is this field: behind the colon, without one leading blank.
fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    match line.strip_prefix(name)? {
        [] => Some(&[]),
        [b':', b' ', value @ ..] | [b':', value @ ..] => Some(value),
        _ => None,
    }
}

/// Blank lines, comments, and fields that are of no use here.
fn is_ignorable(line: &[u8]) -> bool {
    line.first().is_none_or(|first| *first == b':')
        || field(line, b"id").is_some()
        || field(line, b"retry").is_some()
}

#[cfg(test)]
mod tests;
