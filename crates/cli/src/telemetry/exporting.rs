//! Sending spans in the background: a bounded queue, batches, a deadline for each.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as _};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::collector::exporter;
use crate::settings::Settings;

/// Spans that may wait; what finds no room is dropped.
const QUEUE: usize = 2_048;
/// Spans in one request.
const BATCH: usize = 512;
/// How long a batch that is not full waits for more.
const GATHER: Duration = Duration::from_millis(500);
/// How long a request may take, attempts and all.
const DEADLINE: Duration = Duration::from_secs(10);
/// How long the end of a session waits for the last spans.
const LAST_SPANS: Duration = Duration::from_secs(2);

/// Sends a request without a span; the error says why the collector does not take it.
pub(crate) async fn try_collector(settings: &Settings) -> Result<(), String> {
    let exporter = exporter(&settings.telemetry, &settings.network).map_err(|error| error.to_string())?;
    match timeout(LAST_SPANS, exporter.export(Vec::new())).await {
        Ok(taken) => taken.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", LAST_SPANS.as_secs())),
    }
}

/// The way to the collector.
pub(super) struct Export {
    spans: mpsc::Sender<SpanData>,
    failures: mpsc::Receiver<String>,
    offered: u64,
    taken: Arc<AtomicU64>,
    worker: JoinHandle<()>,
}

impl Export {
    /// Begins to send, in a task of the current runtime.
    pub(super) fn begin(exporter: SpanExporter) -> Self {
        let (spans, queue) = mpsc::channel(QUEUE);
        let (told, failures) = mpsc::channel(1);
        let taken = Arc::new(AtomicU64::new(0));
        let worker = tokio::spawn(work(exporter, queue, told, Arc::clone(&taken)));
        Self { spans, failures, offered: 0, taken, worker }
    }

    /// Hands a span over, or drops it where the queue is full. Never waits.
    pub(super) fn send(&mut self, span: SpanData) {
        self.offered += 1;
        // What was offered and not taken is counted at the end.
        self.spans.try_send(span).ok();
    }

    /// Why a batch was not taken. Cancellation safe; pends for ever once there is nothing more to be told.
    pub(super) async fn failure(&mut self) -> String {
        match self.failures.recv().await {
            Some(failure) => failure,
            None => std::future::pending().await,
        }
    }

    /// Sends what waits, as far as it takes no longer than a moment; how many spans were lost in all.
    pub(super) async fn end(self) -> u64 {
        let Self { spans, mut worker, taken, offered, failures: _ } = self;
        drop(spans);
        if timeout(LAST_SPANS, &mut worker).await.is_err() {
            worker.abort();
        }
        offered.saturating_sub(taken.load(Ordering::Relaxed))
    }
}

async fn work(
    exporter: SpanExporter,
    mut queue: mpsc::Receiver<SpanData>,
    told: mpsc::Sender<String>,
    taken: Arc<AtomicU64>,
) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        gather(&mut queue, &mut batch).await;
        let count = batch.len() as u64;
        let failure = match timeout(DEADLINE, exporter.export(std::mem::take(&mut batch))).await {
            Ok(Ok(())) => {
                taken.fetch_add(count, Ordering::Relaxed);
                continue;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} s", DEADLINE.as_secs()),
        };
        tracing::warn!(%failure, count, "spans were not exported");
        // One that nobody has heard yet says the same.
        told.try_send(failure).ok();
    }
}

/// Waits a moment for what comes next, so that a turn is a few requests and not a hundred.
async fn gather(queue: &mut mpsc::Receiver<SpanData>, batch: &mut Vec<SpanData>) {
    let filling = async {
        while batch.len() < BATCH {
            let room = BATCH - batch.len();
            if queue.recv_many(batch, room).await == 0 {
                return;
            }
        }
    };
    timeout(GATHER, filling).await.ok();
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use headwater_protocol::Record;
    use headwater_providers::Network;
    use headwater_testkit::{AtBest, Collector, Conduct};

    use super::*;
    use crate::settings::Telemetry;
    use crate::telemetry::collector::exporter;
    use crate::telemetry::spans::{Content, SpanFold};

    fn span() -> SpanData {
        let line = r#"{"seq":0,"at":"2026-11-21T04:00:00.000Z","session":"s","parent":null,"type":"turn_started","turn":1,"mode":"agent"}"#;
        let mut fold = SpanFold::new(Content::Absent);
        fold.take(&Record::from_line(line).unwrap());
        fold.finish().pop().unwrap()
    }

    fn export(collector: &Collector) -> Export {
        let telemetry = Telemetry { otlp_endpoint: Some(collector.endpoint()), ..Telemetry::default() };
        Export::begin(exporter(&telemetry, &Network::default()).unwrap())
    }

    #[tokio::test]
    async fn p6_what_a_hanging_collector_does_not_take_is_dropped_and_counted() {
        let collector = Collector::start(Conduct::Hangs);
        let (span, mut figure) = (span(), AtBest::within(LAST_SPANS + Duration::from_secs(3)));
        while figure.is_open() {
            let mut export = export(&collector);
            for _ in 0..100_000 {
                export.send(span.clone());
            }
            assert_eq!(export.spans.capacity(), 0, "the queue is full, and holds no more than it may");
            let began = Instant::now();
            assert_eq!(export.end().await, 100_000);
            figure.took(began.elapsed());
        }
    }

    #[tokio::test]
    async fn p6_a_collector_that_works_gets_every_span_in_few_requests() {
        let collector = Collector::start(Conduct::Takes);
        let mut export = export(&collector);
        for _ in 0..1_500 {
            export.send(span());
        }
        assert_eq!(export.end().await, 0);
        assert_eq!((collector.spans().len(), collector.requests().len()), (1_500, 3));
    }
}
