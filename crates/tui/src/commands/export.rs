//! `/export`: writes the transcript to a file.

use super::Command;
use crate::app::{App, Effect};
use crate::transcript_pane::PlainCursor;

pub(super) const COMMAND: Command =
    Command { name: "export", arguments: "[FILE]", summary: "write the transcript to a Markdown file", run };

fn run(app: &mut App, arguments: &str) -> Vec<Effect> {
    let lines = app.pane.plain_lines_since(&mut PlainCursor::default());
    let session = app.status.session.id.as_ref().map_or("session", |id| id.as_str());
    let name = if arguments.is_empty() { format!("headwater-{session}.md") } else { arguments.to_owned() };
    vec![Effect::Export { name, text: lines.join("\n") + "\n" }]
}
