//! The contract of a card, checked by the host before an answer is believed.

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use headwater_protocol::contract::Gap;
use headwater_protocol::{Cancel, RunState, TaskContract};
use serde_json::Value;

use super::bench::Bench;
use super::commands::BenchCommands;
use crate::mission::contract::{self, CheckPlace};
use crate::rlm::{Plausible, Verifier, text_of};

/// Checks an answer against a contract, and against what every answer must be.
pub(super) struct ContractVerifier {
    pub(super) contract: TaskContract,
    pub(super) workspace: PathBuf,
    pub(super) bench: Arc<Bench>,
}

impl Verifier for ContractVerifier {
    fn verify<'a>(
        &'a self,
        state: &'a RunState,
        answer: &'a Value,
        cancel: &'a Cancel,
    ) -> BoxFuture<'a, Vec<Gap>> {
        async move {
            let mut gaps = Plausible.verify(state, answer, cancel).await;
            let (text, commands) = (text_of(answer), BenchCommands(Arc::clone(&self.bench)));
            let (workspace, results) = (&self.workspace, &state.results);
            let place = CheckPlace { workspace, answer: &text, commands: &commands, results };
            gaps.extend(contract::gaps(&self.contract, &place).await);
            gaps
        }
        .boxed()
    }
}
