//! A turn that stands at the gate: which call waits for a person, and the commands that answer it from another process.

use std::fmt::Write as _;

use anyhow::Result;
use headwater_engine::modes::spec;
use headwater_protocol::events::ApprovalRequested;
use headwater_protocol::tool::Question;
use headwater_protocol::views::fold;
use headwater_protocol::{CallId, Conductor, Event, ModeId, Record, RunState, SessionId, ToolCall};
use serde_json::Value;

use crate::args::Globals;
use crate::output::one_line;
use crate::user_error::UserError;

/// Columns of a call, and of why it asks.
const WIDTH: usize = 200;

/// A turn that waits for a person since its process ended.
#[derive(Clone, Debug)]
pub(crate) struct HeldTurn {
    /// The question, and the call as it would run. Absent where the process ended between an answer and what follows it: then
    /// the turn goes on by itself.
    pub(crate) question: Option<(ApprovalRequested, ToolCall)>,
    /// What the model asks the person, where that is what waits.
    pub(crate) asked: Option<Question>,
}

/// The turn of these records that waits, if one does.
pub(crate) fn of(records: &[Record]) -> Option<HeldTurn> {
    let state: RunState = fold(records);
    if !state.is_held() {
        return None;
    }
    let question = state.approvals.waiting.first().and_then(|asked| {
        let request = records.iter().rev().find_map(|record| called(&record.event, &asked.call))?;
        let input = asked.input.clone().unwrap_or_else(|| request.input.clone());
        Some((asked.clone(), ToolCall { input, ..request.clone() }))
    });
    let asked = state.open_calls.question().filter(|_| question.is_none()).cloned();
    Some(HeldTurn { question, asked })
}

/// The mode in which the turn of these records goes on: that of the command line or of the session, unless it has no turns.
pub(crate) fn mode_of(records: &[Record], globals: &Globals) -> ModeId {
    let state: RunState = fold(records);
    let today = globals.mode.map_or(state.session.mode, ModeId::from);
    match spec(today).conductor {
        Conductor::Turns => today,
        Conductor::Mission => state.phase.mode,
    }
}

/// Refuses to say something else to a session whose call waits.
pub(crate) fn refuse(records: &[Record], session: &SessionId, globals: &Globals) -> Result<()> {
    let Some(held) = of(records) else { return Ok(()) };
    let message = format!("session {session} waits for an answer: {}", held.told());
    Err(UserError::usage(message).hint(held.how(session, globals)).into())
}

fn called<'r>(event: &'r Event, call: &CallId) -> Option<&'r ToolCall> {
    if let Event::ToolCalled(called) = event {
        Some(&called.request).filter(|request| request.call == *call)
    } else {
        None
    }
}

impl HeldTurn {
    /// The call that waits, and why, in a line.
    pub(crate) fn told(&self) -> String {
        if let Some(question) = &self.asked {
            return question_told(question);
        }
        let Some((asked, call)) = &self.question else {
            return "its turn was cut off behind an answer, and goes on when it is resumed".to_owned();
        };
        let mut told = format!("{} {} ({})", call.name, one_line(&gist(&call.input), WIDTH), call.call);
        // Writing to a String cannot fail.
        let _never = write!(told, ": {}", one_line(&asked.why, WIDTH));
        told
    }

    /// How it goes on, as a sentence with the commands in it. They name the call: given twice, they answer no other call
    /// that nobody was shown.
    pub(crate) fn how(&self, session: &SessionId, globals: &Globals) -> String {
        let command = command(session, globals);
        if self.asked.is_some() {
            return format!(
                "`{command} --answer TEXT` answers it and goes on; without it, it is asked on the screen."
            );
        }
        let named = |(asked, _): &(ApprovalRequested, ToolCall)| format!("={}", quoted(asked.call.as_str()));
        let call = self.question.as_ref().map(named).unwrap_or_default();
        format!(
            "`{command} --approve{call}` lets it run and goes on, `--deny{call}` in its place refuses it; without either it \
             is asked on the screen."
        )
    }
}

/// A question with what can be chosen, in a line.
fn question_told(question: &Question) -> String {
    let mut told = format!("the model asks: {}", one_line(&question.text, WIDTH));
    if !question.options.is_empty() {
        let options: Vec<String> = question.options.iter().map(|option| one_line(option, WIDTH)).collect();
        // Writing to a String cannot fail.
        let _never = write!(told, " [{}]", options.join(" | "));
    }
    told
}

/// As a shell reads it as one word.
fn quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), Into::into)
}

/// The command that resumes a session with the model that it had here: flags and variables of this process are not known to
/// the next one. The directory stands in the log.
fn command(session: &SessionId, globals: &Globals) -> String {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let known = Globals {
        cwd: None,
        provider: globals.provider.clone().or_else(|| variable("HEADWATER_PROVIDER")),
        model: globals.model.clone().or_else(|| variable("HEADWATER_MODEL")),
        base_url: globals.base_url.clone().or_else(|| variable("HEADWATER_BASE_URL")),
        ..globals.clone()
    };
    let mut words = vec!["headwater".to_owned(), "resume".to_owned(), session.to_string()];
    words.extend(known.of_vendor_and_place());
    words.extend(known.of_limits());
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
}

/// What an input is about: the one argument that says it, or all of it.
fn gist(input: &Value) -> String {
    let telling = ["command", "path", "file_path"].iter().find_map(|name| input.get(name)?.as_str());
    telling.map_or_else(|| input.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w3_the_command_that_goes_on_says_which_model_and_where() {
        let globals = Globals {
            provider: Some("llamacpp".to_owned()),
            base_url: Some("http://127.0.0.1:1/v1".to_owned()),
            config: vec!["limits.max_cost=1 ".to_owned()],
            max_steps: Some(7),
            cwd: Some("relative".into()),
            ..Globals::default()
        };
        let command = command(&"s1".into(), &globals);
        assert!(command.starts_with("headwater resume s1 --provider llamacpp"), "{command}");
        assert!(command.contains("--base-url http://127.0.0.1:1/v1"), "{command}");
        assert!(command.ends_with("--config 'limits.max_cost=1 ' --max-steps 7"), "{command}");
        assert!(!command.contains("relative"), "{command}");
    }
}
