//! Going back: cells of what no longer counts are hidden, and shown again when that is taken back.

use headwater_protocol::events::{Forked, Rewound};

use super::{Scroll, TranscriptPane};
use crate::cells::NoticeCell;

/// Where the messages of the person stand, and what the last rewinds have hidden.
#[derive(Debug, Default)]
pub(super) struct Trail {
    messages: Vec<(u64, usize)>,
    hidden: Vec<(u64, Vec<usize>)>,
}

impl TranscriptPane {
    /// The next cell is that of a message of the person.
    pub(super) fn mark_message(&mut self, record: u64) {
        let place = self.entries.len();
        self.trail.messages.push((record, place));
    }

    pub(super) fn rewound(&mut self, record: u64, rewound: &Rewound) {
        match rewound.redoes {
            Some(rewind) => self.show_again(rewind),
            None if rewound.scope.has_conversation() => self.hide_from(record, rewound.to),
            None => {}
        }
        let text = told(rewound);
        let is_whole = rewound.kept.is_empty() && rewound.uncovered.is_empty();
        self.add(if is_whole { NoticeCell::new(&text) } else { NoticeCell::warning(&text) });
        self.scroll(Scroll::End);
    }

    pub(super) fn forked(&mut self, forked: &Forked) {
        let text = format!("forked from {0}; /resume {0} goes back to it", forked.from);
        self.add(NoticeCell::new(&text));
    }

    fn hide_from(&mut self, record: u64, to: u64) {
        let Some((_, from)) = self.trail.messages.iter().find(|(seq, _)| *seq == to).copied() else { return };
        let shown = self.shown_from(from);
        self.set_hidden(&shown, true);
        self.trail.hidden.push((record, shown));
    }

    fn show_again(&mut self, rewind: u64) {
        let Some((_, hidden)) = self.trail.hidden.pop_if(|(seq, _)| *seq == rewind) else { return };
        // What the rewind itself has said is gone with it.
        let since = self.shown_from(hidden.first().copied().unwrap_or(self.entries.len()));
        self.set_hidden(&since, true);
        self.set_hidden(&hidden, false);
    }

    fn shown_from(&self, from: usize) -> Vec<usize> {
        let entries = self.entries.iter().enumerate().skip(from);
        entries.filter(|(_, entry)| !entry.is_hidden).map(|(index, _)| index).collect()
    }

    fn set_hidden(&mut self, entries: &[usize], is_hidden: bool) {
        let width = self.viewport.width;
        for index in entries.iter().copied() {
            let Some(entry) = self.entries.get_mut(index) else { continue };
            entry.is_hidden = is_hidden;
            entry.revision += 1;
            let height = if is_hidden { 0 } else { entry.estimate(width) };
            self.heights.set(index, height);
        }
    }
}

/// What was done, in a notice.
fn told(rewound: &Rewound) -> String {
    let what = match (rewound.redoes.is_some(), rewound.scope.has_conversation()) {
        (true, _) => "the rewind was taken back",
        (false, true) => "went back; what followed no longer counts, /redo takes this back",
        (false, false) => "files went back; /redo takes this back",
    };
    let files = rewound.told_of_files();
    if files.is_empty() { what.to_owned() } else { format!("{what}\n{files}") }
}
