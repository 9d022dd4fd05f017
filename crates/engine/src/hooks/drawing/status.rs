//! The status line of the person's own: its command runs again when the session has gone on, and its first line is drawn.

use std::sync::Arc;
use std::time::Duration;

use headwater_protocol::update::Drawn;
use headwater_protocol::{Delta, Update};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::facts::Course;
use super::stage::{Stage, Told};

/// The shortest time between two beginnings: a turn brings many records at once.
const PAUSE: Duration = Duration::from_millis(300);

/// Runs it until the session or the screen ends.
pub(super) async fn keep(stage: Arc<Stage>, mut course: watch::Receiver<Course>, out: mpsc::Sender<Update>) {
    let mut told = Told::default();
    let mut last: Option<(String, u16)> = None;
    let leaving = stage.leaving();
    loop {
        tokio::select! {
            gone_on = course.changed() => if gone_on.is_err() { return },
            () = leaving.cancelled() => return,
        }
        let began = Instant::now();
        let facts = course.borrow_and_update().facts.clone();
        let made = stage.status(&facts).await;
        for text in told.news(&made.failures) {
            if out.send(Update::Delta(Delta::Notice { text })).await.is_err() {
                return;
            }
        }
        // What did badly changes nothing: the line stays as it was.
        let line = made.text.map(|text| (text, made.padding));
        if let Some((text, padding)) = line.filter(|line| last.as_ref() != Some(line)) {
            last = Some((text.clone(), padding));
            let drawn = Drawn::StatusLine { text, padding };
            if out.send(Update::Delta(Delta::Drawn { what: drawn })).await.is_err() {
                return;
            }
        }
        tokio::select! {
            () = tokio::time::sleep_until(began + PAUSE) => {}
            () = out.closed() => return,
            () = leaving.cancelled() => return,
        }
    }
}
