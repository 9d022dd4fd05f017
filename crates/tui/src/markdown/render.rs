//! From the events of the parser to rows: blocks, their prefixes and the blank rows between them.

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use ratatui::style::Modifier;

use super::code::{CodeBlock, code_line, code_prefix, lines};
use super::containers::Containers;
use super::inline::Inline;
use super::table::Table;
use crate::text::{Breaks, Indent, Row, Span, wrap};
use crate::theme::{Face, Slot};

/// The dialect: CommonMark with tables, strikethrough and task lists.
pub(super) const OPTIONS: Options =
    Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH).union(Options::ENABLE_TASKLISTS);

/// A block at the outermost level.
#[derive(Clone, Copy, Debug)]
pub(super) struct TopBlock {
    /// Where the line on which it begins starts in the source.
    pub(super) start: usize,
    /// Rows before it, the blank one which parts it from them not counted.
    pub(super) rows: usize,
    /// Blocks of code before it.
    pub(super) codes: usize,
}

/// What rendering a piece of source came to, beside the rows.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The outermost blocks in order.
    pub(super) tops: Vec<TopBlock>,
    /// Whether the piece defines link targets, which reach back to all text before.
    pub(super) has_definitions: bool,
}

/// Renders the source from `start` on, which must be the beginning of an outermost block.
pub(super) fn render(
    source: &str,
    start: usize,
    width: usize,
    rows: &mut Vec<Row>,
    codes: &mut Vec<CodeBlock>,
) -> Outcome {
    let mut events = Parser::new_ext(source.get(start..).unwrap_or_default(), OPTIONS).into_offset_iter();
    let mut outcome = Outcome { tops: Vec::new(), has_definitions: false };
    outcome.has_definitions = events.reference_definitions().iter().next().is_some();
    let mut renderer = Renderer {
        source,
        width,
        rows,
        codes,
        containers: Containers::default(),
        inline: Inline::default(),
        table: None,
        code: None,
        has_gap: start > 0,
    };
    let mut depth = 0_usize;
    for (event, range) in &mut events {
        let range = range.start + start..range.end + start;
        let is_start = matches!(event, Event::Start(_));
        let is_end = matches!(event, Event::End(_));
        if depth == 0 && !is_end {
            outcome.tops.push(renderer.top(range.start));
        }
        depth = if is_start { depth + 1 } else { depth - usize::from(is_end) };
        renderer.event(event, range);
    }
    outcome
}

struct Renderer<'a> {
    source: &'a str,
    width: usize,
    rows: &'a mut Vec<Row>,
    codes: &'a mut Vec<CodeBlock>,
    containers: Containers,
    inline: Inline,
    table: Option<Table>,
    code: Option<CodeBlock>,
    /// Whether a blank row is due before the next block.
    has_gap: bool,
}

impl Renderer<'_> {
    fn top(&self, start: usize) -> TopBlock {
        let line = self.source.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |feed| feed + 1);
        TopBlock { start: line, rows: self.rows.len(), codes: self.codes.len() }
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag, range),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.pieces.push(range),
                None => self.inline.text(self.source, &text, range),
            },
            Event::Code(code) => self.inline.code(self.source, &code, range),
            Event::InlineHtml(html) => {
                self.inline.push_face(Slot::Dim.into());
                self.inline.text(self.source, &html, range);
                self.inline.pop_face();
            }
            Event::Html(_) => self.verbatim(range),
            Event::SoftBreak => self.inline.soft_break(range),
            Event::HardBreak => self.end_line(),
            Event::Rule => self.rule(),
            Event::TaskListMarker(is_done) => self.containers.mark_task(is_done),
            // Not part of the dialect.
            Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => self.heading(level),
            Tag::BlockQuote(_) => {
                self.gap();
                self.containers.begin_quote();
            }
            Tag::CodeBlock(kind) => {
                self.end_line();
                self.code = Some(CodeBlock::new(&kind));
            }
            Tag::List(first) => {
                self.end_line();
                self.containers.begin_list(first);
            }
            Tag::Item => self.containers.begin_item(),
            Tag::Table(alignments) => self.table = Some(Table::new(alignments)),
            Tag::TableHead | Tag::TableRow => self.table.iter_mut().for_each(Table::begin_row),
            Tag::HtmlBlock => self.gap(),
            inline => self.inline.start(&inline),
        }
    }

    fn end(&mut self, tag: TagEnd, range: Range<usize>) {
        match tag {
            TagEnd::Paragraph => self.end_block(),
            TagEnd::Heading(_) => {
                self.inline.pop_face();
                self.end_block();
            }
            TagEnd::BlockQuote(_) => {
                self.containers.pop();
                self.has_gap = true;
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::List(_) => {
                self.containers.pop();
                self.has_gap |= self.containers.is_empty();
            }
            TagEnd::Item => self.end_item(),
            TagEnd::Table => self.end_table(range),
            TagEnd::TableCell => {
                let spans = self.inline.take();
                self.table.iter_mut().for_each(|table| table.cell(spans.clone()));
            }
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => self.inline.pop_face(),
            TagEnd::Link | TagEnd::Image => self.inline.end_link(self.source),
            TagEnd::HtmlBlock => self.has_gap = true,
            _unused => {}
        }
    }

    fn heading(&mut self, level: HeadingLevel) {
        let face = Face::of(Slot::Heading).with(Modifier::BOLD);
        let is_title = level == HeadingLevel::H1;
        self.inline.push_face(if is_title { face.with(Modifier::UNDERLINED) } else { face });
    }

    fn end_item(&mut self) {
        self.end_line();
        if self.containers.has_bare_marker() {
            // An item without any text still shows its marker.
            self.line(&[]);
        }
        self.containers.pop();
    }

    fn end_block(&mut self) {
        self.end_line();
        self.has_gap = true;
    }

    /// Wraps the running text so far.
    fn end_line(&mut self) {
        if !self.inline.is_empty() {
            let spans = self.inline.take();
            self.line(&spans);
        }
    }

    fn line(&mut self, spans: &[Span]) {
        self.gap();
        let indent = self.indent();
        wrap(self.source, spans, Breaks::Words, &indent, self.rows);
    }

    fn end_code(&mut self) {
        let Some(code) = self.code.take() else { return };
        self.gap();
        let mut indent = self.indent();
        indent.first.push(code_prefix());
        indent.rest.push(code_prefix());
        for line in code.pieces.iter().flat_map(|piece| lines(self.source, piece.clone())) {
            code_line(self.source, line, &indent, self.rows);
            indent.first.clone_from(&indent.rest);
        }
        self.codes.push(code);
        self.has_gap = true;
    }

    fn end_table(&mut self, range: Range<usize>) {
        let Some(table) = self.table.take() else { return };
        self.gap();
        let indent = self.indent();
        if !table.lay_out(self.source, &indent, self.rows) {
            self.verbatim(range);
        }
        self.has_gap = true;
    }

    /// Source lines as they stand: HTML, and tables the screen is too narrow for.
    fn verbatim(&mut self, range: Range<usize>) {
        for line in lines(self.source, range) {
            let indent = self.indent();
            wrap(self.source, &[Span::source(line, Slot::Dim)], Breaks::Words, &indent, self.rows);
        }
    }

    fn rule(&mut self) {
        self.gap();
        let indent = self.indent();
        let mut spans = indent.first;
        spans.push(Span::made("─".repeat((self.width / 2).min(40)), Slot::Border));
        self.rows.push(Row::new(spans));
        self.has_gap = true;
    }

    /// The blank row between blocks, when one is due.
    fn gap(&mut self) {
        if std::mem::take(&mut self.has_gap) && !self.rows.is_empty() {
            self.rows.push(Row::new(self.containers.quotes()));
        }
    }

    /// The prefixes of the next block; markers are taken by it.
    fn indent(&mut self) -> Indent {
        self.containers.indent(self.width)
    }
}
