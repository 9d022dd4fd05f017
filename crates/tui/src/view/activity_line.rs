//! The row above the composer: what goes on and since when; the todo being worked on; above it, the queue.

use headwater_protocol::TodoStatus;
use headwater_protocol::update::Waiting;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paint::{Brush, span};
use crate::app::{App, Waited};
use crate::keymap::GlobalKey;
use crate::mission::Traffic;
use crate::text::{Row, Span};
use crate::theme::Slot;

const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// Fewer columns tell nothing of a todo.
const LEAST_TODO: usize = 16;

/// Draws the queue and the activity.
pub(super) fn draw(app: &App, queue: Rect, activity: Rect, buf: &mut Buffer) {
    let mut brush = Brush { theme: &app.theme, buf };
    for (line, message) in queue.rows().zip(&app.queue) {
        let words = format!(" ⏳ {} (queued; ↑ takes it back)", message.lines().next().unwrap_or_default());
        brush.row(vec![span(Slot::Dim, words)], line);
    }
    let left = if app.is_busy() { working(app) } else { Vec::new() };
    let taken = Row::new(left.clone()).width("");
    brush.row(left, activity);
    // What is left of the row, but no more than half of it.
    let room = usize::from(activity.width).saturating_sub(taken + 2).min(usize::from(activity.width / 2));
    if let Some(right) = task(app, room).filter(|_| room >= LEAST_TODO) {
        brush.row_right(vec![right], activity);
    }
}

fn working(app: &App) -> Vec<Span> {
    let is_asked = app.deck.front(&app.status).is_some() || app.mission_in_front().is_some();
    if is_asked || !app.questions.is_empty() {
        return vec![span(Slot::Warn, " ● waiting for you")];
    }
    let seconds = app.activity.since.map_or(0, |since| app.seconds_since(since));
    let frame = usize::try_from(app.clock_ms() / 100).unwrap_or(0) % SPINNER.len();
    let sign = SPINNER.get(frame).copied().unwrap_or("●");
    let escape = app.config.keymap.hint(GlobalKey::Escape).to_lowercase();
    let slot = if is_retrying(app) { Slot::Warn } else { Slot::Dim };
    vec![
        span(Slot::Accent, format!(" {sign} ")),
        span(Slot::Text, clock(seconds)),
        span(Slot::Dim, format!(" · {escape} to interrupt")),
        span(slot, doing(app).map_or_else(String::new, |doing| format!(" · {doing}"))),
    ]
}

fn is_retrying(app: &App) -> bool {
    matches!(app.activity.waiting, Some(Waited { on: Waiting::Retry { .. }, .. }))
}

/// What goes on, in a few words.
fn doing(app: &App) -> Option<String> {
    if let Some(command) = &app.activity.shell {
        return Some(format!("running {command}"));
    }
    if let Some((name, bytes)) = &app.activity.writing {
        return Some(format!("writing {name}, {bytes} bytes"));
    }
    if let Some(progress) = mission(app) {
        return Some(progress);
    }
    let agents = app.missions.agents().running();
    if agents > 0 {
        return Some(if agents == 1 { "1 sub-agent".to_owned() } else { format!("{agents} sub-agents") });
    }
    let Waited { on, since } = app.activity.waiting.as_ref()?;
    let waited = app.seconds_since(*since);
    Some(match on {
        Waiting::Model => format!("waiting for the model {}", clock(waited)),
        Waiting::Retry { attempt, after, reason } => {
            let left = after.as_secs().saturating_sub(waited);
            format!("attempt {attempt} failed, again in {left}s: {reason}")
        }
    })
}

/// How the running mission gets on.
fn mission(app: &App) -> Option<String> {
    if let Some(research) = app.missions.research() {
        return Some(format!("research: {}", research.words()));
    }
    let Traffic { queued, running, width } = app.missions.traffic()?;
    let waiting = if queued > 0 { format!(" · {queued} wait") } else { String::new() };
    Some(format!("{running} of {width} calls at once{waiting}"))
}

/// `12s`, `3m 05s`.
fn clock(seconds: u64) -> String {
    if seconds < 60 { format!("{seconds}s") } else { format!("{}m {:02}s", seconds / 60, seconds % 60) }
}

/// `contract 2/4 · ☐ 1/3 write the tests`: what the task asks for and what is worked on.
fn task(app: &App, width: usize) -> Option<Span> {
    let held = &app.status.contract;
    let (met, all) = held.met_of_all();
    let terms = held.contract.is_some().then(|| format!("contract {met}/{all} "));
    let words = match (terms, todo(app)) {
        (Some(terms), Some(todo)) => format!("{terms}· {todo}"),
        (Some(words), None) | (None, Some(words)) => words,
        (None, None) => return None,
    };
    Some(span(Slot::Dim, crate::text::truncate(&words, width)))
}

fn todo(app: &App) -> Option<String> {
    let items = &app.status.todos.items;
    let current = items.iter().find(|todo| todo.status == TodoStatus::InProgress);
    let current = current.or_else(|| items.iter().find(|todo| todo.status.is_open()))?;
    let (done, all) = app.status.todos.done_of_all();
    Some(format!("☐ {done}/{all} {} ", current.text))
}
