//! Hooks in the transcript: only those that had something to say, or that failed.

use headwater_protocol::HookPoint;
use headwater_protocol::events::{HookRan, HookStatus};

use super::TranscriptPane;
use crate::cells::NoticeCell;

impl TranscriptPane {
    /// A hook that passed in silence is seen with the details only.
    pub(super) fn hook_ran(&mut self, ran: &HookRan) {
        let line = headline(ran);
        self.add(match ran.status {
            // Why the message was not sent stands below by itself.
            HookStatus::Blocked if ran.point == HookPoint::UserPromptSubmit => NoticeCell::detail(&line),
            HookStatus::Failed | HookStatus::TimedOut | HookStatus::Blocked => NoticeCell::warning(&line),
            HookStatus::Passed | HookStatus::Allowed if ran.text.is_empty() => NoticeCell::detail(&line),
            HookStatus::Passed | HookStatus::Allowed => NoticeCell::new(&line),
        });
    }
}

fn headline(ran: &HookRan) -> String {
    let HookRan { point, command, status, text, .. } = ran;
    let what = match status {
        HookStatus::Passed => "ran",
        HookStatus::Allowed => "said yes",
        HookStatus::Blocked => "said no",
        HookStatus::Failed => "failed",
        HookStatus::TimedOut => "was ended",
    };
    let said = if text.is_empty() { String::new() } else { format!(": {text}") };
    format!("hook {point:?} {what}{said} ({})", command.split_whitespace().collect::<Vec<_>>().join(" "))
}
