//! The life of one child: a place, a reservation, a record, a request, an answer, a record.
//!
//! *Invariants:* the record that it is asked is on the log before its request goes out, and the record of its answer
//! before anybody reads it; what was recorded as asked is recorded as ended, whatever happens in between.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use headwater_context::estimate_bytes;
use headwater_protocol::events::{ChildReturned, ChildStarted, ChildStatus};
use headwater_protocol::repl::{ChildQuery, QueryResult};
use headwater_protocol::{Cancel, ChildId, Projection, PromptPiece, ProviderError, StopSignal, Usage, Usd};
use tokio::time::Instant;

use super::account::{Charge, Reservation};
use super::exchange::{Outcome, Received, exchange};
use super::meter::Place as Counting;
use super::nested::not_asked;
use super::pool::Pool;
use super::prompt;
use super::question::Question;
use super::width::{CLOSED, Place, Width};
use crate::standing_in::{Failure, may_stand_in};

/// How often a question is asked in all while the vendor refuses it.
const MOST_ATTEMPTS: u32 = 8;
/// What failed of a model that refused a question too often.
const REFUSED: &str = "refused";
/// How long a vendor is left alone that does not answer at its address.
const UNREACHABLE: Duration = Duration::from_secs(5);

/// How a child ended.
enum End {
    Said {
        text: String,
        is_truncated: bool,
    },
    /// Cancelled, or out of time; with what had arrived.
    Stopped {
        stop: Stop,
        partial: String,
    },
    Failed(String),
}

/// What ends a child from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    Cancelled,
    OutOfTime,
}

impl Stop {
    fn sentence(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::OutOfTime => "the time of the mission is up",
        }
    }
}

/// A child that is asked.
struct Child {
    pool: Pool,
    id: ChildId,
    question: Question,
    width: Width,
    cancel: Cancel,
    /// Requests made.
    attempts: u32,
    /// How many of them before another model stood in.
    attempts_before: u32,
    /// What all of them consumed.
    usage: Usage,
    /// Whether the one repetition after an answer of no use was made.
    is_asked_again: bool,
}

/// Asks one child, from its first record to its last.
pub(super) async fn ask(pool: Pool, id: ChildId, question: Question, cancel: Cancel) -> QueryResult {
    let mut question = question;
    if let Some(other) = pool.shared.kin.stand_ins.current(question.provider.as_ref()) {
        question.provider = other;
    }
    let width = pool.shared.kin.widths.of(question.provider.vendor());
    let child = Child {
        pool,
        id,
        question,
        width,
        cancel,
        attempts: 0,
        attempts_before: 0,
        usage: Usage::default(),
        is_asked_again: false,
    };
    child.live().await
}

impl Child {
    async fn live(mut self) -> QueryResult {
        let opened = match self.begin().await {
            // Who waited for a vendor that failed meanwhile asks the one that stands in for it.
            Err(why) if self.stop().is_none() && self.stand_in(REFUSED, &why).await => self.begin().await,
            opened => opened,
        };
        let (place, reservation) = match opened {
            Ok(both) => both,
            Err(why) => return not_asked(&self.pool, &why),
        };
        let began = Instant::now();
        let end = self.converse(place).await;
        self.finish(end, reservation, began.elapsed()).await
    }

    /// Whether another model stands in by now for the one that was to be asked.
    fn has_other(&mut self) -> bool {
        let kin = &self.pool.shared.kin;
        let Some(other) = kin.stand_ins.current(self.question.provider.as_ref()) else { return false };
        self.width = kin.widths.of(other.vendor());
        self.question.provider = other;
        true
    }

    /// Everything before the first request; the error says why there will be none.
    async fn begin(&self) -> Result<(Place, Reservation), String> {
        let place = self.place().await?;
        let model = self.question.provider.model();
        let size = self.question.size;
        let usage = Usage { input: size.prompt, output: size.answer, ..Usage::default() };
        let estimate = Charge::of(usage, model.cost(usage));
        let reserving = self.pool.shared.kin.account.reserve(estimate);
        let reserved = self.unless_stopped(reserving).await;
        let reservation = reserved.map_err(|stop| format!("{} before it was asked", stop.sentence()))??;
        let started = ChildStarted {
            child: self.id.clone(),
            cell: self.question.cell,
            kind: self.question.kind,
            depth: self.pool.shared.depth,
            model: self.question.model(),
            prompt: pieces(&self.question.query),
            key: self.question.key.clone(),
            opened: None,
        };
        self.pool.shared.journal.record(started).await.map_err(|closed| closed.to_string())?;
        Ok((place, reservation))
    }

    async fn place(&self) -> Result<Place, String> {
        let _queued = self.pool.shared.kin.meter.count(Counting::Queued);
        match self.unless_stopped(self.width.place()).await {
            Ok(place) => place,
            Err(stop) => Err(format!("{} before it was asked", stop.sentence())),
        }
    }

    /// Asks until there is an answer, or none to be had.
    async fn converse(&mut self, first: Place) -> End {
        let shared = &self.pool.shared;
        let request = prompt::request(&self.question.query, &shared.corpus, self.question.shape.as_deref());
        let mut request = match request {
            Ok(request) => request,
            Err(why) => return End::Failed(why),
        };
        let mut place = Some(first);
        loop {
            let mut place = match place.take() {
                Some(place) => place,
                None => match self.place().await {
                    Ok(place) => place,
                    Err(why) if self.stop().is_none() && self.stand_in(REFUSED, &why).await => continue,
                    Err(why) => return self.stopped_waiting(why),
                },
            };
            let (outcome, received) = self.request(request.clone(), &mut place).await;
            match outcome {
                Err(stop) => return End::Stopped { stop, partial: received.text },
                Ok(Outcome::Answered) => {
                    place.good();
                    match self.judge(&received) {
                        Ok(end) => return end,
                        Err(Again { said, complaint }) => {
                            let origin = self.question.model();
                            request = prompt::again(request, said, &complaint, origin);
                        }
                    }
                }
                Ok(Outcome::Refused { wait, why }) => {
                    place.refused(wait, &why);
                    drop(place);
                    if self.is_in_vain(wait) && !self.stand_in(REFUSED, &why).await {
                        return self.give_up(wait, &why);
                    }
                }
                Ok(Outcome::Failed(error)) => {
                    drop(place);
                    let failed = Arc::clone(&self.question.provider);
                    let is_for_others = may_stand_in(&error);
                    if !is_for_others || !self.stand_in(error.kind(), &error.to_string()).await {
                        return self.fail(&error);
                    }
                    if failed.vendor() != self.question.provider.vendor() {
                        self.leave_alone(failed.vendor(), &error);
                    }
                }
            }
        }
    }

    async fn request(&mut self, request: Projection, place: &mut Place) -> (Result<Outcome, Stop>, Received) {
        let _running = self.pool.shared.kin.meter.count(Counting::Running);
        let mut received = Received::default();
        let exchange = exchange(&*self.question.provider, request, place, &mut received);
        let outcome = self.unless_stopped(exchange).await;
        let is_answered = matches!(outcome, Ok(Outcome::Answered));
        self.attempts += (received.failed + u32::from(is_answered)).max(1);
        self.count(&received);
        (outcome, received)
    }

    /// Counts what a request consumed: as reported, or as estimated when an answer began and no figure came.
    fn count(&mut self, received: &Received) {
        let estimate = || Usage {
            input: self.question.size.prompt,
            output: estimate_bytes(received.text.len(), 1.0),
            ..Usage::default()
        };
        let Some(usage) = received.usage.or_else(|| received.has_begun.then(estimate)) else { return };
        self.usage.input += usage.input;
        self.usage.cached += usage.cached;
        self.usage.cache_written += usage.cache_written;
        self.usage.output += usage.output;
        self.usage.reasoning += usage.reasoning;
    }

    /// Whether an answer is one, or the question is to be asked once more.
    fn judge(&mut self, received: &Received) -> Result<End, Again> {
        let is_truncated = received.stop == Some(StopSignal::Length);
        let said = received.text.trim();
        if said.is_empty() && is_truncated {
            let why = "the answer was cut before its first word: allow more max_tokens";
            return Ok(End::Failed(why.to_owned()));
        }
        let complaint = if said.is_empty() {
            "there is nothing in it".to_owned()
        } else {
            match self.question.shape.as_ref().map(|shape| shape.read(said)) {
                None => return Ok(End::Said { text: said.to_owned(), is_truncated }),
                Some(Ok(text)) => return Ok(End::Said { text, is_truncated }),
                Some(Err(complaint)) => complaint,
            }
        };
        if self.is_asked_again {
            let why = if said.is_empty() { "the model said nothing, twice" } else { NO_FIT };
            return Ok(End::Failed(format!("{why}: {complaint}")));
        }
        self.is_asked_again = true;
        let said = if said.is_empty() { "(nothing)" } else { said };
        Err(Again { said: said.to_owned(), complaint })
    }

    /// Whether a question was refused too often, or is asked to wait beyond the end of the mission.
    fn is_in_vain(&self, wait: Duration) -> bool {
        self.is_beyond_the_end(wait) || self.attempts - self.attempts_before >= MOST_ATTEMPTS
    }

    fn is_beyond_the_end(&self, wait: Duration) -> bool {
        let deadline = self.pool.shared.kin.account.deadline();
        deadline.is_some_and(|deadline| wait > deadline.saturating_duration_since(Instant::now()))
    }

    /// The end of a question that is asked in vain.
    fn give_up(&self, wait: Duration, why: &str) -> End {
        if self.is_beyond_the_end(wait) {
            let why = format!("{why}, which is longer than the mission may take");
            self.width.close(&why, wait);
            return End::Failed(why);
        }
        End::Failed(format!("{why} (asked {} times)", self.attempts))
    }

    /// Lets another model answer this question and those that come; says whether one does.
    async fn stand_in(&mut self, kind: &str, message: &str) -> bool {
        let shared = &self.pool.shared;
        let failure = Failure { kind, message };
        let switched = shared.kin.stand_ins.switch(&*self.question.provider, failure, &shared.journal);
        if switched.await.is_none() {
            return false;
        }
        self.attempts_before = self.attempts;
        self.has_other()
    }

    /// A failure that every other question would meet as well leaves the vendor alone for a while.
    fn fail(&self, error: &ProviderError) -> End {
        self.leave_alone(self.question.provider.vendor(), error);
        End::Failed(error.to_string())
    }

    fn leave_alone(&self, vendor: &str, error: &ProviderError) {
        let (why, width) = (error.to_string(), self.pool.shared.kin.widths.of(vendor));
        match error {
            ProviderError::Unreachable { .. } => width.close(&why, UNREACHABLE),
            ProviderError::Unauthorized { .. } => {
                self.pool.shared.kin.stand_ins.never(self.question.provider.as_ref());
                width.close(&why, CLOSED);
            }
            ProviderError::QuotaExhausted { .. } => width.close(&why, CLOSED),
            ProviderError::RateLimited { .. }
            | ProviderError::Overloaded { .. }
            | ProviderError::BadRequest { .. }
            | ProviderError::WindowExceeded { .. }
            | ProviderError::NotUnderstood { .. }
            | ProviderError::TimedOut { .. }
            | ProviderError::Cut { .. }
            | ProviderError::Filtered { .. }
            | ProviderError::Cancelled => {}
        }
    }

    /// The end of a question that waited for another attempt.
    fn stopped_waiting(&self, why: String) -> End {
        match self.stop() {
            Some(stop) => End::Stopped { stop, partial: String::new() },
            None => End::Failed(why),
        }
    }

    async fn finish(self, end: End, reservation: Reservation, took: Duration) -> QueryResult {
        let cost = self.question.provider.model().cost(self.usage);
        reservation.settle(Charge::of(self.usage, cost));
        let returned = self.returned(&end, cost, took);
        let shared = &self.pool.shared;
        if returned.status == ChildStatus::Ok {
            shared.pace.learn(took);
        }
        let written = shared.journal.record(returned.clone()).await;
        shared.kin.memo.keep(&self.question.key, returned);
        let (text, error, is_truncated) = match end {
            End::Said { text, is_truncated } => (text, None, is_truncated),
            End::Stopped { stop, partial } => (partial, Some(stop.sentence().to_owned()), false),
            End::Failed(why) => (String::new(), Some(why), false),
        };
        let error = error.or_else(|| written.err().map(|closed| closed.to_string()));
        let note = self.question.note;
        QueryResult { text, error, is_cached: false, is_truncated, note, cost, usage: self.usage }
    }

    fn returned(&self, end: &End, cost_usd: Option<Usd>, took: Duration) -> ChildReturned {
        let (status, text) = match end {
            End::Said { text, is_truncated: true } => (ChildStatus::Truncated, text.as_str()),
            End::Said { text, is_truncated: false } => (ChildStatus::Ok, text.as_str()),
            End::Stopped { stop, partial } => {
                (ChildStatus::Cancelled, if partial.is_empty() { stop.sentence() } else { partial })
            }
            End::Failed(why) => (ChildStatus::Error, why.as_str()),
        };
        ChildReturned {
            child: self.id.clone(),
            status,
            text: text.to_owned(),
            usage: self.usage,
            cost_usd,
            is_error: !matches!(end, End::Said { .. }),
            attempts: self.attempts,
            millis: millis(took),
        }
    }

    fn stop(&self) -> Option<Stop> {
        if self.cancel.is_cancelled() {
            return Some(Stop::Cancelled);
        }
        let deadline = self.pool.shared.kin.account.deadline();
        deadline.is_some_and(|deadline| deadline <= Instant::now()).then_some(Stop::OutOfTime)
    }

    async fn unless_stopped<T>(&self, future: impl Future<Output = T>) -> Result<T, Stop> {
        let deadline = self.pool.shared.kin.account.deadline();
        let time_is_up = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Stop::Cancelled),
            () = time_is_up => Err(Stop::OutOfTime),
            done = future => Ok(done),
        }
    }
}

/// An answer of no use.
struct Again {
    said: String,
    complaint: String,
}

const NO_FIT: &str = "the answer does not fit the schema, asked twice";

/// The prompt of a record: the words, then what they are about.
pub(super) fn pieces(query: &ChildQuery) -> Vec<PromptPiece> {
    query.prompt.iter().chain(&query.about).cloned().collect()
}

/// Whole milliseconds.
pub(super) fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
