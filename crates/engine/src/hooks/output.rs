//! What a hook's end means: its exit code, and the JSON on its standard output.
//!
//! *Invariant:* a pure function of how it ended; what cannot be read changes nothing and is said.

use headwater_protocol::HookPoint;
use headwater_protocol::events::HookStatus;
use serde_json::Value;

use super::process::{Ended, How};

/// The exit code that blocks.
const BLOCKS: i32 = 2;
/// Characters of a hook's words that reach the model.
const MOST_SAID: usize = 10_000;
/// Characters of them that a record keeps.
const MOST_RECORDED: usize = 2_000;

/// What a hook wants.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Said {
    /// What it decides, if anything.
    pub(super) word: Option<Word>,
    /// The arguments it wants instead, in its own vocabulary.
    pub(super) input: Option<Value>,
    /// Words for the model.
    pub(super) told: Option<String>,
    /// The turn is to end, and why.
    pub(super) halt: Option<String>,
    /// What it wants to be drawn instead.
    pub(super) drawn: Option<String>,
    /// How its run is recorded, with words for the person.
    pub(super) status: Option<HookStatus>,
    /// Words for the person.
    pub(super) text: String,
}

/// A decision of a hook, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Allow(String),
    Ask(String),
    Block(String),
}

impl Said {
    /// What of it counts when nothing has waited for it: its words. What it decided comes too late, and that is said.
    pub(super) fn unheeded(self) -> Self {
        let is_late = self.word.is_some() || self.input.is_some() || self.halt.is_some();
        let text = if is_late { format!("too late to count: {}", self.text) } else { self.text };
        Self { told: self.told, status: self.status, text, ..Self::default() }
    }

    /// How the run is recorded.
    pub(super) fn status(&self) -> HookStatus {
        self.status.unwrap_or(match self.word {
            Some(Word::Allow(_)) => HookStatus::Allowed,
            Some(Word::Block(_)) => HookStatus::Blocked,
            Some(Word::Ask(_)) | None if self.halt.is_some() => HookStatus::Blocked,
            Some(Word::Ask(_)) | None => HookStatus::Passed,
        })
    }
}

/// Whether exit code 2 stops something at this point, or tells the model of it.
fn can_block(point: HookPoint) -> bool {
    match point {
        HookPoint::UserPromptSubmit
        | HookPoint::PreToolUse
        | HookPoint::PostToolUse
        | HookPoint::PostToolUseFailure
        | HookPoint::PermissionRequest
        | HookPoint::Stop
        | HookPoint::SubagentStop
        | HookPoint::PreCompact => true,
        HookPoint::SessionStart
        | HookPoint::SessionEnd
        | HookPoint::Notification
        | HookPoint::StopFailure
        | HookPoint::SubagentStart
        | HookPoint::PostCompact
        | HookPoint::MessageDisplay
        | HookPoint::StatusLine => false,
    }
}

/// Whether plain words on standard output are for the model.
fn speaks_plainly(point: HookPoint) -> bool {
    matches!(point, HookPoint::UserPromptSubmit | HookPoint::SessionStart | HookPoint::SubagentStart)
}

/// What the end of a hook means.
pub(super) fn interpret(point: HookPoint, ended: &Ended) -> Said {
    let failed = |text: String| Said { status: Some(HookStatus::Failed), text, ..Said::default() };
    match &ended.how {
        How::Code(0) => of_output(point, &ended.stdout),
        How::Code(BLOCKS) if can_block(point) => {
            let reason = capped(&ended.stderr, MOST_SAID);
            let reason = if reason.is_empty() { "it gave no reason".to_owned() } else { reason };
            Said { text: capped(&reason, MOST_RECORDED), word: Some(Word::Block(reason)), ..Said::default() }
        }
        How::Code(code) => failed(with_errors(&format!("exit code {code}"), &ended.stderr)),
        How::Signal(signal) => failed(with_errors(&format!("ended by signal {signal}"), &ended.stderr)),
        How::TimedOut(after) => Said {
            status: Some(HookStatus::TimedOut),
            text: format!("it did not end within {} s and was ended", after.as_secs_f64()),
            ..Said::default()
        },
        How::Interrupted => failed("interrupted".to_owned()),
        How::Flooded => failed("it wrote more than 1 MiB and was ended; nothing of it is used".to_owned()),
        How::NotRun(why) => failed(format!("not run: {why}")),
    }
}

fn with_errors(what: &str, stderr: &str) -> String {
    let first = stderr.trim().lines().last().unwrap_or_default().trim();
    if first.is_empty() { what.to_owned() } else { format!("{what}: {}", capped(first, MOST_RECORDED)) }
}

fn of_output(point: HookPoint, stdout: &str) -> Said {
    if point == HookPoint::StatusLine {
        return Said { drawn: Some(stdout.to_owned()), ..Said::default() };
    }
    let stdout = stdout.trim();
    if !stdout.starts_with('{') {
        let words = capped(stdout, MOST_SAID);
        let told = (speaks_plainly(point) && !words.is_empty()).then_some(words);
        return Said { told, ..Said::default() };
    }
    match serde_json::from_str::<Value>(stdout) {
        Ok(value) => of_json(point, &value),
        Err(error) => Said {
            status: Some(HookStatus::Failed),
            text: format!("its output begins like JSON and is none ({error}); nothing of it is used"),
            ..Said::default()
        },
    }
}

fn of_json(point: HookPoint, value: &Value) -> Said {
    let specific = value.get("hookSpecificOutput").unwrap_or(&Value::Null);
    let message = text_of(value, "systemMessage");
    let word = word(point, value, specific);
    let halt = (value.get("continue") == Some(&Value::Bool(false))).then(|| {
        text_of(value, "stopReason")
            .or_else(|| message.clone())
            .unwrap_or_else(|| "it gave no reason".to_owned())
    });
    let reason = match &word {
        Some(Word::Block(reason) | Word::Ask(reason) | Word::Allow(reason)) => Some(reason.clone()),
        None => halt.clone(),
    };
    let mut words: Vec<String> =
        [reason.filter(|reason| !reason.is_empty()), message].into_iter().flatten().collect();
    words.dedup();
    Said {
        input: input_of(specific),
        told: text_of(specific, "additionalContext").map(|text| capped(&text, MOST_SAID)),
        halt,
        drawn: drawn(point, specific),
        status: None,
        text: capped(&words.join(" — "), MOST_RECORDED),
        word,
    }
}

/// What it decides: by the form for this point, or by the older one for all.
fn word(point: HookPoint, value: &Value, specific: &Value) -> Option<Word> {
    let reason = |of: &Value, name: &str| {
        let reason = text_of(of, name)
            .or_else(|| text_of(value, "reason"))
            .or_else(|| text_of(value, "systemMessage"));
        capped(&reason.unwrap_or_default(), MOST_SAID)
    };
    let given = |reason: String| if reason.is_empty() { "it gave no reason".to_owned() } else { reason };
    if point == HookPoint::PermissionRequest {
        let decision = specific.get("decision").unwrap_or(&Value::Null);
        return match text_of(decision, "behavior").as_deref() {
            Some("allow") => Some(Word::Allow(reason(decision, "message"))),
            Some("deny") => Some(Word::Block(given(reason(decision, "message")))),
            Some(_) | None => None,
        };
    }
    let is_call = point == HookPoint::PreToolUse;
    let asked = text_of(specific, "permissionDecision").filter(|_| is_call);
    match (asked.as_deref(), text_of(value, "decision").as_deref()) {
        (Some("deny"), _) => Some(Word::Block(given(reason(specific, "permissionDecisionReason")))),
        // One that says yes as well means no.
        (_, Some("block" | "deny")) if can_block(point) => Some(Word::Block(given(reason(value, "reason")))),
        (Some("ask"), _) => Some(Word::Ask(given(reason(specific, "permissionDecisionReason")))),
        (Some("allow"), _) => Some(Word::Allow(reason(specific, "permissionDecisionReason"))),
        (None, Some("approve" | "allow")) if is_call => Some(Word::Allow(reason(value, "reason"))),
        // "defer" leaves it to whoever else decides.
        (Some(_) | None, _) => None,
    }
}

/// Its own blanks and lines are part of what is drawn.
fn drawn(point: HookPoint, specific: &Value) -> Option<String> {
    let content = specific.get("displayContent").filter(|_| point == HookPoint::MessageDisplay);
    content.and_then(Value::as_str).map(str::to_owned)
}

fn input_of(specific: &Value) -> Option<Value> {
    let decision = specific.get("decision").and_then(|decision| decision.get("updatedInput"));
    specific.get("updatedInput").or(decision).filter(|input| input.is_object()).cloned()
}

fn text_of(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The first characters of a text, which says when it goes on.
fn capped(text: &str, most: usize) -> String {
    let text = text.trim();
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{} […]", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ended(code: i32, stdout: &impl ToString, stderr: &str) -> Ended {
        Ended { how: How::Code(code), stdout: stdout.to_string(), stderr: stderr.to_owned(), millis: 1 }
    }

    fn block(reason: &str) -> Word {
        Word::Block(reason.to_owned())
    }

    #[test]
    fn b7_exit_codes_mean_what_they_mean_elsewhere() {
        let at = |point, code, stderr: &str| interpret(point, &ended(code, &"", stderr));
        let blocked = at(HookPoint::PreToolUse, 2, "no rm here\n");
        assert_eq!(
            (blocked.word.clone(), blocked.status()),
            (Some(block("no rm here")), HookStatus::Blocked)
        );
        assert_eq!(at(HookPoint::Stop, 2, "").word, Some(block("it gave no reason")));
        let failed = at(HookPoint::PreToolUse, 1, "Traceback\nValueError: x\n");
        assert_eq!((failed.word.clone(), failed.status()), (None, HookStatus::Failed));
        assert_eq!(failed.text, "exit code 1: ValueError: x");
        assert_eq!(at(HookPoint::SessionStart, 2, "x").status(), HookStatus::Failed);
        assert_eq!(at(HookPoint::PostToolUse, 0, "noise"), Said::default());
    }

    #[test]
    fn b7_each_field_of_the_output_is_understood() {
        let pre = HookPoint::PreToolUse;
        let decides = |decision: &str| {
            json!({"hookSpecificOutput": {"hookEventName": "PreToolUse",
            "permissionDecision": decision, "permissionDecisionReason": "because"}})
        };
        let table = [
            (pre, decides("deny"), Some(block("because"))),
            (pre, decides("ask"), Some(Word::Ask("because".into()))),
            (pre, decides("allow"), Some(Word::Allow("because".into()))),
            (pre, decides("defer"), None),
            (HookPoint::PostToolUse, decides("deny"), None),
            (
                pre,
                json!({"hookSpecificOutput": {"permissionDecision": "deny"}, "systemMessage": "rule 7"}),
                Some(block("rule 7")),
            ),
            (pre, json!({"decision": "block", "reason": "old form"}), Some(block("old form"))),
            (pre, json!({"decision": "approve"}), Some(Word::Allow(String::new()))),
            (
                pre,
                json!({"decision": "block", "reason": "both", "hookSpecificOutput": {"permissionDecision": "allow"}}),
                Some(block("both")),
            ),
            (HookPoint::Stop, json!({"decision": "approve"}), None),
            (HookPoint::Stop, json!({"decision": "block", "reason": "go on"}), Some(block("go on"))),
            (HookPoint::Notification, json!({"decision": "block", "reason": "x"}), None),
            (
                HookPoint::PermissionRequest,
                json!({"hookSpecificOutput": {"decision": {"behavior": "deny", "message": "not now"}}}),
                Some(block("not now")),
            ),
            (
                HookPoint::PermissionRequest,
                json!({"hookSpecificOutput": {"decision": {"behavior": "allow"}}}),
                Some(Word::Allow(String::new())),
            ),
            (pre, json!({"decision": 7, "hookSpecificOutput": [], "continue": "no"}), None),
        ];
        for (point, output, expected) in table {
            assert_eq!(interpret(point, &ended(0, &output, "")).word, expected, "{output}");
        }
        let output = json!({"continue": false, "stopReason": "enough", "systemMessage": "look",
            "hookSpecificOutput": {"updatedInput": {"command": "ls"}, "additionalContext": "mind the gap"}});
        let said = interpret(pre, &ended(0, &output, ""));
        assert_eq!((said.halt.as_deref(), said.told.as_deref()), (Some("enough"), Some("mind the gap")));
        assert_eq!(
            (said.input.clone(), said.text.as_str()),
            (Some(json!({"command": "ls"})), "enough — look")
        );
        assert_eq!(said.status(), HookStatus::Blocked);
    }

    #[test]
    fn b7_garbage_changes_nothing_and_plain_words_are_for_the_model_at_three_points() {
        let garbage = interpret(HookPoint::PreToolUse, &ended(0, &"{\"decision\": \"block\"", ""));
        assert_eq!((garbage.word.clone(), garbage.status()), (None, HookStatus::Failed));
        let words = |point| interpret(point, &ended(0, &"It is Friday.\n", "")).told;
        assert_eq!(words(HookPoint::UserPromptSubmit).as_deref(), Some("It is Friday."));
        assert_eq!(words(HookPoint::SessionStart).as_deref(), Some("It is Friday."));
        assert_eq!(words(HookPoint::PreToolUse), None);
        let long = interpret(HookPoint::SessionStart, &ended(0, &"é".repeat(20_000), "")).told.unwrap();
        assert!(long.ends_with("é […]") && long.chars().count() == 10_004);
    }

    #[test]
    fn b7_what_is_to_be_drawn_is_taken_as_it_is() {
        let output = json!({"hookSpecificOutput": {"displayContent": " a\n"}, "decision": "block"});
        let said = interpret(HookPoint::MessageDisplay, &ended(0, &output, ""));
        assert_eq!((said.drawn.as_deref(), said.word), (Some(" a\n"), None));
        let elsewhere = interpret(HookPoint::Stop, &ended(0, &output, ""));
        assert_eq!(elsewhere.drawn, None);
        let line = interpret(HookPoint::StatusLine, &ended(0, &"{x", ""));
        assert_eq!((line.drawn.as_deref(), line.status()), (Some("{x"), HookStatus::Passed));
        assert_eq!(interpret(HookPoint::StatusLine, &ended(1, &"x", "")).drawn, None);
        assert_eq!(interpret(HookPoint::MessageDisplay, &ended(2, &output, "")).drawn, None);
    }

    #[test]
    fn b7_what_ends_badly_changes_nothing() {
        for how in [
            How::Signal(9),
            How::TimedOut(std::time::Duration::from_mins(1)),
            How::Interrupted,
            How::Flooded,
            How::NotRun("no bash".into()),
        ] {
            let stdout = "{\"decision\": \"block\"}".to_owned();
            let said =
                interpret(HookPoint::PreToolUse, &Ended { how, stdout, stderr: String::new(), millis: 0 });
            assert!(
                matches!(said.status(), HookStatus::Failed | HookStatus::TimedOut) && said.word.is_none()
            );
        }
    }
}
