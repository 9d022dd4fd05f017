//! What the measures start from: the binary, its usual arguments, a workspace, texts, and time that passes.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{ModelServer, Terminal, Workspace};

/// How long a measured program may take before it counts as stuck.
pub(crate) const DEADLINE: Duration = Duration::from_mins(2);
/// The large terminal of the screen's goals.
pub(crate) const COLUMNS: u16 = 120;
/// Its rows.
pub(crate) const ROWS: u16 = 40;
/// What stands below the composer once it can be typed into.
const COMPOSER: &str = "╭─ AGENT";
/// The word by which the end of a text is known.
pub(crate) const LAST_WORD: &str = "thelastword";

/// How often is measured.
pub(crate) struct Rig {
    /// Runs of each measure whose runs are short.
    pub(crate) runs: usize,
}

/// A small project under git, in which the real binary runs sealed.
pub(crate) fn workspace() -> Workspace {
    Workspace::for_binary(env!("CARGO_BIN_EXE_headwater")).with_failing_test()
}

/// `headwater exec` with a prompt, against this server.
pub(crate) fn exec(workspace: &Workspace, server: &ModelServer) -> Command {
    let mut command = workspace.command();
    command.arg("exec");
    point_at(&mut command, server);
    command.arg("Do what there is to do.");
    command
}

/// The screen, against this server.
pub(crate) fn screen(workspace: &Workspace, server: &ModelServer) -> Command {
    let mut command = workspace.command();
    point_at(&mut command, server);
    command
}

fn point_at(command: &mut Command, server: &ModelServer) {
    command.args(["--provider", "llamacpp", "--model", "scripted", "--base-url", &server.base_url()]);
}

/// Runs a command to its end, which must be a good one.
pub(crate) fn finish(command: &mut Command) -> Result<Finished> {
    let finished = spawn(command).finish(DEADLINE);
    ensure!(finished.code == Some(0), "{command:?} ended with {:?}: {}", finished.code, finished.stderr);
    Ok(finished)
}

/// Opens the screen and waits until the composer is there.
pub(crate) fn open(workspace: &Workspace, server: &ModelServer) -> Terminal {
    let terminal = Terminal::start(&screen(workspace, server), COLUMNS, ROWS);
    wait_for_composer(&terminal);
    terminal
}

/// Waits until the composer is on the screen.
pub(crate) fn wait_for_composer(terminal: &Terminal) {
    terminal.wait_for(|screen| screen.contains(COMPOSER), "the composer", DEADLINE);
}

/// Sends a message, and waits until the end of the answer is on the screen; how long that took from Enter.
pub(crate) fn ask(terminal: &Terminal) -> Duration {
    terminal.keys("go on");
    terminal.wait_for_text("go on");
    let began = Instant::now();
    terminal.keys("<Enter>");
    terminal.wait_for(|screen| screen.contains(LAST_WORD), "the last word", DEADLINE);
    began.elapsed()
}

/// Prose with some markdown in it, of exactly so many bytes, with [`LAST_WORD`] at its end.
pub(crate) fn prose(bytes: usize) -> String {
    const PARAGRAPH: &str = "The repair path is **only** reached when the reader has seen `end_of_stream`, and so a call \
        whose arguments are still open stays without a result. Nothing that comes later gives it one, since the list of \
        open calls is emptied first; this is the *third* exit of that kind, and the clearest of them all.\n\n\
        - it is found by reading from the end\n- it is closed with one line\n\n";
    let end = format!("\n\nThis is {LAST_WORD}");
    let mut text = PARAGRAPH.repeat(bytes / PARAGRAPH.len() + 1);
    text.truncate(bytes.saturating_sub(end.len()));
    text + &end
}

/// Lets time pass: where nothing is to happen there is nothing to wait for.
pub(crate) fn let_pass(time: Duration) {
    let end = Instant::now() + time;
    while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        std::thread::park_timeout(left);
    }
}
