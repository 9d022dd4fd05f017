//! The end: the engine gets its time, the last turn stays readable on the normal screen.

use std::io::Write as _;
use std::time::Duration;

use headwater_protocol::{Op, Update};
use tokio::sync::mpsc::Receiver;

use super::outbox::Outbox;
use crate::app::App;
use crate::terminal::stdout_file;

/// How long the engine may take to end.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most lines left on the normal screen.
const MOST_LINES: usize = 200;

/// Tells the engine to end and waits until it has, or patience ends.
pub(super) async fn shut_down(outbox: &mut Outbox, updates: &mut Receiver<Update>) {
    outbox.push(Op::Shutdown);
    let ending = async {
        while !outbox.is_empty() && outbox.send_one().await {}
        while updates.recv().await.is_some_and(|update| update != Update::Closed) {}
    };
    // Who is not done by then has lost its chance; the log is repaired when it is next read.
    tokio::time::timeout(PATIENCE, ending).await.ok();
}

/// Prints the last turn to the normal screen.
pub(super) fn print_last_turn(app: &App) {
    let lines = app.pane.plain_lines_since(&mut app.pane.plain_cursor_at_last_prompt());
    let first = lines.len().saturating_sub(MOST_LINES);
    let text: String = lines.iter().skip(first).flat_map(|line| [line.as_str(), "\n"]).collect();
    // A terminal that has gone away needs no farewell.
    stdout_file().and_then(|mut out| out.write_all(text.as_bytes())).ok();
}
