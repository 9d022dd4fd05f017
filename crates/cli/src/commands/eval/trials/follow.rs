//! Submits the task and follows its records to the end.

use std::time::Instant;

use headwater_engine::Running;
use headwater_protocol::{Delta, EndReason, Event, Op, Record, SessionId, Update};
use tokio::sync::mpsc;

use super::super::figures::Figures;
use super::super::verifiers::EndedCall;

/// How it went.
pub(super) struct Followed {
    pub(super) session: SessionId,
    pub(super) figures: Figures,
    pub(super) reason: EndReason,
    pub(super) text: String,
    pub(super) calls: Vec<EndedCall>,
}

/// Follows one turn until its session is closed. Dropped, it ends the session: nobody takes its updates any more.
pub(super) async fn follow(running: Running, prompt: String) -> Followed {
    let Running { session, ops, mut updates, .. } = running;
    let began = Instant::now();
    ask(&ops, Op::Submit { text: prompt }).await;
    let mut followed = Followed {
        session,
        figures: Figures::default(),
        reason: EndReason::Error,
        text: "the session ended before its turn did".to_owned(),
        calls: Vec::new(),
    };
    while let Some(update) = updates.recv().await {
        match update {
            Update::Record(record) if record.session == followed.session => {
                if followed.take(&record) {
                    ask(&ops, Op::Shutdown).await;
                }
            }
            Update::Delta(delta) => followed.heed(&delta),
            Update::Record(_) | Update::Answer(_) => {}
            Update::Closed => break,
        }
    }
    followed.figures.seconds = began.elapsed().as_secs_f64();
    followed
}

impl Followed {
    /// Counts a record; true for the end of the turn.
    fn take(&mut self, record: &Record) -> bool {
        self.figures.take(record);
        if let Event::ToolReturned(returned) = &record.event {
            self.calls.push(EndedCall::of(returned));
        }
        let Event::TurnEnded(ended) = &record.event else { return false };
        self.reason = ended.reason;
        self.text.clone_from(&ended.text);
        true
    }

    fn heed(&mut self, delta: &Delta) {
        if let Delta::Notice { text } = delta
            && self.reason == EndReason::Error
        {
            self.text.clone_from(text);
        }
    }
}

/// A session that has ended takes no more ops; its last records say why.
async fn ask(ops: &mpsc::Sender<Op>, op: Op) {
    if ops.send(op).await.is_err() {
        tracing::debug!("the session has ended");
    }
}
