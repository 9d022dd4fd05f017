//! What the server does for the conversation, as far as the log says it: what it keeps, what it clears.

use super::View;
use crate::context_edit::ContextEdit;
use crate::event::Event;
use crate::events::{ClearingWithdrawn, ConversationKept, ResendCause, Rewound, ServerState};
use crate::record::Record;
use crate::units::Tokens;

/// Times in a row that a server may fail to keep what it was sent before nothing is left to it any more.
const MOST_RESENT: u32 = 3;

/// A conversation that the server keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerKept {
    /// What it said last, for a person: still told when it can no longer be gone on from.
    pub last: Option<ConversationKept>,
    /// How often the whole conversation had to be sent again.
    pub resent: u32,
    in_a_row: u32,
    handle: Option<String>,
    /// Whether a request went out that may have changed what the server keeps.
    is_asked: bool,
    /// Who cleared old results, from which record on.
    clearers: Vec<(u64, Clearer)>,
    /// The same before each rewind.
    undone: Vec<(u64, Vec<(u64, Clearer)>)>,
    /// Why it is no longer left to the server, since the model last changed.
    pub withdrawn: Option<ClearingWithdrawn>,
}

/// Who clears the old results of the conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clearer {
    /// None were cleared.
    #[default]
    Nobody,
    /// They are cleared before a request is sent.
    Here,
    /// The server clears so many, and said last how many tokens they had.
    Server(u32, Tokens),
}

impl ServerKept {
    /// From where the request that is on its way may go on.
    pub fn handle(&self) -> Option<&str> {
        self.handle.as_deref()
    }

    /// Whether the server has earned it that conversations are left to it.
    pub fn is_trusted(&self) -> bool {
        self.in_a_row < MOST_RESENT
    }

    /// How the server takes part.
    pub fn state(&self) -> ServerState {
        self.last.as_ref().map_or(ServerState::Stateless, |last| last.state)
    }

    /// Whether the server has earned it that clearing is left to it.
    pub fn may_clear(&self) -> bool {
        self.withdrawn.is_none()
    }

    /// Who clears old results, where the model's servers can or cannot.
    pub fn clearing(&self, can_clear: bool) -> Clearer {
        match self.clearers.last() {
            None => Clearer::Nobody,
            Some((_, Clearer::Server(..))) if !can_clear || !self.may_clear() => Clearer::Here,
            Some((_, clearer)) => *clearer,
        }
    }

    fn cleared(&mut self, tokens: Tokens) {
        if let Some((_, Clearer::Server(_, last))) = self.clearers.last_mut() {
            *last = tokens;
        }
    }

    /// Goes back to before a record, or takes that back.
    fn rewound(&mut self, record: u64, rewound: &Rewound) {
        self.forget();
        if let Some(rewind) = rewound.redoes {
            if let Some((_, clearers)) = self.undone.pop_if(|(seq, _)| *seq == rewind) {
                self.clearers = clearers;
            }
            return;
        }
        self.undone.push((record, self.clearers.clone()));
        self.clearers.retain(|(seq, _)| *seq < rewound.to);
    }

    fn kept(&mut self, kept: &ConversationKept) {
        // One that went on from what was kept has shown that it keeps.
        if self.last.as_ref().is_some_and(|last| kept.kept > last.kept && kept.sent < last.kept) {
            self.in_a_row = 0;
        }
        self.handle = Some(kept.handle.clone());
        self.last = Some(kept.clone());
        self.is_asked = false;
    }

    fn asked(&mut self) {
        // Nobody knows what became of the request before.
        if std::mem::replace(&mut self.is_asked, true) {
            self.handle = None;
        }
    }

    fn forget(&mut self) {
        (self.handle, self.last) = (None, None);
    }
}

impl View for ServerKept {
    fn apply(&mut self, record: &Record) {
        if let Event::ConversationKept(kept) = &record.event {
            self.kept(kept);
        } else if let Event::ConversationResent(resent) = &record.event {
            self.resent += 1;
            self.in_a_row += match resent.cause {
                ResendCause::Unknown | ResendCause::Differs => 1,
            };
        } else if let Event::RequestSent(_) = &record.event {
            self.asked();
        } else if let Event::Forked(_) = &record.event {
            // It is the other session's; two would write into one.
            self.forget();
        } else if let Event::Rewound(rewound) = &record.event {
            if rewound.scope.has_conversation() {
                self.rewound(record.seq, rewound);
            }
        } else if let Event::ContextEdited(edited) = &record.event {
            let clears =
                edited.plan.edits.iter().any(|edit| matches!(edit, ContextEdit::ClearResults { .. }));
            if clears || !self.clearers.is_empty() {
                self.clearers.push((record.seq, Clearer::Here));
            }
        } else if let Event::ClearingDelegated(delegated) = &record.event {
            self.clearers.push((record.seq, Clearer::Server(delegated.results, Tokens(0))));
        } else if let Event::ClearingWithdrawn(withdrawn) = &record.event {
            self.withdrawn = Some(withdrawn.clone());
            self.clearers.push((record.seq, Clearer::Here));
        } else if let Event::UsageReported(report) = &record.event {
            self.cleared(report.usage.cleared);
        } else if record.event.model().is_some() {
            self.forget();
            (self.in_a_row, self.withdrawn) = (0, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{ConversationResent, RequestSent};
    use crate::{Timestamp, Tokens};

    fn folded(events: Vec<Event>) -> ServerKept {
        let mut view = ServerKept::default();
        for (seq, event) in (0u64..).zip(events) {
            view.apply(&Record { seq, at: Timestamp::default(), session: "s".into(), parent: None, event });
        }
        view
    }

    fn asked() -> Event {
        RequestSent { turn: 1, step: 1, digest: String::new(), tokens: Tokens(1) }.into()
    }

    fn kept(handle: &str, sent: u32, kept: u32) -> Event {
        ConversationKept { state: ServerState::Opaque, handle: handle.into(), sent, kept }.into()
    }

    fn resent() -> Event {
        ConversationResent { cause: ResendCause::Unknown, detail: String::new(), usage: None, cost_usd: None }
            .into()
    }

    #[test]
    fn m1_a_handle_serves_the_next_request_and_no_later_one() {
        let on = vec![asked(), kept("a", 1, 2), asked()];
        assert_eq!(folded(on.clone()).handle(), Some("a"));
        assert_eq!(folded([on, vec![asked()]].concat()).handle(), None, "what became of the first?");
    }

    #[test]
    fn m1_a_server_that_forgets_every_time_is_left_nothing_and_one_that_keeps_is_again() {
        let round = |kept_items: u32| vec![asked(), resent(), kept("a", kept_items - 1, kept_items)];
        let two = [round(2), round(4)].concat();
        assert!(folded(two.clone()).is_trusted());
        assert!(!folded([two.clone(), round(6)].concat()).is_trusted());
        let between = vec![asked(), kept("b", 1, 6)];
        assert!(folded([two, between, round(8)].concat()).is_trusted());
    }
}
