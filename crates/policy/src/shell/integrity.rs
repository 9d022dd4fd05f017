//! Checks that the parsed tree tells the whole truth about the text.
//!
//! The grammar and bash disagree in a few places: what the grammar skips over as a blank (a carriage return, a
//! no-break space, an escaped space), where a comment begins, and where a word goes on after an escaped line end.
//! In each of these a command could hide, so the script counts as not understood.

use tree_sitter::{Node, TreeCursor};

/// Passes when every byte belongs to a token or is a blank that bash also takes for one.
pub(super) fn check_integrity(source: &str, root: Node<'_>) -> Result<(), String> {
    if let Some(found) = source.chars().find(|character| is_deceptive(*character)) {
        return Err(format!("it contains an invisible or control character (U+{:04X})", u32::from(found)));
    }
    let mut cursor = root.walk();
    let mut position = 0;
    loop {
        let node = cursor.node();
        if node.kind() == "comment" {
            check_comment(source, node)?;
        }
        if node.kind() == "concatenation" {
            check_contiguous(node)?;
        }
        if matches!(node.kind(), "raw_string" | "ansi_c_string" | "string_content") {
            check_index(source, node)?;
        }
        if matches!(node.kind(), "expansion" | "heredoc_body") {
            check_transformation(source, node)?;
        }
        if node.child_count() == 0 || is_whole(node) {
            check_gap(source, position, node)?;
            position = position.max(node.end_byte());
            if !advance(&mut cursor) {
                break;
            }
        } else if !cursor.goto_first_child() && !advance(&mut cursor) {
            break;
        }
    }
    check_blank(source.get(position..).unwrap_or_default())
}

/// The pieces of one word touch each other.
fn check_contiguous(word: Node<'_>) -> Result<(), String> {
    let mut cursor = word.walk();
    let mut end = word.start_byte();
    for piece in word.children(&mut cursor) {
        if piece.start_byte() != end || piece.kind() == "``" {
            return Err("a word is not clearly one".to_owned());
        }
        end = piece.end_byte();
    }
    Ok(())
}

/// Builtins evaluate an array index that arrives as text, substitutions in it included.
fn check_index(source: &str, node: Node<'_>) -> Result<(), String> {
    let text = source.get(node.byte_range()).unwrap_or_default();
    let hides_command = ["[$(", "[`", "[\\$(", "[\\`"].iter().any(|start| text.contains(start));
    if hides_command { Err("a command may hide in an array index".to_owned()) } else { Ok(()) }
}

/// `${x@P}` takes the value for a prompt, and a prompt runs the substitutions in it.
fn check_transformation(source: &str, expansion: Node<'_>) -> Result<(), String> {
    let text = source.get(expansion.byte_range()).unwrap_or_default();
    if text.contains("@P}") { Err("a value is run as a prompt".to_owned()) } else { Ok(()) }
}

/// Strings are read from their source text, and a blank inside of them is part of it.
fn is_whole(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "raw_string" | "ansi_c_string" | "heredoc_body" | "heredoc_content" | "string_content"
    )
}

fn advance(cursor: &mut TreeCursor<'_>) -> bool {
    loop {
        if cursor.goto_next_sibling() {
            return true;
        }
        if !cursor.goto_parent() {
            return false;
        }
    }
}

fn check_gap(source: &str, position: usize, node: Node<'_>) -> Result<(), String> {
    let gap = source.get(position..node.start_byte().max(position)).unwrap_or_default();
    // The grammar loses a lone `-` (standard input) before a here-document; nothing hides in it.
    let is_lost_dash = gap.trim_matches(' ') == "-" && matches!(node.kind(), "<<" | "<<-");
    if is_lost_dash {
        return Ok(());
    }
    let is_joined = gap.contains("\\\n") && gap.replace("\\\n", "").is_empty();
    let is_apart = |character: Option<char>| character.is_none_or(|character| ";&|()\n".contains(character));
    let before = source.get(..position).and_then(|text| text.chars().next_back());
    let after = source.get(node.start_byte()..).and_then(|text| text.chars().next());
    if is_joined && !is_apart(before) && !is_apart(after) {
        return Err("a word goes on after a line end".to_owned());
    }
    check_blank(gap)
}

fn check_blank(gap: &str) -> Result<(), String> {
    let is_blank = gap.replace("\\\n", "").chars().all(|character| matches!(character, ' ' | '\t' | '\n'));
    if is_blank { Ok(()) } else { Err("part of the text was not understood".to_owned()) }
}

/// In bash a comment begins only where a word could begin.
fn check_comment(source: &str, comment: Node<'_>) -> Result<(), String> {
    let before = source.get(..comment.start_byte()).and_then(|text| text.chars().next_back());
    let is_at_word_start =
        before.is_none_or(|character| matches!(character, ' ' | '\t' | '\n' | ';' | '&' | '|' | '('));
    let text = source.get(comment.byte_range()).unwrap_or_default();
    if is_at_word_start && !text.contains('`') {
        Ok(())
    } else {
        Err("a comment is not clearly one".to_owned())
    }
}

/// Characters that look like nothing, or like something else than what bash sees.
fn is_deceptive(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' => true,
        other => other.is_control() || (other.is_whitespace() && other != ' '),
    }
}
