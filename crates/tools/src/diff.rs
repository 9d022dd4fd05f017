//! What changed in a file, line by line, as the screen draws it.

use imara_diff::{Algorithm, Diff as LineDiff, Hunk as Change, InternedInput};
use schemars::JsonSchema;
use serde::Serialize;

use crate::text::start_of;

/// Unchanged lines around a change.
const AROUND: u32 = 3;
/// Lines in all hunks together; what follows is counted and left out.
const SHOWN_LINES: usize = 2_000;
/// Bytes of one line.
const SHOWN_BYTES: usize = 1_000;

/// A change of one file. The screen's shape `diff`.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct FileDiff {
    kind: &'static str,
    /// Relative to the workspace.
    path: String,
    /// Whether the file is new.
    created: bool,
    /// Lines added and removed in all, shown or not.
    pub(crate) added: u32,
    pub(crate) removed: u32,
    hunks: Vec<Hunk>,
    /// Whether hunks or lines were left out.
    cut: bool,
}

/// A run of changed lines with the unchanged ones around it.
#[derive(Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Hunk {
    /// Number of its first line before and after, from 1.
    old_start: u32,
    new_start: u32,
    lines: Vec<Line>,
}

#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Line {
    kind: LineKind,
    /// Its number before and after, from 1, where it was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<u32>,
    /// Without its line end.
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum LineKind {
    Context,
    Removed,
    Added,
}

impl FileDiff {
    /// The change from `before` to `after`; `before` is `None` for a new file.
    pub(crate) fn between(path: String, before: Option<&str>, after: &str) -> Self {
        let input = InternedInput::new(before.unwrap_or_default(), after);
        let mut diff = LineDiff::compute(Algorithm::Histogram, &input);
        diff.postprocess_lines(&input);
        let mut drawing = Drawing { input: &input, hunks: Vec::new(), room: SHOWN_LINES, cut: false };
        for group in groups(&diff) {
            drawing.draw(&group);
        }
        Self {
            kind: "diff",
            path,
            created: before.is_none(),
            added: diff.count_additions(),
            removed: diff.count_removals(),
            hunks: drawing.hunks,
            cut: drawing.cut,
        }
    }

    /// A change of which only that it happened is shown, since what was there is no text or too large.
    pub(crate) fn opaque(path: String, created: bool) -> Self {
        Self { kind: "diff", path, created, added: 0, removed: 0, hunks: Vec::new(), cut: true }
    }
}

/// Changes so near to each other that they share their surroundings.
fn groups(diff: &LineDiff) -> Vec<Vec<Change>> {
    let mut groups: Vec<Vec<Change>> = Vec::new();
    for change in diff.hunks() {
        let near = |last: &Change| change.before.start.saturating_sub(last.before.end) <= 2 * AROUND;
        match groups.last_mut().filter(|group| group.last().is_some_and(near)) {
            Some(group) => group.push(change),
            None => groups.push(vec![change]),
        }
    }
    groups
}

struct Drawing<'a> {
    input: &'a InternedInput<&'a str>,
    hunks: Vec<Hunk>,
    room: usize,
    cut: bool,
}

impl Drawing<'_> {
    fn draw(&mut self, group: &[Change]) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { return };
        if self.room == 0 {
            self.cut = true;
            return;
        }
        let lead = first.before.start.min(first.after.start).min(AROUND);
        let mut old = first.before.start.saturating_sub(lead);
        let mut new = first.after.start.saturating_sub(lead);
        let mut hunk =
            Hunk { old_start: old.saturating_add(1), new_start: new.saturating_add(1), lines: Vec::new() };
        for change in group {
            self.context(&mut hunk, (&mut old, &mut new), change.before.start);
            for at in change.before.clone() {
                self.push(&mut hunk, LineKind::Removed, (Some(at), None));
            }
            for at in change.after.clone() {
                self.push(&mut hunk, LineKind::Added, (None, Some(at)));
            }
            (old, new) = (change.before.end, change.after.end);
        }
        let end = u32::try_from(self.input.before.len()).unwrap_or(u32::MAX);
        self.context(&mut hunk, (&mut old, &mut new), last.before.end.saturating_add(AROUND).min(end));
        self.hunks.push(hunk);
    }

    /// Unchanged lines up to `end` of the old file.
    fn context(&mut self, hunk: &mut Hunk, (old, new): (&mut u32, &mut u32), end: u32) {
        while *old < end {
            self.push(hunk, LineKind::Context, (Some(*old), Some(*new)));
            *old = old.saturating_add(1);
            *new = new.saturating_add(1);
        }
    }

    /// Adds a line by its indexes, from 0, in the old and the new file.
    fn push(&mut self, hunk: &mut Hunk, kind: LineKind, (old, new): (Option<u32>, Option<u32>)) {
        let Some(room) = self.room.checked_sub(1) else {
            self.cut = true;
            return;
        };
        self.room = room;
        let token = match (old, new) {
            (Some(at), _) => self.input.before.get(at as usize),
            (None, Some(at)) => self.input.after.get(at as usize),
            (None, None) => None,
        };
        let text = token.map_or("", |token| self.input.interner[*token]);
        let text = start_of(text.strip_suffix('\n').unwrap_or(text), SHOWN_BYTES);
        let number = |index: Option<u32>| index.map(|index| index.saturating_add(1));
        hunk.lines.push(Line {
            kind,
            old: number(old),
            new: number(new),
            text: text.strip_suffix('\r').unwrap_or(text).to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A diff as a unified one, with line numbers.
    fn drawn(diff: &FileDiff) -> String {
        let number = |number: Option<u32>| number.map_or("  ".to_owned(), |number| format!("{number:>2}"));
        let draw = |line: &Line| {
            let sign = match line.kind {
                LineKind::Context => ' ',
                LineKind::Removed => '-',
                LineKind::Added => '+',
            };
            format!("{sign}{} {} {}\n", number(line.old), number(line.new), line.text)
        };
        let pieces = diff.hunks.iter().flat_map(|hunk| {
            let head = format!("@@ {} {}\n", hunk.old_start, hunk.new_start);
            std::iter::once(head).chain(hunk.lines.iter().map(draw)).collect::<Vec<_>>()
        });
        pieces.collect::<Vec<_>>().concat()
    }

    #[test]
    fn changes_are_shown_with_their_surroundings_and_both_numbers() {
        let before = (1..=20).map(|n| format!("{n}\n")).collect::<Vec<_>>().concat();
        let after = before.replace("\n5\n", "\nfive\n").replace("18\n", "").replace("20\n", "20\n21\r\n");
        let diff = FileDiff::between("a".into(), Some(&before), &after);
        assert_eq!((diff.added, diff.removed, diff.created, diff.cut), (2, 2, false, false));
        insta::assert_snapshot!(drawn(&diff), @r#"
        @@ 2 2
          2  2 2
          3  3 3
          4  4 4
        - 5    5
        +    5 five
          6  6 6
          7  7 7
          8  8 8
        @@ 15 15
         15 15 15
         16 16 16
         17 17 17
        -18    18
         19 18 19
         20 19 20
        +   20 21
        "#);
    }

    #[test]
    fn a_new_file_is_all_added_and_a_huge_change_is_cut() {
        let new = FileDiff::between("a".into(), None, "x\ny");
        assert_eq!((new.created, drawn(&new).as_str()), (true, "@@ 1 1\n+    1 x\n+    2 y\n"));
        let huge = (0..5_000).map(|n| format!("{n}\n")).collect::<Vec<_>>().concat();
        let cut = FileDiff::between("a".into(), Some(""), &huge);
        assert!(cut.cut && cut.added == 5_000 && cut.hunks.len() == 1);
        let same = FileDiff::between("a".into(), Some("x\n"), "x\n");
        assert!(same.hunks.is_empty());
    }
}
