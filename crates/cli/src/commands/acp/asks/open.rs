//! The questions that wait for an answer, and what came of each.

use std::collections::HashMap;

use agent_client_protocol_schema::v1::{AgentRequest, RequestPermissionOutcome, RequestPermissionResponse};
use headwater_protocol::{CallId, Op};
use serde_json::Value;
use tokio::task::{AbortHandle, JoinSet};

use crate::commands::acp::wire::Client;

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::commands::acp) enum About {
    /// Whether a call may run.
    Approval(CallId),
    /// What a call wants to know.
    Question(CallId),
    /// A mission's card.
    Card,
}

/// A question, and how its answer is read: to what the engine is told, or to nothing where it is no answer.
pub(in crate::commands::acp) struct Ask {
    pub(super) request: AgentRequest,
    pub(super) read: Reading,
}

/// How an answer is read.
pub(super) type Reading = Box<dyn Fn(&Value) -> Option<Op> + Send>;

/// What came of a question.
pub(in crate::commands::acp) struct Answered {
    /// What was asked about.
    pub(in crate::commands::acp) about: About,
    /// What the engine is to be told; nothing where no answer that was offered came.
    pub(in crate::commands::acp) op: Option<Op>,
}

/// The questions that wait.
#[derive(Default)]
pub(in crate::commands::acp) struct Asks {
    open: JoinSet<Answered>,
    handles: HashMap<About, AbortHandle>,
}

impl Asks {
    /// Asks; a question about the same is taken back first.
    pub(in crate::commands::acp) fn put(&mut self, about: About, ask: Ask, client: &Client) {
        let client = client.clone();
        let key = about.clone();
        let handle = self.open.spawn(async move {
            let answer = client.ask(ask.request).await.answer().await;
            let op = answer.ok().and_then(|answer| (ask.read)(&answer));
            Answered { about, op }
        });
        if let Some(before) = self.handles.insert(key, handle) {
            before.abort();
        }
    }

    /// Whether this is asked now.
    pub(in crate::commands::acp) fn is_open(&self, about: &About) -> bool {
        self.handles.contains_key(about)
    }

    /// Takes a question back.
    pub(in crate::commands::acp) fn take_back(&mut self, about: &About) {
        if let Some(handle) = self.handles.remove(about) {
            handle.abort();
        }
    }

    /// Takes all of them back.
    pub(in crate::commands::acp) fn take_all_back(&mut self) {
        self.handles.clear();
        self.open.abort_all();
    }

    /// The next answer; pends while nothing is asked. Cancellation safe.
    pub(in crate::commands::acp) async fn next(&mut self) -> Answered {
        loop {
            match self.open.join_next().await {
                Some(Ok(answered)) => {
                    self.handles.remove(&answered.about);
                    return answered;
                }
                // It was taken back.
                Some(Err(_)) => {}
                None => std::future::pending().await,
            }
        }
    }
}

/// The option that was chosen in a permission dialog.
pub(super) fn chosen(answer: &Value) -> Option<String> {
    let response: RequestPermissionResponse = serde_json::from_value(answer.clone()).ok()?;
    match response.outcome {
        RequestPermissionOutcome::Selected(selected) => Some(selected.option_id.0.to_string()),
        _ => None,
    }
}
