//! What a block asks for while it runs, and the replies.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use headwater_protocol::card::Tier;
use headwater_protocol::corpus::{Corpus, PromptPiece};
use headwater_protocol::repl::{ChildQuery, PlanRequest, QueryBatch, QueryResult, ReplHost};
use serde_json::{Value, json};

use crate::entry::{HelperCache, HelperCall};
use crate::helpers::HELPERS;
use crate::process::{FromWorker, Outgoing, WirePiece, WireQuery, WireTier};

/// A reply on its way: the number of the request, and the result or why there is none.
pub(super) type Pending = BoxFuture<'static, (u64, Result<Value, String>)>;

/// Who answers.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) corpus: Corpus,
    pub(crate) cache: Arc<HelperCache>,
    pub(crate) host: Arc<dyn ReplHost>,
}

/// What a message of a running block comes to.
pub(super) enum Asked {
    /// A call whose time does not count as the block's.
    Call(u64, Pending),
    /// A call that is the block's own work.
    Work(u64, Pending),
    /// Something that is answered at once.
    Answered(Vec<Outgoing>),
    /// No request.
    Other(FromWorker),
}

impl Desk {
    /// Begins what `message` asks for. `cell` is the block.
    pub(super) fn take(&self, cell: u32, message: FromWorker) -> Asked {
        match message {
            FromWorker::Query { id, kind, queries } => {
                let queries = queries.into_iter().map(query).collect();
                let batch = QueryBatch { cell, kind, queries };
                let asked = self.check(&batch).map(|()| self.host.query(batch));
                let reply = async move {
                    let results = match asked {
                        Ok(asked) => asked.await,
                        Err(error) => Err(error),
                    };
                    (id, results.map(|results| Value::Array(results.iter().map(result).collect())))
                };
                Asked::Call(id, reply.boxed())
            }
            FromWorker::Tool { id, name, input } => {
                let asked = self.host.tool(name, input);
                let answer = |answer: headwater_protocol::repl::ToolAnswer| json!({"text": answer.text, "data": answer.data, "is_error": answer.is_error});
                Asked::Call(id, asked.map(move |said| (id, said.map(answer))).boxed())
            }
            FromWorker::Plan { id, task, question, over, options, is_run } => {
                let over = over.into_iter().map(PromptPiece::from).collect();
                let asked = self.host.plan(PlanRequest { cell, is_run, task, question, over, options });
                Asked::Call(id, asked.map(move |said| (id, said)).boxed())
            }
            FromWorker::Helper { id, name, input } => Asked::Work(id, self.help(id, name, input)),
            FromWorker::Parts { id, indexes } => self.parts(id, &indexes),
            other @ (FromWorker::Apart { .. }
            | FromWorker::Ready
            | FromWorker::Done(_)
            | FromWorker::Entry { .. }
            | FromWorker::Value { .. }
            | FromWorker::Variables { .. }
            | FromWorker::Assigned { .. }
            | FromWorker::Restored { .. }) => Asked::Other(other),
        }
    }

    /// Refuses references to what the context does not hold.
    fn check(&self, batch: &QueryBatch) -> Result<(), String> {
        let mut pieces = batch.queries.iter().flat_map(|query| query.prompt.iter().chain(&query.about));
        match pieces.find(|piece| piece.resolve(&self.corpus).is_none()) {
            Some(_missing) => Err("a prompt names a part of the context that does not exist".to_owned()),
            None => Ok(()),
        }
    }

    /// Runs the host part of a helper where it may block.
    fn help(&self, id: u64, name: String, input: Value) -> Pending {
        let part = HELPERS.iter().find(|helper| helper.doc.name == name).and_then(|helper| helper.call);
        let Self { corpus, cache, host } = self.clone();
        let work = move || match part {
            Some(part) => part(&HelperCall { corpus, cache, host }, &input),
            None => Err(format!("no helper is called `{name}`")),
        };
        let done = tokio::task::spawn_blocking(work);
        done.map(move |done| (id, done.unwrap_or_else(|error| Err(format!("the helper failed: {error}")))))
            .boxed()
    }

    fn parts(&self, id: u64, indexes: &[usize]) -> Asked {
        let texts: Option<Vec<_>> =
            indexes.iter().map(|index| self.corpus.parts.get(*index).map(|part| part.text.clone())).collect();
        let Some(texts) = texts else {
            return Asked::Answered(
                reply(id, Err("the context has no such part".to_owned())).into_iter().collect(),
            );
        };
        let header = reply(id, Ok(Value::Null));
        Asked::Answered(header.into_iter().chain([Outgoing::Texts(texts)]).collect())
    }
}

/// The reply to a call of an interrupted block. It may be there before the signal is.
pub(super) fn interrupted(id: u64) -> Option<Outgoing> {
    Outgoing::message(&json!({"id": id, "error": "the block was interrupted", "is_interrupted": true})).ok()
}

/// A reply as it is sent. One that is too large is replaced by a sentence saying so.
pub(super) fn reply(id: u64, result: Result<Value, String>) -> Option<Outgoing> {
    let failed = |error: String| json!({"id": id, "error": error});
    let message = match result {
        Ok(result) => json!({"id": id, "ok": result}),
        Err(error) => failed(error),
    };
    Outgoing::message(&message).or_else(|error| Outgoing::message(&failed(error))).ok()
}

fn query(query: WireQuery) -> ChildQuery {
    let pieces = |pieces: Vec<WirePiece>| pieces.into_iter().map(PromptPiece::from).collect();
    ChildQuery {
        prompt: pieces(query.prompt),
        about: pieces(query.about),
        tier: match query.tier {
            WireTier::Cheap => Tier::Cheap,
            WireTier::Strong => Tier::Strong,
        },
        schema: query.schema,
        max_tokens: query.max_tokens,
        max_calls: query.max_calls,
    }
}

fn result(result: &QueryResult) -> Value {
    json!({
        "text": result.text,
        "error": result.error,
        "cached": result.is_cached,
        "truncated": result.is_truncated,
        "cost": result.cost,
    })
}
