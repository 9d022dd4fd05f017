//! Recursive children: a completion below a completion, with a session of its own.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use headwater_context::root_question;
use headwater_protocol::card::Tier;
use headwater_protocol::events::{TurnStarted, UserMessage};
use headwater_protocol::projection::hex;
use headwater_protocol::{
    Corpus, CorpusPart, CorpusShape, EndReason, ModeId, PromptPiece, Provider, SessionId, SharedText,
};
use sha2::{Digest as _, Sha256};

use super::completion::end;
use super::family::Family;
use super::run::{Bearing, Place, run_root};
use crate::children::{NestedAnswer, NestedRequest, Recursion};
use crate::clock;
use crate::corpus::{ContextStore, slice};
use crate::ledger::{Ledger, LedgerError};
use crate::sessions::{SessionStore, StoreError};

/// Runs the recursive children of one session.
pub(super) struct Nested {
    pub(super) family: Arc<Family>,
    pub(super) parent: SessionId,
    /// What questions refer to.
    pub(super) corpus: Corpus,
}

impl Recursion for Nested {
    fn session(&self) -> SessionId {
        SessionStore::fresh_id(clock::system())
    }

    fn complete(&self, request: NestedRequest) -> BoxFuture<'static, NestedAnswer> {
        let (family, parent, corpus) = (Arc::clone(&self.family), self.parent.clone(), self.corpus.clone());
        async move {
            match answer(family, parent, corpus, request).await {
                Ok(answer) => answer,
                Err(why) => NestedAnswer { error: Some(why), ..NestedAnswer::default() },
            }
        }
        .boxed()
    }
}

async fn answer(
    family: Arc<Family>,
    parent: SessionId,
    corpus: Corpus,
    request: NestedRequest,
) -> Result<NestedAnswer, String> {
    let question = words(&request.question, &corpus)?;
    let store = ContextStore::new(family.state());
    let own = own_corpus(&request.about, &corpus, &store)?;
    let log = family.claim(&request.session, Some(parent)).map_err(|error: StoreError| error.to_string())?;
    let mut ledger = log.ledger;
    let root = match request.tier {
        Tier::Cheap => Arc::clone(&family.cheap),
        Tier::Strong => Arc::clone(&family.strong),
    };
    let cancel = request.cancel.clone();
    begin(&mut ledger, &family, root.as_ref(), &question, &own, &request)
        .await
        .map_err(|error| text(&error))?;
    let place = Place { root, corpus: own, kin: request.kin, depth: request.depth };
    let bearing = Bearing::new(family, place, &ledger);
    let outcome = run_root(&mut ledger, bearing, cancel).await;
    end(&mut ledger, outcome, EndReason::Interrupted).await.map_err(|error| text(&error))?;
    drop(log.lock);
    Ok(conclude(&ledger))
}

fn text(error: &LedgerError) -> String {
    error.to_string()
}

async fn begin(
    ledger: &mut Ledger,
    family: &Family,
    root: &dyn Provider,
    question: &str,
    corpus: &Corpus,
    request: &NestedRequest,
) -> Result<(), LedgerError> {
    let budget = request.kin.account.limits();
    ledger.record(family.session_started(root)).await?;
    ledger.record(family.mission_started(question, corpus, budget, request.depth.saturating_sub(1))).await?;
    ledger.record(UserMessage { text: root_question(question, corpus, budget) }).await?;
    ledger.record(TurnStarted { turn: 1, mode: ModeId::Recursive }).await?;
    ledger.commit();
    Ok(())
}

/// What the session came to.
fn conclude(ledger: &Ledger) -> NestedAnswer {
    let ended = ledger.records().iter().rev().find_map(|record| {
        if let headwater_protocol::Event::TurnEnded(ended) = &record.event {
            Some(ended.clone())
        } else {
            None
        }
    });
    let budget = &ledger.state().budget;
    let (usage, cost) = (budget.total, (!budget.is_cost_partial).then_some(budget.cost));
    match ended {
        Some(ended) if ended.reason == EndReason::Done => {
            NestedAnswer { text: ended.text, error: None, usage, cost }
        }
        Some(ended) => {
            let error = Some(format!("the recursive completion ended early: {}", ended.reason.what_now()));
            NestedAnswer { text: ended.text, error, usage, cost }
        }
        None => NestedAnswer {
            error: Some("the recursive completion was lost".to_owned()),
            usage,
            cost,
            ..NestedAnswer::default()
        },
    }
}

fn words(pieces: &[PromptPiece], corpus: &Corpus) -> Result<String, String> {
    let missing = || "the question names a text that is not part of the context".to_owned();
    let parts: Option<Vec<&str>> = pieces.iter().map(|piece| piece.resolve(corpus)).collect();
    Ok(parts.ok_or_else(missing)?.join("\n"))
}

/// The context of the child: each piece a text, without a copy of what the parent's corpus holds.
fn own_corpus(pieces: &[PromptPiece], corpus: &Corpus, store: &ContextStore) -> Result<Corpus, String> {
    let parts: Result<Vec<CorpusPart>, String> =
        pieces.iter().enumerate().map(|(n, piece)| own_part(n, piece, corpus, store)).collect();
    let parts = parts?;
    let shape = if parts.len() > 1 { CorpusShape::List } else { CorpusShape::Text };
    Ok(Corpus { shape, parts: parts.into() })
}

fn own_part(
    n: usize,
    piece: &PromptPiece,
    corpus: &Corpus,
    store: &ContextStore,
) -> Result<CorpusPart, String> {
    match piece {
        PromptPiece::Text { text } => {
            store.keep(&format!("text {}", n + 1), text.as_bytes()).map_err(|error| error.to_string())
        }
        PromptPiece::Span { source, start, end } => {
            let missing = || "the context names a part that does not exist".to_owned();
            let part = corpus.find(source).ok_or_else(missing)?;
            let bounds = usize::try_from(*start).ok().zip(usize::try_from(*end).ok()).ok_or_else(missing)?;
            if bounds == (0, part.text.len()) {
                return Ok(part.clone());
            }
            let text = slice(&part.text, bounds.0..bounds.1).ok_or_else(missing)?;
            let name = format!("{} bytes {start}..{end}", part.name);
            Ok(CorpusPart { name, sha256: digest(&text), file: None, text })
        }
    }
}

fn digest(text: &SharedText) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}
