//! The recorded session, played against its own repository.

use std::process::Command;
use std::time::Duration;

use futures_util::StreamExt as _;
use headwater_protocol::{
    Block, CallId, Cancel, Message, ModelDelta, ProviderError, StopSignal, Todo, ToolCall,
};
use headwater_providers::demo;
use headwater_testkit::Workspace;
use serde_json::Value;

use crate::kit::{projection, send};

fn repository() -> Workspace {
    let workspace = Workspace::new();
    for file in demo::workspace_files() {
        if file.is_executable {
            workspace.script(file.path, file.content);
        } else {
            workspace.file(file.path, file.content);
        }
    }
    workspace
}

/// What a tool would answer, done by hand: the real ones live in another crate.
fn perform(workspace: &Workspace, name: &str, input: &Value) -> (String, bool) {
    let text = |field: &str| input[field].as_str().unwrap_or_else(|| panic!("{name} needs {field}: {input}"));
    match name {
        "todos" => {
            let todos: Vec<Todo> = serde_json::from_value(input["todos"].clone()).unwrap();
            (format!("{} todos", todos.len()), false)
        }
        "list" => (workspace.run_git(["ls-files", text("path")]), false),
        "read" => (workspace.read(text("path")), false),
        "edit" => {
            let content = workspace.read(text("path"));
            assert_eq!(content.matches(text("old")).count(), 1, "the text to replace is there once");
            workspace.file(text("path"), content.replace(text("old"), text("new")));
            ("edited".to_owned(), false)
        }
        "shell" => {
            let output = Command::new("sh")
                .arg("-c")
                .arg(text("command"))
                .current_dir(workspace.path())
                .output()
                .unwrap();
            (String::from_utf8_lossy(&output.stdout).into_owned(), !output.status.success())
        }
        other => panic!("no tool {other}"),
    }
}

/// Plays until the answer calls nothing; the names of the tools and the last text.
async fn play(workspace: &Workspace, messages: &mut Vec<Message>) -> (Vec<String>, String) {
    let provider = demo::provider(Duration::ZERO);
    let mut used = Vec::new();
    for step in 0.. {
        assert!(step < 20, "the recording does not end");
        let came = send(&*provider, projection(messages.clone())).await;
        let mut blocks = vec![Block::Text { text: came.text() }];
        let mut results = Vec::new();
        for (place, call) in came.calls().iter().enumerate() {
            let mut parts = call.splitn(4, ' ').skip(2);
            let (name, input) = (parts.next().unwrap(), serde_json::from_str(parts.next().unwrap()).unwrap());
            let (text, is_error) = perform(workspace, name, &input);
            let id = CallId::new(format!("{step}-{place}"));
            used.push(name.to_owned());
            results.push(Message::ToolResult { call: id.clone(), name: name.to_owned(), text, is_error });
            blocks.push(Block::Call(ToolCall { call: id, name: name.to_owned(), input, malformed: None }));
        }
        messages.push(Message::Assistant { blocks, origin: "demo/demo".to_owned() });
        if results.is_empty() {
            assert_eq!(came.finished(), Some(StopSignal::EndTurn));
            return (used, came.text());
        }
        assert_eq!(came.finished(), Some(StopSignal::ToolCalls));
        messages.extend(results);
    }
    unreachable!()
}

#[tokio::test]
async fn the_recording_finds_fixes_and_checks() {
    let workspace = repository();
    workspace.git();
    let reminder = "<reminder>\nThe mode is now Agent.\n</reminder>".to_owned();
    let mut messages = vec![Message::User { parts: vec![demo::PROMPT.to_owned(), reminder] }];
    let (used, last) = play(&workspace, &mut messages).await;
    assert_eq!(used.join(" "), "todos list read read shell edit todos shell todos");
    assert!(last.starts_with("**Fixed.**"), "{last}");
    assert!(workspace.run_git(["diff", "--stat"]).contains("1 file changed, 1 insertion(+), 1 deletion(-)"));
    assert!(!perform(&workspace, "shell", &serde_json::json!({"command": "sh tests/run.sh"})).1);

    messages.push(Message::user("fix the test again"));
    let (_, again) = play(&workspace, &mut messages).await;
    assert!(again.contains("passes already"), "{again}");
    messages.push(Message::user("And now write me a poem."));
    let (used, honest) = play(&workspace, &mut messages).await;
    assert!(used.is_empty() && honest.contains("I am a recording"), "{honest}");
}

#[tokio::test]
async fn a_refused_step_ends_it_with_a_word_of_advice() {
    let call =
        ToolCall { call: CallId::new("c"), name: "edit".to_owned(), input: Value::Null, malformed: None };
    let refused = Message::ToolResult {
        call: call.call.clone(),
        name: call.name.clone(),
        text: "denied".to_owned(),
        is_error: true,
    };
    let asked = Message::Assistant { blocks: vec![Block::Call(call)], origin: "demo/demo".to_owned() };
    let came =
        send(&*demo::provider(Duration::ZERO), projection(vec![Message::user("fix it"), asked, refused]))
            .await;
    assert!(came.text().contains("press Tab"), "{}", came.text());
}

#[tokio::test]
async fn the_recording_can_be_cancelled() {
    let cancel = Cancel::new();
    let provider = demo::provider(Duration::from_millis(1));
    let mut stream = provider.stream(projection(vec![Message::user(demo::PROMPT)]), cancel.clone());
    assert!(matches!(stream.next().await, Some(Ok(ModelDelta::Thinking(_)))));
    cancel.cancel();
    assert_eq!(stream.next().await, Some(Err(ProviderError::Cancelled)));
    assert_eq!(stream.next().await, None);
}
