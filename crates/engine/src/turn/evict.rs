//! A result that is longer than one may be is stored, whatever tool it came from: its beginning, its end and the way to all
//! of it stay (HARNESS D1, M3). The built-in tools keep to the cap by themselves; others need not know it.

use std::path::Path;

use headwater_context::shortened;
use headwater_protocol::projection::hex;
use headwater_protocol::tool::Blob;
use headwater_protocol::{BlobId, Bytes, ToolOutcome};
use sha2::{Digest as _, Sha256};

use super::Turn;

/// What a tool may say beyond its cap, such as how to go on: a part of the cap, and bytes in any case.
const SLACK: (usize, usize) = (8, 1_024);

impl Turn<'_> {
    /// The outcome with no more text than one result may hand to the model.
    pub(super) fn within_cap(&self, outcome: ToolOutcome) -> ToolOutcome {
        let cap = usize::try_from(self.parts.result_cap().0).unwrap_or(usize::MAX);
        if outcome.model_text.len() <= cap.saturating_add(cap / SLACK.0).saturating_add(SLACK.1) {
            return outcome;
        }
        // What is stored is read again, and must be as clean as what is recorded.
        let text = self.ledger.redactor().text(&outcome.model_text).into_owned();
        let id = BlobId::new(format!("result-{}", self.ledger.next_seq()));
        match store(&self.parts.blobs, &id, &text) {
            Ok(blob) => {
                let mut blobs = outcome.blobs;
                blobs.push(blob);
                ToolOutcome { model_text: shortened(&text, cap, &id), blobs, ..outcome }
            }
            Err(error) => {
                tracing::warn!(%error, "a long result cannot be stored");
                let head = text.get(..text.floor_char_boundary(cap)).unwrap_or_default();
                let told =
                    format!("{head}\n[… the rest of {} bytes is lost: it could not be stored …]", text.len());
                ToolOutcome { model_text: told, ..outcome }
            }
        }
    }
}

fn store(directory: &Path, id: &BlobId, text: &str) -> std::io::Result<Blob> {
    std::fs::create_dir_all(directory)?;
    std::fs::write(directory.join(id.as_str()), text)?;
    let sha256 = hex(&Sha256::digest(text.as_bytes()));
    Ok(Blob { id: id.clone(), bytes: Bytes(text.len() as u64), sha256 })
}
