//! MAP: one question asked of every chunk, all in one batch.

use headwater_context::prompts;
use headwater_protocol::card::Tier;
use headwater_protocol::repl::{ChildKind, ChildQuery, QueryBatch, QueryResult};
use headwater_protocol::{Cancel, PromptPiece};

use crate::children::Pool;

/// Where a plan asks.
pub(super) struct Desk<'a> {
    pub(super) pool: &'a Pool,
    /// Number of the block that asks, 0 outside of one.
    pub(super) cell: u32,
    pub(super) cancel: &'a Cancel,
}

/// A question of a plan, with what it is asked about left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) words: String,
    /// The longest answer, in tokens.
    pub(super) max_tokens: u64,
    pub(super) tier: Tier,
}

impl Leaf {
    /// The question called `name` in `prompts/mission/plans/`, about `question`.
    pub(super) fn named(name: &str, question: &str) -> String {
        let text =
            prompts::PLANS.iter().find(|(known, _)| *known == name).map_or("{question}", |(_, text)| text);
        text.trim_end().replace("{question}", question)
    }
}

/// Asks `leaf` about each of `abouts`; the answers stand in their order.
pub(super) async fn map(
    desk: &Desk<'_>,
    leaf: &Leaf,
    abouts: Vec<Vec<PromptPiece>>,
) -> Result<Vec<QueryResult>, String> {
    let query = |about| ChildQuery {
        prompt: vec![PromptPiece::text(&*leaf.words)],
        about,
        tier: leaf.tier,
        max_tokens: Some(leaf.max_tokens),
        ..ChildQuery::default()
    };
    let queries = abouts.into_iter().map(query).collect();
    desk.pool.ask(QueryBatch { cell: desk.cell, kind: ChildKind::Plan, queries }, desk.cancel).await
}
