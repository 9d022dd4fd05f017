//! The root of a recursive completion and its children: a message that was cut is gone on with, and another model stands in
//! for one that does not answer.

use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{DEADLINE, Fault, Finish, ModelServer, Script, Turn, Workspace};
use serde_json::json;

use super::{QUICK, overloaded, replays, session, with_other};
use crate::support::{WithCode as _, point_at, workspace};

/// How the root's prompt begins; a child's does not.
const ROOT: &str = "You answer one question about a context";

fn with_text() -> Workspace {
    let workspace = workspace();
    workspace.file("notes.txt", "node-7 failed at noon\n");
    workspace
}

fn run(workspace: &Workspace, server: &ModelServer) -> Finished {
    let mut command = workspace.command();
    command.arg("rlm");
    point_at(&mut command, server);
    command.args(QUICK).args(["--context", "notes.txt", "--json", "which node failed?"]);
    spawn(&mut command).finish(DEADLINE)
}

fn block(code: &str) -> String {
    format!("I look.\n```repl\n{code}\n```\n")
}

fn answer(finished: &Finished) -> String {
    finished.records_of("final_accepted")[0]["text"].as_str().expect("text").to_owned()
}

#[test]
fn r_b_a_root_goes_on_with_a_message_that_was_cut() {
    let looks = || Turn::text(block("print(len(context))"));
    let rest = || Turn::text("ed at noon)");
    let broken = Turn::text("FINAL(node-7 fail").deltas_of(17).with_fault(Fault::CutAfterDeltas(1));
    let table = [
        // At the output limit, twice.
        vec![looks(), cut("FINAL(node-7"), cut(" fail"), rest()],
        // In a block: what had not ended is written again.
        vec![
            looks(),
            Turn::text("Once more.\n```repl\nx = (").deltas_of(30).with_fault(Fault::CutAfterDeltas(1)),
            Turn::text("```repl\nFINAL('node-7 failed at noon')\n```\n"),
        ],
        // The connection.
        vec![looks(), broken, rest()],
    ];
    for (case, turns) in table.into_iter().enumerate() {
        let workspace = with_text();
        let server = ModelServer::start(turns.into_iter().fold(Script::new(), Script::turn));
        let finished = run(&workspace, &server).with_code(0);
        assert_eq!(answer(&finished), "node-7 failed at noon", "{case}");
        let asked = server.requests().pop().expect("requests").body.to_string();
        assert!(asked.contains("Go on from exactly there"), "{case}: {asked}");
        replays(&workspace, &session(&finished));
    }
}

fn cut(text: &str) -> Turn {
    Turn::text(text).finish(Finish::Length)
}

#[test]
fn s10_another_model_stands_in_for_the_root_of_a_completion() {
    let server = ModelServer::start(
        Script::new().turn(Turn::text(block("print(len(context))"))).turn(overloaded()).repeat_last(),
    );
    let other = ModelServer::start(Script::new().turn(Turn::text("FINAL(node-7 failed)")));
    let workspace = with_other(with_text(), &other);
    let finished = run(&workspace, &server).with_code(0);
    assert_eq!(answer(&finished), "node-7 failed");
    let fell = finished.records_of("fell_back");
    assert_eq!((fell.len(), &fell[0]["vendor"], &fell[0]["of_children"]), (1, &json!("other"), &json!(null)));
    replays(&workspace, &session(&finished));
}

#[test]
fn s10_another_model_stands_in_for_the_children_and_it_is_told_once() {
    for fault in [Fault::QuotaExhausted, Fault::RateLimited { retry_after: None }] {
        let code = "parts = llm_query_batched([f'question {n}' for n in range(6)])\n\
                    more = llm_query('one more')\nFINAL(' '.join([str(p) for p in parts] + [str(more)]))";
        let server = ModelServer::start(Script::responder(move |_, request| {
            let first = request.messages().first().map(|first| first["content"].to_string());
            if first.is_some_and(|first| first.contains(ROOT)) {
                return Turn::text(block(code));
            }
            Turn::fault(fault.clone())
        }));
        let other = ModelServer::start(Script::new().turn(Turn::text("spare")).repeat_last());
        let workspace = with_other(with_text(), &other);
        let finished = run(&workspace, &server).with_code(0);
        assert_eq!(answer(&finished), ["spare"; 7].join(" "));
        let fell = finished.records_of("fell_back");
        assert_eq!((fell.len(), &fell[0]["of_children"]), (1, &json!(true)), "{fell:?}");
        assert_eq!(other.requests().len(), 7);
        let started = finished.records_of("child_started").pop().expect("children");
        assert_eq!(started["model"], "other/spare", "who comes later asks it at once");
        assert!(finished.records_of("child_returned").iter().all(|child| child["is_error"] == false));
        replays(&workspace, &session(&finished));
    }
}
