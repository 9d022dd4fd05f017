//! A span that has begun and not ended.

use std::time::{Duration, SystemTime};

use headwater_protocol::{Timestamp, Usage, Usd};
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use super::names;
use crate::session::VERSION;

/// Where a span hangs: its trace, and the span around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) trace: TraceId,
    pub(super) parent: SpanId,
}

/// A span whose end is not known yet.
#[derive(Clone, Debug)]
pub(super) struct OpenSpan {
    place: Place,
    id: SpanId,
    kind: SpanKind,
    name: String,
    start: Timestamp,
    attributes: Vec<KeyValue>,
}

impl OpenSpan {
    /// A span of an operation on something: `chat gpt`, `execute_tool read`.
    pub(super) fn new(
        place: Place,
        id: SpanId,
        operation: &'static str,
        what: &str,
        start: Timestamp,
    ) -> Self {
        let kind = if operation == names::CHAT { SpanKind::Client } else { SpanKind::Internal };
        let name = format!("{operation} {what}").trim_end().to_owned();
        let attributes = vec![KeyValue::new(names::OPERATION, operation)];
        Self { place, id, kind, name, start, attributes }
    }

    /// The place of what hangs below it.
    pub(super) fn inside(&self) -> Place {
        Place { trace: self.place.trace, parent: self.id }
    }

    /// Says something of it. What is empty is not known, and not said.
    pub(super) fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        if value != Value::from("") {
            self.attributes.push(KeyValue::new(name, value));
        }
    }

    /// The same, in a chain.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// Says what it consumed.
    pub(super) fn spent(&mut self, usage: Usage, cost: Option<Usd>) {
        let whole = |tokens: headwater_protocol::Tokens| i64::try_from(tokens.0).unwrap_or(i64::MAX);
        self.set(names::INPUT_TOKENS, whole(usage.input));
        self.set(names::CACHED_TOKENS, whole(usage.cached));
        self.set(names::OUTPUT_TOKENS, whole(usage.output));
        if let Some(cost) = cost {
            self.set(names::COST, cost.0);
        }
    }

    /// The whole span; `error` is what kind of failure it ended with.
    pub(super) fn close(mut self, end: Timestamp, error: Option<&str>) -> SpanData {
        if let Some(error) = error {
            self.set(names::ERROR, error.to_owned());
        }
        SpanData {
            span_context: SpanContext::new(
                self.place.trace,
                self.id,
                TraceFlags::SAMPLED,
                false,
                TraceState::default(),
            ),
            parent_span_id: self.place.parent,
            parent_span_is_remote: false,
            span_kind: self.kind,
            name: self.name.into(),
            start_time: moment(self.start),
            end_time: moment(end.max(self.start)),
            attributes: self.attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: error.map_or(Status::Unset, |error| Status::error(error.to_owned())),
            instrumentation_scope: InstrumentationScope::builder("headwater").with_version(VERSION).build(),
        }
    }
}

/// A moment as the system counts time.
fn moment(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(at.as_millis()).unwrap_or(0))
}
