//! Here-documents: their body is data, unless the grammar and bash may disagree about where it ends.

use tree_sitter::Node;

/// Passes when the body ends exactly at the first line that is the delimiter, as bash has it.
pub(super) fn check_heredoc(source: &str, node: Node<'_>) -> Result<(), String> {
    let mut cursor = node.walk();
    let (mut start, mut body, mut end, mut strips_tabs) = (None, None, None, false);
    for child in node.children(&mut cursor) {
        let text = source.get(child.byte_range()).unwrap_or_default();
        match child.kind() {
            "<<-" => strips_tabs = true,
            "heredoc_start" => start = Some(text),
            "heredoc_body" => body = Some(text),
            "heredoc_end" => end = Some(child),
            _ => {}
        }
    }
    let (Some(start), Some(end)) = (start, end) else { return unclear() };
    let delimiter: String =
        start.chars().filter(|character| !matches!(character, '\'' | '"' | '\\')).collect();
    let trimmed = |line: &str| -> bool {
        let line = if strips_tabs { line.trim_start_matches('\t') } else { line };
        line == delimiter
    };
    let line_start =
        source.get(..end.start_byte()).and_then(|text| text.rfind('\n')).map_or(0, |found| found + 1);
    let last_line = source.get(line_start..).and_then(|text| text.split('\n').next()).unwrap_or_default();
    let is_early = body.is_some_and(|body| body.split('\n').rev().skip(1).any(trimmed));
    if delimiter.is_empty() || is_early || !trimmed(last_line) { unclear() } else { Ok(()) }
}

/// The body that a command reads on its standard input to the letter, since the delimiter is quoted.
pub(super) fn literal_heredoc(source: &str, node: Node<'_>) -> Option<String> {
    let mut cursor = node.walk();
    let (mut is_quoted, mut body) = (false, "");
    for child in node.children(&mut cursor) {
        let text = source.get(child.byte_range()).unwrap_or_default();
        match child.kind() {
            // Another descriptor than the standard input.
            "file_descriptor" => return None,
            "heredoc_start" => is_quoted = text.contains(['\'', '"', '\\']),
            "heredoc_body" => body = text,
            _ => {}
        }
    }
    is_quoted.then(|| body.to_owned())
}

fn unclear() -> Result<(), String> {
    Err("where its here-document ends is not clear".to_owned())
}
