//! The collector: where it answers, and the exporter that speaks to it through our own HTTP client.

use async_trait::async_trait;
use headwater_providers::{Http, Network};
use opentelemetry::KeyValue;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter as _;

use crate::session::VERSION;
use crate::settings::Telemetry;

/// Variables of the OpenTelemetry specification that name the collector; they win over the settings.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
/// Variables of the specification that choose between Protobuf and JSON.
const PROTOCOLS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";
/// Where a collector takes traces, below its address.
const PATH: &str = "v1/traces";

/// The exporter to the collector of the environment, of the settings, or of this machine. Headers, timeout and protocol
/// are those of the environment.
pub(super) fn exporter(telemetry: &Telemetry, network: &Network) -> Result<SpanExporter, ExporterBuildError> {
    let mut builder = SpanExporter::builder().with_http().with_http_client(Wire(Http::new(network)));
    if let Some(address) = telemetry.otlp_endpoint.as_deref().filter(|_| !is_any_set(&ENDPOINTS)) {
        builder = builder.with_endpoint(format!("{}/{PATH}", address.trim_end_matches('/')));
    }
    if !is_any_set(&PROTOCOLS) {
        builder = builder.with_protocol(Protocol::HttpBinary);
    }
    let mut exporter = builder.build()?;
    exporter.set_resource(&resource());
    Ok(exporter)
}

/// Who sends.
pub(super) fn resource() -> Resource {
    let mut builder = Resource::builder();
    if !is_any_set(&[SERVICE_NAME]) {
        builder = builder.with_service_name("headwater");
    }
    builder.with_attribute(KeyValue::new("service.version", VERSION)).build()
}

fn is_any_set(names: &[&str]) -> bool {
    names.iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// The exporter's way to the network: the client that requests to models take too.
#[derive(Debug)]
struct Wire(Http);

#[async_trait]
impl HttpClient for Wire {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let (status, text) = self.0.post(&head.uri.to_string(), head.headers, body).await?;
        Ok(Response::builder().status(status).body(text)?)
    }
}
