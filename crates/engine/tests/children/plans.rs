//! λ-plans from the first chunk to the last merge.

use headwater_engine::plans::{estimate, plan};
use headwater_protocol::repl::PlanRequest;
use headwater_protocol::{Cancel, MissionBudget};
use headwater_testkit::{Fault, Recorded, Script, Turn};
use serde_json::{Value, json};

use crate::rig::{Rig, Wishes};

fn request(task: &str, question: &str, options: Value) -> PlanRequest {
    PlanRequest {
        cell: 1,
        is_run: false,
        task: task.to_owned(),
        question: question.to_owned(),
        over: Vec::new(),
        options,
    }
}

async fn run(rig: &Rig, request: &PlanRequest) -> Result<Value, String> {
    let request = PlanRequest { is_run: true, ..request.clone() };
    plan(&rig.pool, request, &Cancel::new()).await
}

/// A log of `lines` lines: every seventh failed, and one has a needle.
fn text(lines: usize) -> String {
    let line = |number: usize| {
        let status = if number.is_multiple_of(7) { "failed" } else { "passed" };
        let found = if number == 1_234 { " with a needle" } else { "" };
        format!("request {number:05} {status}{found}\n")
    };
    (0..lines).map(line).collect()
}

/// The text that a leaf was sent.
fn sent(request: &Recorded) -> String {
    let words = request.last_text("user").unwrap();
    words.split_once("<text>\n").unwrap().1.trim_end_matches("\n</text>").to_owned()
}

/// Counts what it is sent, finds needles, and merges by repeating what it is told.
fn leaf(request: &Recorded) -> Turn {
    let (words, text) = (request.last_text("user").unwrap(), sent(request));
    if words.contains("Make one answer of them") {
        return Turn::text(text.lines().filter(|line| !line.starts_with('[')).collect::<Vec<_>>().join("\n"));
    }
    if words.contains("Write one line for each kind") {
        let count = |status: &str| text.matches(status).count();
        return Turn::text(format!("failed\t{}\npassed\t{}", count("failed"), count("passed")));
    }
    let found = text.lines().find(|line| line.contains("needle"));
    Turn::text(found.unwrap_or("none"))
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_over_chunks_are_exact_and_take_the_calls_that_were_announced() {
    let text = text(5_000);
    let rig = Rig::new(Script::responder(|_, request| leaf(request)), Wishes { text, ..Wishes::default() });
    let wanted = request("aggregate", "How many requests failed and passed?", json!({"tau": 10_000}));
    let expected = plan(&rig.pool, wanted.clone(), &Cancel::new()).await.unwrap();
    assert!(rig.requests().is_empty(), "an estimate asks nothing");
    let came = run(&rig, &wanted).await.unwrap();
    assert_eq!(came["answer"], json!({"passed": 4_285, "failed": 715}));
    assert_eq!((&came["calls"], &came["coverage"]), (&expected["calls"][1], &json!(1.0)));
    assert_eq!(json!(rig.requests().len()), expected["calls"][0]);
    assert_eq!(came["estimate"]["calls"], expected["calls"]);
    let used = came["tokens"].as_u64().unwrap();
    assert!(used <= expected["tokens"].as_u64().unwrap(), "{used} of {}", expected["tokens"]);
    let again = run(&rig, &wanted).await.unwrap();
    assert_eq!((&again["calls"], &again["cached"]), (&json!(0), &came["calls"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_the_needle_in_the_chunks_that_are_near() {
    let rig = Rig::new(
        Script::responder(|_, request| leaf(request)),
        Wishes { text: text(5_000), ..Wishes::default() },
    );
    let came =
        run(&rig, &request("search", "Which request had a needle?", json!({"tau": 2_500}))).await.unwrap();
    assert_eq!(came["answer"], "request 01234 passed with a needle");
    assert!(rig.requests().len() <= 16, "{}", rig.requests().len());
    assert!(came["coverage"].as_f64().unwrap() < 0.6 && !came["dropped"].as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn merges_are_a_tree_that_keeps_the_order() {
    let script = Script::responder(|_, request| {
        if request.last_text("user").unwrap().contains("Make one answer") {
            return leaf(request);
        }
        Turn::text(format!("summary from {}", sent(request).lines().next().unwrap()))
    });
    let rig = Rig::new(script, Wishes { text: text(2_000), ..Wishes::default() });
    let wanted = request("summarize", "What happened?", json!({"tau": 5_000, "k": 3}));
    let expected = estimate(&rig.pool, "summarize", "What happened?").unwrap();
    assert_eq!(expected.calls, (1, 1), "the window takes it whole where nothing is wished");
    let came = run(&rig, &wanted).await.unwrap();
    let chunks = came["estimate"]["chunks"].as_u64().unwrap();
    assert_eq!(came["calls"].as_u64().unwrap(), chunks + (chunks - 1).div_ceil(2));
    let lines: Vec<&str> = came["text"].as_str().unwrap().lines().collect();
    assert!(lines.len() as u64 == chunks && lines.is_sorted(), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_with_more_calls_than_are_left_makes_none() {
    let budget = MissionBudget { calls: 5, ..MissionBudget::default() };
    let wishes = Wishes { text: text(5_000), budget, ..Wishes::default() };
    let rig = Rig::new(Script::responder(|_, request| leaf(request)), wishes);
    let why = run(&rig, &request("aggregate", "How many?", json!({"tau": 10_000}))).await.unwrap_err();
    assert!(why.contains("calls and 5 are left") && rig.requests().is_empty(), "{why}");
    for (task, options, expected) in [
        ("guess", json!({}), "there is no plan called guess"),
        ("search", json!({"tau": 5}), "at least 100"),
        ("search", json!({"colour": 1}), "known are tau"),
    ] {
        let why = run(&rig, &request(task, "x", options)).await.unwrap_err();
        assert!(why.contains(expected), "{why}");
    }
    let empty = Rig::new(Script::new(), Wishes::default());
    assert!(run(&empty, &request("search", "x", json!({}))).await.unwrap_err().contains("context is empty"));
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_fail_are_named_and_the_rest_is_counted() {
    let script = Script::responder(|_, request| {
        if sent(request).contains("request 00000") {
            return Turn::fault(Fault::BadRequest { message: "not this part".into() });
        }
        leaf(request)
    });
    let rig = Rig::new(script, Wishes { text: text(1_000), ..Wishes::default() });
    let came = run(&rig, &request("aggregate", "How many?", json!({"tau": 10_000}))).await.unwrap();
    assert_eq!(came["failed"], 1);
    assert!(came["errors"][0].as_str().unwrap().contains("not this part"));
    assert!(came["answer"]["passed"].as_u64().unwrap() > 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_names_the_task_and_judges_chunks() {
    let script = Script::responder(|_, request| {
        let words = request.last_text("user").unwrap();
        if words.contains("Which kind of task is this?") {
            return Turn::text("Search.");
        }
        if words.contains("Could that longer text help") {
            return Turn::text(if sent(request).contains("needle") { "yes" } else { "No." });
        }
        leaf(request)
    });
    let rig = Rig::new(script, Wishes { text: text(3_000), ..Wishes::default() });
    let wanted = request("auto", "Which request had a needle?", json!({"tau": 10_000, "filter": "model"}));
    let came = run(&rig, &wanted).await.unwrap();
    assert_eq!(
        (&came["answer"], &came["estimate"]["task"]),
        (&json!("request 01234 passed with a needle"), &json!("search"))
    );
    let chunks = came["estimate"]["chunks"].as_u64().unwrap();
    assert_eq!(came["calls"].as_u64().unwrap(), chunks + 1, "a glance each, and one leaf");
    assert_eq!(came["dropped"].as_array().unwrap().len() as u64, chunks - 1);
}
