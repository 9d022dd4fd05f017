//! How a run without a screen tells what happens and how it ended.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use headwater_protocol::events::Failed;
use headwater_protocol::{EndReason, SessionId};

use super::answer_file;
use super::drive::{Ended, Sink};
use crate::output;

/// Where records, progress and the answer go.
#[derive(Debug, Args)]
pub(in crate::commands) struct Telling {
    /// Write records to standard output, one JSON object a line; the last is always `turn_ended`.
    #[arg(long = "json")]
    is_json: bool,
    /// With --json: write the passing deltas too.
    #[arg(long = "deltas", requires = "is_json")]
    has_deltas: bool,
    /// Also write the final answer to this file.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Telling {
    /// Whether nothing was said about it.
    pub(in crate::commands) fn is_usual(&self) -> bool {
        !self.is_json && !self.has_deltas && self.output.is_none()
    }

    /// Says before the work that an answer would have nowhere to go.
    pub(in crate::commands) fn check(&self) -> Result<()> {
        self.output.as_deref().map_or(Ok(()), answer_file::check)
    }

    /// Who is told what happens.
    pub(in crate::commands) fn sink(&self, session: &SessionId, sandbox: &str) -> Sink {
        if self.is_json { Sink::json(self.has_deltas) } else { Sink::progress(session, sandbox) }
    }

    /// The answer, the file, the exit code. What a spent budget left of an answer is told as one.
    pub(in crate::commands) fn finish(&self, ended: &Ended) -> Result<u8> {
        let is_done = ended.reason == EndReason::Done;
        let has_answer = is_done || ended.is_partial();
        if let Some(path) = self.output.as_ref().filter(|_| has_answer) {
            std::fs::write(path, format!("{}\n", ended.text.trim_end()))
                .with_context(|| format!("the answer cannot be written to {}", path.display()))?;
        }
        if let Some((waits, how)) = &ended.question {
            output::note(&format!("Waits for an answer: {}", output::without_controls(waits)));
            output::note(&format!("  hint: {how}"));
            return Ok(ended.reason.exit_code());
        }
        if self.is_json {
            return Ok(ended.reason.exit_code());
        }
        if has_answer {
            output::print(&format!("{}\n", ended.text.trim_end()))?;
        }
        if !is_done {
            tell_failure(ended);
        }
        if ended.denied > 0 {
            let calls = if ended.denied == 1 {
                "1 call was".to_owned()
            } else {
                format!("{} calls were", ended.denied)
            };
            output::note(&format!("note: {calls} denied, since nobody was here to be asked"));
        }
        Ok(ended.reason.exit_code())
    }
}

fn tell_failure(ended: &Ended) {
    if ended.has_card() {
        output::note(&output::without_controls(ended.text.trim_end()));
        if let Some(session) = &ended.session {
            let approve = format!("headwater exec --approve-mission --resume {session}");
            output::note(&format!("Nothing runs before it is approved: `{approve}`"));
            output::note(&format!("  hint: `{}` shows it on the screen.", ended.resume(session)));
        }
        return;
    }
    match &ended.failure {
        Some(Failed { message, next_step, .. }) => {
            output::note(&format!("error: {}", output::without_controls(message)));
            output::note(&format!("  hint: {next_step}"));
        }
        None if ended.is_partial() => output::note(&format!("error: {}", ended.reason.what_now())),
        None => output::note(&format!("error: {}", output::without_controls(&ended.text))),
    }
    if let Some(session) = &ended.session {
        output::note(&format!("  hint: `{}` carries on from here.", ended.resume(session)));
    }
}
