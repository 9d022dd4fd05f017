//! What a message names with `@` for the context of a mission: files, directories, globs, stored output of a tool
//! (`@blob:ID`), the conversation so far (`@history`).

use std::io::Cursor;
use std::path::Path;

use headwater_protocol::{Block, Message};

use crate::corpus::ContextSource;
use crate::ledger::Ledger;

/// The name of the conversation so far.
const HISTORY: &str = "history";
/// How a stored output is named.
const BLOB: &str = "blob:";

/// The sources that `text` names, as far as they exist.
pub(super) fn mentioned(
    text: &str,
    workspace: &Path,
    conversation: &Ledger,
    blobs: &Path,
) -> Vec<ContextSource> {
    words(text)
        .filter_map(|word| {
            if word == HISTORY {
                return Some(ContextSource::Text {
                    name: HISTORY.to_owned(),
                    reader: Box::new(Cursor::new(history(&conversation.state().conversation.messages()))),
                });
            }
            match word.strip_prefix(BLOB) {
                Some(id) => stored(id, blobs),
                None => exists(word, workspace).then(|| ContextSource::Path(word.to_owned())),
            }
        })
        .collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
        .filter_map(|word| word.strip_prefix('@'))
        .map(|word| word.trim_end_matches([',', '.', ';', ':', '?', '!', ')']))
        .filter(|word| !word.is_empty())
}

fn exists(path: &str, workspace: &Path) -> bool {
    workspace.join(path).exists() || path.contains('*')
}

/// A stored output; a name that leads elsewhere is none.
fn stored(id: &str, blobs: &Path) -> Option<ContextSource> {
    let is_plain =
        id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) && !id.contains("..");
    let path = blobs.join(id);
    (is_plain && path.is_file()).then(|| ContextSource::Path(path.to_string_lossy().into_owned()))
}

/// The conversation as one text, message by message.
fn history(messages: &[std::sync::Arc<Message>]) -> String {
    let mut text = String::new();
    for message in messages {
        match message.as_ref() {
            Message::User { parts } => section(&mut text, "user", &parts.join("\n\n")),
            Message::Assistant { blocks, .. } => {
                let said: Vec<String> = blocks.iter().filter_map(said).collect();
                section(&mut text, "assistant", &said.join("\n"));
            }
            Message::ToolResult { name, text: result, .. } => {
                section(&mut text, &format!("result of {name}"), result);
            }
        }
    }
    text
}

fn section(text: &mut String, title: &str, body: &str) {
    text.push_str("## ");
    text.push_str(title);
    text.push('\n');
    text.push_str(body.trim_end());
    text.push_str("\n\n");
}

fn said(block: &Block) -> Option<String> {
    match block {
        Block::Text { text } => Some(text.clone()),
        Block::Thinking { .. } => None,
        Block::Call(call) => Some(format!("called {} with {}", call.name, call.input)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn only_what_exists_or_is_a_glob_is_a_mention() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("a.log"), "x").unwrap();
        let found: Vec<&str> = words("why did @a.log, @b.log and @src/** fail? me@a.log @")
            .filter(|word| exists(word, directory.path()))
            .collect();
        assert_eq!(found, ["a.log", "src/**"]);
    }

    #[test]
    fn a_stored_output_is_named_by_its_id_alone() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("shell-1"), "x").unwrap();
        assert!(stored("shell-1", directory.path()).is_some());
        for other in ["shell-2", "../shell-1", "", "a/b"] {
            assert!(stored(other, directory.path()).is_none(), "{other}");
        }
    }

    #[test]
    fn the_history_is_told_message_by_message() {
        let messages = [
            Arc::new(Message::user("why?")),
            Arc::new(Message::Assistant {
                blocks: vec![Block::Text { text: "so".into() }],
                origin: String::new(),
            }),
        ];
        assert_eq!(history(&messages), "## user\nwhy?\n\n## assistant\nso\n\n");
    }
}
