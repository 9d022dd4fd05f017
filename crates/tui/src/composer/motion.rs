//! Moving the cursor.

use super::Composer;
use super::cluster::{chip_index, clusters};

/// A motion of the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Motion {
    /// One cluster left.
    Left,
    /// One cluster right.
    Right,
    /// To the start of this or the previous word.
    WordLeft,
    /// To the end of this or the next word.
    WordRight,
    /// To the start of the line.
    LineStart,
    /// To the end of the line.
    LineEnd,
}

impl Composer {
    /// Moves the cursor.
    pub(crate) fn go(&mut self, motion: Motion) {
        self.cursor = self.target(motion);
        self.goal = None;
        self.end_row();
    }

    /// Where a motion would lead.
    pub(crate) fn target(&self, motion: Motion) -> usize {
        match motion {
            Motion::Left => self.previous(self.cursor),
            Motion::Right => self.next(self.cursor),
            Motion::WordLeft => self.word_left(),
            Motion::WordRight => self.word_right(),
            Motion::LineStart => self.before_cursor().rfind('\n').map_or(0, |feed| feed + 1),
            Motion::LineEnd => {
                self.after_cursor().find('\n').map_or(self.text.len(), |feed| self.cursor + feed)
            }
        }
    }

    /// Moves one row up or down at a width; whether there was one.
    pub(crate) fn go_row(&mut self, is_down: bool, width: usize) -> bool {
        let layout = self.layout(width);
        let (row, column) = (layout.cursor_row, layout.cursor_column);
        let target = if is_down { row.checked_add(1) } else { row.checked_sub(1) };
        let Some(range) = target.and_then(|target| layout.rows.get(target)).cloned() else { return false };
        let goal = self.goal.unwrap_or(column);
        self.cursor = self.offset_in_row(range, goal);
        self.goal = Some(goal);
        self.end_row();
        true
    }

    pub(super) fn previous(&self, from: usize) -> usize {
        let before = self.text.get(..from).unwrap_or_default();
        clusters(before).next_back().map_or(0, |(at, _)| at)
    }

    pub(super) fn next(&self, from: usize) -> usize {
        let after = self.text.get(from..).unwrap_or_default();
        from + clusters(after).next().map_or(0, |(_, cluster)| cluster.len())
    }

    pub(super) fn after_cursor(&self) -> &str {
        self.text.get(self.cursor..).unwrap_or_default()
    }

    fn word_left(&self) -> usize {
        let mut backwards = clusters(self.before_cursor()).rev().skip_while(|(_, c)| kind(c) == Kind::Space);
        let Some((first, cluster)) = backwards.next() else { return 0 };
        let word = kind(cluster);
        backwards
            .take_while(|(_, c)| kind(c) == word && word != Kind::Chip)
            .last()
            .map_or(first, |(at, _)| at)
    }

    fn word_right(&self) -> usize {
        let mut forwards = clusters(self.after_cursor()).skip_while(|(_, c)| kind(c) == Kind::Space);
        let Some((first, cluster)) = forwards.next() else { return self.text.len() };
        let word = kind(cluster);
        let last = forwards.take_while(|(_, c)| kind(c) == word && word != Kind::Chip).last();
        let (at, end) = last.unwrap_or((first, cluster));
        self.cursor + at + end.len()
    }
}

/// What words are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Space,
    Letter,
    Sign,
    Chip,
}

fn kind(cluster: &str) -> Kind {
    match cluster.chars().next() {
        Some(c) if chip_index(c).is_some() => Kind::Chip,
        Some(c) if c.is_alphanumeric() || c == '_' => Kind::Letter,
        Some(c) if !c.is_whitespace() => Kind::Sign,
        Some(_) | None => Kind::Space,
    }
}
