//! The client: sends lines, keeps every line that comes, and waits for what a test names, with a deadline.

use std::borrow::Borrow;
use std::process::Command;

use serde_json::{Value, json};

use crate::DEADLINE;
use crate::workspace::{Finished, Running, spawn};

/// An editor at work. Dropped, the program is killed with its process group.
pub struct AcpClient {
    running: Running,
    last_id: i64,
    /// Requests of the program that were answered.
    answered: Vec<Value>,
}

impl AcpClient {
    /// Starts the program; nothing is said yet.
    #[track_caller]
    pub fn start(command: &mut Command) -> Self {
        Self { running: spawn(command), last_id: 0, answered: Vec::new() }
    }

    /// The same, and begins with these abilities; the answer to `initialize` must be version 1.
    #[track_caller]
    pub fn begin(command: &mut Command, abilities: &Value) -> Self {
        let mut client = Self::start(command);
        let params = json!({"protocolVersion": 1, "clientCapabilities": abilities, "_meta": {"x": 1}});
        let answer = client.call("initialize", params);
        assert_eq!(answer["protocolVersion"], 1, "{answer}");
        client
    }

    /// Opens a session in a directory; its id.
    #[track_caller]
    pub fn open(&mut self, cwd: impl AsRef<std::path::Path>) -> String {
        let answer = self.call("session/new", json!({"cwd": cwd.as_ref(), "mcpServers": []}));
        answer["sessionId"].as_str().expect("a session").to_owned()
    }

    /// Sends a prompt of one text; the id of the request.
    #[track_caller]
    pub fn prompt(&mut self, session: &str, text: &str) -> i64 {
        let prompt = json!([{"type": "text", "text": text}]);
        self.request("session/prompt", json!({"sessionId": session, "prompt": prompt}))
    }

    /// Sends a prompt of one text and waits for its stop reason.
    #[track_caller]
    pub fn turn(&mut self, session: &str, text: &str) -> String {
        let id = self.prompt(session, text);
        self.stop_reason(id)
    }

    /// Waits for the stop reason of a prompt.
    #[track_caller]
    pub fn stop_reason(&mut self, id: i64) -> String {
        let answer = self.result(id);
        answer["stopReason"].as_str().unwrap_or_else(|| panic!("no stop reason: {answer}")).to_owned()
    }

    /// Sends a request; its id.
    #[track_caller]
    pub fn request(&mut self, method: &str, params: impl Borrow<Value>) -> i64 {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params.borrow()}));
        id
    }

    /// Sends a request and waits for its result.
    #[track_caller]
    pub fn call(&mut self, method: &str, params: impl Borrow<Value>) -> Value {
        let id = self.request(method, params);
        self.result(id)
    }

    /// Sends a request and waits for its error.
    #[track_caller]
    pub fn refused(&mut self, method: &str, params: impl Borrow<Value>) -> Value {
        let id = self.request(method, params);
        self.error(id)
    }

    /// Sends a notification.
    #[track_caller]
    pub fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a message as a line.
    #[track_caller]
    pub fn send(&mut self, message: &Value) {
        self.send_raw(&format!("{message}\n"));
    }

    /// Sends any text.
    #[track_caller]
    pub fn send_raw(&mut self, text: &str) {
        self.running.write(text);
    }

    /// Answers a request of the program.
    #[track_caller]
    pub fn answer(&mut self, request: &Value, result: &Value) {
        self.answered.push(request["id"].clone());
        self.send(&json!({"jsonrpc": "2.0", "id": request["id"], "result": result}));
    }

    /// Chooses an option of a permission dialog.
    #[track_caller]
    pub fn choose(&mut self, request: &Value, option: &str) {
        self.answer(request, &json!({"outcome": {"outcome": "selected", "optionId": option}}));
    }

    /// Waits for the result of a request.
    #[track_caller]
    pub fn result(&self, id: i64) -> Value {
        let answer = self.answer_to(id);
        assert!(answer.get("error").is_none(), "an error instead of a result: {answer}");
        answer["result"].clone()
    }

    /// Waits for the error of a request.
    #[track_caller]
    pub fn error(&self, id: i64) -> Value {
        let answer = self.answer_to(id);
        assert!(answer.get("result").is_none(), "a result instead of an error: {answer}");
        answer["error"].clone()
    }

    #[track_caller]
    fn answer_to(&self, id: i64) -> Value {
        let is_answer = |message: &Value| message["id"] == id && message.get("method").is_none();
        self.wait_for(&format!("the answer to request {id}"), is_answer)
    }

    /// Waits for a request of the program that was not answered yet.
    #[track_caller]
    pub fn asked(&self, method: &str) -> Value {
        self.wait_for(method, |message| {
            message["method"] == method && message.get("id").is_some_and(|id| !self.answered.contains(id))
        })
    }

    /// Waits for an update of this kind that `is_met` takes; the update itself.
    #[track_caller]
    pub fn updated(&self, kind: &str, is_met: impl Fn(&Value) -> bool) -> Value {
        let found = self.wait_for(kind, |message| {
            let update = &message["params"]["update"];
            update["sessionUpdate"] == kind && is_met(update)
        });
        found["params"]["update"].clone()
    }

    /// Waits for a message of the program; the first that fits.
    #[track_caller]
    pub fn wait_for(&self, what: &str, is_met: impl Fn(&Value) -> bool) -> Value {
        let found = |text: &str| messages(text).into_iter().find(|message| is_met(message));
        let text = self.running.wait_for_stdout(what, DEADLINE, |text| found(text).is_some());
        found(&text).expect("it was seen")
    }

    /// Everything that the program has sent, a message a line; a line that is no JSON-RPC 2.0 panics.
    #[track_caller]
    pub fn messages(&self) -> Vec<Value> {
        messages(&self.running.stdout())
    }

    /// The updates of a session so far, in order.
    #[track_caller]
    pub fn updates(&self, session: &str) -> Vec<Value> {
        let all = self.messages().into_iter();
        let own = all.filter(|message| message["params"]["sessionId"] == session);
        own.filter(|message| message["method"] == "session/update")
            .map(|message| message["params"]["update"].clone())
            .collect()
    }

    /// The updates of one kind.
    #[track_caller]
    pub fn updates_of(&self, session: &str, kind: &str) -> Vec<Value> {
        self.updates(session).into_iter().filter(|update| update["sessionUpdate"] == kind).collect()
    }

    /// The text of all chunks of one kind.
    #[track_caller]
    pub fn said(&self, session: &str, kind: &str) -> String {
        let chunks = self.updates_of(session, kind).into_iter();
        chunks.filter_map(|update| update["content"]["text"].as_str().map(str::to_owned)).collect()
    }

    /// The program.
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// Leaves: closes the program's input, and waits for its end.
    #[track_caller]
    pub fn leave(self) -> Finished {
        self.running.finish(DEADLINE)
    }
}

#[track_caller]
fn messages(text: &str) -> Vec<Value> {
    let whole = text.rfind('\n').map_or("", |end| text.get(..end).unwrap_or_default());
    let read = |line: &str| {
        let message: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("no JSON ({error}): {line}"));
        assert_eq!(message["jsonrpc"], "2.0", "no JSON-RPC: {line}");
        message
    };
    whole.lines().map(read).collect()
}
