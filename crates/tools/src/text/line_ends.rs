//! Line ends.

/// Whether a text has line ends, all of them CRLF.
pub(crate) fn has_only_crlf(text: &str) -> bool {
    let line_feeds = text.matches('\n').count();
    line_feeds > 0 && line_feeds == text.matches("\r\n").count()
}
