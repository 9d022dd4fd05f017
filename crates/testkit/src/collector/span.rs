//! A span as it was received.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value as Any};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span as Sent, status::StatusCode};
use serde_json::{Value, json};

/// A span as it was received.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Its name.
    pub name: String,
    /// `1` for what happens inside, `3` for a call of something else (OTLP's `SpanKind`).
    pub kind: i32,
    /// Its trace, in hexadecimal digits.
    pub trace: String,
    /// Its id.
    pub id: String,
    /// The id of the span around it; empty at the root.
    pub parent: String,
    /// Nanoseconds since 1970.
    pub start: u64,
    /// Nanoseconds since 1970.
    pub end: u64,
    /// What is said of it.
    pub attributes: BTreeMap<String, Value>,
    /// Whether it failed.
    pub is_error: bool,
    /// What is said of who sent it.
    pub resource: BTreeMap<String, Value>,
}

impl Span {
    /// An attribute; null where there is none.
    pub fn get(&self, name: &str) -> Value {
        self.attributes.get(name).cloned().unwrap_or(Value::Null)
    }
}

/// The spans of a request in OTLP/JSON.
pub fn spans_of_json(text: &[u8]) -> Result<Vec<Span>, serde_json::Error> {
    Ok(flat(serde_json::from_slice(text)?))
}

/// All spans of a request, one after the other.
pub(super) fn flat(request: ExportTraceServiceRequest) -> Vec<Span> {
    request.resource_spans.into_iter().flat_map(of_resource).collect()
}

fn of_resource(sent: ResourceSpans) -> Vec<Span> {
    let resource = sent.resource.map(|resource| table(resource.attributes)).unwrap_or_default();
    let spans = sent.scope_spans.into_iter().flat_map(|scope| scope.spans);
    spans.map(|span| received(span, resource.clone())).collect()
}

fn received(span: Sent, resource: BTreeMap<String, Value>) -> Span {
    Span {
        name: span.name,
        kind: span.kind,
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        start: span.start_time_unix_nano,
        end: span.end_time_unix_nano,
        attributes: table(span.attributes),
        is_error: span.status.is_some_and(|status| status.code == StatusCode::Error as i32),
        resource,
    }
}

fn table(pairs: Vec<KeyValue>) -> BTreeMap<String, Value> {
    pairs.into_iter().map(|pair| (pair.key, value(pair.value))).collect()
}

fn value(sent: Option<AnyValue>) -> Value {
    match sent.and_then(|sent| sent.value) {
        Some(Any::StringValue(text)) => json!(text),
        Some(Any::BoolValue(flag)) => json!(flag),
        Some(Any::IntValue(whole)) => json!(whole),
        Some(Any::DoubleValue(number)) => json!(number),
        Some(Any::ArrayValue(list)) => list.values.into_iter().map(|item| value(Some(item))).collect(),
        Some(other) => json!(format!("{other:?}")),
        None => Value::Null,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"))
}
