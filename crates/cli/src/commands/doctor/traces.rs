//! Traces: whether they are sent, and whether the collector takes them.

use super::finding::Section;
use crate::premises::Premises;
use crate::telemetry;

pub(super) async fn check(premises: &Premises) -> Section {
    let mut section = Section::new("traces");
    let settings = premises.settings();
    if settings.telemetry.enabled != Some(true) {
        section.ok("off", "telemetry.enabled sends them to an OpenTelemetry collector");
        return section;
    }
    match telemetry::try_collector(settings).await {
        Ok(()) => section.ok("collector", "took an empty request"),
        Err(failure) => section.problem(
            "collector",
            format!("takes nothing: {failure}"),
            "Start it, or set telemetry.otlp_endpoint or OTEL_EXPORTER_OTLP_ENDPOINT; sessions go on without.",
        ),
    }
    section
}
