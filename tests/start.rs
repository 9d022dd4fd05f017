//! Before the screen: the first start without a vendor, the question of trust, a terminal that is none.

use headwater_testkit::workspace::spawn;
use headwater_testkit::{DEADLINE, ModelServer, Script, Terminal, Turn};

use crate::support::{WithCode as _, screen, workspace};

#[test]
fn the_first_start_offers_what_it_finds_and_remembers_a_choice() {
    let workspace = workspace();
    // Settings kept elsewhere, as some do: the link to them stays.
    workspace.home_file("mine.toml", "");
    let settings = workspace.headwater_home().join("config.toml");
    std::os::unix::fs::symlink("mine.toml", &settings).expect("a link");
    let mut command = workspace.command();
    command.env("OPENAI_API_KEY", "sk-not-shown");
    let terminal = Terminal::start(&command, 100, 30);
    terminal.play(
        "=== screen
         No provider is chosen yet. Found here:
         1. OpenAI with … (key in the environment variable OPENAI_API_KEY)
         the demo: a recorded session
         Which one?
         === keys
         7<Enter>
         === screen
         That is none of the numbers.
         Which one?
         === keys
         1<Enter>
         === screen
         Use it from now on? [Y/n]
         === keys
         y<Enter>
         === screen
         AGENT",
    );
    assert!(settings.is_symlink());
    let kept = std::fs::read_to_string(settings).expect("settings");
    assert_eq!(kept, "provider = \"openai\"\n");
    assert!(!String::from_utf8_lossy(&terminal.bytes_written()).contains("sk-not-shown"));
}

#[test]
fn a_project_is_trusted_once_and_again_when_it_changes() {
    let workspace = workspace();
    let server = ModelServer::start(Script::new().turn(Turn::text("ok")).repeat_last());
    workspace.file(".headwater/config.toml", "[limits]\nmax_steps = 7\n");
    let command = screen(&workspace, &server);
    let asked = "=== screen\nmax_steps = 7\nDo you trust it\n=== keys\ny<Enter>\n=== screen\nAGENT";
    Terminal::start(&command, 100, 30).play(asked);
    let terminal = Terminal::start(&command, 100, 30);
    terminal.play("=== screen\nAGENT");
    assert!(!terminal.screen().text().contains("Do you trust it"));
    workspace.file(".headwater/config.toml", "[limits]\nmax_steps = 8\n");
    Terminal::start(&command, 100, 30)
        .play("=== screen\nmax_steps = 8\nDo you trust it\n=== keys\nn<Enter>\n=== screen\nAGENT");
}

#[test]
fn without_a_terminal_it_says_what_works() {
    let workspace = workspace();
    let server = ModelServer::start(Script::new());
    let finished = spawn(&mut screen(&workspace, &server)).finish(DEADLINE).with_code(2);
    assert!(finished.stderr.contains("headwater exec"), "{}", finished.stderr);
}

/// Runs the rest of the command line where no file may grow beyond a few kilobytes: the log is soon as full as on a full disk.
const WITH_SHORT_FILES: [&str; 2] = ["-c", "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\""];

#[test]
fn a_log_that_cannot_be_written_ends_the_screen_with_code_1_and_says_why() {
    let workspace = workspace();
    let server = ModelServer::start(Script::new());
    let usual = screen(&workspace, &server);
    let mut command = workspace.sealed("sh");
    command.args(WITH_SHORT_FILES).arg(usual.get_program()).args(usual.get_args());
    let terminal = Terminal::start(&command, 100, 30);
    assert_eq!(terminal.wait_exit().code, 1, "{}", terminal.screen().text());
    let left = terminal.screen().text();
    assert!(left.contains("the session log cannot be written"), "{left}");
    assert!(left.contains("the session ended by itself"), "{left}");
}
