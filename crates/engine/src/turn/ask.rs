//! Asking the model: the stream is shown as it arrives and recorded as it ends.

use futures_util::StreamExt as _;
use headwater_protocol::events::{AssistantMessage, ToolCalled, UsageReported};
use headwater_protocol::{Delta, Projection, ProviderError, StopSignal, ToolCall, update::Waiting};

use super::draft::Draft;
use super::{Turn, TurnError};

/// The model's answer, as the rest of the turn needs it.
#[derive(Debug)]
pub(super) struct Reply {
    /// What it wants to run.
    pub(super) calls: Vec<ToolCall>,
    /// What it says about the turn.
    pub(super) claim: Claim,
}

/// What an answer claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// It waits for results.
    Working,
    /// It is done.
    Done,
    /// It was cut off at the output limit.
    CutShort,
    /// The provider's filter stopped it.
    Filtered,
    /// It said nothing at all.
    Nothing,
}

impl Turn<'_> {
    /// Sends the request and receives the answer. What had arrived of a broken answer is kept in the log.
    pub(super) async fn ask(&mut self, request: Projection) -> Result<Reply, TurnError> {
        let asked = self.ledger.now();
        self.ledger.tell_delta(Delta::Waiting { on: Waiting::Model }).await;
        let mut draft = Draft::default();
        let received = self.receive(request, &mut draft).await;
        let millis = self.ledger.now().millis_since(asked);
        let usage = draft.usage;
        let reply = match received {
            Ok(()) => self.keep(draft).await,
            Err(error) => {
                self.keep_broken(draft).await?;
                Err(error)
            }
        };
        if let Some(usage) = usage {
            let cost_usd = self.parts.provider.model().cost(usage);
            self.ledger.record(UsageReported { usage, cost_usd, millis }).await?;
        }
        self.ledger.commit();
        reply
    }

    async fn receive(&mut self, request: Projection, draft: &mut Draft) -> Result<(), TurnError> {
        let mut stream = self.parts.provider.stream(request, self.cancel.child());
        loop {
            let next = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(TurnError::Interrupted),
                next = stream.next() => next,
            };
            match next {
                Some(Ok(delta)) => {
                    if let Some(shown) = draft.apply(delta) {
                        self.ledger.tell_delta(shown).await;
                    }
                }
                Some(Err(ProviderError::Cancelled)) => return Err(TurnError::Interrupted),
                Some(Err(error)) => return Err(error.into()),
                None if draft.stop.is_some() => return Ok(()),
                None => {
                    let vendor = self.parts.provider.vendor().to_owned();
                    let message = "it ended without saying why".to_owned();
                    return Err(ProviderError::Cut { vendor, message }.into());
                }
            }
        }
    }

    async fn keep(&mut self, draft: Draft) -> Result<Reply, TurnError> {
        let stop = draft.stop.unwrap_or(StopSignal::EndTurn);
        let answer = draft.finish(&self.ledger.state().open_calls);
        let claim = match (answer.calls.is_empty(), stop) {
            (false, _) => Claim::Working,
            (true, StopSignal::Length) => Claim::CutShort,
            (true, StopSignal::Filtered) => Claim::Filtered,
            (true, _) if answer.text.trim().is_empty() => Claim::Nothing,
            (true, _) => Claim::Done,
        };
        let said = AssistantMessage { text: answer.text, blocks: answer.blocks, origin: self.origin(), stop };
        self.ledger.record(said).await?;
        for request in &answer.calls {
            self.ledger.record(ToolCalled { request: request.clone() }).await?;
        }
        if claim == Claim::Filtered {
            let vendor = self.parts.provider.vendor().to_owned();
            return Err(ProviderError::Filtered { vendor }.into());
        }
        Ok(Reply { calls: answer.calls, claim })
    }

    async fn keep_broken(&mut self, mut draft: Draft) -> Result<(), TurnError> {
        draft.drop_calls();
        if draft.is_empty() {
            return Ok(());
        }
        let answer = draft.finish(&self.ledger.state().open_calls);
        let stop = StopSignal::Interrupted;
        let said = AssistantMessage { text: answer.text, blocks: answer.blocks, origin: self.origin(), stop };
        Ok(self.ledger.record(said).await?)
    }

    fn origin(&self) -> String {
        format!("{}/{}", self.parts.provider.vendor(), self.parts.provider.model().name)
    }
}
