//! Hooks around the calls of a mission: its log is written elsewhere, and its card stands in for the person.

use std::path::PathBuf;

use headwater_protocol::events::HookRan;
use headwater_protocol::{Cancel, HookPoint, ModeId, ToolCall};
use serde_json::Value;

use super::occasion::{Occasion, wanted_input};
use super::outcome::{Outcome, Reasoned};
use super::place::Place;
use super::shelf::Hooks;
use super::transcript;
use crate::parts::{Parts, RegisteredTool};

/// The hooks of one mission.
pub(crate) struct MissionHooks {
    hooks: Hooks,
    /// That of the conversation, which is what the person knows as the session.
    session: String,
    transcript: PathBuf,
    workspace: PathBuf,
    home: Option<PathBuf>,
}

/// What hooks said of a call, and the records of their runs.
pub(crate) struct MissionHeard {
    pub(crate) records: Vec<HookRan>,
    /// The input as they want it; an error is one sentence that names the hook.
    pub(crate) input: Result<Value, String>,
}

impl MissionHooks {
    /// Those of the conversation that the mission was started from.
    pub(crate) fn new(parts: &Parts) -> Self {
        let directory = parts.blobs.parent().and_then(|directory| directory.file_name());
        Self {
            hooks: parts.hooks.clone(),
            session: directory.unwrap_or_default().to_string_lossy().into_owned(),
            transcript: parts.blobs.with_file_name(transcript::NAME),
            workspace: parts.workspace.clone(),
            home: parts.home.clone(),
        }
    }

    /// Whether a hook may run around calls.
    pub(crate) fn are_there(&self) -> bool {
        self.hooks.are_at(&[HookPoint::PreToolUse, HookPoint::PostToolUse, HookPoint::PostToolUseFailure])
    }

    /// Runs the hooks before a call. A yes adds nothing to the card; where a hook wants the person to be asked, the card
    /// is not enough.
    pub(crate) async fn before(
        &self,
        call: &ToolCall,
        tool: &RegisteredTool,
        cancel: &Cancel,
    ) -> MissionHeard {
        let known = (tool.tool.as_ref(), tool.spec.capability);
        let occasion = Occasion::of_call(HookPoint::PreToolUse, call, known, &self.workspace);
        let (records, outcome) = self.run(&occasion, cancel).await;
        let refused = outcome.no().or(outcome.halt.as_ref()).or(outcome.asks());
        if let Some(by) = refused {
            return MissionHeard { records, input: Err(format!("denied by {}", by.told())) };
        }
        let wanted = outcome.input.as_ref();
        let wanted = wanted.and_then(|wanted| wanted_input(call, wanted, &self.workspace));
        MissionHeard { records, input: Ok(wanted.unwrap_or_else(|| call.input.clone())) }
    }

    /// Runs the hooks after a call, with its text and data; what they say stands behind the text.
    pub(crate) async fn after(
        &self,
        call: &ToolCall,
        tool: &RegisteredTool,
        (text, data, is_error): (&str, &Value, bool),
        cancel: &Cancel,
    ) -> (Vec<HookRan>, String) {
        let point = if is_error { HookPoint::PostToolUseFailure } else { HookPoint::PostToolUse };
        let known = (tool.tool.as_ref(), tool.spec.capability);
        let occasion = Occasion::of_call(point, call, known, &self.workspace);
        let occasion =
            if is_error { occasion.with("error", text) } else { occasion.with_response(call, text, data) };
        let (records, outcome) = self.run(&occasion, cancel).await;
        let halt = outcome.halt.as_ref().map(Reasoned::told);
        let said = outcome.told.iter().cloned().chain([outcome.objections()]).chain(halt);
        let said: Vec<String> = said.filter(|text| !text.is_empty()).collect();
        (records, said.join("\n"))
    }

    async fn run(&self, occasion: &Occasion, cancel: &Cancel) -> (Vec<HookRan>, Outcome) {
        let place = Place {
            hooks: &self.hooks,
            session: self.session.clone(),
            transcript: self.transcript.clone(),
            mode: ModeId::Recursive,
            workspace: &self.workspace,
            home: self.home.as_deref(),
        };
        // What runs once a session is known where it began.
        let chosen = place.chosen(occasion, |_| false);
        let mut outcome = Outcome::default();
        let ended = place.run(chosen, occasion, cancel).await;
        let unnumbered = |ran: HookRan| HookRan { call: None, ..ran };
        let ended = ended.into_iter().map(|ended| unnumbered(ended.taken(&mut outcome)));
        let records: Vec<HookRan> = ended.collect();
        (records, outcome)
    }
}
