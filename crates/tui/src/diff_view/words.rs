//! What changed within lines: a removed line is compared word by word with the added one that took its place.

use std::ops::Range;

use similar::{ChangeTag, TextDiff};

use super::{Change, DiffView, Line};

/// Below this likeness two lines are strangers, and marking their words would only be noise.
const LEAST_RATIO: f32 = 0.4;
/// Bytes of a line beyond which words are not compared.
const LONGEST: usize = 1_000;

/// Marks the changed words of all lines which replaced one another.
pub(super) fn emphasize(view: &mut DiffView) {
    let mut rest = view.lines.as_mut_slice();
    while let Some(first) = rest.iter().position(|line| line.change == Change::Removed) {
        let (_, changed) = rest.split_at_mut(first);
        let removed = run(changed, Change::Removed);
        let (old, after) = changed.split_at_mut(removed);
        let added = run(after, Change::Added);
        let (new, after) = after.split_at_mut(added);
        for (old, new) in old.iter_mut().zip(new) {
            compare(&view.text, old, new);
        }
        rest = after;
    }
}

fn run(lines: &[Line], change: Change) -> usize {
    lines.iter().take_while(|line| line.change == change).count()
}

fn compare(text: &str, old: &mut Line, new: &mut Line) {
    let (Some(before), Some(after)) = (text.get(old.range.clone()), text.get(new.range.clone())) else {
        return;
    };
    if before.len().max(after.len()) > LONGEST {
        return;
    }
    let diff = TextDiff::from_unicode_words(before, after);
    if diff.ratio() < LEAST_RATIO {
        return;
    }
    let (mut left, mut right) = (old.range.start, new.range.start);
    for change in diff.iter_all_changes() {
        let length = change.value().len();
        match change.tag() {
            ChangeTag::Equal => {
                left += length;
                right += length;
            }
            ChangeTag::Delete => mark(&mut old.words, &mut left, length),
            ChangeTag::Insert => mark(&mut new.words, &mut right, length),
        }
    }
}

/// Adds a range, joined with the one it follows.
fn mark(words: &mut Vec<Range<usize>>, at: &mut usize, length: usize) {
    let start = *at;
    *at += length;
    match words.last_mut() {
        Some(last) if last.end == start => last.end = *at,
        _ => words.push(start..*at),
    }
}
