//! A batch before its first call: what the log answers already, what is asked twice, what cannot be asked, and the
//! questions that are left.

use std::collections::HashMap;
use std::sync::Arc;

use headwater_context::prompts;
use headwater_protocol::repl::{ChildKind, ChildQuery, QueryBatch, QueryResult};
use headwater_protocol::{Provider, Tokens};
use serde_json::Value;

use super::key::key;
use super::pool::Shared;
use super::prompt::{Size, cut_to_fit, measure};
use super::schema::Shape;

/// A question that is new and can be asked.
pub(super) struct Question {
    pub(super) kind: ChildKind,
    /// Number of the block that asks.
    pub(super) cell: Option<u32>,
    pub(super) query: ChildQuery,
    pub(super) key: String,
    pub(super) provider: Arc<dyn Provider>,
    pub(super) size: Size,
    pub(super) shape: Option<Arc<Shape>>,
    pub(super) note: Option<String>,
}

impl Question {
    /// Vendor and model.
    pub(super) fn model(&self) -> String {
        model_of(&*self.provider)
    }
}

fn model_of(provider: &dyn Provider) -> String {
    format!("{}/{}", provider.vendor(), provider.model().name)
}

/// What becomes of one query of a batch.
pub(super) enum Fate {
    /// It is answered, or refused, without a call.
    Settled(Box<QueryResult>),
    /// It has the answer of this question; true for the query that asks it.
    Asked(usize, bool),
}

/// A batch, sorted.
pub(super) struct Sorted {
    /// One for each query.
    pub(super) fates: Vec<Fate>,
    /// The questions to ask, each once.
    pub(super) questions: Vec<Question>,
}

/// Sorts a batch. Nothing is asked and nothing is recorded.
pub(super) fn sort(pool: &Shared, batch: QueryBatch) -> Sorted {
    let mut desk = Sorter { pool, cell: (batch.cell > 0).then_some(batch.cell), shape: None };
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut sorted = Sorted { fates: Vec::with_capacity(batch.queries.len()), questions: Vec::new() };
    for query in batch.queries {
        let fate = match desk.prepare(batch.kind, query) {
            Err(why) => Fate::Settled(Box::new(QueryResult { error: Some(why), ..QueryResult::default() })),
            Ok(question) => match (pool.kin.memo.answer(&question.key), places.get(&question.key)) {
                (Some(known), _) => Fate::Settled(Box::new(QueryResult { note: question.note, ..known })),
                (None, Some(place)) => Fate::Asked(*place, false),
                (None, None) => {
                    places.insert(question.key.clone(), sorted.questions.len());
                    sorted.questions.push(question);
                    Fate::Asked(sorted.questions.len() - 1, true)
                }
            },
        };
        sorted.fates.push(fate);
    }
    sorted
}

struct Sorter<'a> {
    pool: &'a Shared,
    cell: Option<u32>,
    /// The schema of the query before this one: those of a batch are mostly the same.
    shape: Option<(Value, Arc<Shape>)>,
}

impl Sorter<'_> {
    fn prepare(&mut self, kind: ChildKind, query: ChildQuery) -> Result<Question, String> {
        let provider = self.pool.provider(query.tier);
        let shape = query.schema.as_ref().map(|schema| self.shape(schema)).transpose()?;
        let (kind, query, note) = self.without_recursion(kind, query, &*provider)?;
        let size = if kind == ChildKind::Rlm {
            // Its texts become a context of its own, whatever their size.
            Size { prompt: Tokens(0), answer: Tokens(0) }
        } else {
            measure(&query, &self.pool.corpus, provider.model())?
        };
        let key = key(kind, &model_of(&*provider), prompts::MISSION_CHILD, &query);
        Ok(Question { kind, cell: self.cell, query, key, provider, size, shape, note })
    }

    /// A recursive question that may not recurse becomes a plain one, over as much of its texts as fits.
    fn without_recursion(
        &self,
        kind: ChildKind,
        query: ChildQuery,
        provider: &dyn Provider,
    ) -> Result<(ChildKind, ChildQuery, Option<String>), String> {
        let deepest = self.pool.kin.account.limits().depth;
        let is_plain = kind != ChildKind::Rlm || (self.pool.recursion.is_some() && self.pool.depth < deepest);
        if is_plain {
            return Ok((kind, query, None));
        }
        let (query, said) = cut_to_fit(&query, &self.pool.corpus, provider.model())?;
        let note = format!(
            "asked as a plain question, since no recursion is allowed below this depth; it saw {said}"
        );
        Ok((ChildKind::Llm, query, Some(note)))
    }

    fn shape(&mut self, schema: &Value) -> Result<Arc<Shape>, String> {
        if let Some((known, shape)) = &self.shape
            && known == schema
        {
            return Ok(Arc::clone(shape));
        }
        let shape = Arc::new(Shape::new(schema)?);
        self.shape = Some((schema.clone(), Arc::clone(&shape)));
        Ok(shape)
    }
}
