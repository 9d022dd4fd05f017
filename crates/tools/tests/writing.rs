//! `write`: new files, replaced ones, and read before edit.

use headwater_protocol::tool::TouchKind;
use serde_json::json;

use crate::stage::Stage;

#[tokio::test]
async fn the_golden_triple_of_write() {
    let mut stage = Stage::new();
    let created = stage.ok("write", json!({"path": "src/a.txt", "content": "one\ntwo\n"})).await;
    insta::assert_snapshot!(format!("{}\n{:#}", created.model_text, created.data), @r#"
    Created `src/a.txt` with 2 lines.
    {
      "kind": "diff",
      "path": "src/a.txt",
      "created": true,
      "added": 2,
      "removed": 0,
      "hunks": [
        {
          "old_start": 1,
          "new_start": 1,
          "lines": [
            {
              "kind": "added",
              "new": 1,
              "text": "one"
            },
            {
              "kind": "added",
              "new": 2,
              "text": "two"
            }
          ]
        }
      ],
      "cut": false
    }
    "#);
    assert_eq!(
        (created.files[0].kind, stage.content("src/a.txt").as_str()),
        (TouchKind::Created, "one\ntwo\n")
    );
    let replaced = stage.ok("write", json!({"path": "src/a.txt", "content": "one\n2\nthree\n"})).await;
    assert_eq!(replaced.model_text, "Replaced `src/a.txt`: 3 lines now, +2 -1.");
    assert_eq!(replaced.files[0].kind, TouchKind::Changed);
}

#[tokio::test]
async fn b5_read_before_edit_is_enforced() {
    let mut stage = Stage::new();
    stage.file("a", "mine\n");
    let write = json!({"path": "a", "content": "theirs\n"});
    let edit = json!({"path": "a", "old": "mine", "new": "theirs"});
    for _ in 0..100 {
        assert!(
            stage
                .refused("write", write.clone())
                .await
                .contains("you have not read it (rule `read-before-edit`)")
        );
        assert!(stage.refused("edit", edit.clone()).await.contains("rule `read-before-edit`"));
    }
    stage.ok("read", json!({"path": "a"})).await;
    stage.file("a", "mine, changed by someone else\n");
    assert!(stage.refused("write", write.clone()).await.contains("has changed since you last read it"));
    assert!(stage.refused("edit", edit.clone()).await.contains("has changed since you last read it"));
    assert_eq!(stage.content("a"), "mine, changed by someone else\n");
    stage.ok("read", json!({"path": "./a"})).await;
    stage.ok("edit", edit).await;
    // What it wrote itself it has seen.
    stage.ok("write", write).await;
    assert_eq!(stage.content("a"), "theirs\n");
}

#[tokio::test]
async fn crlf_throughout_is_kept() {
    let mut stage = Stage::new();
    stage.file("dos", "a\r\nb\r\n").file("mixed", "a\r\nb\n");
    for (path, content, expected) in
        [("dos", "a\nc\n", "a\r\nc\r\n"), ("dos", "a\r\nd\n", "a\r\nd\n"), ("mixed", "a\nc\n", "a\nc\n")]
    {
        stage.ok("read", json!({"path": path})).await;
        let outcome = stage.ok("write", json!({"path": path, "content": content})).await;
        assert_eq!(stage.content(path), expected);
        assert_eq!(outcome.model_text.contains("CRLF"), content != expected, "{}", outcome.model_text);
    }
}

#[tokio::test]
async fn files_that_are_no_text_can_be_replaced_once_seen() {
    let mut stage = Stage::new();
    stage.file("blob", b"\0\x01\xff");
    stage.ok("read", json!({"path": "blob"})).await;
    let outcome = stage.ok("write", json!({"path": "blob", "content": ""})).await;
    assert_eq!((outcome.data["cut"].as_bool(), outcome.data["created"].as_bool()), (Some(true), Some(false)));
    assert_eq!(stage.content("blob"), "");
}

#[tokio::test]
async fn what_cannot_be_written_is_said() {
    let mut stage = Stage::new();
    stage.file("d/f", "");
    let table = [("d", "is a directory"), (".", "is a directory"), ("d/f/x", "is not a directory")];
    for (path, expected) in table {
        let text = stage.refused("write", json!({"path": path, "content": "x"})).await;
        assert!(text.contains(expected), "{path}: {text}");
    }
    let long = "x".repeat(300);
    assert!(stage.refused("write", json!({"path": long, "content": ""})).await.contains("failed"));
}

#[tokio::test]
async fn a_replaced_file_keeps_its_byte_order_mark_which_read_does_not_show() {
    let mut stage = Stage::new();
    let table = [
        ("mark", "\u{feff}a\n", "b\n", "\u{feff}b\n"),
        ("mark and CRLF", "\u{feff}a\r\n", "b\nc\n", "\u{feff}b\r\nc\r\n"),
        ("a mark of its own", "\u{feff}a\n", "\u{feff}b\n", "\u{feff}b\n"),
        ("none before", "a\n", "b\n", "b\n"),
    ];
    for (name, before, content, after) in table {
        stage.file("f", before);
        stage.ok("read", json!({"path": "f"})).await;
        let text = stage.ok("write", json!({"path": "f", "content": content})).await.model_text;
        assert_eq!(stage.content("f"), after, "{name}");
        assert_eq!(text.contains("byte order mark"), name.starts_with("mark"), "{name}: {text}");
    }
}
