//! `write`: the whole content of a file.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::PathBuf;

use headwater_protocol::tool::{FileTouch, TouchKind};
use headwater_protocol::{Access, Capability, Tool, ToolContext, ToolOutcome};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::diff::FileDiff;
use crate::digest;
use crate::paths::{PathError, Place, Root, check_writable, save};
use crate::report::{data, data_schema, work};
use crate::seen::{self, SeenError};
use crate::text::{counted, has_only_crlf};

/// Up to this size the old content is kept in memory to show what changed.
const COMPARED_BYTES: u64 = 8 << 20;
/// How UTF-8 files may begin; `read` does not show it.
const MARK: char = '\u{feff}';

/// Writes a whole file.
pub(super) struct Write;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// File in the workspace; directories are made.
    #[serde(deserialize_with = "crate::paths::path")]
    path: String,
    /// The whole new content.
    content: String,
}

#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error(transparent)]
    Path(#[from] PathError),
    #[error(transparent)]
    Seen(#[from] SeenError),
}

impl Tool for Write {
    type Input = Input;

    fn name(&self) -> &'static str {
        "write"
    }

    fn description(&self) -> &'static str {
        "Create a file, or replace all of one that you have read. For a change of a part use edit."
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
        work(context, move |context| write(input, context)).await
    }
}

/// A file that is about to be replaced.
struct Previous {
    metadata: Metadata,
    sha256: String,
    /// Its text, when it is UTF-8 and not too large to compare.
    text: Option<String>,
}

fn write(input: Input, context: &ToolContext) -> Result<ToolOutcome, WriteError> {
    let root = Root::open(&context.workspace)?;
    let place = root.locate(&input.path)?;
    check_writable(&place, context.confinement)?;
    let previous = previous(&root, &place)?;
    let mut new = input.content;
    let mut kept = "";
    if let Some(previous) = &previous {
        seen::check(&context.files_seen, &place.key(), &previous.sha256)?;
        let form = Form::to_keep(previous.text.as_deref().unwrap_or_default(), &new);
        new = form.apply(new);
        kept = form.words();
    }
    save(&root, &place, new.as_bytes(), previous.as_ref().map(|previous| &previous.metadata))?;
    Ok(report(&place, previous, &new, kept))
}

/// What of a file's form is not seen in its text, and is kept when the new text has nothing of the kind.
struct Form {
    has_mark: bool,
    has_crlf: bool,
}

impl Form {
    fn to_keep(before: &str, new: &str) -> Self {
        Self {
            has_mark: before.starts_with(MARK) && !new.starts_with(MARK),
            has_crlf: has_only_crlf(before) && !new.contains('\r'),
        }
    }

    fn apply(&self, mut text: String) -> String {
        if self.has_crlf {
            text = text.replace('\n', "\r\n");
        }
        if self.has_mark {
            text.insert(0, MARK);
        }
        text
    }

    fn words(&self) -> &'static str {
        match (self.has_crlf, self.has_mark) {
            (false, false) => "",
            (true, false) => " It had CRLF line ends throughout, so the new content has them too.",
            (false, true) => " It began with a byte order mark, so the new content does too.",
            (true, true) => {
                " It had CRLF line ends throughout and began with a byte order mark, so the new content does too."
            }
        }
    }
}

fn previous(root: &Root, place: &Place) -> Result<Option<Previous>, PathError> {
    if !place.exists {
        return Ok(None);
    }
    let file = root.open_file(place)?;
    let looked = |error| PathError::of(&place.asked, "reading what it replaces", error);
    let metadata = file.metadata().map_err(looked)?;
    let (sha256, text) = take(file, metadata.len()).map_err(looked)?;
    Ok(Some(Previous { metadata, sha256, text }))
}

fn take(mut file: File, size: u64) -> io::Result<(String, Option<String>)> {
    if size > COMPARED_BYTES {
        return Ok((digest::of_stream(file)?.0, None));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok((digest::of(&bytes), String::from_utf8(bytes).ok()))
}

fn report(place: &Place, previous: Option<Previous>, content: &str, kept: &str) -> ToolOutcome {
    let path = place.key();
    let created = previous.is_none();
    let is_same = previous.as_ref().is_some_and(|before| before.text.as_deref() == Some(content));
    let diff = match previous {
        Some(Previous { text: None, .. }) => FileDiff::opaque(path.clone(), created),
        Some(Previous { text: Some(before), .. }) => FileDiff::between(path.clone(), Some(&before), content),
        None => FileDiff::between(path.clone(), None, content),
    };
    let lines = counted(content.lines().count().try_into().unwrap_or(u64::MAX), "line");
    let mut text = if created {
        format!("Created `{path}` with {lines}.")
    } else if is_same {
        format!("`{path}` already had exactly this content: nothing was changed.")
    } else {
        format!("Replaced `{path}`: {lines} now, +{} -{}.", diff.added, diff.removed)
    };
    text.push_str(kept);
    let kind = if created { TouchKind::Created } else { TouchKind::Changed };
    ToolOutcome {
        files: vec![FileTouch { path, kind, sha256: digest::of(content.as_bytes()) }],
        ..ToolOutcome::text(text).with_data(data(&diff))
    }
}
