//! What is withheld from the calls of a turn: by which names they are judged, and what an admitted one does not get to see.

use headwater_policy::{Decision, Question};
use headwater_protocol::Access;

use super::Admitted;
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
    pub(super) async fn decide(&self, tool: &RegisteredTool, access: &Access) -> Decision {
        let question = self.question(tool, access);
        let known = known(&self.parts.rulebook, &question).await;
        self.parts.rulebook.decide(&Question { withheld: known.as_withheld(), ..question })
    }

    /// What an admitted call must not find and not change.
    pub(in crate::turn) async fn withheld_from(&self, admitted: &Admitted) -> Found {
        let Some(tool) = self.parts.tools.find(&admitted.call.name) else { return Found::default() };
        let Ok(access) = admitted.tool.access(&admitted.call.input) else { return Found::default() };
        from_call(&self.parts.rulebook, &self.question(tool, &access), admitted.confinement).await
    }
}
