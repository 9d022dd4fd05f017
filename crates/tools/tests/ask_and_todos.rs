//! `ask_user` and `todos`.

use headwater_protocol::TodoStatus;
use serde_json::json;

use crate::stage::Stage;

#[tokio::test]
async fn an_answer_comes_back_and_its_absence_is_no_failure() {
    let input = json!({"question": "Tabs or spaces?", "options": ["tabs", "spaces"]});
    let mut stage = Stage::new().with_answer(Some("tabs"));
    let answered = stage.ok("ask_user", input.clone()).await;
    assert_eq!(answered.model_text, "The person answers: tabs");
    let shown = json!({"kind": "answer", "question": "Tabs or spaces?", "options": ["tabs", "spaces"], "answer": "tabs"});
    assert_eq!(answered.data, shown);
    let nobody = Stage::new().ok("ask_user", input).await;
    assert!(nobody.model_text.starts_with("Nobody answered. Decide sensibly"));
}

#[tokio::test]
async fn a_question_that_waits_ends_with_the_turn() {
    let mut stage = Stage::new().with_answer(None);
    let (context, tool) = (stage.context(), stage.tool("ask_user"));
    let cancel = context.cancel.clone();
    let asking = tokio::spawn(async move { tool.run(json!({"question": "?"}), context).await });
    cancel.cancel();
    assert!(asking.await.unwrap().is_error);
}

#[tokio::test]
async fn questions_that_cannot_be_asked_are_refused() {
    let mut stage = Stage::new().with_answer(Some("x"));
    stage.refused("ask_user", json!({"question": " "})).await;
    let many: Vec<String> = (0..7).map(|n| n.to_string()).collect();
    assert!(stage.refused("ask_user", json!({"question": "?", "options": many})).await.contains("at most 6"));
}

#[tokio::test]
async fn the_todo_list_is_replaced() {
    let mut stage = Stage::new();
    let todos = json!([{"text": "find it", "status": "completed"}, {"text": "fix it", "status": "in_progress"}, {"text": "check it"}]);
    let outcome = stage.ok("todos", json!({"todos": todos})).await;
    assert_eq!(outcome.model_text, "The list has 3 entries: 1 completed, 2 open.");
    let list = outcome.todos.unwrap();
    assert_eq!((list.len(), list[2].status), (3, TodoStatus::Pending));
    assert_eq!(outcome.data["kind"], "todos");
    assert_eq!(outcome.data["todos"][1], json!({"text": "fix it", "status": "in_progress"}));
    assert!(outcome.reminders.is_empty());
    assert_eq!(stage.ok("todos", json!({"todos": []})).await.todos, Some(Vec::new()));
}

#[tokio::test]
async fn d5_two_in_progress_are_a_note_and_no_failure() {
    let mut stage = Stage::new();
    let todos = json!([{"text": "a", "status": "in_progress"}, {"text": "b", "status": "in_progress"}]);
    let outcome = stage.ok("todos", json!({"todos": todos})).await;
    assert!(outcome.reminders[0].contains("2 todos are in_progress"));
    stage.refused("todos", json!({"todos": [{"text": ""}]})).await;
    stage.refused("todos", json!({"todos": [{"text": "a", "status": "paused"}]})).await;
}
