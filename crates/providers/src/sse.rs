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
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every event of a stream cut into these chunks, as `name|data`.
    fn events(chunks: &[&[u8]]) -> Vec<String> {
        let mut framer = Framer::default();
        let mut all = Vec::new();
        for chunk in chunks {
            framer.push(chunk);
            while let Some(event) = framer.next_event() {
                let event = event.unwrap();
                let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
                all.push(format!("{}|{}", text(event.name), text(event.data)));
            }
        }
        all
    }

    #[test]
    fn the_standard_is_followed() {
        let cases: [(&str, &[u8], &[&str]); 10] = [
            ("plain", b"data: a\n\ndata: b\n\n", &["|a", "|b"]),
            ("no blank after the colon", b"data:a\n\n", &["|a"]),
            ("only one blank is dropped", b"data:  a\n\n", &["| a"]),
            ("lines are joined", b"data: a\ndata\ndata: b\n\n", &["|a\n\nb"]),
            ("carriage returns", b"data: a\r\rdata: b\r\n\r\n", &["|a", "|b"]),
            ("comments and other fields", b": ping\n\nid: 7\nretry: 1\ndata: a\nother: x\n\n", &["|a"]),
            ("a name", b"event: delta\ndata: a\n\ndata: b\n\n", &["delta|a", "|b"]),
            ("a name without data is no event", b"event: x\n\ndata: b\n\n", &["|b"]),
            ("a byte order mark", b"\xef\xbb\xbfdata: a\n\n", &["|a"]),
            ("the last event needs its blank line", b"data: a\n\ndata: b\n", &["|a"]),
        ];
        for (name, stream, expected) in cases {
            assert_eq!(events(&[stream]), expected, "{name}");
        }
    }

    #[test]
    fn an_endless_event_is_refused() {
        let mut framer = Framer::with_cap(100);
        framer.push(b"data: ");
        assert_eq!(framer.next_event(), None);
        framer.push(&[b'x'; 200]);
        assert_eq!(framer.next_event(), Some(Err(TooLarge { cap: 100 })));
        let mut framer = Framer::with_cap(100);
        framer.push("data: 0123456789\n".repeat(20).as_bytes());
        assert_eq!(framer.next_event(), Some(Err(TooLarge { cap: 100 })));
    }

    fn stream() -> impl Strategy<Value = Vec<u8>> {
        let end = prop::sample::select(vec!["\n", "\r", "\r\n"]);
        let line = prop_oneof![
            4 => "data: ?[ -~äß漢👩]{0,12}",
            1 => Just("data".to_owned()),
            1 => "event: [a-z]{1,4}",
            1 => ": [a-z]{0,4}",
            3 => Just(String::new()),
        ];
        let lines = prop::collection::vec((line, end), 0..20);
        (any::<bool>(), lines).prop_map(|(has_mark, lines)| {
            let mark = if has_mark { "\u{feff}" } else { "" };
            let lines: String = lines.into_iter().map(|(line, end)| line + end).collect();
            format!("{mark}{lines}").into_bytes()
        })
    }

    proptest! {
        #[test]
        fn a_cut_anywhere_changes_nothing(stream in stream()) {
            let whole = events(&[&stream]);
            for cut in 0..=stream.len() {
                prop_assert_eq!(&events(&[&stream[..cut], &stream[cut..]]), &whole, "cut at {}", cut);
            }
            let single: Vec<&[u8]> = stream.chunks(1).collect();
            prop_assert_eq!(events(&single), whole);
        }

        #[test]
        fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 0..400)) {
            events(&[&noise]);
        }
    }
}
