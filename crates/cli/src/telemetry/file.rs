//! A recorded session as a file of OTLP/JSON, which any collector takes.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use headwater_protocol::Record;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::trace::SpanExporter as _;

use super::collector::resource;
use super::spans::{Content, SpanFold};

/// An address that nothing is sent to: the exporter wants one.
const NOWHERE: &str = "http://localhost/v1/traces";

/// The spans of a session and of those below it, as one request to a collector. The records stand in the order of time.
pub(crate) async fn otlp_json(records: &[Record], content: Content) -> Result<String> {
    let mut fold = SpanFold::new(content);
    let mut spans: Vec<_> = records.iter().flat_map(|record| fold.take(record)).collect();
    spans.extend(fold.finish());
    spans.sort_by_key(|span| span.start_time);
    let paper = Paper::default();
    let builder = SpanExporter::builder().with_http().with_http_client(paper.clone()).with_endpoint(NOWHERE);
    let builder = builder.with_protocol(Protocol::HttpJson).with_retry_policy(RetryPolicy::disabled());
    let mut exporter = builder.build()?;
    exporter.set_resource(&resource());
    exporter.export(spans).await?;
    let written = paper.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    String::from_utf8(written.to_vec()).context("the exporter wrote no text")
}

/// Keeps the request instead of sending it: the bytes of the file are those that a collector would get.
#[derive(Clone, Debug, Default)]
struct Paper(Arc<Mutex<Bytes>>);

#[async_trait]
impl HttpClient for Paper {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = request.into_body();
        Ok(Response::new(Bytes::new()))
    }
}
