//! A machine without Python: directives run all the same, and Python blocks say what to install.

use serde_json::json;

use crate::stage::{Setting, Stage};

async fn reopen(stage: Stage, has_python: bool) -> Stage {
    let folder = stage.folder.clone();
    drop(stage.interpreter);
    let setting = Setting { folder, ..Setting::default() };
    if has_python { setting.open().await } else { setting.open_without_python().await }
}

#[tokio::test]
async fn python_blocks_say_what_to_install_and_directives_run() {
    let mut stage = Setting::default().open_without_python().await;
    let said = stage.fail("print(len(context))").await;
    assert!(said.starts_with("There is no Python: install Python 3.9 or later as python3"), "{said}");
    assert!(said.contains("llm_query_batched name"), "{said}");
    let code = "js lines = \"context.trim().split('\\n')\"\nllm_query_batched labels = \"Label: \" + lines\nFINAL(labels)";
    let outcome = stage.run(code).await;
    assert_eq!((outcome.error, outcome.answer), (None, Some(json!(["answer 0", "answer 1"]))));
    let listed: Vec<_> = outcome.variables.iter().map(|it| format!("{} {}", it.name, it.kind)).collect();
    assert_eq!(listed, ["lines list[2]", "labels list[2]"]);
    let outcome = stage.run("FINAL(lines[0])").await;
    assert_eq!(outcome.answer, Some(json!("The river.")), "{:?}", outcome.error);
    let outcome = stage.run("plan n = aggregate \"how many?\"").await;
    assert_eq!(outcome.stdout, "n = {\"task\":\"aggregate\"}\n");
}

#[tokio::test]
async fn variables_come_back_with_python_and_without() {
    let mut stage = Setting::default().open_without_python().await;
    stage.run("let a = \"kept\"\njs b = \"({n: [1, 2.5, null]})\"").await;
    let mut stage = reopen(stage, false).await;
    assert_eq!(stage.run("FINAL(a + b[\"n\"][1])").await.answer, Some(json!("kept2.5")));
    let mut stage = reopen(stage, true).await;
    assert_eq!(stage.show("(a, b)").await, "('kept', {'n': [1, 2.5, None]})");
    stage.show("c = {(1, 2): 3}\nwhole = context\nimport re\ndef f():\n    return 1").await;
    let mut stage = reopen(stage, false).await;
    let outcome = stage.run("let d = whole[0:3] + a").await;
    assert_eq!(outcome.stdout, "d = \"Thekept\"\n", "{:?}", outcome.error);
    assert_eq!(outcome.hints, ["Only Python can read these variables: c."]);
    let mut stage = reopen(stage, true).await;
    assert_eq!(stage.show("(c, d, f())").await, "({(1, 2): 3}, 'Thekept', 1)");
}

#[test]
fn the_port_says_so() {
    let repl = headwater_repl::repl_without_python();
    assert!(repl.python().unwrap_err().contains("install Python 3.9"));
    assert!(repl.is_complete("let a = \"x\"") && !repl.is_complete("let a = \"x"));
    assert!(headwater_repl::find_python().unwrap().version >= (3, 9));
}
