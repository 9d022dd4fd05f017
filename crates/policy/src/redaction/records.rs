//! Records without secrets: every text of an event is redacted, but for ids and digests.

use headwater_protocol::events::{AssistantBlock, AssistantMessage};
use headwater_protocol::redact::{redact_text, redact_value};
use headwater_protocol::{Event, Record};
use serde_json::Value;

use super::redactor::{Redactor, whole_text};
use super::spots::{mark, replaced};

/// Fields that name things and are looked up by what they say; a session is carried on in its `workspace` only.
const IDENTIFIERS: &[&str] =
    &["type", "call", "child", "session", "parent", "sha256", "digest", "key", "signature", "workspace"];
/// Fields whose content is up to a model or a tool: nothing in them is an identifier of ours.
const FREE: &[&str] = &["input", "data", "raw"];
/// The longest word of a closed list.
const LONGEST_TAG: usize = 40;

impl Redactor {
    /// The record with a mark in place of each secret. An error says that it could not be read back, and then nothing
    /// of it may be kept.
    pub fn record(&self, mut record: Record) -> Result<Record, serde_json::Error> {
        if !self.is_on() {
            return Ok(record);
        }
        if let Event::AssistantMessage(said) = &mut record.event {
            self.message(said);
        }
        let walk = Walk { redactor: self, names_files: names_files(&record.event), spares_words: false };
        let mut value = serde_json::to_value(&record)?;
        if !walk.fields(&mut value) {
            return Ok(record);
        }
        Record::from_line(&value.to_string()).or_else(|_| {
            // A secret that is a word of one of our closed lists: there the word stays.
            let mut value = serde_json::to_value(&record)?;
            Walk { spares_words: true, ..walk }.fields(&mut value);
            Record::from_line(&value.to_string())
        })
    }

    /// The text of a message is one, its blocks name pieces of it by their length.
    fn message(&self, said: &mut AssistantMessage) {
        let spots = self.spots(said.text.as_bytes());
        let mut begin = 0;
        for block in &mut said.blocks {
            match block {
                AssistantBlock::Text { bytes } => {
                    let end = begin + *bytes;
                    let hidden =
                        spots.iter().map(|spot| spot.end.min(end).saturating_sub(spot.start.max(begin)));
                    let marked = spots.iter().filter(|spot| (begin..end).contains(&spot.start));
                    let marks: usize = marked.map(|spot| mark(&spot.label).len()).sum();
                    *bytes = (*bytes + marks).saturating_sub(hidden.sum());
                    begin = end;
                }
                AssistantBlock::Thinking { text, signature } => {
                    // Signed is what was thought, and nothing else.
                    if redact_text(self, text) {
                        *signature = None;
                    }
                }
                AssistantBlock::Call { .. } => {}
            }
        }
        if !spots.is_empty() {
            said.text = whole_text(replaced(said.text.as_bytes(), &spots));
        }
    }
}

/// Events by which files are put back: their names must lead to them.
fn names_files(event: &Event) -> bool {
    matches!(
        event,
        Event::Checkpointed(_) | Event::FilesChanged(_) | Event::MissionUndone(_) | Event::Rewound(_)
    )
}

/// A walk over the fields of one record.
#[derive(Clone, Copy)]
struct Walk<'a> {
    redactor: &'a Redactor,
    names_files: bool,
    spares_words: bool,
}

impl Walk<'_> {
    /// Redacts the texts in an object of ours; whether anything changed.
    fn fields(&self, value: &mut Value) -> bool {
        match value {
            Value::Object(fields) => {
                fields.iter_mut().fold(false, |changed, (name, field)| self.field(name, field) | changed)
            }
            Value::Array(items) => items.iter_mut().fold(false, |changed, item| self.fields(item) | changed),
            Value::String(text) if self.spares_words && is_tag(text) => false,
            Value::String(text) => redact_text(self.redactor, text),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    fn field(&self, name: &str, field: &mut Value) -> bool {
        if FREE.contains(&name) {
            return redact_value(self.redactor, field);
        }
        let is_identifier = field.is_string() && IDENTIFIERS.contains(&name);
        let is_file = self.names_files && matches!(name, "path" | "paths");
        if is_identifier || is_file { false } else { self.fields(field) }
    }
}

fn is_tag(text: &str) -> bool {
    text.len() <= LONGEST_TAG && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
