//! The colouring thread.

use std::sync::mpsc::Receiver;
use std::thread;

use syntect::easy::HighlightLines;
use syntect::highlighting::Theme;
use syntect::parsing::SyntaxSet;
use tokio::sync::mpsc::Sender;

use super::{HighlightJob, Highlighted, scopes};
use crate::text::Mark;
use crate::theme::Slot;

/// Bytes of a line beyond which the rest of a block stays without colours: minified code.
const LONGEST_LINE: usize = 4 * 1024;

/// Starts the thread; it ends when either channel is closed.
pub(super) fn start(jobs: Receiver<HighlightJob>, done: Sender<Highlighted>) -> std::io::Result<()> {
    thread::Builder::new().name("highlight".to_owned()).spawn(move || run(&jobs, &done)).map(drop)
}

fn run(jobs: &Receiver<HighlightJob>, done: &Sender<Highlighted>) {
    let syntaxes = two_face::syntax::extra_newlines();
    let scheme = scopes::scheme();
    while let Ok(job) = jobs.recv() {
        let start = job.pieces.first().map_or(0, |piece| piece.start);
        let marks = marks(&job, &syntaxes, &scheme);
        if done.blocking_send(Highlighted { cell: job.cell, start, marks }).is_err() {
            return;
        }
    }
}

/// The marks of a block in bytes of its cell's source.
fn marks(job: &HighlightJob, syntaxes: &SyntaxSet, scheme: &Theme) -> Vec<Mark> {
    let Some(syntax) = syntaxes.find_syntax_by_token(&job.language) else { return Vec::new() };
    let mut lines = HighlightLines::new(syntax, scheme);
    let mut marks: Vec<Mark> = Vec::new();
    let mut places = Places::new(job);
    for line in job.code.split_inclusive('\n') {
        if line.len() > LONGEST_LINE {
            break;
        }
        let Ok(pieces) = lines.highlight_line(line, syntaxes) else { break };
        for (style, text) in pieces {
            let range = places.next(text.len());
            let slot = scopes::decode(style.foreground);
            match marks.last_mut() {
                _ if slot == Slot::CodeBlock => {}
                Some(last) if last.slot == slot && last.range.end == range.start => {
                    last.range.end = range.end;
                }
                _ => marks.push(Mark { range, slot }),
            }
        }
    }
    marks
}

/// Follows the code through its pieces in the source.
struct Places<'a> {
    pieces: std::slice::Iter<'a, std::ops::Range<usize>>,
    at: usize,
    end: usize,
}

impl<'a> Places<'a> {
    fn new(job: &'a HighlightJob) -> Self {
        Self { pieces: job.pieces.iter(), at: 0, end: 0 }
    }

    /// The range of the next `length` bytes; a token never crosses a line, and so no piece.
    fn next(&mut self, length: usize) -> std::ops::Range<usize> {
        if self.at >= self.end
            && let Some(piece) = self.pieces.next()
        {
            (self.at, self.end) = (piece.start, piece.end);
        }
        let start = self.at;
        self.at += length;
        start..self.at
    }
}
