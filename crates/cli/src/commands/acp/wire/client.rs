//! The client as the rest sees it: updates go to it, requests of ours are asked of it, its own get their answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agent_client_protocol_schema::v1::{
    AgentRequest, CancelRequestNotification, Error, JsonRpcMessage, Notification,
    PROTOCOL_LEVEL_METHOD_NAMES, Request, RequestId, Response, SessionId, SessionNotification, SessionUpdate,
};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

type Outcome = Result<Value, Error>;

/// The way to the client. Clones share it. Where the client reads slowly, whoever speaks to it waits.
#[derive(Clone)]
pub(in crate::commands::acp) struct Client {
    out: mpsc::Sender<Vec<u8>>,
    waiting: Arc<Mutex<Waiting>>,
}

/// The requests of ours that have no answer yet.
#[derive(Default)]
struct Waiting {
    last: i64,
    open: HashMap<i64, oneshot::Sender<Outcome>>,
}

impl Client {
    /// A client that reads what comes out of `out`.
    pub(in crate::commands::acp) fn new(out: mpsc::Sender<Vec<u8>>) -> Self {
        Self { out, waiting: Arc::default() }
    }

    /// Tells what happens in a session.
    pub(in crate::commands::acp) async fn update(&self, session: &SessionId, update: SessionUpdate) {
        let params = SessionNotification::new(session.clone(), update);
        self.send(&Notification { method: "session/update".into(), params: Some(params) }).await;
    }

    /// Asks something; the answer comes out of what is given back. Dropped before, the question is taken back.
    pub(in crate::commands::acp) async fn ask(&self, request: AgentRequest) -> Asked {
        let (sender, answer) = oneshot::channel();
        let id = {
            let mut waiting = self.waiting();
            waiting.last += 1;
            let id = waiting.last;
            waiting.open.insert(id, sender);
            id
        };
        let asked = Asked { id, answer, client: self.clone() };
        let method = request.method().into();
        self.send(&Request { id: RequestId::Number(id), method, params: Some(request) }).await;
        asked
    }

    /// Hands an answer to whoever asked. One that nobody asked for is passed over.
    pub(in crate::commands::acp) fn settle(&self, id: &RequestId, outcome: Outcome) {
        let RequestId::Number(number) = id else { return };
        let asked = self.waiting().open.remove(number);
        if asked.is_none_or(|sender| sender.send(outcome).is_err()) {
            tracing::debug!(%id, "an answer that nobody waits for");
        }
    }

    /// Answers a request.
    pub(in crate::commands::acp) async fn answer(&self, id: RequestId, outcome: Outcome) {
        self.send(&Response::new(id, outcome)).await;
    }

    async fn send(&self, message: &impl Serialize) {
        if let Some(line) = line(message)
            && self.out.send(line).await.is_err()
        {
            tracing::debug!("the client has left");
        }
    }

    fn send_at_once(&self, message: &impl Serialize) {
        if let Some(line) = line(message)
            && self.out.try_send(line).is_err()
        {
            tracing::debug!("the client has left, or does not read");
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A message as it goes out; texts in JSON have no line ends.
fn line(message: &impl Serialize) -> Option<Vec<u8>> {
    match serde_json::to_vec(&JsonRpcMessage::wrap(message)) {
        Ok(mut line) => {
            line.push(b'\n');
            Some(line)
        }
        Err(error) => {
            tracing::warn!(%error, "a message could not be written");
            None
        }
    }
}

/// A question to the client that waits for its answer.
pub(in crate::commands::acp) struct Asked {
    id: i64,
    answer: oneshot::Receiver<Outcome>,
    client: Client,
}

impl Asked {
    /// The answer.
    pub(in crate::commands::acp) async fn answer(mut self) -> Outcome {
        let answer = (&mut self.answer).await;
        answer.unwrap_or_else(|_| Err(Error::request_cancelled()))
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if self.client.waiting().open.remove(&self.id).is_some() {
            // Nobody wants to know any more: the client may take its dialog away.
            let params = CancelRequestNotification::new(RequestId::Number(self.id));
            let method = PROTOCOL_LEVEL_METHOD_NAMES.cancel_request.into();
            self.client.send_at_once(&Notification { method, params: Some(params) });
        }
    }
}

/// The answer that a request of the client waits for. Dropped without one, it is an error.
pub(in crate::commands::acp) struct Reply {
    client: Client,
    id: Option<RequestId>,
}

impl Reply {
    /// The answer to the request `id`.
    pub(in crate::commands::acp) fn new(client: Client, id: RequestId) -> Self {
        Self { client, id: Some(id) }
    }

    /// Whether it is the answer to this request.
    pub(in crate::commands::acp) fn is_to(&self, id: &RequestId) -> bool {
        self.id.as_ref() == Some(id)
    }

    /// Gives it.
    pub(in crate::commands::acp) async fn give<T: Serialize>(mut self, outcome: Result<T, Error>) {
        let outcome =
            outcome.and_then(|result| serde_json::to_value(result).map_err(Error::into_internal_error));
        if let Some(id) = self.id.take() {
            self.client.answer(id, outcome).await;
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            let error = Error::internal_error().data(Value::from("the session ended before it could answer"));
            self.client.send_at_once(&Response::<Value>::new(id, Err(error)));
        }
    }
}
