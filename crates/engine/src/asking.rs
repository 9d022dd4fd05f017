//! Asking the model: the stream is shown as it arrives and recorded as it ends.

mod arguments;
mod clearing;
mod draft;
mod summarizing;

use futures_util::StreamExt as _;
use headwater_context::{estimate, project};
use headwater_protocol::events::{
    AnswerCut, AssistantMessage, RepairKind, Repaired, RequestSent, ToolCalled, UsageReported,
};
use headwater_protocol::{
    Cancel, Delta, Projection, Provider, ProviderError, ProviderStream, StopSignal, ToolCall, update::Waiting,
};

use self::draft::Draft;
use crate::ledger::Ledger;
use crate::turn::TurnError;

/// What it takes to ask the model of a session.
pub(crate) struct Asking<'a> {
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) provider: &'a dyn Provider,
    pub(crate) cancel: &'a Cancel,
}

/// Whether what was said so far is enough, so that the rest need not be waited for.
pub(crate) type Enough<'a> = &'a (dyn Fn(&str) -> bool + Send + Sync);

/// The model's answer, as the rest of the turn needs it.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Why it stopped.
    pub(crate) stop: StopSignal,
    /// What it wants to run.
    pub(crate) calls: Vec<ToolCall>,
    /// What it says about the turn.
    pub(crate) claim: Claim,
}

/// What an answer claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
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
    /// It broke off, or there is none: the model is asked again.
    Broken,
}

impl Reply {
    /// No answer yet: the model is asked again.
    pub(crate) fn broken() -> Self {
        Self { stop: StopSignal::Interrupted, calls: Vec::new(), claim: Claim::Broken }
    }
}

impl Asking<'_> {
    /// Projects the state into a request and records its digest, which a replay must reproduce.
    pub(crate) async fn project(&mut self) -> Result<Projection, TurnError> {
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

    /// Sends the request and receives the answer, up to where it is enough. What had arrived of a broken answer is
    /// kept in the log.
    pub(crate) async fn ask(
        &mut self,
        request: Projection,
        enough: Option<Enough<'_>>,
    ) -> Result<Reply, TurnError> {
        let asked = self.ledger.now();
        self.ledger.tell_delta(Delta::Waiting { on: Waiting::Model }).await;
        let mut draft = Draft::default();
        let planned = request.clearing.as_ref().map(|clearing| clearing.cleared);
        let stream = self.converse(request);
        let received = self.receive(stream, &mut draft, |_| true, enough).await;
        let millis = self.ledger.now().millis_since(asked);
        self.record_resent(&mut draft).await?;
        self.check_cleared(planned, &draft).await?;
        let (usage, kept) = (draft.usage, draft.kept.take());
        let reply = match received {
            Ok(()) => self.keep(draft).await,
            Err(error) => {
                let has_begun = !draft.is_empty();
                self.keep_broken(draft).await?;
                if has_begun {
                    self.note_cut(&error).await?;
                }
                Err(error)
            }
        };
        if let Some(usage) = usage {
            let cost_usd = self.provider.model().cost(usage);
            self.ledger.record(UsageReported { usage, cost_usd, millis }).await?;
        }
        if let (Some(kept), Ok(_)) = (kept, &reply) {
            self.ledger.record(kept).await?;
        }
        self.ledger.commit();
        reply
    }

    /// Asks with the next request of the conversation, which the server may keep. A sub-agent's is short, and its calls
    /// have other names here than at the server: it is sent whole.
    fn converse(&self, request: Projection) -> ProviderStream {
        let state = self.ledger.state();
        if state.session.is_subagent || !state.server.is_trusted() {
            return self.provider.stream(request, self.cancel.child());
        }
        self.provider.converse(request, state.server.handle(), self.cancel.child())
    }

    /// Records how often the server did not go on from what it kept, and what the lost answers cost.
    async fn record_resent(&mut self, draft: &mut Draft) -> Result<(), TurnError> {
        for mut resent in std::mem::take(&mut draft.resent) {
            resent.cost_usd = resent.usage.and_then(|usage| self.provider.model().cost(usage));
            self.ledger.record(resent).await?;
        }
        Ok(())
    }

    /// Hears an answer to its end into `draft`; the front end sees what `is_shown` lets through.
    async fn receive(
        &mut self,
        mut stream: ProviderStream,
        draft: &mut Draft,
        is_shown: impl Fn(&Delta) -> bool,
        enough: Option<Enough<'_>>,
    ) -> Result<(), TurnError> {
        loop {
            let next = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(TurnError::Interrupted),
                next = stream.next() => next,
            };
            match next {
                Some(Ok(delta)) => {
                    if let Some(shown) = draft.apply(delta).filter(&is_shown) {
                        self.ledger.tell_delta(shown).await;
                    }
                    if enough.is_some_and(|enough| enough(draft.text())) {
                        draft.stop = Some(StopSignal::EndTurn);
                        return Ok(());
                    }
                }
                Some(Err(ProviderError::Cancelled)) => return Err(TurnError::Interrupted),
                Some(Err(error)) => return Err(error.into()),
                None if draft.stop.is_some() => return Ok(()),
                None => return Err(self.cut().into()),
            }
        }
    }

    async fn keep(&mut self, draft: Draft) -> Result<Reply, TurnError> {
        let stop = draft.stop.unwrap_or(StopSignal::EndTurn);
        let mut answer = draft.finish(&self.ledger.state().open_calls);
        let mended = if stop == StopSignal::Length { Vec::new() } else { self.mend(&mut answer.calls) };
        let claim = match (answer.calls.is_empty(), stop) {
            (false, _) => Claim::Working,
            (true, StopSignal::Length) => Claim::CutShort,
            (true, StopSignal::Filtered) => Claim::Filtered,
            (true, _) if answer.text.trim().is_empty() => Claim::Nothing,
            (true, _) => Claim::Done,
        };
        let said = AssistantMessage { text: answer.text, blocks: answer.blocks, origin: self.origin(), stop };
        self.ledger.record(said).await?;
        for repaired in mended {
            self.ledger.record(repaired).await?;
        }
        for request in &answer.calls {
            self.ledger.record(ToolCalled { request: request.clone() }).await?;
        }
        if claim == Claim::Filtered {
            let vendor = self.provider.vendor().to_owned();
            return Err(ProviderError::Filtered { vendor }.into());
        }
        Ok(Reply { stop, calls: answer.calls, claim })
    }

    /// Reads the arguments that are no JSON as they came, where nothing has to be guessed.
    fn mend(&self, calls: &mut [ToolCall]) -> Vec<Repaired> {
        let Some(header) = &self.ledger.state().session.header else { return Vec::new() };
        let mend = |call: &mut ToolCall| {
            let mended = arguments::mend(call, &header.tools)?;
            let error = std::mem::replace(call, mended).malformed.map(|malformed| malformed.error);
            let error = error.unwrap_or_default();
            let detail =
                format!("the arguments of {} were no JSON ({error}); nothing was added to them", call.name);
            Some(Repaired { kind: RepairKind::Arguments, call: Some(call.call.clone()), detail })
        };
        calls.iter_mut().filter_map(mend).collect()
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

    /// Notes that an answer broke off which had begun, unless it was for good.
    async fn note_cut(&mut self, error: &TurnError) -> Result<(), TurnError> {
        let TurnError::Provider(error) = error else { return Ok(()) };
        if !error.is_transient() {
            return Ok(());
        }
        let times = self.ledger.state().phase.cuts + 1;
        let (kind, message) = (error.kind().to_owned(), error.to_string());
        Ok(self.ledger.record(AnswerCut { times, kind, message }).await?)
    }

    fn cut(&self) -> ProviderError {
        let vendor = self.provider.vendor().to_owned();
        ProviderError::Cut { vendor, message: "it ended without saying why".to_owned() }
    }

    fn origin(&self) -> String {
        format!("{}/{}", self.provider.vendor(), self.provider.model().name)
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
        clearing: None,
    }
}
