//! Between engine and screen: what hooks change of the drawing, and of nothing else.
//!
//! *Invariants:* every record passes as it is and in its order, so that the log and the model know nothing of what is drawn;
//! a hook that does badly changes nothing and is said once; nothing runs for what was said before this process. Its runs are
//! no records: they change nothing that a record could tell. *Not here:* what the screen does with it.

mod ahead;
mod facts;
mod message;
mod stage;
mod status;

use std::sync::Arc;

use headwater_protocol::events::AssistantMessage;
use headwater_protocol::update::Drawn;
use headwater_protocol::views::View as _;
use headwater_protocol::{Delta, Event, Record, SessionId, Update};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use self::ahead::{Ahead, until};
use self::facts::Course;
use self::message::{Batch, Message};
pub(crate) use self::stage::Stage;
use self::stage::Told;

/// Said once, where a question to the person ended the hooks that drew what stands before it.
const LATE: &str =
    "Hooks that draw answers were ended, since a question waits for you: the answer is drawn as it is.";

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
        ahead: Ahead::default(),
        course,
        message: Message::default(),
        told: Told::default(),
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
    ahead: Ahead,
    course: watch::Sender<Course>,
    message: Message,
    told: Told,
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
        if let Some(update) = self.ahead.pop() {
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
            self.ahead.push(update);
        }
        if self.ahead.has_more_text() {
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

    /// What hooks make of a batch. What comes in meanwhile waits; the end of the turn ends them, and so does a question to the
    /// person that has waited long enough.
    async fn shown(&mut self, batch: Batch) -> String {
        let is_due = self.ahead.due().is_some_and(|due| due <= Instant::now());
        if is_due || self.ahead.has_end(&self.session) {
            return self.message.take(batch.text);
        }
        let (stage, cancel) = (Arc::clone(&self.stage), self.stage.leaving());
        let mut asked = Box::pin(stage.message(&batch, &self.message, &self.course, &cancel));
        let mut is_late = false;
        let mut made = loop {
            if self.ahead.has_end(&self.session) {
                cancel.cancel();
            }
            tokio::select! {
                made = &mut asked => break made,
                Some(update) = self.inward.recv() => self.ahead.push(update),
                () = until(self.ahead.due()), if !cancel.is_cancelled() => {
                    is_late = true;
                    cancel.cancel();
                }
                () = self.out.closed(), if !cancel.is_cancelled() => cancel.cancel(),
            }
        };
        drop(asked);
        if is_late {
            made.failures.push((String::new(), LATE.to_owned()));
        }
        if !self.ahead.has_end(&self.session) {
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
