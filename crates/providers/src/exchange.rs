//! One request to its end: attempts, waits between them, the answer; as a stream that ends at once when cancelled.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use headwater_protocol::{Cancel, ModelDelta, ProviderError, ProviderStream};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use tokio::time::{Instant, timeout};

use crate::answer::{Answer, Progress};
use crate::connection::Endpoint;
use crate::http::Http;
use crate::retry::{Attempts, Failure};
use crate::text_calls::TextCalls;
use crate::wires::Decoder;

/// One request.
pub(crate) struct Exchange {
    endpoint: Arc<Endpoint>,
    http: Http,
    written: Written,
    attempts: Attempts,
    /// Deltas that have arrived and were not handed on yet.
    ready: VecDeque<ModelDelta>,
    phase: Phase,
}

/// A request as it is sent.
pub(crate) struct Written {
    pub(crate) body: Bytes,
    /// The tools whose calls are read from text; empty for a model that makes its calls properly.
    pub(crate) text_calls: Vec<String>,
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
        Self { endpoint, http, written, attempts, ready: VecDeque::new(), phase: Phase::Send }
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
                Ok(answer) => self.phase = Phase::Read(Box::new(answer)),
                Err(failure) => self.retry_or_fail(failure),
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
        self.ready.extend(arrived);
        match result {
            Ok(Progress::More) => self.phase = Phase::Read(answer),
            Ok(Progress::Ended) => {}
            Err(failure) if answer.has_content() => self.phase = Phase::Failed(failure.error),
            Err(failure) => self.retry_or_fail(failure),
        }
    }

    fn retry_or_fail(&mut self, failure: Failure) {
        let Some(after) = self.attempts.after(&failure) else {
            self.phase = Phase::Failed(failure.error);
            return;
        };
        let (attempt, reason) = (self.attempts.failed(), failure.error.to_string());
        tracing::info!(attempt, ?after, %reason, "the request is made again");
        self.ready.push_back(ModelDelta::Retrying { attempt, after, reason });
        self.phase = Phase::Wait(after);
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        let plain = self.endpoint.vendor.wire.decoder();
        let tools = &self.written.text_calls;
        if tools.is_empty() { plain } else { Box::new(TextCalls::new(plain, tools.clone())) }
    }

    async fn send(&self) -> Result<Answer, Failure> {
        let endpoint = &self.endpoint;
        let client = self.http.client(&endpoint.url).await;
        let client = client.map_err(|error| Failure::last(endpoint.unreachable(&error)))?;
        let sent = Instant::now();
        let request = client
            .post(endpoint.url.clone())
            .headers(endpoint.headers.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "text/event-stream")
            .body(self.written.body.clone());
        let deadline = endpoint.network.first_byte(endpoint.vendor.first_byte_timeout);
        let response = timeout(deadline, request.send())
            .await
            .map_err(|_| Failure::of(endpoint.timed_out("first byte", deadline)))?
            .map_err(|error| endpoint.transport(&error))?;
        if response.status().is_success() {
            return Ok(Answer::new(response, self.decoder(), sent));
        }
        Err(endpoint.refused(response).await)
    }
}
