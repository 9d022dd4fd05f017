//! What the person is asked through the client, and what they said. Each kind is a file.
//!
//! *Invariants:* an answer that was not offered is none, and neither is a dialog that was closed; whatever is no longer
//! waited for is taken back from the client.

mod approval;
mod card;
mod question;

use std::collections::HashMap;

use agent_client_protocol_schema::v1::{AgentRequest, RequestPermissionOutcome, RequestPermissionResponse};
use headwater_protocol::{CallId, Op};
use serde_json::Value;
use tokio::task::{AbortHandle, JoinSet};

pub(super) use self::approval::approval;
pub(super) use self::card::card;
pub(super) use self::question::{form, pick};
use super::wire::Client;

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum About {
    /// Whether a call may run.
    Approval(CallId),
    /// What a call wants to know.
    Question(CallId),
    /// A mission's card.
    Card,
}

/// A question, and how its answer is read: to what the engine is told, or to nothing where it is no answer.
pub(super) struct Ask {
    request: AgentRequest,
    read: Reading,
}

/// How an answer is read.
type Reading = Box<dyn Fn(&Value) -> Option<Op> + Send>;

/// What came of a question.
pub(super) struct Answered {
    /// What was asked about.
    pub(super) about: About,
    /// What the engine is to be told; nothing where no answer that was offered came.
    pub(super) op: Option<Op>,
}

/// The questions that wait.
#[derive(Default)]
pub(super) struct Asks {
    open: JoinSet<Answered>,
    handles: HashMap<About, AbortHandle>,
}

impl Asks {
    /// Asks; a question about the same is taken back first.
    pub(super) fn put(&mut self, about: About, ask: Ask, client: &Client) {
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
    pub(super) fn is_open(&self, about: &About) -> bool {
        self.handles.contains_key(about)
    }

    /// Takes a question back.
    pub(super) fn take_back(&mut self, about: &About) {
        if let Some(handle) = self.handles.remove(about) {
            handle.abort();
        }
    }

    /// Takes all of them back.
    pub(super) fn take_all_back(&mut self) {
        self.handles.clear();
        self.open.abort_all();
    }

    /// The next answer; pends while nothing is asked. Cancellation safe.
    pub(super) async fn next(&mut self) -> Answered {
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
fn chosen(answer: &Value) -> Option<String> {
    let response: RequestPermissionResponse = serde_json::from_value(answer.clone()).ok()?;
    match response.outcome {
        RequestPermissionOutcome::Selected(selected) => Some(selected.option_id.0.to_string()),
        _ => None,
    }
}
