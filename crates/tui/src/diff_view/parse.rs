//! Reads diffs: the shape `diff` of the tools' data, and unified text.

use serde_json::Value;

use super::{Change, DiffView, words};

/// `{hunks: [{old_start, new_start, lines: [{kind, text}]}], added, removed, cut}`, as the edit and write tools
/// keep it.
pub(super) fn data(data: &Value) -> Option<DiffView> {
    let mut reader = Reader::default();
    for hunk in data.get("hunks")?.as_array()? {
        reader.begin(number(hunk, "old_start").unwrap_or(1), number(hunk, "new_start").unwrap_or(1));
        for line in hunk.get("lines").and_then(Value::as_array).into_iter().flatten() {
            reader.object(line);
        }
    }
    let mut view = reader.finish()?;
    // What was left out of a large diff still counts.
    let totals = number(data, "added").zip(number(data, "removed"));
    view.totals = totals.filter(|_| data.get("cut").and_then(Value::as_bool) == Some(true));
    Some(view)
}

fn number(value: &Value, key: &str) -> Option<usize> {
    value.get(key).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok())
}

/// Unified text with `@@ -a,b +c,d @@` headers.
pub(super) fn unified(text: &str) -> Option<DiffView> {
    let mut reader = Reader::default();
    for line in text.lines() {
        if let Some(header) = line.strip_prefix("@@ ") {
            reader.hunk(header);
        } else if reader.is_in_hunk {
            reader.line(line);
        }
    }
    reader.finish()
}

/// Gathers lines and numbers them.
#[derive(Default)]
struct Reader {
    view: DiffView,
    old: usize,
    new: usize,
    is_in_hunk: bool,
    is_after_gap: bool,
}

impl Reader {
    /// `-a,b +c,d @@ …`
    fn hunk(&mut self, header: &str) {
        let mut starts =
            header.split([' ', ',']).filter_map(|part| part.strip_prefix(['-', '+'])?.parse::<usize>().ok());
        let old = starts.next().unwrap_or(1);
        self.begin(old, starts.next().unwrap_or(old));
    }

    fn begin(&mut self, old: usize, new: usize) {
        (self.old, self.new) = (old, new);
        self.is_in_hunk = true;
        self.is_after_gap = true;
    }

    fn line(&mut self, line: &str) {
        let mut characters = line.chars();
        match characters.next() {
            Some(sign @ ('+' | '-' | ' ')) => self.push(sign, characters.as_str()),
            None => self.push(' ', ""),
            // `\ No newline at end of file`, or the header of the next file.
            Some(_) => {}
        }
    }

    fn object(&mut self, line: &Value) {
        let text = |key: &str| line.get(key).and_then(Value::as_str);
        let sign = match text("kind") {
            Some("added") => '+',
            Some("removed") => '-',
            Some(_) | None => ' ',
        };
        self.push(sign, text("text").unwrap_or_default());
    }

    fn push(&mut self, sign: char, line: &str) {
        let (change, number) = match sign {
            '+' => (Change::Added, self.new),
            '-' => (Change::Removed, self.old),
            _ => (Change::Same, self.new),
        };
        self.old += usize::from(change != Change::Added);
        self.new += usize::from(change != Change::Removed);
        self.view.push(change, number, line, std::mem::take(&mut self.is_after_gap));
    }

    fn finish(mut self) -> Option<DiffView> {
        words::emphasize(&mut self.view);
        (!self.view.lines.is_empty()).then_some(self.view)
    }
}
