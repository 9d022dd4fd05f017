//! A transcript as a text to read: Markdown, one heading a message, results in fences.

use std::fmt::Write as _;

use headwater_protocol::events::{
    ContextEdited, Rewound, SessionStarted, ToolCalled, ToolReturned, TurnEnded,
};
use headwater_protocol::{EndReason, Event, Record};

/// Lines of a result that are shown; the rest is counted.
const RESULT_LINES: usize = 40;

/// The whole transcript.
pub(crate) fn markdown(records: &[Record]) -> String {
    let mut text = String::new();
    for record in records {
        add(&mut text, record);
    }
    text
}

// Writing to a String cannot fail, here and below.
#[expect(clippy::too_many_lines, reason = "a list of all events, so that a new one is looked at here")]
fn add(text: &mut String, record: &Record) {
    match &record.event {
        Event::SessionStarted(started) => head(text, record, started),
        Event::UserMessage(message) => section(text, "You", &message.text),
        Event::UserShell(shell) => {
            section(text, "You ran", &fenced(&format!("$ {}\n{}", shell.command, shell.output)));
        }
        Event::AssistantMessage(said) if !said.text.trim().is_empty() => {
            section(text, &said.origin, &said.text);
        }
        Event::ToolCalled(called) => call(text, called),
        Event::ToolReturned(returned) => result(text, returned),
        Event::ModeChanged(changed) => line(text, &format!("Mode: {}", changed.to.name())),
        Event::ModelChanged(changed) => {
            line(text, &format!("Model: {}/{}", changed.vendor, changed.model.name));
        }
        Event::SessionTitled(titled) if !titled.title.is_empty() => {
            line(text, &format!("Title: {}", titled.title));
        }
        Event::ConversationResent(resent) => {
            line(text, &format!("The whole conversation was sent again: {}", resent.detail));
        }
        Event::ClearingWithdrawn(withdrawn) => line(text, &format!("Noted: {}", withdrawn.told())),
        Event::FellBack(other) => line(text, &other.told()),
        Event::AnswerCut(cut) => line(text, &cut.told()),
        Event::AttemptFailed(failed) => line(text, &format!("{}: {}", failed.call, failed.told())),
        Event::QuestionAsked(asked) => section(text, "Question", &asked.question.text),
        Event::ContextEdited(edited) => context_edited(text, edited),
        Event::Repaired(repaired) => line(text, &format!("Repaired: {}", repaired.detail)),
        Event::Failed(failed) => line(text, &format!("Failed: {} {}", failed.message, failed.next_step)),
        Event::MissionUndone(undone) => line(text, &format!("Mission undone. {}", undone.told())),
        Event::MissionProposed(_)
        | Event::MissionEnded(_)
        | Event::CellReturned(_)
        | Event::FinalRefused(_) => mission(text, &record.event),
        Event::TurnEnded(ended) => end(text, ended),
        Event::Rewound(rewound) => line(text, &went_back(rewound)),
        Event::Forked(forked) => line(text, &format!("Forked from {}", forked.from)),
        Event::SessionResumed(_) => line(text, &format!("Carried on at {}", record.at)),
        Event::AssistantMessage(_)
        | Event::SessionTitled(_)
        | Event::ConversationKept(_)
        | Event::ClearingDelegated(_)
        | Event::TurnStarted(_)
        | Event::RequestSent(_)
        | Event::SummaryRequested(_)
        | Event::UsageReported(_)
        | Event::ApprovalRequested(_)
        | Event::ApprovalGiven(_)
        | Event::RuleAdded(_)
        | Event::RuleRevoked(_)
        | Event::CallAllowed(_)
        | Event::CallsGated(_)
        | Event::TodosChanged(_)
        | Event::MissionStarted(_)
        | Event::MissionApproved(_)
        | Event::MissionRevised(_)
        | Event::MissionRejected(_)
        | Event::MissionAmended(_)
        | Event::Checkpointed(_)
        | Event::FilesChanged(_)
        | Event::ContractDeclared(_)
        | Event::FinalProposed(_)
        | Event::FinalAccepted(_)
        | Event::CellStarted(_)
        | Event::ChildStarted(_)
        | Event::ChildReturned(_)
        | Event::ReminderInjected(_)
        | Event::ReminderDropped(_)
        | Event::HookRan(_)
        | Event::CoverageChanged(_)
        | Event::UncertaintyNoted(_)
        | Event::SubagentStarted(_)
        | Event::SubagentReturned(_)
        | Event::Migrated(_)
        | Event::Unknown(_) => {}
    }
}

fn head(text: &mut String, record: &Record, started: &SessionStarted) {
    let SessionStarted { workspace, vendor, model, mode, .. } = started;
    let _never = writeln!(
        text,
        "# Session {}\n\n- Began: {}\n- Workspace: {workspace}\n- Model: {vendor}/{}\n- Mode: {}",
        record.session,
        record.at,
        model.name,
        mode.name()
    );
}

fn went_back(rewound: &Rewound) -> String {
    let files = rewound.told_of_files();
    let what = if rewound.redoes.is_some() {
        "Took the rewind back; what it took away counts again.".to_owned()
    } else if rewound.scope.has_conversation() {
        format!("Went back to before record {}; what stands between no longer counts.", rewound.to)
    } else {
        format!("Put files back as they were before record {}.", rewound.to)
    };
    if files.is_empty() { what } else { format!("{what} {files}") }
}

fn section(text: &mut String, title: &str, body: &str) {
    let _never = write!(text, "\n## {title}\n\n{}\n", body.trim_end());
}

fn line(text: &mut String, sentence: &str) {
    let _never = write!(text, "\n*{}*\n", sentence.trim());
}

fn call(text: &mut String, called: &ToolCalled) {
    let _never = write!(text, "\n**{}** `{}`\n", called.request.name, called.request.input);
}

fn result(text: &mut String, returned: &ToolReturned) {
    let mark = if returned.is_error { "failed" } else { "ok" };
    let _never = write!(
        text,
        "\n{} {mark}, {} ms:\n\n{}",
        returned.name,
        returned.millis,
        fenced(&shortened(&returned.text))
    );
}

/// What a mission proposed, and what came of it; the code of a block stands in the message that has it.
fn mission(text: &mut String, event: &Event) {
    if let Event::MissionProposed(proposed) = event {
        section(text, "Mission card", &fenced(&headwater_context::card_text(proposed)));
    } else if let Event::MissionEnded(ended) = event {
        section(text, "Report", &ended.report);
    } else if let Event::CellReturned(cell) = event {
        let _never = write!(text, "\n{}", fenced(&shortened(&cell.text)));
    } else if let Event::FinalRefused(refused) = event {
        line(text, &refused.text);
    }
}

fn context_edited(text: &mut String, edited: &ContextEdited) {
    let (before, after) = (edited.before.0, edited.after.0);
    line(text, &format!("Context: {}, from {before} to {after} tokens", edited.kind.past()));
}

fn end(text: &mut String, ended: &TurnEnded) {
    if ended.reason != EndReason::Done {
        line(text, ended.reason.what_now());
    }
}

fn shortened(output: &str) -> String {
    let lines: Vec<&str> = output.lines().collect();
    match lines.get(..RESULT_LINES) {
        Some(shown) if lines.len() > RESULT_LINES => {
            format!("{}\n… {} more lines", shown.join("\n"), lines.len() - RESULT_LINES)
        }
        Some(_) | None => output.trim_end().to_owned(),
    }
}

/// A fence longer than any run of backticks inside.
fn fenced(body: &str) -> String {
    let longest = body.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{}\n{fence}\n", body.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fenced("a\n```b```\n"), "````\na\n```b```\n````\n");
        assert_eq!(fenced("plain"), "```\nplain\n```\n");
    }

    #[test]
    fn long_results_say_how_much_is_left_out() {
        let long = (1..=50).map(|number| number.to_string()).collect::<Vec<_>>().join("\n");
        let text = shortened(&long);
        assert!(text.ends_with("40\n… 10 more lines"), "{text}");
        assert_eq!(shortened("one\ntwo\n"), "one\ntwo");
    }
}
