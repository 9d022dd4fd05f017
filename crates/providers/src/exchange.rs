//! One request to its end: attempts, waits between them, the answer; as a stream that ends at once when cancelled.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use headwater_protocol::events::ResendCause;
use headwater_protocol::{Cancel, ModelDelta, ProviderError, ProviderStream, ServerCleared};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use reqwest::{Response, Url};
use tokio::time::{Instant, timeout};

use crate::answer::{Answer, Progress};
use crate::cleared::{Cleared, may_be_about_clearing};
use crate::connection::{Endpoint, below};
use crate::course::Course;
use crate::http::Http;
use crate::retry::{Attempts, Failure};
use crate::text_calls::TextCalls;
use crate::wires::{Belonging, Decoder};

/// One request.
pub(crate) struct Exchange {
    endpoint: Arc<Endpoint>,
    http: Http,
    written: Written,
    attempts: Attempts,
    /// Deltas that have arrived and were not handed on yet.
    ready: VecDeque<ModelDelta>,
    /// Why the server did not take the request as it was.
    refused: Option<String>,
    phase: Phase,
}

/// A request as it is sent.
pub(crate) enum Written {
    /// All of it in each attempt.
    Whole {
        body: Bytes,
        /// The tools whose calls are read from text; empty for a model that makes its calls properly.
        text_calls: Vec<String>,
    },
    /// With old results whole, which the server clears.
    Cleared(Box<Cleared>),
    /// As a part of a conversation that the server keeps.
    Kept(Box<Course>),
}

/// How an attempt ended that brought no answer.
enum Unanswered {
    Failed(Failure),
    /// The server keeps no conversations that could be added to.
    KeepsNothing(String),
}

impl From<Failure> for Unanswered {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

enum Phase {
    Send,
    Wait(Duration),
    Read(Box<Answer>),
    Failed(ProviderError),
    Over,
}

impl Exchange {
    pub(crate) fn new(endpoint: Arc<Endpoint>, http: Http, written: Written, seed: u64) -> Self {
        let attempts = Attempts::new(&endpoint.network, seed);
        let (ready, refused) = (VecDeque::new(), None);
        Self { endpoint, http, written, attempts, ready, refused, phase: Phase::Send }
    }

    /// The deltas of this request. Dropping the stream closes the connection.
    pub(crate) fn stream(self, cancel: Cancel) -> ProviderStream {
        Box::pin(stream::unfold((Box::new(self), cancel), |(mut exchange, cancel)| async move {
            let item = exchange.next(&cancel).await?;
            Some((item, (exchange, cancel)))
        }))
    }

    async fn next(&mut self, cancel: &Cancel) -> Option<Result<ModelDelta, ProviderError>> {
        loop {
            if matches!(self.phase, Phase::Over) && self.ready.is_empty() {
                return None;
            }
            if cancel.is_cancelled() {
                return Some(Err(self.cancelled()));
            }
            if let Some(delta) = self.ready.pop_front() {
                return Some(Ok(delta));
            }
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Some(Err(self.cancelled())),
                failed = self.step() => if let Some(error) = failed {
                    return Some(Err(error));
                }
            }
        }
    }

    /// Lets go of the answer, and with it of the connection.
    fn cancelled(&mut self) -> ProviderError {
        self.phase = Phase::Over;
        self.ready.clear();
        ProviderError::Cancelled
    }

    async fn step(&mut self) -> Option<ProviderError> {
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Send => match self.send().await {
                Ok(answer) => {
                    self.tell_refusal();
                    self.phase = Phase::Read(Box::new(answer));
                }
                Err(Unanswered::Failed(failure)) => self.retry_or_fail(failure),
                Err(Unanswered::KeepsNothing(detail)) => self.send_apart(detail),
            },
            Phase::Wait(wait) => {
                tokio::time::sleep(wait).await;
                self.phase = Phase::Send;
            }
            Phase::Read(answer) => self.read(answer).await,
            Phase::Failed(error) => return Some(error),
            Phase::Over => {}
        }
        None
    }

    async fn read(&mut self, mut answer: Box<Answer>) {
        let mut arrived = Vec::new();
        let result = answer.read(&self.endpoint, &mut arrived).await;
        if let Some(detail) = self.follow(&mut arrived, answer.belonging()) {
            // What it consumed is paid for all the same.
            self.ready.extend(arrived.into_iter().filter(|delta| matches!(delta, ModelDelta::Usage(_))));
            return self.resend(ResendCause::Differs, detail);
        }
        self.ready.extend(arrived);
        match result {
            Ok(Progress::More) => self.phase = Phase::Read(answer),
            Ok(Progress::Ended) => {}
            Err(failure) if answer.has_content() => self.phase = Phase::Failed(failure.error),
            Err(failure) => self.retry_or_fail(failure),
        }
    }

    /// Compares what has come with what the server should keep; says what shows that it does not. Behind a whole answer
    /// stands what it keeps now.
    fn follow(&mut self, arrived: &mut Vec<ModelDelta>, belonging: Option<&Belonging>) -> Option<String> {
        let Written::Kept(course) = &mut self.written else { return None };
        if let Some(detail) = course.hear(arrived, belonging) {
            return Some(detail);
        }
        if let Some(end) = arrived.iter().position(|delta| matches!(delta, ModelDelta::Finished(_))) {
            let kept = course.kept(&self.endpoint, belonging).map(ModelDelta::Kept);
            arrived.splice(end..end, kept);
        }
        None
    }

    fn retry_or_fail(&mut self, failure: Failure) {
        if let Written::Kept(course) = &mut self.written {
            let is_again = self.attempts.failed() > 0;
            let is_lost = is_refusal(&failure.error) || (is_again && is_fault(&failure.error));
            if course.is_continued() && is_lost {
                return self.resend(ResendCause::Unknown, failure.error.to_string());
            }
            course.again();
        }
        if self.clears_here(&failure.error) {
            self.phase = Phase::Send;
            return;
        }
        let Some(after) = self.attempts.after(&failure) else {
            self.phase = Phase::Failed(failure.error);
            return;
        };
        let (attempt, reason) = (self.attempts.failed(), failure.error.to_string());
        tracing::info!(attempt, ?after, %reason, "the request is made again");
        self.ready.push_back(ModelDelta::Retrying { attempt, after, reason });
        self.phase = Phase::Wait(after);
    }

    /// Clears old results here from now on, where a refusal may be about their being left to the server; never twice.
    fn clears_here(&mut self, error: &ProviderError) -> bool {
        let Written::Cleared(cleared) = &self.written else { return false };
        if !may_be_about_clearing(error) {
            return false;
        }
        tracing::info!(%error, "old results are cleared here");
        let body = cleared.body_cleared_here(&self.endpoint);
        self.written = Written::Whole { body, text_calls: Vec::new() };
        self.refused = Some(error.to_string());
        true
    }

    /// The server has taken the request after all, with its results cleared here.
    fn tell_refusal(&mut self) {
        let refused = self.refused.take().map(|why| ModelDelta::Cleared(ServerCleared::Refused(why)));
        self.ready.extend(refused);
    }

    fn headers(&self) -> HeaderMap {
        let headers = self.endpoint.headers.clone();
        match &self.written {
            Written::Cleared(cleared) => cleared.headers(headers),
            Written::Whole { .. } | Written::Kept(_) => headers,
        }
    }

    /// Sends the whole conversation in place of what is new in it; never twice, as there is nothing to go on from then.
    fn resend(&mut self, cause: ResendCause, detail: String) {
        tracing::info!(?cause, %detail, "the whole conversation is sent");
        if let Written::Kept(course) = &mut self.written {
            course.send_whole();
        }
        self.ready.push_back(ModelDelta::Resent { cause, detail });
        self.phase = Phase::Send;
    }

    fn send_apart(&mut self, detail: String) {
        self.resend(ResendCause::Unknown, detail);
        if let Written::Kept(course) = &mut self.written {
            course.send_apart();
        }
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        let plain = self.endpoint.vendor.wire.decoder();
        match &self.written {
            Written::Whole { text_calls, .. } if !text_calls.is_empty() => {
                Box::new(TextCalls::new(plain, text_calls.clone()))
            }
            Written::Whole { .. } | Written::Cleared(_) | Written::Kept(_) => plain,
        }
    }

    async fn send(&mut self) -> Result<Answer, Unanswered> {
        self.open().await?;
        let body = match &self.written {
            Written::Whole { body, .. } => body.clone(),
            Written::Cleared(cleared) => cleared.body(),
            Written::Kept(course) => course.body(&self.endpoint),
        };
        let sent = Instant::now();
        let response = self.post(self.endpoint.url.clone(), "text/event-stream", body).await?;
        if response.status().is_success() {
            return Ok(Answer::new(response, self.decoder(), sent));
        }
        Err(self.endpoint.refused(response).await.into())
    }

    /// Begins a conversation at the server, where the request needs one to be added to.
    async fn open(&mut self) -> Result<(), Unanswered> {
        let Written::Kept(course) = &self.written else { return Ok(()) };
        let Some(path) = course.opening() else { return Ok(()) };
        let url = below(&self.endpoint.base_url, path);
        let response = self.post(url, "application/json", Bytes::from_static(b"{}")).await?;
        if !response.status().is_success() {
            let failure = self.endpoint.refused(response).await;
            return Err(if is_refusal(&failure.error) {
                Unanswered::KeepsNothing(format!("no conversation can be begun: {}", failure.error))
            } else {
                failure.into()
            });
        }
        let body = self.endpoint.body(response).await;
        let Written::Kept(course) = &mut self.written else { return Ok(()) };
        if course.opened(&body) {
            return Ok(());
        }
        Err(Unanswered::KeepsNothing("the server began a conversation without a name".to_owned()))
    }

    async fn post(&self, url: Url, accepted: &'static str, body: Bytes) -> Result<Response, Failure> {
        let endpoint = &self.endpoint;
        let client = self.http.client(&url).await;
        let client = client.map_err(|error| Failure::last(endpoint.unreachable(&error)))?;
        let request = client
            .post(url)
            .headers(self.headers())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, accepted)
            .body(body);
        let deadline = endpoint.network.first_byte(endpoint.vendor.first_byte_timeout);
        timeout(deadline, request.send())
            .await
            .map_err(|_| Failure::of(endpoint.timed_out("first byte", deadline)))?
            .map_err(|error| endpoint.transport(&error))
    }
}

/// Whether the server broke over the request. One that does so again may break over what it keeps.
fn is_fault(error: &ProviderError) -> bool {
    /// Statuses that say "later", whatever the request is.
    const BUSY: [u16; 2] = [503, 529];
    matches!(error, ProviderError::Overloaded { status, .. } if *status >= 500 && !BUSY.contains(status))
}

/// Whether the server says that the request itself is wrong, as it does with what it does not know.
fn is_refusal(error: &ProviderError) -> bool {
    matches!(error, ProviderError::BadRequest { .. } | ProviderError::NotUnderstood { .. })
}
