//! One row of the tree in words: glyph and what it is at the left; model, tokens, cost, time, coverage at the right.

use std::collections::HashMap;

use headwater_protocol::events::ChildStatus;
use headwater_protocol::repl::ChildKind;
use headwater_protocol::views::Child;
use headwater_protocol::{PromptPiece, Usd};

use super::Node;
use super::details::Details;
use super::rows::TreeRow;
use crate::mission::{Group, GroupKind, MissionSession, Missions, Standing, is_cached, named};
use crate::parts::{amount, duration};
use crate::subagents::AgentState;
use crate::text::{Row, Span, sanitize, truncate, truncate_spans, width};
use crate::theme::Slot;

/// Bytes of a text that its title is taken from.
const TITLE_BYTES: usize = 200;
/// Glyphs of one kind in a strip.
const MOST_GLYPHS: usize = 8;

/// What rows are put into words from.
#[derive(Clone, Copy)]
pub(super) struct Canvas<'a> {
    pub(super) missions: &'a Missions,
    pub(super) details: &'a HashMap<Node, Details>,
    pub(super) width: usize,
    pub(super) now_ms: u64,
}

/// The columns at the right.
#[derive(Default)]
struct Figures {
    who: String,
    tokens: String,
    cost: String,
    time: String,
    coverage: String,
}

impl Figures {
    fn text(&self, columns: usize) -> String {
        let Self { who, tokens, cost, time, coverage } = self;
        match columns {
            100.. => {
                let who = truncate(who, 18);
                format!(" {who:>18} {tokens:>12} {cost:>8} {time:>7} {coverage:>5}")
            }
            70..100 => {
                let who = truncate(who, 10);
                format!(" {who:>10} {tokens:>11} {cost:>8} {time:>7} {coverage:>5}")
            }
            40..70 => format!(" {cost:>8} {time:>7}"),
            _ => String::new(),
        }
    }

    /// Those of a sub-agent: where there is little room, what it does says more than its model.
    fn of_agent(&self, columns: usize) -> String {
        let Self { tokens, cost, time, .. } = self;
        match columns {
            70..100 => format!(" {tokens:>11} {cost:>6} {time:>6}"),
            _ => self.text(columns),
        }
    }
}

impl Canvas<'_> {
    /// A row in words.
    pub(super) fn row(self, row: &TreeRow) -> Row {
        match row.node {
            Node::Root(place) => self.root(place),
            Node::Group(place, group) => self.group(row, place, group),
            Node::Strip(place, group) => self.strip(row, place, group),
            Node::Child(place, child) => self.child(row, place, child),
            Node::Detail(place, child, line) => self.detail(row, Node::Child(place, child), line),
            Node::Agent(place) => self.agent(place),
            Node::Report(place, line) => self.detail(row, Node::Agent(place), line),
        }
        .unwrap_or_default()
    }

    fn root(self, place: usize) -> Option<Row> {
        let session = self.missions.get(place)?;
        let spent = self.missions.spent(&session.id);
        let question = session.terms.started.as_ref().map(|started| started.question.as_str());
        let title = title(question.unwrap_or("mission"));
        let standing = session.standing();
        let is_running = standing == Standing::Running;
        let time = if is_running { self.elapsed(session.since_ms) } else { String::new() };
        let figures = Figures {
            who: short_model(&session.model),
            tokens: tokens(session.budget.total.input.0, session.budget.total.output.0),
            cost: cost(spent.cost),
            time,
            coverage: coverage(session, session.coverage.bytes()),
        };
        Some(self.join(vec![glyph(standing), Span::made(title, Slot::Heading)], &figures))
    }

    fn group(self, row: &TreeRow, place: usize, index: usize) -> Option<Row> {
        let session = self.missions.get(place)?;
        let group = session.groups.get(index)?;
        let name = match group.kind {
            GroupKind::Cell(cell) => format!("repl #{cell}"),
            GroupKind::Research => "research".to_owned(),
            GroupKind::Plan => "plan".to_owned(),
            GroupKind::Other => "calls".to_owned(),
        };
        let figures = Figures {
            who: calls(group.members.len()),
            tokens: tokens(group.input.0, group.output.0),
            cost: cost(group.cost),
            time: self.group_time(group),
            coverage: coverage(session, group.coverage.bytes()),
        };
        let mut spans = branch(row);
        spans.extend([glyph(group.standing()), Span::made(name, Slot::Tool)]);
        spans.push(Span::made(format!(" {}", group.title), Slot::Dim));
        Some(self.join(spans, &figures))
    }

    fn group_time(self, group: &Group) -> String {
        match (group.block, group.standing()) {
            (Some(end), _) => duration(end.millis).into_owned(),
            (None, Standing::Running) => self.elapsed(group.since_ms),
            (None, Standing::Done | Standing::Failed | Standing::Stopped) => String::new(),
        }
    }

    /// `●●●✓✓✗ 61/64`.
    fn strip(self, row: &TreeRow, place: usize, index: usize) -> Option<Row> {
        let group = self.missions.get(place)?.groups.get(index)?;
        let glyphs = |sign: &str, count: usize| sign.repeat(count.min(MOST_GLYPHS));
        let mut spans = branch(row);
        spans.push(Span::made(glyphs("●", group.running), Slot::Accent));
        spans.push(Span::made(glyphs("✓", group.answered), Slot::Ok));
        spans.push(Span::made(glyphs("✗", group.failed), Slot::Error));
        spans.push(Span::made(glyphs("⊘", group.cancelled), Slot::Warn));
        spans.push(Span::made(format!(" {}/{}", group.ended(), group.members.len()), Slot::Text));
        let counted = [(group.failed, "failed"), (group.cancelled, "cancelled"), (group.cached, "cached")];
        for (count, what) in counted.into_iter().filter(|(count, _)| *count > 0) {
            spans.push(Span::made(format!(" · {count} {what}"), Slot::Dim));
        }
        Some(Row::new(truncate_spans("", spans, self.width)))
    }

    fn child(self, row: &TreeRow, place: usize, index: usize) -> Option<Row> {
        let session = self.missions.get(place)?;
        let child = session.child(index)?;
        let (sign, slot) = status(child);
        let mut spans = branch(row);
        spans.push(Span::made(format!("{sign} "), slot));
        spans.push(Span::made(format!("#{} ", index + 1), Slot::Dim));
        if child.started.kind == ChildKind::Rlm {
            spans.push(Span::fixed("rlm ", Slot::Tool));
        }
        let failure = child.returned.as_ref().filter(|returned| returned.is_error);
        spans.push(match failure {
            Some(returned) => Span::made(title(&returned.text), slot),
            None => Span::made(prompt_title(session, &child.started.prompt), Slot::Text),
        });
        Some(self.join(spans, &self.child_figures(session, child, index)))
    }

    fn child_figures(self, session: &MissionSession, child: &Child, index: usize) -> Figures {
        let who = short_model(&child.started.model);
        let coverage = coverage(session, named(&child.started.prompt));
        let Some(returned) = &child.returned else {
            let below = child.started.opened.as_ref().map(|opened| self.missions.spent(opened));
            let time = self.elapsed(session.child_since_ms(index));
            let spent = below.map_or(String::new(), |spent| cost(spent.cost));
            return Figures { who, tokens: String::new(), cost: spent, time, coverage };
        };
        let time =
            if is_cached(returned) { "cached".to_owned() } else { duration(returned.millis).into_owned() };
        Figures {
            who,
            tokens: tokens(returned.usage.input.0, returned.usage.output.0),
            cost: returned.cost_usd.map(cost).unwrap_or_default(),
            time,
            coverage,
        }
    }

    /// `● explore Find the callers · step 3 · grep foo`.
    fn agent(self, place: usize) -> Option<Row> {
        let agent = self.missions.agents().at(place)?;
        let state = agent.state();
        let mut spans = vec![agent_glyph(state), Span::made(agent.name.clone(), Slot::Tool)];
        spans.push(Span::made(format!(" {}", agent.title), Slot::Text));
        let slot = if state == AgentState::Waiting { Slot::Warn } else { Slot::Dim };
        spans.push(Span::made(format!(" · {}", agent.doing()), slot));
        let (input, output) = agent.tokens();
        let time = match &agent.returned {
            Some(returned) => duration(returned.millis).into_owned(),
            None => self.elapsed(agent.since_ms),
        };
        let spent = match &agent.returned {
            Some(returned) => returned.cost_usd.unwrap_or_default(),
            None => agent.budget.cost,
        };
        let figures = Figures {
            who: short_model(&agent.started.model),
            tokens: tokens(input, output),
            cost: cost(spent),
            time,
            coverage: String::new(),
        };
        Some(self.beside(spans, &figures.of_agent(self.width)))
    }

    fn detail(self, row: &TreeRow, node: Node, line: usize) -> Option<Row> {
        let words = self.details.get(&node)?.row(line)?;
        let mut spans = guides(row);
        spans.push(Span::fixed("┊ ", Slot::Border));
        spans.extend(words.spans.iter().cloned());
        Some(Row::new(truncate_spans("", spans, self.width)))
    }

    fn elapsed(self, since_ms: u64) -> String {
        duration(self.now_ms.saturating_sub(since_ms)).into_owned()
    }

    fn join(self, left: Vec<Span>, figures: &Figures) -> Row {
        self.beside(left, &figures.text(self.width))
    }

    fn beside(self, left: Vec<Span>, right: &str) -> Row {
        let room = self.width.saturating_sub(width(right));
        let mut spans = truncate_spans("", left, room);
        let used: usize = spans.iter().map(|span| width(span.text(""))).sum();
        spans.push(Span::blank(room.saturating_sub(used)));
        spans.push(Span::made(right.to_owned(), Slot::Dim));
        Row::new(spans)
    }
}

/// The lines of the levels above.
fn guides(row: &TreeRow) -> Vec<Span> {
    let levels = 1..row.depth;
    let has_more = |level: u32| row.guides.checked_shr(level).unwrap_or(0) & 1 == 1;
    levels.map(|level| Span::fixed(if has_more(level) { "│ " } else { "  " }, Slot::Border)).collect()
}

fn branch(row: &TreeRow) -> Vec<Span> {
    let mut spans = guides(row);
    spans.push(Span::fixed(if row.is_last { "└─" } else { "├─" }, Slot::Border));
    spans
}

fn glyph(standing: Standing) -> Span {
    match standing {
        Standing::Running => Span::fixed("● ", Slot::Accent),
        Standing::Done => Span::fixed("✓ ", Slot::Ok),
        Standing::Failed => Span::fixed("✗ ", Slot::Error),
        Standing::Stopped => Span::fixed("⊘ ", Slot::Warn),
    }
}

fn agent_glyph(state: AgentState) -> Span {
    match state {
        AgentState::Waiting => Span::fixed("● ", Slot::Warn),
        AgentState::Running => glyph(Standing::Running),
        AgentState::Done => glyph(Standing::Done),
        AgentState::Failed => glyph(Standing::Failed),
        AgentState::Stopped => glyph(Standing::Stopped),
    }
}

fn status(child: &Child) -> (&'static str, Slot) {
    match child.returned.as_ref().map(|returned| returned.status) {
        None => ("●", Slot::Accent),
        Some(ChildStatus::Ok) => ("✓", Slot::Ok),
        Some(ChildStatus::Truncated) => ("✓", Slot::Warn),
        Some(ChildStatus::Error) => ("✗", Slot::Error),
        Some(ChildStatus::Cancelled | ChildStatus::Lost) => ("⊘", Slot::Warn),
    }
}

/// The first part of the corpus that a prompt names, by which siblings differ, and its first words.
fn prompt_title(session: &MissionSession, pieces: &[PromptPiece]) -> String {
    let words = pieces.iter().find_map(|piece| match piece {
        PromptPiece::Text { text } if !text.trim().is_empty() => Some(title(text)),
        PromptPiece::Text { .. } | PromptPiece::Span { .. } => None,
    });
    let place = pieces.iter().find_map(|piece| match piece {
        PromptPiece::Text { .. } => None,
        PromptPiece::Span { source, start, end } => Some(session.span_name(source, *start..*end)),
    });
    let parts: Vec<String> = place.into_iter().chain(words).collect();
    parts.join(" · ")
}

/// The first line with words in it, harmless. Of a long text only the beginning is looked at.
fn title(text: &str) -> String {
    let text = text.trim_start();
    let end = (0..=text.len().min(TITLE_BYTES)).rev().find(|at| text.is_char_boundary(*at));
    let beginning = text.get(..end.unwrap_or_default()).unwrap_or_default();
    sanitize(beginning.lines().next().unwrap_or_default()).into_owned()
}

/// A model's name without its vendor.
fn short_model(model: &str) -> String {
    let name = model.split_once('/').map_or(model, |(_, name)| name);
    sanitize(name).replace('\n', " ")
}

fn calls(count: usize) -> String {
    if count == 1 { "1 call".to_owned() } else { format!("{count} calls") }
}

fn tokens(input: u64, output: u64) -> String {
    if input + output == 0 {
        return String::new();
    }
    format!("{}→{}", amount::count(input), amount::count(output))
}

fn cost(cost: Usd) -> String {
    if cost.0 == 0.0 { String::new() } else { cost.to_string() }
}

fn coverage(session: &MissionSession, bytes: u64) -> String {
    let all = session.corpus_bytes();
    if bytes == 0 || all == 0 { String::new() } else { amount::share(bytes, all) }
}
