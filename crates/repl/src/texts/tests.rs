//! Calls for the tests of host parts: a context, and a host that grants nothing.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, ready};
use headwater_protocol::corpus::{Corpus, CorpusPart, CorpusShape, SharedText};
use headwater_protocol::repl::{BudgetReport, PlanRequest, QueryBatch, QueryResult, ReplHost, ToolAnswer};
use serde_json::Value;

use crate::entry::{HelperCache, HelperCall};
use crate::helpers::HELPERS;
use crate::texts::digests::sha256;

/// A host of a mission whose budget is spent.
struct Spent;

impl ReplHost for Spent {
    fn query(&self, _: QueryBatch) -> BoxFuture<'static, Result<Vec<QueryResult>, String>> {
        ready(Err("no calls are left".to_owned())).boxed()
    }

    fn tool(&self, _: String, _: Value) -> BoxFuture<'static, Result<ToolAnswer, String>> {
        ready(Err("no tools are granted".to_owned())).boxed()
    }

    fn plan(&self, _: PlanRequest) -> BoxFuture<'static, Result<Value, String>> {
        ready(Err("no calls are left".to_owned())).boxed()
    }

    fn budget(&self) -> BudgetReport {
        BudgetReport { calls: 12, turns: 3, ..BudgetReport::default() }
    }
}

/// A call over a context of named texts.
pub(crate) fn call_with(parts: &[(&str, &str)]) -> HelperCall {
    let part = |(name, text): &(&str, &str)| CorpusPart {
        name: (*name).to_owned(),
        sha256: sha256(text),
        file: None,
        text: SharedText::new((*text).to_owned()).unwrap(),
    };
    let shape = if parts.len() == 1 { CorpusShape::Text } else { CorpusShape::Dict };
    let corpus = Corpus { shape, parts: parts.iter().map(part).collect() };
    HelperCall { corpus, cache: Arc::new(HelperCache::default()), host: Arc::new(Spent) }
}

/// Calls the host part of a helper.
pub(crate) fn ask(call: &HelperCall, name: &str, arguments: &Value) -> Result<Value, String> {
    let helper = HELPERS.iter().find(|helper| helper.doc.name == name).unwrap();
    helper.call.unwrap()(call, arguments)
}
