//! Between engine and front end: every update is handed on, and the records among them become spans on the way.

use std::time::SystemTime;

use headwater_engine::Running;
use headwater_protocol::{Delta, Update};
use tokio::sync::mpsc;

use super::collector::exporter;
use super::exporting::Export;
use super::spans::{Content, SpanFold};
use crate::settings::Settings;

/// Updates that may wait for the front end here.
const UPDATES: usize = 256;

/// The same session with its spans exported, where the settings say so. The end is told once the last spans are sent, or
/// have had their time.
pub(crate) fn attach(running: Running, settings: &Settings) -> Running {
    let telemetry = &settings.telemetry;
    if telemetry.enabled != Some(true) {
        return running;
    }
    let (out, tapped) = mpsc::channel(UPDATES);
    let Running { session, ops, updates, finished } = running;
    let way = exporter(telemetry, &settings.network).map(Export::begin).map_err(|error| error.to_string());
    let content = if telemetry.content == Some(true) { Content::Included } else { Content::Absent };
    let tap = Tap { updates, out, fold: SpanFold::new(content), since: SystemTime::now(), is_told: false };
    tokio::spawn(tap.run(way));
    Running { session, ops, updates: tapped, finished }
}

struct Tap {
    updates: mpsc::Receiver<Update>,
    out: mpsc::Sender<Update>,
    fold: SpanFold,
    /// What ended before was exported by the process that did it.
    since: SystemTime,
    /// Whether the person knows that spans are lost.
    is_told: bool,
}

impl Tap {
    async fn run(mut self, way: Result<Export, String>) {
        let mut export = match way {
            Ok(export) => Some(export),
            Err(failure) => {
                self.tell(&failure).await;
                None
            }
        };
        let is_closed = self.forward(&mut export).await;
        if let Some(mut export) = export {
            self.fold
                .finish()
                .into_iter()
                .filter(|span| span.end_time >= self.since)
                .for_each(|span| export.send(span));
            let lost = export.end().await;
            if lost > 0 {
                tracing::warn!(lost, "spans were lost");
            }
        }
        if is_closed {
            self.hand_on(Update::Closed).await;
        }
    }

    /// Hands on until the session ends, which is true, or the front end leaves.
    async fn forward(&mut self, export: &mut Option<Export>) -> bool {
        loop {
            let failure = async {
                match export {
                    Some(export) => export.failure().await,
                    None => std::future::pending().await,
                }
            };
            let update = tokio::select! {
                update = self.updates.recv() => update,
                failure = failure => {
                    self.tell(&failure).await;
                    continue;
                }
                () = self.out.closed() => return false,
            };
            match update {
                Some(Update::Closed) | None => return true,
                Some(update) => {
                    self.heed(&update, export.as_mut());
                    if !self.hand_on(update).await {
                        return false;
                    }
                }
            }
        }
    }

    fn heed(&mut self, update: &Update, export: Option<&mut Export>) {
        let (Update::Record(record), Some(export)) = (update, export) else { return };
        for span in self.fold.take(record) {
            if span.end_time >= self.since {
                export.send(span);
            }
        }
    }

    /// Says once that spans are lost; the run goes on as it would have.
    async fn tell(&mut self, failure: &str) {
        if !std::mem::replace(&mut self.is_told, true) {
            let text =
                format!("The trace collector takes no spans ({failure}); the session goes on without.");
            self.hand_on(Update::Delta(Delta::Notice { text })).await;
        }
    }

    /// False once the front end has left.
    async fn hand_on(&self, update: Update) -> bool {
        self.out.send(update).await.is_ok()
    }
}
