//! Why an edit was not made, as the model reads it.

use crate::paths::PathError;
use crate::seen::SeenError;
use crate::text::human;

/// How many line numbers are listed.
const LISTED: usize = 12;

/// Why an edit was not made.
#[derive(Debug, thiserror::Error)]
pub(super) enum EditError {
    #[error(transparent)]
    Path(#[from] PathError),
    #[error(transparent)]
    Seen(#[from] SeenError),
    #[error(
        "`{0}` is not UTF-8 throughout, so it is not edited as text. Use `shell` (iconv, sed) or `write` it whole."
    )]
    NotUtf8(String),
    #[error("`{path}` has {}, which is too large to edit. Use `shell` (sed).", human(*bytes))]
    TooLarge { path: String, bytes: u64 },
    #[error("`{path}` is unchanged. {refusal}")]
    Refused { path: String, refusal: Refusal },
}

/// Why a replacement does not fit a text. Nothing is ever applied in part.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("`old` is empty. Give the text to replace; to write a whole file use `write`.")]
    EmptyOld,
    #[error("`old` and `new` are the same, so there is nothing to change.")]
    NoChange,
    #[error(
        "`old` occurs {} times, at lines {}. Add lines around it until it is unique, or set `all` to replace every one.",
        .0.len(),
        listed(.0)
    )]
    Ambiguous(Vec<usize>),
    #[error(
        "`old` is not there exactly; apart from {difference} it fits {} places, at lines {}. Copy one of them exactly, with enough lines around it to be unique.",
        .lines.len(),
        listed(.lines)
    )]
    AmbiguousBut { difference: &'static str, lines: Vec<usize> },
    #[error(
        "`old` begins its lines with line numbers, which `read` adds and the file does not have.{}",
        .found_at.map_or(String::new(), |line| format!(" Without them it is at line {line}."))
            + " Send it again without the numbers and the tab, in `new` too."
    )]
    LineNumbers { found_at: Option<usize> },
    #[error("`old` is not in the file.{hint}")]
    NotFound { hint: String },
}

fn listed(lines: &[usize]) -> String {
    let mut text: Vec<String> = lines.iter().take(LISTED).map(usize::to_string).collect();
    if lines.len() > LISTED {
        text.push("…".to_owned());
    }
    text.join(", ")
}
