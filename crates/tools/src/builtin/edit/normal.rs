//! A text without what often differs unseen, and the way back from places in it to places in the text itself.

use std::ops::Range;

/// What is taken away at the end of each line.
pub(super) type Trim = fn(&str) -> &str;

/// The carriage return of a CRLF.
pub(super) fn without_return(line: &str) -> &str {
    line.strip_suffix('\r').unwrap_or(line)
}

/// All blanks at the end.
pub(super) fn without_trailing_blanks(line: &str) -> &str {
    line.trim_end_matches([' ', '\t', '\r'])
}

/// A text whose lines were trimmed at their ends.
pub(super) struct Normal {
    pub(super) text: String,
    /// Where each line begins: in the normal text and in the original. A line feed at the end begins another one.
    lines: Vec<(usize, usize)>,
}

impl Normal {
    pub(super) fn of(original: &str, trim: Trim) -> Self {
        let mut normal = Self { text: String::with_capacity(original.len()), lines: Vec::new() };
        let mut start = 0;
        for line in original.split_inclusive('\n') {
            normal.lines.push((normal.text.len(), start));
            start += line.len();
            match line.strip_suffix('\n') {
                Some(content) => {
                    normal.text.push_str(trim(content));
                    normal.text.push('\n');
                }
                // A last line without an end is trimmed too: it ends where the text ends.
                None => normal.text.push_str(trim(line)),
            }
        }
        if original.ends_with('\n') {
            normal.lines.push((normal.text.len(), start));
        }
        normal
    }

    /// The range of the original text for one of this text.
    pub(super) fn original(&self, range: &Range<usize>) -> Range<usize> {
        self.place(range.start)..self.place(range.end)
    }

    fn place(&self, at: usize) -> usize {
        let after = self.lines.partition_point(|(normal, _)| *normal <= at);
        let line = self.lines.get(after.saturating_sub(1));
        line.map_or(0, |(normal, original)| original + (at - normal))
    }
}
