//! `edit`: replaces an exact text in a file.

mod apply;
mod failure;
mod ladder;
mod nearest;
mod normal;

use std::io::Read as _;
use std::path::PathBuf;

use headwater_protocol::tool::{FileTouch, TouchKind};
use headwater_protocol::{Access, Capability, Tool, ToolContext, ToolOutcome};
use schemars::JsonSchema;
use serde::Deserialize;

use self::apply::{Edited, Replacement, apply};
use self::failure::EditError;
use crate::diff::FileDiff;
use crate::paths::{PathError, Root, check_writable, save};
use crate::report::{data, data_schema, work};
use crate::{digest, seen};

/// The largest file that is edited.
const MOST_BYTES: u64 = 32 << 20;

/// Replaces an exact text in a file.
pub(super) struct Edit;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// File in the workspace.
    #[serde(deserialize_with = "crate::paths::path")]
    path: String,
    /// Text to replace: exactly as in the file, with enough lines around it to occur once.
    old: String,
    /// What stands there instead.
    new: String,
    /// Replace every occurrence, default false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    all: Option<bool>,
}

impl Tool for Edit {
    type Input = Input;

    fn name(&self) -> &'static str {
        "edit"
    }

    fn description(&self) -> &'static str {
        "Replace a text in a file that you have read. Copy `old` from read without the line numbers. Line ends are kept as they are in the file."
    }

    fn capability(&self) -> Capability {
        Capability::Write
    }

    fn output_schema(&self) -> Option<serde_json::Value> {
        Some(data_schema::<FileDiff>())
    }

    fn access(&self, input: &Input) -> Access {
        Access::Write(vec![PathBuf::from(&input.path)])
    }

    async fn run(&self, input: Input, context: ToolContext) -> ToolOutcome {
        work(context, move |context| edit(&input, context)).await
    }
}

fn edit(input: &Input, context: &ToolContext) -> Result<ToolOutcome, EditError> {
    let root = Root::open(&context.workspace)?;
    let place = root.locate_existing(&input.path)?;
    check_writable(&place, context.confinement)?;
    let path = place.key();
    let mut file = root.open_file(&place)?;
    let read = |error| PathError::of(&place.asked, "reading it", error);
    let metadata = file.metadata().map_err(read)?;
    if metadata.len() > MOST_BYTES {
        return Err(EditError::TooLarge { path, bytes: metadata.len() });
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(read)?;
    seen::check(&context.files_seen, &path, &digest::of(&bytes))?;
    let before = String::from_utf8(bytes).map_err(|_| EditError::NotUtf8(path.clone()))?;
    let wanted = Replacement { old: &input.old, new: &input.new, all: input.all.unwrap_or(false) };
    let edited =
        apply(&before, &wanted).map_err(|refusal| EditError::Refused { path: path.clone(), refusal })?;
    save(&root, &place, edited.text.as_bytes(), Some(&metadata))?;
    Ok(report(path, &before, &edited))
}

fn report(path: String, before: &str, edited: &Edited) -> ToolOutcome {
    let diff = FileDiff::between(path.clone(), Some(before), &edited.text);
    let text = format!("Edited `{path}`: {} (+{} -{}).", edited.summary(), diff.added, diff.removed);
    let sha256 = digest::of(edited.text.as_bytes());
    ToolOutcome {
        files: vec![FileTouch { path, kind: TouchKind::Changed, sha256 }],
        ..ToolOutcome::text(text).with_data(data(&diff))
    }
}
