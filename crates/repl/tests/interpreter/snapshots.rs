//! What is kept of the variables, and their return in another process.

use std::collections::HashMap;

use headwater_protocol::repl::CellOutcome;

use crate::stage::{Setting, Stage, text};

/// Closes the interpreter and opens another one over the same files.
async fn reopen(stage: Stage, context: &str) -> Stage {
    let folder = stage.folder.clone();
    drop(stage.interpreter);
    Setting { corpus: text(context), folder, ..Setting::default() }.open().await
}

#[tokio::test]
async fn all_kinds_of_values_come_back() {
    let body = "Ein Fluß fließt.\n".repeat(200);
    let mut stage = Setting { corpus: text(&body), ..Setting::default() }.open().await;
    let code = "import json, re\n\
                from collections import Counter, defaultdict\n\
                from dataclasses import dataclass\n\
                @dataclass\n\
                class Point:\n    x: int\n    y: int\n\
                numbers = [1, 0.1 + 0.2, None, True, 10 ** 30]\n\
                pairs = {(1, 2): {3}}\n\
                counted = Counter('abca')\n\
                point = Point(1, 2)\n\
                piece = context[4:8]\n\
                whole = context\n\
                said = llm_query('hello')\n\
                def area(p):\n    return p.x * p.y\n\
                twice = lambda v: 2 * v\n\
                alias = area\n\
                deep = []\n\
                for i in range(90):\n    deep = [deep]\n\
                _hidden = 'kept too'\n\
                large = ['line %d' % i for i in range(50_000)]\n";
    assert_eq!(stage.run(code).await.error, None);
    let mut stage = reopen(stage, &body).await;
    let code = "(numbers, pairs, counted.most_common(1), point, piece, piece.start, whole is context, said, said.ok,\n\
                 area(point), twice(4), alias(point), _hidden, len(large), json.dumps(1), re.sub('a', 'b', 'a'))";
    let expected = "([1, 0.30000000000000004, None, True, 1000000000000000000000000000000], {(1, 2): {3}}, [('a', 2)], Point(x=1, y=2), 'Fluß', 4, True, 'answer 0', True, \
                    2, 8, 2, 'kept too', 50000, '1', 'b')";
    assert_eq!(stage.show(code).await, expected);
    let names: Vec<_> = stage.interpreter.variables().await.unwrap().into_iter().map(|it| it.name).collect();
    let order =
        ["Counter", "defaultdict", "dataclass", "Point", "numbers", "pairs", "counted", "point", "piece"];
    assert_eq!(names.get(..order.len()).unwrap(), order);
}

#[tokio::test]
async fn what_cannot_be_kept_is_named_once() {
    let mut stage = Stage::new().await;
    let outcome = stage.run("a = 1\ngenerator = (i for i in range(3))").await;
    assert!(
        outcome.hints.iter().any(|hint| hint.contains("`generator`") && hint.contains("lost")),
        "{:?}",
        outcome.hints
    );
    assert_eq!(stage.run("a = 2\nnext(generator)").await.hints, Vec::<String>::new());
    let mut stage = reopen(stage, "The river.\nIt flows.\n").await;
    let outcome: CellOutcome = stage.run("a").await;
    assert_eq!(outcome.shown.as_deref(), Some("2"));
    assert!(outcome.hints.iter().any(|hint| hint.contains("generator")), "{:?}", outcome.hints);
    assert!(stage.fail("generator").await.contains("NameError"));
}

#[tokio::test]
async fn changes_behind_another_name_are_kept() {
    let mut stage = Stage::new().await;
    stage.run("big = [[i] for i in range(20_000)]\nother = big\npart = big[5]\ndef grow():\n    big.append('grown')\nsmall = {}").await;
    let untouched = stage.run("x = 1").await;
    assert_eq!(untouched.changed, ["x"]);
    assert_eq!(stage.run("other[0] = 'changed'").await.changed, ["big", "other"]);
    assert!(stage.run("part.append('deep')").await.changed.contains(&"big".to_owned()));
    assert!(stage.run("grow()").await.changed.contains(&"big".to_owned()));
    assert_eq!(stage.run("def late():\n    small['k'] = 1\nlate()").await.changed, ["small", "late"]);
    stage.run("del x").await;
    let mut stage = reopen(stage, "The river.\nIt flows.\n").await;
    assert_eq!(
        stage.show("(big[0], big[5], big[-1], small, 'x' in globals())").await,
        "('changed', [5, 'deep'], 'grown', {'k': 1}, False)"
    );
}

#[tokio::test]
async fn large_values_that_do_not_change_are_not_written_again() {
    let mut stage = Stage::new().await;
    stage.run("large = list(range(200_000))").await;
    let folder = stage.folder.path().join("variables.json.d");
    let files = || -> HashMap<_, _> {
        let entries = std::fs::read_dir(&folder).unwrap().map(Result::unwrap);
        entries.map(|entry| (entry.file_name(), entry.metadata().unwrap().modified().unwrap())).collect()
    };
    let before = files();
    assert_eq!(before.len(), 1);
    stage.run("n = len(large)").await;
    stage.run("m = large[3]").await;
    assert_eq!(files(), before);
    stage.run("large.append(1)").await;
    let after = files();
    assert_eq!(after.len(), 1);
    assert_ne!(after, before);
    assert!(std::fs::metadata(stage.folder.path().join("variables.json")).unwrap().len() < 2_000);
}

#[tokio::test]
async fn a_pickle_does_what_it_likes_in_the_worker_only() {
    let mut stage = Stage::new().await;
    stage.run("a = 1").await;
    let place = stage.folder.path().join("variables.json");
    // Pickles that call os._exit and os.system, as base64: what a hostile block could have had written.
    for (module, call) in [("os", "_exit"), ("posix", "system")] {
        let argument = if call == "_exit" { "I0\n" } else { "Vtouch /tmp/headwater-pickle\n" };
        let pickle = format!("c{module}\n{call}\n({argument}tR.");
        let mut list: serde_json::Value = serde_json::from_slice(&std::fs::read(&place).unwrap()).unwrap();
        let entry = serde_json::json!({"name": "evil", "how": "pickle", "data": base64(pickle.as_bytes())});
        list["variables"].as_array_mut().unwrap().push(entry);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("variables.json"), serde_json::to_vec(&list).unwrap()).unwrap();
        let opening = headwater_protocol::repl::ReplOpening {
            corpus: text("x"),
            snapshot: folder.path().join("variables.json"),
            limits: headwater_protocol::repl::ReplLimits::default(),
            seed: 1,
        };
        let repl = headwater_repl::python_repl(None);
        let opened = repl.open(opening, stage.host.clone()).await;
        assert_eq!(opened.is_err(), call == "_exit", "{call}");
    }
    assert!(!std::path::Path::new("/tmp/headwater-pickle").exists());
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
        for place in 0..4 {
            let index = usize::try_from(bits >> (18 - 6 * place) & 63).unwrap();
            text.push(if place <= chunk.len() { char::from(SIGNS[index]) } else { '=' });
        }
    }
    text
}
