//! Between engine and screen: what hooks change of the drawing, and of nothing else.
//!
//! *Invariants:* every record passes as it is and in its order, so that the log and the model know nothing of what is drawn;
//! a hook that does badly changes nothing and is said once; nothing runs for what was said before this process. Its runs are
//! no records: they change nothing that a record could tell. *Not here:* what the screen does with it.

mod facts;
mod message;
mod stage;
mod status;

use std::collections::VecDeque;
use std::sync::Arc;

use headwater_protocol::events::AssistantMessage;
use headwater_protocol::update::Drawn;
use headwater_protocol::views::View as _;
use headwater_protocol::{Delta, EndReason, Event, Record, SessionId, Update};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use self::facts::Course;
use self::message::{Batch, Message};
pub(crate) use self::stage::Stage;
use self::stage::Told;

/// What a screen says of itself, for hooks that change what it draws.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DrawingSetup {
    /// The version of the program.
    pub version: String,
}

/// The same updates, on their way to a screen, with what hooks make of the drawing. `past` records were there before.
pub(crate) fn attach(
    stage: Stage,
    session: SessionId,
    past: usize,
    updates: mpsc::Receiver<Update>,
) -> mpsc::Receiver<Update> {
    let (out, drawn) = mpsc::channel(stage::UPDATES);
    let (course, changed) = watch::channel(Course::default());
    let stage = Arc::new(stage);
    let line = tokio::spawn(status::keep(Arc::clone(&stage), changed, out.clone()));
    let tap = Tap {
        stage,
        session,
        past,
        inward: updates,
        out,
        ahead: VecDeque::new(),
        course,
        message: Message::default(),
        told: Told::default(),
        is_hurried: false,
        line,
    };
    tokio::spawn(tap.run());
    drawn
}

struct Tap {
    stage: Arc<Stage>,
    session: SessionId,
    /// Records that are only told again.
    past: usize,
    inward: mpsc::Receiver<Update>,
    out: mpsc::Sender<Update>,
    /// What came in while a hook ran.
    ahead: VecDeque<Update>,
    course: watch::Sender<Course>,
    message: Message,
    told: Told,
    /// Whether the turn or the session ended meanwhile: no hook runs for what is still on its way.
    is_hurried: bool,
    /// Keeps the status line.
    line: JoinHandle<()>,
}

impl Tap {
    async fn run(mut self) {
        while let Some(update) = self.next().await {
            let passed = if let Update::Delta(Delta::Text { text }) = &update
                && self.stage.changes_messages()
            {
                self.text(text).await
            } else if let Update::Record(record) = &update
                && record.session == self.session
            {
                self.record(Arc::clone(record)).await
            } else if update == Update::Closed {
                break;
            } else {
                self.hand_on(update).await
            };
            if !passed {
                break;
            }
        }
        // The process may end as soon as the screen knows: what it started ends before.
        self.stage.leave();
        if (&mut self.line).await.is_err() {
            tracing::warn!("the status line's task failed");
        }
        self.hand_on(Update::Closed).await;
    }

    async fn next(&mut self) -> Option<Update> {
        if let Some(update) = self.ahead.pop_front() {
            return Some(update);
        }
        tokio::select! {
            update = self.inward.recv() => update,
            () = self.out.closed() => None,
        }
    }

    /// A piece of the answer: it is shown line by line, as far as nothing more of it is there already.
    async fn text(&mut self, piece: &str) -> bool {
        self.message.push(piece);
        while let Ok(update) = self.inward.try_recv() {
            self.ahead.push_back(update);
        }
        if matches!(self.ahead.front(), Some(Update::Delta(Delta::Text { .. }))) {
            return true;
        }
        let Some(batch) = self.message.lines() else { return true };
        let text = self.shown(batch).await;
        self.hand_on(Update::Delta(Delta::Text { text })).await
    }

    async fn record(&mut self, record: Arc<Record>) -> bool {
        let is_past = usize::try_from(record.seq).is_ok_and(|seq| seq < self.past);
        self.course.send_modify(|course| course.apply(&record));
        self.stage.keep(&record);
        if let Event::TurnStarted(_) = &record.event {
            self.is_hurried = false;
        }
        if !is_past
            && let Event::AssistantMessage(said) = &record.event
            && self.stage.changes_messages()
            && !self.message(said).await
        {
            return false;
        }
        self.message.follow(&record.event);
        self.hand_on(Update::Record(record)).await
    }

    /// The answer is whole: what of it is not shown yet is shown now, and the screen learns what stands for it.
    async fn message(&mut self, said: &AssistantMessage) -> bool {
        let mut texts = Vec::new();
        for part in self.message.rest(said) {
            let shown = self.shown(part.open).await;
            texts.push(part.shown + &shown);
        }
        texts.is_empty() || self.hand_on(Update::Delta(Delta::Drawn { what: Drawn::Message { texts } })).await
    }

    /// What hooks make of a batch. What comes in meanwhile waits; the end of the turn ends them.
    async fn shown(&mut self, batch: Batch) -> String {
        if self.is_hurried {
            return self.message.take(batch.text);
        }
        let (stage, cancel) = (Arc::clone(&self.stage), self.stage.leaving());
        let mut asked = Box::pin(stage.message(&batch, &self.message, &self.course, &cancel));
        let made = loop {
            tokio::select! {
                made = &mut asked => break made,
                Some(update) = self.inward.recv() => {
                    if is_end(&update, &self.session) {
                        self.is_hurried = true;
                        cancel.cancel();
                    }
                    self.ahead.push_back(update);
                }
                () = self.out.closed(), if !cancel.is_cancelled() => cancel.cancel(),
            }
        };
        drop(asked);
        if !self.is_hurried {
            for text in self.told.news(&made.failures) {
                self.hand_on(Update::Delta(Delta::Notice { text })).await;
            }
        }
        self.message.take(made.text.unwrap_or(batch.text))
    }

    /// False once the front end has left.
    async fn hand_on(&self, update: Update) -> bool {
        self.out.send(update).await.is_ok()
    }
}

/// Whether nothing is worth waiting for any more.
fn is_end(update: &Update, session: &SessionId) -> bool {
    match update {
        Update::Closed => true,
        Update::Record(record) => {
            let is_cut = |reason| matches!(reason, EndReason::Interrupted | EndReason::Terminated);
            record.session == *session
                && matches!(&record.event, Event::TurnEnded(ended) if is_cut(ended.reason))
        }
        Update::Delta(_) | Update::Answer(_) => false,
    }
}
