//! Tools as functions of a block, inside the grant of the card.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use headwater_protocol::MissionCard;
use headwater_protocol::repl::ToolAnswer;
use serde_json::Value;

use super::amending::GrantInForce;
use super::bench::Bench;
use super::made::Made;
use crate::children::Account;
use crate::mission::grant::{GrantedCall, over_budget};
use crate::rlm::BlockTools;

/// The tools that a card grants. Clones share everything.
#[derive(Clone)]
pub(crate) struct GrantedTools {
    pub(super) bench: Arc<Bench>,
    pub(super) grant: GrantInForce,
    pub(super) account: Account,
    pub(super) card: Arc<MissionCard>,
    /// What the block that was cut off has called already.
    pub(super) made: Arc<Made>,
}

impl GrantedTools {
    async fn run(self, name: String, input: Value) -> Result<ToolAnswer, String> {
        let Some(tool) = self.bench.tools.find(&name) else {
            let names = self.bench.tools.names().join(", ");
            return Err(format!("there is no tool {name}; the tools are: {names}"));
        };
        let input = self.bench.hear_hooks(tool, input).await?;
        let access =
            tool.tool.access(&input).map_err(|error| format!("wrong arguments for {name}: {error}"))?;
        let access = self.bench.by_all_names(access).await;
        let call = GrantedCall { tool: &name, capability: tool.spec.capability, access: &access };
        while let Err(beyond) = self.grant.rules().judge(&call, &self.bench.workspace) {
            self.grant.wish(beyond).await?;
        }
        if let Some(answer) = self.made.take(&name, &input) {
            return answer;
        }
        let outcome = self.bench.run_for_block(tool, input.clone(), access).await?;
        let answer = ToolAnswer { text: outcome.model_text, data: outcome.data, is_error: outcome.is_error };
        self.bench.tell_hooks(tool, input, answer).await
    }

    /// Many more calls than were estimated, or more money, is a question to the person. Where nobody is there the
    /// card's own budget, which was approved, is the limit.
    async fn admit_calls(self, calls: u32) -> Result<(), String> {
        if !self.grant.is_attended() {
            return Ok(());
        }
        let used = self.account.report();
        // A person who amended the budget has seen the calls there are.
        let has_amended = self.account.limits() != self.card.budget;
        match over_budget(&self.card.estimate, &used, calls) {
            Some(beyond) if !has_amended => self.grant.wish(beyond).await,
            Some(_) | None => Ok(()),
        }
    }
}

impl BlockTools for GrantedTools {
    fn call(&self, name: String, input: Value) -> BoxFuture<'static, Result<ToolAnswer, String>> {
        self.clone().run(name, input).boxed()
    }

    fn admit(&self, calls: u32) -> BoxFuture<'static, Result<(), String>> {
        self.clone().admit_calls(calls).boxed()
    }

    fn settled(&self) -> BoxFuture<'static, ()> {
        let bench = Arc::clone(&self.bench);
        async move { bench.settled().await }.boxed()
    }
}
