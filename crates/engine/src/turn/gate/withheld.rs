//! What is looked up for the calls of a turn: by which names they are judged, what they would delete, and what an admitted one
//! does not get to see.

use std::path::PathBuf;

use headwater_policy::{Decision, Question};
use headwater_protocol::views::{Made, Taint, fold};
use headwater_protocol::{Access, CallId, Event, View as _};

use serde_json::Value;

use super::Admitted;
use crate::at_stake::at_stake;
use crate::parts::{Parts, RegisteredTool};
use crate::turn::Turn;
use crate::withheld::{Found, by_all_names, from_call, known};

impl Turn<'_> {
    /// What a call touches, by all names of it.
    pub(super) async fn by_all_names(&self, access: Access) -> Access {
        let Parts { rulebook, workspace, home, .. } = self.parts;
        by_all_names(access, rulebook, workspace, home.as_deref()).await
    }

    /// What the rules say, knowing what is withheld and lies open.
    pub(super) async fn decide(
        &self,
        call: &CallId,
        tool: &RegisteredTool,
        access: &Access,
        input: &Value,
    ) -> Decision {
        let question = self.question(tool, access);
        let known = known(&self.parts.rulebook, &question).await;
        let at_stake = self.at_stake(call, &question).await;
        let (withheld, at_stake) = (known.as_withheld(), Some(at_stake.as_slice()));
        let question = Question { withheld, at_stake, ..question };
        let heard = tool.tool.hears(input).filter(|heard| !self.knew_of_foreign_text(&heard.call));
        let decision = self.parts.rulebook.decide(&question);
        match heard {
            Some(heard) => {
                self.parts.rulebook.ask(|policy| policy.hearing(&question, &heard.words, decision))
            }
            None => decision,
        }
    }

    /// Whether a call ran when foreign text was read already, or read the first itself: its own question was about that.
    fn knew_of_foreign_text(&self, call: &CallId) -> bool {
        let mut taint = Taint::default();
        self.ledger.records().iter().any(|record| {
            taint.apply(record);
            let is_end = matches!(&record.event, Event::ToolReturned(returned) if returned.call == *call);
            is_end && taint.source.is_some()
        })
    }

    /// What the command of a call would delete that is not the session's own. Those before it in its message have not run yet.
    pub(super) async fn at_stake(&self, call: &CallId, question: &Question<'_>) -> Vec<PathBuf> {
        let mut going = self.parts.rulebook.ask(|policy| policy.going(question));
        if going.files.is_empty() && going.replaced.is_empty() {
            return Vec::new();
        }
        for other in self.ahead_of(call) {
            going.follow(
                &self.parts.rulebook.ask(|policy| policy.going(&Question { access: &other, ..*question })),
            );
        }
        let made: Made = fold(self.ledger.records().iter().map(AsRef::as_ref));
        let (workspace, home) = (self.parts.workspace.clone(), self.parts.home.clone());
        let named = [going.files.clone(), going.replaced.clone()].concat();
        let looked = move || at_stake(&going, &made, &workspace, home.as_deref());
        // A look that broke off has seen nothing for sure.
        tokio::task::spawn_blocking(looked).await.unwrap_or(named)
    }

    /// What the calls before this one touch that have no result yet: those of its message.
    fn ahead_of(&self, call: &CallId) -> Vec<Access> {
        let state = self.ledger.state();
        let others = state.open_calls.iter().take_while(|open| open.call != *call);
        let accesses = others.filter_map(|open| {
            let other = state.conversation.call(&open.call)?;
            self.parts.tools.find(&other.name)?.tool.access(&other.input).ok()
        });
        accesses.collect()
    }

    /// What an admitted call must not find and not change.
    pub(in crate::turn) async fn withheld_from(&self, admitted: &Admitted) -> Found {
        let Some(tool) = self.parts.tools.find(&admitted.call.name) else { return Found::default() };
        let Ok(access) = admitted.tool.access(&admitted.call.input) else { return Found::default() };
        from_call(&self.parts.rulebook, &self.question(tool, &access), admitted.confinement).await
    }
}
