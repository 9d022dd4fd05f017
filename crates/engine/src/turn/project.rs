//! The next request, recorded before it is sent.

use headwater_context::{estimate, project};
use headwater_protocol::Projection;
use headwater_protocol::events::RequestSent;

use super::{Turn, TurnError};

impl Turn<'_> {
    /// Projects the state into a request and records its digest, which a replay must reproduce.
    pub(super) async fn project(&mut self) -> Result<Projection, TurnError> {
        let state = self.ledger.state();
        let projection = project(state).unwrap_or_else(empty);
        let sent = RequestSent {
            turn: state.phase.turn,
            step: state.budget.turn_steps + 1,
            digest: projection.digest(),
            tokens: estimate(&projection, state.budget.calibration),
        };
        self.ledger.record(sent).await?;
        self.ledger.commit();
        Ok(projection)
    }
}

/// What is sent when the log has no header, which only a log that was damaged by hand can lack.
fn empty() -> Projection {
    Projection {
        system: "".into(),
        tools: std::sync::Arc::from([]),
        messages: Vec::new(),
        cache_marks: Vec::new(),
        hints: headwater_protocol::Hints::default(),
    }
}
