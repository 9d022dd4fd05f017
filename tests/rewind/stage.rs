//! The program as plain lines, with its log beside it.

use std::path::PathBuf;
use std::process::Command;
use std::time::SystemTime;

use headwater_testkit::workspace::{Finished, Running, spawn};
use headwater_testkit::{DEADLINE, ModelServer, Script, Workspace};
use serde_json::Value;

use crate::support::{WithCode as _, exec, point_at, screen, sessions_directory, wait_until, workspace};

/// A session at work.
pub(super) struct Stage {
    pub(super) workspace: Workspace,
    pub(super) server: ModelServer,
    pub(super) running: Running,
    /// How much of the output was looked at.
    seen: usize,
}

impl Stage {
    pub(super) fn start(script: Script) -> Self {
        Self::start_with(script, |_| {})
    }

    pub(super) fn start_with(script: Script, prepare: impl FnOnce(&Workspace)) -> Self {
        let workspace = workspace();
        prepare(&workspace);
        let server = ModelServer::start(script);
        let running = spawn(screen(&workspace, &server).args(["--plain", "--mode", "yolo"]));
        let mut stage = Self { workspace, server, running, seen: 0 };
        stage.shows("YOLO mode");
        stage
    }

    /// A session that exists, carried on.
    pub(super) fn resumed(workspace: Workspace, server: ModelServer, session: &str) -> Self {
        let mut command = workspace.command();
        point_at(&mut command, &server);
        let running = spawn(command.args(["--plain", "resume", session]));
        let mut stage = Self { workspace, server, running, seen: 0 };
        stage.shows("Note: resumed");
        stage
    }

    /// Another process in the place of the one that ended.
    pub(super) fn resume(&mut self, arguments: &[&str]) {
        let mut command: Command = self.workspace.command();
        command.args(arguments);
        point_at(&mut command, &self.server);
        self.running = spawn(command.arg("--plain"));
        self.seen = 0;
        self.shows("Note: resumed");
    }

    pub(super) fn types(&mut self, line: &str) {
        self.running.write(&format!("{line}\n"));
    }

    /// Sends a message, and waits for the end of its turn.
    pub(super) fn says(&mut self, line: &str) {
        let ended = self.records_of("turn_ended").len();
        self.types(line);
        self.ends(ended + 1);
    }

    /// Waits until so many turns have ended, and the screen knows it: what it asks the engine is answered behind all that
    /// the engine said before.
    #[track_caller]
    pub(super) fn ends(&mut self, turns: usize) {
        wait_until("the end of the turn", || self.records_of("turn_ended").len() >= turns);
        let told = self.running.wait_for_stdout("anything", DEADLINE, |_| true).len();
        self.types("/hooks");
        // There are none, or each is told with the file it comes from.
        let lists =
            |new: &str| ["No hooks: ", "hooks.json", "settings.json"].iter().any(|it| new.contains(it));
        let is_answered = |all: &str| all.get(told..).is_some_and(lists);
        self.running.wait_for_stdout("the answer to /hooks", DEADLINE, is_answered);
    }

    /// Waits for a text behind the one that was waited for last.
    #[track_caller]
    pub(super) fn shows(&mut self, text: &str) {
        let seen = self.seen;
        let after = |all: &str| all.get(seen..).is_some_and(|new| new.contains(text));
        let all = self.running.wait_for_stdout(text, DEADLINE, after);
        self.seen = all[seen..].find(text).map_or(seen, |at| seen + at + text.len());
    }

    pub(super) fn read(&self, path: &str) -> String {
        self.workspace.read(path)
    }

    /// The conversation that was begun last.
    pub(super) fn session(&self) -> String {
        self.conversations().pop().expect("a session")
    }

    /// The conversations, oldest first; sessions that work for others are none.
    fn conversations(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(sessions_directory(&self.workspace)) else { return Vec::new() };
        let mut found: Vec<(SystemTime, String)> = Vec::new();
        for entry in entries.map(|entry| entry.expect("an entry")) {
            let Ok(log) = std::fs::read_to_string(entry.path().join("transcript.jsonl")) else { continue };
            let second = log.lines().nth(1).unwrap_or_default();
            let is_work = ["mission_started", "subagent_started"].iter().any(|kind| second.contains(kind));
            if !is_work {
                let begun = entry.metadata().and_then(|found| found.created()).expect("a time");
                found.push((begun, entry.file_name().to_string_lossy().into_owned()));
            }
        }
        found.sort();
        found.into_iter().map(|(_, id)| id).collect()
    }

    pub(super) fn log_of(&self, session: &str) -> PathBuf {
        sessions_directory(&self.workspace).join(session).join("transcript.jsonl")
    }

    pub(super) fn records(&self) -> Vec<Value> {
        let Some(session) = self.conversations().pop() else { return Vec::new() };
        let text = std::fs::read_to_string(self.log_of(&session)).unwrap_or_default();
        // The last line may be on its way.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    pub(super) fn records_of(&self, kind: &str) -> Vec<Value> {
        self.records().into_iter().filter(|record| record["type"] == kind).collect()
    }

    /// The records of the messages.
    pub(super) fn messages(&self) -> Vec<u64> {
        let messages = self.records_of("user_message");
        messages.iter().map(|record| record["seq"].as_u64().expect("a number")).collect()
    }

    pub(super) fn last_request(&self) -> String {
        let requests = self.server.requests();
        serde_json::to_string(requests.last().expect("a request").messages()).expect("JSON")
    }

    pub(super) fn exec(&self, arguments: &[&str]) -> Finished {
        spawn(exec(&self.workspace, &self.server).args(arguments)).finish(DEADLINE)
    }

    /// Ends the program, and folds its log again: every view and every request as recorded.
    pub(super) fn verify(&mut self) {
        self.types("/quit");
        wait_until("the end of the program", || self.running.has_ended());
        self.workspace.run(["replay", &self.session(), "--verify"]).with_code(0);
    }
}
