//! Blocks of directives: what they bind, what they ask, and that Python has the same variables.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use headwater_protocol::card::Tier;
use headwater_protocol::corpus::{CorpusShape, PromptPiece};
use headwater_protocol::repl::{ChildKind, QueryBatch, QueryResult, ReplLimits, ToolAnswer};
use serde_json::{Value, json};

use crate::stage::{Host, Setting, Stage, corpus, text};

fn span(source: &str, start: u64, end: u64) -> PromptPiece {
    PromptPiece::Span { source: source.into(), start, end }
}

async fn value(stage: &mut Stage, name: &str) -> Option<Value> {
    stage.interpreter.value(name.to_owned()).await.unwrap()
}

#[tokio::test]
async fn directives_and_python_have_the_same_variables() {
    let mut stage = Stage::new().await;
    stage.show("numbers = [1, 2, 3]\nname = 'river'").await;
    let outcome = stage.run("let greeting = \"the \" + name\njs doubled = \"numbers.map(n => 2 * n)\"").await;
    assert_eq!((outcome.error, outcome.changed), (None, vec!["greeting".to_owned(), "doubled".to_owned()]));
    assert_eq!(outcome.stdout, "greeting = \"the river\"\ndoubled = [2,4,6]\n");
    let kinds: Vec<_> = outcome.variables.iter().map(|it| format!("{} {}", it.name, it.kind)).collect();
    assert_eq!(kinds, ["numbers list[3]", "name str[5]", "greeting str[9]", "doubled list[3]"]);
    assert_eq!(stage.show("(greeting, sum(doubled))").await, "('the river', 12)");
    let outcome = stage.run("FINAL(doubled[1:3])").await;
    assert_eq!(outcome.answer, Some(json!([4, 6])), "Python's, since both can say it");
}

#[tokio::test]
async fn what_directives_bound_outlives_the_worker() {
    let stage = Stage::new().await;
    let folder = stage.folder.clone();
    let mut stage = stage;
    stage.run("let a = \"kept\"\njs long = \"'x'.repeat(200000)\"").await;
    drop(stage.interpreter);
    let mut stage = Setting { folder, ..Setting::default() }.open().await;
    assert_eq!(stage.show("(a, len(long))").await, "('kept', 200000)");
}

#[tokio::test]
async fn questions_travel_by_reference_and_in_order() {
    let body = (0..2000).map(|n| format!("Zeile {n} über Flüsse\n")).collect::<Vec<_>>().concat();
    let mut stage = Setting { corpus: text(&body), ..Setting::default() }.open().await;
    let code = "llm_query one = \"Count: \" + context\n\
                llm_query two = \"Look: \" + context[10:20] over context[0:15]\n\
                js parts = \"[context.slice(0, 2000), context.slice(2000, 4000), 'short']\"\n\
                llm_query_batched three = \"Label: \" + parts | one\n\
                rlm_query four = \"how many?\"\n\
                rlm_query_batched five = \"a\" over parts[0] | \"b\" over parts[1:3]";
    let outcome = stage.run(code).await;
    assert_eq!(outcome.error, None);
    let at = |chars: usize| {
        u64::try_from(body.char_indices().nth(chars).map_or(body.len(), |(at, _)| at)).unwrap()
    };
    let batches = stage.host.batches.lock().unwrap().clone();
    let words = PromptPiece::text;
    let (first, second) = (span("sha-0", 0, at(2000)), span("sha-0", at(2000), at(4000)));
    let whole = span("sha-0", 0, body.len() as u64);
    assert_eq!(batches[0].queries[0].prompt, [words("Count: "), whole.clone()]);
    assert_eq!(batches[1].queries[0].prompt, [words("Look: "), span("sha-0", at(10), at(20))]);
    assert_eq!(batches[1].queries[0].about, [span("sha-0", 0, at(15))]);
    let prompts: Vec<_> = batches[2].queries.iter().map(|query| query.prompt.clone()).collect();
    let expected = [
        vec![words("Label: "), first.clone()],
        vec![words("Label: "), second.clone()],
        vec![words("Label: "), words("short")],
        vec![words("answer 0")],
    ];
    assert_eq!(prompts, expected);
    assert_eq!(
        value(&mut stage, "three").await,
        Some(json!(["answer 0", "answer 1", "answer 2", "answer 3"]))
    );
    let deep = &batches[3];
    assert_eq!(
        (deep.kind, deep.queries[0].tier, &deep.queries[0].about),
        (ChildKind::Rlm, Tier::Strong, &vec![whole])
    );
    let abouts: Vec<_> = batches[4].queries.iter().map(|query| query.about.clone()).collect();
    assert_eq!(abouts, [vec![first], vec![second], vec![words("short")]]);
}

#[tokio::test]
async fn the_texts_of_a_context_have_names_and_places() {
    let texts = [("a.md", "alpha"), ("b.md", "beta"), ("c.md", "gamma")];
    let setting = |shape| Setting { corpus: corpus(shape, &texts), ..Setting::default() };
    let mut stage = setting(CorpusShape::Dict).open().await;
    let code = "let one = context[\"b.md\"][1:]\nlet all = context\njs names = \"Object.keys(context).join()\"\n\
                js part = \"peek(1, 3, 'c.md') + context['a.md'].length\"\nllm_query_batched each = \"x\" over context\n\
                llm_query joined = context";
    assert_eq!(stage.run(code).await.error, None);
    let found =
        [value(&mut stage, "one").await, value(&mut stage, "names").await, value(&mut stage, "part").await];
    assert_eq!(found, [json!("eta"), json!("a.md,b.md,c.md"), json!("am5")].map(Some));
    assert_eq!(value(&mut stage, "all").await, Some(json!(["alpha", "beta", "gamma"])));
    let batches = stage.host.batches.lock().unwrap().clone();
    assert_eq!(batches[0].queries.len(), 3);
    assert_eq!(batches[0].queries[2].about, [span("sha-2", 0, 5)]);
    assert_eq!(batches[1].queries[0].prompt.len(), 5);
    assert!(
        stage.fail("let x = context[\"d.md\"]").await.contains("no text \"d.md\"; it begins with a.md, b.md")
    );
    let mut stage = setting(CorpusShape::List).open().await;
    stage.run("let last = context[-1]\njs count = \"context.length\"").await;
    assert_eq!(
        (value(&mut stage, "last").await, value(&mut stage, "count").await),
        (Some(json!("gamma")), Some(json!(3)))
    );
}

#[tokio::test]
async fn a_failure_says_how_far_the_block_came_and_what_was_bound_stays() {
    let query = |batch: QueryBatch| {
        let result = |n: usize| match n {
            0 => QueryResult {
                text: "first".into(),
                note: Some("It was cut.".into()),
                ..QueryResult::default()
            },
            _ => QueryResult { error: Some("the model refused".into()), ..QueryResult::default() },
        };
        let count = batch.queries.len();
        async move {
            if count > 5 {
                Err("only 5 calls are left".to_owned())
            } else {
                Ok((0..count).map(result).collect())
            }
        }
        .boxed()
    };
    let host = Arc::new(Host { query: Box::new(query), ..Host::default() });
    let mut stage = Setting { host, ..Setting::default() }.open().await;
    let outcome = stage.run("llm_query_batched a = \"x\" | \"y\" | \"z\"").await;
    assert_eq!(outcome.hints, ["It was cut.", "2 of 3 questions have no answer (null): the model refused"]);
    assert_eq!(value(&mut stage, "a").await, Some(json!(["first", null, null])));
    let table = [
        ("let b = \"x\"\n\nlet c = nothing", "no variable is called `nothing`; closest: ", Some(3)),
        ("let b = \"y\"\njs c = \"b.map(1)\"", "TypeError: ", Some(2)),
        ("js many = \"[1,2,3,4,5,6]\"\nllm_query_batched c = many", "only 5 calls are left", Some(2)),
        (
            "let b = \"z\"\nprint(b)",
            "a block is either directives or Python; nothing of the block was run",
            Some(2),
        ),
        ("llm_query_batched c = a + a", "only one list can stand in a question", Some(1)),
        ("let c = a[7]", "`a`: there is no item 7 among 3", Some(1)),
        ("FINAL_VAR(missing)\nlet c = 1", "so this is not an answer", Some(1)),
    ];
    for (code, expected, line) in table {
        let outcome = stage.run(code).await;
        let error = outcome.error.unwrap_or_else(|| panic!("no failure: {code}"));
        assert!(error.message.contains(expected), "{code}: {}", error.message);
        assert_eq!((error.line, outcome.answer), (line, None), "{code}");
    }
    assert!(
        stage
            .fail("let b = \"x\"\n\nlet c = nothing")
            .await
            .ends_with("directive 1 done, 2 failed\n  line 3: let c = nothing")
    );
    assert_eq!(value(&mut stage, "b").await, Some(json!("x")));
    assert_eq!(value(&mut stage, "c").await, None);
    let mixed = stage.run("x = 1\nlet y = 2").await;
    assert_eq!(mixed.hints, ["Line 2 is a directive; a block is either directives or Python."]);
}

#[tokio::test]
async fn the_first_answer_ends_the_block() {
    let table = [
        ("let a = \"x\"\nFINAL(a + \"!\")\nlet a = \"y\"\nFINAL(a)", json!("x!")),
        ("let b = 5\nFINAL_VAR(b)", json!(5)),
        ("js c = \"FINAL({n: context.length}); FINAL(2)\"\nFINAL(3)", json!({"n": 21})),
        ("let d = \"v\"\njs e = \"try { FINAL_VAR('d') } catch (e) {} while (true) {}\"", json!("v")),
        ("js f = \"[1].map(n => FINAL(n + 1))\"", json!(2)),
    ];
    let mut stage = Stage::new().await;
    for (code, expected) in table {
        let outcome = stage.run(code).await;
        assert_eq!((outcome.error, outcome.answer), (None, Some(expected)), "{code}");
    }
    assert_eq!(value(&mut stage, "a").await, Some(json!("x")), "nothing ran behind the answer");
    assert_eq!(value(&mut stage, "f").await, None);
}

#[tokio::test]
async fn a_tool_is_called_with_an_object() {
    let tool = |(name, input): (String, Value)| {
        let is_error = name == "shell";
        async move { Ok(ToolAnswer { text: format!("{name} {input}"), data: json!(null), is_error }) }.boxed()
    };
    let host = Arc::new(Host { tool: Box::new(tool), ..Host::default() });
    let mut stage = Setting { host, ..Setting::default() }.open().await;
    let code = "js args = \"({path: 'a.md', depth: 2})\"\ntool seen = ls args\nFINAL(seen)";
    let outcome = stage.run(code).await;
    assert_eq!((outcome.error, outcome.answer), (None, Some(json!("list {\"path\":\"a.md\",\"depth\":2}"))));
    assert!(stage.fail("tool x = shell args").await.starts_with("shell {"));
    assert!(stage.fail("tool x = read \"a.md\"").await.starts_with("the input of a tool is an object"));
}

#[tokio::test]
async fn a_plan_binds_what_it_found() {
    let plan =
        |_request| async { Ok(json!({"answer": 17, "calls": 3, "failed": 0, "coverage": 1.0})) }.boxed();
    let host = Arc::new(Host { plan: Box::new(plan), ..Host::default() });
    let mut stage = Setting { host, ..Setting::default() }.open().await;
    let outcome = stage
        .run("let what = \"errors\"\nplan n = aggregate \"how many \" + what over context[0:3]\nFINAL(n)")
        .await;
    assert_eq!((outcome.error, outcome.answer), (None, Some(json!(17))));
    assert_eq!(outcome.hints, ["The plan made it with calls 3, failed 0, coverage 1.0."]);
    let plans = stage.host.plans.lock().unwrap().clone();
    assert_eq!(
        (plans[0].task.as_str(), plans[0].question.as_str(), plans[0].is_run),
        ("aggregate", "how many errors", true)
    );
    assert_eq!(plans[0].over, [span("sha-0", 0, 3)]);
}

#[tokio::test]
async fn waiting_is_not_running_and_a_cancelled_block_ends() {
    let cancel = headwater_protocol::cancel::Cancel::new();
    let asked = cancel.clone();
    let query = move |_batch| {
        asked.cancel();
        std::future::pending().boxed()
    };
    let host = Arc::new(Host { query: Box::new(query), ..Host::default() });
    let limits = ReplLimits { block: Duration::from_secs(30), ..ReplLimits::default() };
    let mut stage = Setting { limits, host, ..Setting::default() }.open().await;
    let outcome = stage.run_until("let a = 1\nllm_query b = \"x\"\nlet c = 2", cancel).await;
    assert!(outcome.error.unwrap().message.starts_with("cancelled\n"));
    let names: Vec<_> = outcome.variables.into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["a"]);
}
