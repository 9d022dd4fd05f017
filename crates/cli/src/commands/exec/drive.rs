//! Submits the prompt and follows the turn to its end, with signals on the way.

use std::io;
use std::time::Duration;

use anyhow::{Error, Result};
use headwater_engine::{Running, SessionStore};
use headwater_protocol::events::Failed;
use headwater_protocol::{Delta, EndReason, Event, Op, Record, SessionId, Update};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::json_lines::JsonLines;
use super::progress::Progress;
use crate::args::Globals;
use crate::runtime::{Signals, Stop};
use crate::waiting;

/// How long the engine may take to write its last records once it was told to end.
const LAST_RECORDS: Duration = Duration::from_secs(5);

/// How the turn ended.
#[derive(Debug)]
pub(in crate::commands) struct Ended {
    pub(super) reason: EndReason,
    pub(super) text: String,
    pub(super) denied: u32,
    pub(super) failure: Option<Failed>,
    pub(super) session: Option<SessionId>,
    /// Whether it is a recursive completion, which no screen carries on.
    pub(super) is_completion: bool,
    /// Whether the session ended before its turn did.
    is_open: bool,
    /// What waits for a person, and how it is answered.
    pub(super) question: Option<(String, String)>,
}

impl Ended {
    /// A session that ended before its turn did may wait for a person: then that is how this run ended.
    pub(in crate::commands) fn look_for_question(
        &mut self,
        store: &SessionStore,
        globals: &Globals,
    ) -> Result<()> {
        let Some(session) = self.session.as_ref().filter(|_| self.is_open) else { return Ok(()) };
        if let Some(held) = waiting::of(&store.load(session)?.records) {
            self.reason = EndReason::NeedsPerson;
            self.question = Some((held.told(), held.how(session, globals)));
        }
        Ok(())
    }

    /// Nothing is left that could be carried on.
    pub(super) fn is_over_for_good(&mut self) {
        self.session = None;
    }

    /// Whether the text is what a spent budget left of an answer.
    pub(super) fn is_partial(&self) -> bool {
        let can_be =
            matches!(self.reason, EndReason::BudgetSpent | EndReason::ContractUnmet | EndReason::Stalled);
        can_be && self.text != self.reason.what_now()
    }

    /// Whether the text is a mission card that waits for a person.
    pub(super) fn has_card(&self) -> bool {
        self.reason == EndReason::NeedsPerson && self.text.starts_with(headwater_context::CARD_TITLE)
    }

    /// The command that carries the session on.
    pub(super) fn resume(&self, session: &SessionId) -> String {
        if self.is_completion {
            format!("headwater rlm --resume {session}")
        } else {
            format!("headwater resume {session}")
        }
    }
}

/// Who is told what happens.
pub(in crate::commands) enum Sink {
    Json(JsonLines),
    Progress(Progress),
}

impl Sink {
    pub(super) fn json(has_deltas: bool) -> Self {
        Self::Json(JsonLines { has_deltas })
    }

    pub(super) fn progress(session: &SessionId, sandbox: &str) -> Self {
        Self::Progress(Progress::new(session, sandbox))
    }

    fn record(&mut self, record: &Record) -> Result<()> {
        match self {
            Self::Json(lines) => lines.record(record),
            Self::Progress(progress) => {
                progress.record(record);
                Ok(())
            }
        }
    }

    fn delta(&mut self, delta: &Delta) -> Result<()> {
        match self {
            Self::Json(lines) => lines.delta(delta),
            Self::Progress(progress) => {
                progress.delta(delta);
                Ok(())
            }
        }
    }
}

/// The turn as it is followed.
struct Following {
    /// The session that is driven; others are those of missions and recursive children below it.
    session: SessionId,
    ops: mpsc::Sender<Op>,
    sink: Sink,
    sight: Sight,
    /// The number of our turn, once it has begun: a resumed session first ends the one that was cut off.
    turn: Option<u32>,
    is_completion: bool,
    ended: Option<Ended>,
    failure: Option<Failed>,
    last_notice: String,
    /// Why standard output took no more, when it was not that its reader left.
    unwritten: Option<Error>,
    is_stopping: bool,
}

/// What of a session was seen before.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands) struct Sight {
    /// Records below this number were told in an earlier run.
    pub(in crate::commands) known: u64,
    /// Whether the turn that is followed began among them.
    pub(in crate::commands) has_turn: bool,
}

/// Sends the first op, and follows the turn that it begins to its end.
pub(in crate::commands) async fn drive(
    running: Running,
    first: Option<Op>,
    sink: Sink,
    known: u64,
) -> Result<Ended> {
    follow(running, first, sink, Sight { known, has_turn: false }).await
}

/// The same for a turn that may have begun before.
pub(in crate::commands) async fn follow(
    running: Running,
    first: Option<Op>,
    sink: Sink,
    sight: Sight,
) -> Result<Ended> {
    let Running { session, ops, mut updates, .. } = running;
    let mut signals = Signals::listen()?;
    let mut following = Following {
        session: session.clone(),
        ops,
        sink,
        sight,
        turn: None,
        is_completion: false,
        ended: None,
        failure: None,
        last_notice: String::new(),
        unwritten: None,
        is_stopping: false,
    };
    if let Some(op) = first {
        following.ask(op).await;
    }
    let mut last_call: Option<Instant> = None;
    loop {
        tokio::select! {
            update = updates.recv() => match update {
                Some(Update::Record(record)) => following.record(&record).await,
                Some(Update::Delta(delta)) => following.delta(&delta).await,
                Some(Update::Answer(_)) => {}
                Some(Update::Closed) | None => break,
            },
            stop = signals.next() => match stop {
                Stop::Interrupt if !following.is_stopping => following.ask(Op::Interrupt).await,
                Stop::Interrupt => break,
                Stop::Terminate => following.shut_down().await,
            },
            () = reached(last_call) => break,
        }
        if following.is_stopping {
            last_call.get_or_insert_with(|| Instant::now() + LAST_RECORDS);
        }
    }
    match following.unwritten.take() {
        Some(error) => Err(error.context("the records cannot be written to standard output")),
        None => Ok(following.end(session)),
    }
}

/// Resolves at a moment; never where none is set.
async fn reached(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

impl Following {
    async fn record(&mut self, record: &Record) {
        let is_own = record.session == self.session;
        let is_known = is_own && record.seq < self.sight.known;
        if is_known && self.sight.has_turn {
            self.look_for_turn(record);
        }
        if is_known || self.ended.is_some() {
            return;
        }
        if let Err(error) = self.sink.record(record) {
            self.give_up(error).await;
        }
        if is_own {
            self.own_record(record).await;
        }
    }

    fn look_for_turn(&mut self, record: &Record) {
        if let Event::TurnStarted(started) = &record.event {
            self.turn = Some(started.turn);
        }
    }

    async fn own_record(&mut self, record: &Record) {
        // A conversation has the records of its missions elsewhere: only a completion's own log begins with this one.
        self.is_completion |= matches!(record.event, Event::MissionStarted(_));
        if let Event::Failed(failed) = &record.event {
            self.failure = Some(failed.clone());
        }
        self.look_for_turn(record);
        if let Event::TurnEnded(ended) = &record.event
            && self.turn == Some(ended.turn)
        {
            self.ended = Some(Ended {
                reason: ended.reason,
                text: ended.text.clone(),
                denied: ended.denied,
                failure: self.failure.take(),
                session: Some(record.session.clone()),
                is_completion: self.is_completion,
                is_open: false,
                question: None,
            });
            self.shut_down().await;
        }
    }

    async fn delta(&mut self, delta: &Delta) {
        if let Delta::Notice { text } = delta {
            self.last_notice.clone_from(text);
        }
        if self.ended.is_none()
            && let Err(error) = self.sink.delta(delta)
        {
            self.give_up(error).await;
        }
    }

    /// A reader that has left wants nothing more; any other fault of standard output is told.
    async fn give_up(&mut self, error: Error) {
        let has_left =
            error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
        if !has_left {
            self.unwritten.get_or_insert(error);
        }
        self.shut_down().await;
    }

    async fn shut_down(&mut self) {
        if !std::mem::replace(&mut self.is_stopping, true) {
            self.ask(Op::Shutdown).await;
        }
    }

    /// An engine that has ended takes no more ops; its last updates say why.
    async fn ask(&mut self, op: Op) {
        if self.ops.send(op).await.is_err() {
            tracing::debug!("the engine has ended");
        }
    }

    fn end(self, session: SessionId) -> Ended {
        let text = if self.last_notice.is_empty() {
            "the session ended before its turn did".to_owned()
        } else {
            self.last_notice
        };
        let reason = EndReason::Error;
        let is_completion = self.is_completion;
        let lost = Ended {
            reason,
            text,
            denied: 0,
            failure: self.failure,
            session: Some(session),
            is_completion,
            is_open: true,
            question: None,
        };
        self.ended.unwrap_or(lost)
    }
}
