//! The last row: mode, model, share of the window, cost, what the sandbox really enforces. Always all five; a
//! narrow screen loses the bar, then the numbers, then cuts the sandbox's words.

use headwater_protocol::Usd;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::paint::{Brush, span};
use crate::app::App;
use crate::text::{Row, Span, truncate};
use crate::theme::{Face, Slot};

/// Cells of the window's bar.
const BAR: u64 = 8;
/// Columns for the model's name.
const MODEL: usize = 24;

/// The share of a budget from which on it is near its end.
const NEAR: f64 = 0.8;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Detail {
    Percent,
    Tokens,
    Bar,
}

/// Draws it.
pub(super) fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let mut brush = Brush { theme: &app.theme, buf };
    let whole = [Detail::Bar, Detail::Tokens, Detail::Percent].map(|detail| segments(app, detail));
    let fits = |spans: &&Vec<Span>| Row::new((*spans).clone()).width("") <= usize::from(area.width);
    let chosen = whole.iter().find(fits).or(whole.last()).cloned().unwrap_or_default();
    brush.row(chosen, area);
}

fn segments(app: &App, detail: Detail) -> Vec<Span> {
    let gap = if detail == Detail::Percent { " " } else { "  " };
    let sandbox = app.config.sandbox.iter().find(|(mode, _)| *mode == app.mode());
    let sandbox = sandbox.map_or("sandbox unknown", |(_, words)| words.as_str());
    let badge = app.has_parked_mission().then(|| span(Slot::Warn, "1 mission waiting"));
    let parts =
        [span(Slot::Text, model(app)), span(Slot::Text, window(app, detail)), span(Slot::Text, cost(app))];
    let mut spans = vec![mode(app)];
    let meter = meter(app, detail);
    let sandbox = span(Slot::Dim, sandbox);
    for part in badge.into_iter().chain(parts).chain(meter).chain([sandbox]) {
        spans.push(Span::fixed(gap, Slot::Text));
        spans.push(part);
    }
    spans
}

fn mode(app: &App) -> Span {
    let face = Face::of(Slot::of_mode(app.mode())).with(Modifier::REVERSED).with(Modifier::BOLD);
    span(face, format!(" {} ", app.mode_label(app.mode())))
}

/// The cost of the conversation, with what a running mission has cost so far.
fn cost(app: &App) -> String {
    let running = app.running_cost();
    if running == Usd(0.0) { app.status.cost() } else { (app.status.budget.cost + running).to_string() }
}

/// `calls 12/40 · $0.07/$0.50` while a mission runs; it warns from four fifths of the budget on.
fn meter(app: &App, detail: Detail) -> Option<Span> {
    let (spent, budget) = app.mission_meter()?;
    let calls = u32::try_from(spent.calls).unwrap_or(u32::MAX);
    let is_near = |part: f64, whole: f64| part >= whole * NEAR;
    let mut slot = Slot::ModeRecursive;
    if is_near(calls.into(), budget.calls.into()) {
        slot = Slot::Warn;
    }
    let word = if detail == Detail::Percent { "" } else { "calls " };
    let mut money = String::new();
    if let Some(most) = budget.cost_usd {
        money = format!(" {}/{most}", spent.cost);
        if is_near(spent.cost.0, most.0) {
            slot = Slot::Warn;
        }
    }
    Some(span(slot, format!("{word}{calls}/{}{money}", budget.calls)))
}

fn model(app: &App) -> String {
    let name = app.model();
    truncate(name, MODEL).into_owned()
}

fn window(app: &App, detail: Detail) -> String {
    let Some(share) = app.status.window_share() else { return "ctx –".to_owned() };
    let (percent, about) = (share.percent(), if share.is_estimate { "~" } else { "" });
    let filled = (percent * BAR).div_ceil(100);
    let bar = |sign: &str, count: u64| sign.repeat(usize::try_from(count).unwrap_or(0));
    let tokens = format!("{}/{}", thousands(share.used.0), thousands(share.window.0));
    match detail {
        Detail::Percent => format!("ctx {about}{percent}%"),
        Detail::Tokens => format!("ctx {about}{percent}% {tokens}"),
        Detail::Bar => {
            format!("ctx ▕{}{}▏ {about}{percent}% {tokens}", bar("█", filled), bar("░", BAR - filled))
        }
    }
}

fn thousands(tokens: u64) -> String {
    if tokens < 1_000 { tokens.to_string() } else { format!("{}k", tokens / 1_000) }
}
