//! What is derived from the log and lies beside it: the texts that edits of the conversation have stored (HARNESS R-D, R-F,
//! P1). Where one is missing or other than the log has it, it is written again. Everything else of a session is folded
//! anew whenever it is loaded.
//!
//! *Not here:* what tools stored. The log holds its beginning and end alone.

use std::io;
use std::path::Path;

use headwater_protocol::projection::hex;
use headwater_protocol::tool::Blob;
use headwater_protocol::views::Conversation;
use headwater_protocol::{BlobId, ContextEdit, Event, Passage, Record, View as _};
use sha2::{Digest as _, Sha256};

use super::files;
use crate::regular_file;

/// Writes the stored texts of `records` into `directory` that are not there as the log has them; their names.
pub(crate) fn rebuild(directory: &Path, records: &[Record]) -> io::Result<Vec<BlobId>> {
    let wrong: Vec<&Blob> = records
        .iter()
        .flat_map(stored)
        .map(|(blob, _)| blob)
        .filter(|blob| !is_there(directory, blob))
        .collect();
    if wrong.is_empty() {
        return Ok(Vec::new());
    }
    let mut rebuilt = Vec::new();
    let mut conversation = Conversation::default();
    for record in records {
        for (blob, passage) in stored(record).filter(|(blob, _)| wrong.contains(blob)) {
            let text = conversation.text_of(passage).filter(|text| is_whole(text.as_bytes(), blob));
            if let Some(text) = text {
                std::fs::create_dir_all(directory)?;
                files::replace(&directory.join(blob.id.as_str()), |file| file.write_all(text.as_bytes()))?;
                rebuilt.push(blob.id.clone());
            }
        }
        conversation.apply(record);
    }
    Ok(rebuilt)
}

/// The texts that a record says were stored, and where each stood.
fn stored(record: &Record) -> impl Iterator<Item = (&Blob, &Passage)> {
    let edits =
        if let Event::ContextEdited(edited) = &record.event { edited.plan.edits.as_slice() } else { &[] };
    edits.iter().filter_map(stored_by).filter(|(blob, _)| is_plain(&blob.id))
}

fn stored_by(edit: &ContextEdit) -> Option<(&Blob, &Passage)> {
    match edit {
        ContextEdit::Externalize { replacement, blob } => Some((blob, &replacement.passage)),
        ContextEdit::ClearResults { .. }
        | ContextEdit::Summarize { .. }
        | ContextEdit::Drop { .. }
        | ContextEdit::Reframe { .. } => None,
    }
}

/// Whether a name stays in the directory: a log may come from anywhere.
fn is_plain(id: &BlobId) -> bool {
    let name = id.as_str();
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn is_there(directory: &Path, blob: &Blob) -> bool {
    regular_file::read(&directory.join(blob.id.as_str())).is_ok_and(|bytes| is_whole(&bytes, blob))
}

fn is_whole(bytes: &[u8], blob: &Blob) -> bool {
    bytes.len() as u64 == blob.bytes.0 && hex(&Sha256::digest(bytes)) == blob.sha256
}
