//! The beginning and the end of an output that is too long to show.

use super::{counted, human, start_of};

/// What was left out and where it is.
pub(crate) struct Omitted<'a> {
    /// Lines and bytes of the whole output.
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    /// How the model reads all of it: `blob:<id>`.
    pub(crate) pointer: &'a str,
}

/// Two fifths of `room` from the beginning and the rest from the end, which says more, in whole lines where they are not
/// endless, and between them what was left out.
pub(crate) fn excerpt(head: &str, tail: &str, room: usize, omitted: &Omitted<'_>) -> String {
    let head = whole_lines_at_start(start_of(head, room / 5 * 2));
    let tail = whole_lines_at_end(end_of(tail, room / 5 * 3));
    let shown = head.lines().count().saturating_add(tail.lines().count());
    let left = omitted.lines.saturating_sub(shown.try_into().unwrap_or(u64::MAX));
    let what = if left > 0 { counted(left, "line") } else { "the middle of a long line".to_owned() };
    let newline = if head.is_empty() || head.ends_with('\n') { "" } else { "\n" };
    format!(
        "{head}{newline}[… {what} left out here; the whole output, {}, is stored: read {} with offset and limit …]\n{tail}",
        human(omitted.bytes),
        omitted.pointer
    )
}

fn end_of(text: &str, limit: usize) -> &str {
    text.get(text.ceil_char_boundary(text.len().saturating_sub(limit))..).unwrap_or(text)
}

fn whole_lines_at_start(text: &str) -> &str {
    let end = text.rfind('\n').map_or(0, |at| at.saturating_add(1));
    if end.saturating_mul(2) < text.len() { text } else { text.get(..end).unwrap_or(text) }
}

fn whole_lines_at_end(text: &str) -> &str {
    let start = text.find('\n').map_or(text.len(), |at| at.saturating_add(1));
    if start.saturating_mul(2) > text.len() { text } else { text.get(start..).unwrap_or(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_are_shown_and_the_rest_is_counted() {
        let text = (1..=100).map(|n| format!("line {n}\n")).collect::<Vec<_>>().concat();
        let omitted = Omitted { lines: 100, bytes: 792, pointer: "blob:c" };
        let shown = excerpt(&text, &text, 100, &omitted);
        assert_eq!(
            shown,
            "line 1\nline 2\nline 3\nline 4\nline 5\n[… 88 lines left out here; the whole output, 792 B, is stored: \
             read blob:c with offset and limit …]\nline 94\nline 95\nline 96\nline 97\nline 98\nline 99\nline 100\n"
        );
        let endless = "ñ".repeat(1_000);
        let shown = excerpt(&endless, &endless, 100, &Omitted { lines: 1, bytes: 2_000, pointer: "blob:c" });
        assert!(
            shown.starts_with("ñññ") && shown.ends_with("ñ") && shown.contains("the middle of a long line")
        );
    }
}
