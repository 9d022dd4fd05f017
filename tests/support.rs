//! What the tests of the whole program share: a workspace for the real binary, and its usual arguments.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use headwater_testkit::workspace::Finished;
use headwater_testkit::{DEADLINE, ModelServer, Screen, Terminal, Workspace};
use serde_json::Value;

/// An empty workspace for the program under test.
pub(crate) fn workspace() -> Workspace {
    Workspace::for_binary(env!("CARGO_BIN_EXE_headwater"))
}

/// `headwater exec` against a scripted server. The vendor is one that the user named, without a key.
pub(crate) fn exec(workspace: &Workspace, server: &ModelServer) -> Command {
    let mut command = workspace.command();
    command.arg("exec");
    point_at(&mut command, server);
    command
}

/// The screen against a scripted server.
pub(crate) fn screen(workspace: &Workspace, server: &ModelServer) -> Command {
    let mut command = workspace.command();
    point_at(&mut command, server);
    command
}

/// The screen in a terminal of 100×30, as soon as it can be typed at.
#[track_caller]
pub(crate) fn open(workspace: &Workspace, server: &ModelServer) -> Terminal {
    open_with(workspace, server, &[])
}

/// The same with further arguments.
#[track_caller]
pub(crate) fn open_with(workspace: &Workspace, server: &ModelServer, arguments: &[&str]) -> Terminal {
    let terminal = Terminal::start(screen(workspace, server).args(arguments), 100, 30);
    terminal.wait_for_text("What is to be done?");
    terminal
}

/// Gives the terminal another size, and waits until the screen is drawn for it.
#[track_caller]
pub(crate) fn resize(terminal: &Terminal, cols: u16, rows: u16) -> Screen {
    terminal.resize(cols, rows);
    let is_drawn = |screen: &Screen| screen.row(rows - 1).contains("AGENT");
    terminal.wait_for(is_drawn, &format!("a frame of {cols}×{rows}"), DEADLINE)
}

pub(crate) fn point_at(command: &mut Command, server: &ModelServer) {
    command.args(["--provider", "llamacpp", "--model", "scripted", "--base-url", &server.base_url()]);
}

/// The session that a run with `--json` belongs to, from the lines it printed.
pub(crate) fn session_of(lines: &[String]) -> String {
    let first: Value =
        lines.first().and_then(|line| serde_json::from_str(line).ok()).expect("a first record");
    first["session"].as_str().expect("a session id").to_owned()
}

/// Where the sessions of a workspace's sealed home lie.
pub(crate) fn sessions_directory(workspace: &Workspace) -> PathBuf {
    workspace.headwater_home().join("sessions")
}

/// Waits for a condition, with a deadline.
#[track_caller]
pub(crate) fn wait_until(what: &str, is_met: impl Fn() -> bool) {
    let start = std::time::Instant::now();
    while !is_met() {
        assert!(start.elapsed() < DEADLINE, "waited in vain for {what}");
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    }
}

/// The running processes that sleep for so many seconds.
pub(crate) fn sleeping(seconds: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").expect("/proc").filter_map(Result::ok);
    let is_wanted = |path: &std::path::Path| {
        std::fs::read(path.join("cmdline")).is_ok_and(|line| line == format!("sleep\0{seconds}\0").as_bytes())
    };
    let paths = processes.map(|entry| entry.path()).filter(|path| is_wanted(path));
    paths.map(|path| path.display().to_string()).collect()
}

/// Says what is not tested here and why.
pub(crate) fn left_out(what: &str) {
    tell(&format!("NOT TESTED, {what}"));
}

/// Writes a line past the capture of the test harness: who reads the report must see it.
pub(crate) fn tell(line: &str) {
    let mut stderr = std::io::stderr();
    writeln!(stderr, "{line}").expect("the standard error");
}

/// A finished program with the exit code it was to have.
pub(crate) trait WithCode {
    /// Demands this exit code, and hands the outputs on.
    fn with_code(self, code: i32) -> Self;
}

impl WithCode for Finished {
    #[track_caller]
    fn with_code(self, code: i32) -> Self {
        self.expect_code(code);
        self
    }
}
