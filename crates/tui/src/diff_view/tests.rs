//! Diffs as they look, from every shape they come in.

use serde_json::json;

use super::{DiffView, Extent};

const UNIFIED: &str = "--- a/src/a.rs\n+++ b/src/a.rs\n@@ -87,3 +87,3 @@ fn cut()\n let line = src.lines();\n-let cut = line.find(x);\n+let cut = line.find(y);\n end\n@@ -120 +120,2 @@\n tail\n+more\n";

fn shown(view: &DiffView, columns: usize, extent: Extent) -> String {
    let mut rows = Vec::new();
    view.lay_out(view.text(), columns, extent, &mut rows);
    rows.iter().map(|row| row.text(view.text())).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_unified_diff_keeps_its_numbers() {
    let view = DiffView::from_unified(UNIFIED).unwrap();
    assert_eq!((view.added(), view.removed()), (2, 1));
    insta::assert_snapshot!(shown(&view, 40, Extent::ALL), @r"
    │  87   let line = src.lines();
    │  88 - let cut = line.find(x);
    │  88 + let cut = line.find(y);
    │  89   end
    │   ⋮
    │ 120   tail
    │ 121 + more
    ");
}

#[test]
fn long_lines_hang_and_long_diffs_fold() {
    let view = DiffView::from_unified(UNIFIED).unwrap();
    insta::assert_snapshot!(shown(&view, 20, Extent { rows: 3, around: 2 }), @r"
    │  87   let line = s
    │       rc.lines();
    │  88 - let cut = li
    │       ne.find(x);
    │ … 4 more lines · Ctrl+O
    ");
}

#[test]
fn only_what_is_near_a_change_is_shown() {
    let view =
        DiffView::from_unified("@@ -1,9 +1,9 @@\n a\n b\n c\n-d\n+D\n e\n f\n g\n h\n-i\n+I\n").unwrap();
    insta::assert_snapshot!(shown(&view, 40, Extent { rows: 12, around: 1 }), @r"
    │ 3   c
    │ 4 - d
    │ 4 + D
    │ 5   e
    │ ⋮
    │ 8   h
    │ 9 - i
    │ 9 + I
    ");
    let whole = shown(&view, 40, Extent { rows: 12, around: 2 });
    assert!(!whole.contains('⋮'), "nothing is left out between: {whole}");
}

#[test]
fn only_the_changed_words_are_marked() {
    let view = DiffView::from_unified(UNIFIED).unwrap();
    let marked: Vec<&str> = view
        .lines
        .iter()
        .flat_map(|line| &line.words)
        .filter_map(|range| view.text.get(range.clone()))
        .collect();
    assert_eq!(marked, ["x", "y"]);
}

#[test]
fn the_data_of_a_tool_gives_what_the_unified_text_gives() {
    let line = |kind: &str, text: &str| json!({"kind": kind, "text": text});
    let data = json!({"kind": "diff", "path": "src/a.rs", "added": 9, "removed": 8, "cut": true, "hunks": [
        {"old_start": 87, "new_start": 87, "lines": [
            line("context", "let line = src.lines();"),
            line("removed", "let cut = line.find(x);"),
            line("added", "let cut = line.find(y);"),
            line("context", "end"),
        ]},
        {"old_start": 120, "new_start": 120, "lines": [line("context", "tail"), line("added", "more")]},
    ]});
    let view = DiffView::from_data(&data).unwrap();
    assert_eq!((view.added(), view.removed()), (9, 8));
    let unified = DiffView::from_unified(UNIFIED).unwrap();
    assert_eq!(shown(&view, 40, Extent::ALL), shown(&unified, 40, Extent::ALL));
    assert!(DiffView::from_data(&json!({"kind": "diff"})).is_none());
}
