//! Cutting text at character boundaries, and saying so.

use std::borrow::Cow;
use std::ops::Range;

/// The longest start of `text` that has at most `limit` bytes and no broken character.
pub(crate) fn start_of(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit)).unwrap_or(text)
}

/// `line` with at most about `limit` bytes around what matters in it, `focus`; dots stand for what was left out.
pub(crate) fn around(line: &str, focus: Range<usize>, limit: usize) -> Cow<'_, str> {
    if line.len() <= limit {
        return Cow::Borrowed(line);
    }
    let spare = limit.saturating_sub(focus.len()) / 3;
    let latest = line.len().saturating_sub(limit);
    let from = line.floor_char_boundary(focus.start.saturating_sub(spare).min(latest));
    let to = line.floor_char_boundary(from.saturating_add(limit));
    let before = if from == 0 { "" } else { "…" };
    let after = if to == line.len() { "" } else { "…" };
    let kept = line.get(from..to).unwrap_or_default();
    Cow::Owned(format!("{before}{kept}{after} [line of {} bytes]", line.len()))
}

/// `text` cut to `cap` bytes, whatever it is: the last guard of the promise that no result is longer.
pub(crate) fn fit(text: String, cap: usize) -> String {
    const MARK: &str = "\n[cut: the result was too long]";
    if text.len() <= cap {
        return text;
    }
    let mut cut = start_of(&text, cap.saturating_sub(MARK.len())).to_owned();
    cut.push_str(start_of(MARK, cap));
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters_and_never_longer_than_its_cap() {
        assert_eq!(start_of("añb", 2), "a");
        assert_eq!(start_of("añb", 9), "añb");
        for cap in 0..80 {
            assert!(fit("ñ".repeat(100), cap).len() <= cap);
        }
        assert_eq!(fit("short".to_owned(), 5), "short");
    }

    #[test]
    fn a_long_line_is_shown_around_what_matters() {
        let line = format!("{}needle{}", "a".repeat(500), "b".repeat(500));
        let shown = around(&line, 500..506, 60);
        assert!(shown.contains("needle") && shown.starts_with('…') && shown.len() < 100, "{shown}");
        assert!(shown.ends_with("… [line of 1006 bytes]"), "{shown}");
        assert_eq!(around("short", 0..1, 60), "short");
        assert!(around(&line, 0..2000, 60).starts_with("aaa"));
        assert!(around(&line, 1005..1006, 60).contains("bbb [line"));
    }
}
