//! The terminal driver against `cat`, `sh` and `stty`.

use headwater_testkit::terminal::{Color, Mouse, Signal};
use headwater_testkit::{DEADLINE, Terminal, TerminalOptions};
use std::process::Command;
use std::time::Duration;

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]).env("PS1", "$ ");
    command
}

#[test]
fn keys_reach_the_program_and_its_output_the_screen() {
    let terminal = Terminal::start(&Command::new("cat"), 20, 4);
    terminal.keys("hello <lt>you><Enter>");
    let screen = terminal.wait_for(|screen| screen.row(1) == "hello <you>", "the echo of cat", DEADLINE);
    assert_eq!(screen.row(0), "hello <you>");
    assert_eq!(screen.cursor(), Some((2, 0)));
    terminal.keys("<C-d>");
    assert_eq!(terminal.wait_exit().code, 0);
}

#[test]
fn a_new_size_reaches_the_program() {
    let terminal = Terminal::start(
        &shell("stty size; trap 'stty size' WINCH; echo ready; while :; do read x; done"),
        30,
        5,
    );
    terminal.wait_for_text("5 30");
    terminal.wait_for_text("ready");
    terminal.resize(44, 7);
    let screen = terminal.wait_for_text("7 44");
    assert_eq!((screen.cols(), screen.rows()), (44, 7));
}

#[test]
fn styles_titles_bells_and_the_clipboard_are_seen() {
    let script = r"printf '\033]2;a title\007\033]52;c;aGk=\007\007\033[1;32mgo\033[0m done'";
    let terminal = Terminal::start(&shell(script), 20, 3);
    terminal.wait_exit();
    let cells = terminal.screen().cells_of("go");
    assert!(cells.iter().all(|cell| cell.bold && cell.foreground == Color::Idx(2)));
    assert!(!terminal.cell(0, 3).bold);
    assert_eq!(terminal.title(), "a title");
    assert_eq!(terminal.clipboard(), [b"aGk=".to_vec()]);
    assert_eq!(terminal.bells(), 1);
}

/// Asks the terminal with `query` and shows the bytes of its answer, up to and with `last`.
fn answer(options: TerminalOptions, query: &str, last: char) -> String {
    let script = format!(
        r"stty raw -echo; printf '{query}'; answer=; while :; do
            byte=$(dd bs=1 count=1 2>/dev/null); answer=$answer$byte
            case $byte in '{last}') break;; esac
        done; stty sane; printf '%s' $answer | tr '\033' '^' | tr -d '\n'; echo ' is it'"
    );
    let terminal = Terminal::start_with(&shell(&script), options);
    let screen = terminal.wait_for_text(" is it");
    screen.text().replace('\n', "").split(" is it").next().unwrap().to_owned()
}

#[test]
fn queries_are_answered() {
    let table = [
        (r"\033[c", 'c', "^[?62;22c"),
        (r"ab\033[6n", 'R', "ab^[1;3R"),
        (r"\033[?2026$p", 'y', "^[?2026;2$y"),
        (r"\033[?1049h\033[?1049$p", 'y', "^[?1049;1$y"),
        (r"\033[?777$p", 'y', "^[?777;0$y"),
        (r"\033]11;?\007", '\\', r"^]11;rgb:1e1e/1e1e/1e1e^\"),
        (r"\033[>5u\033[?u", 'u', "^[?1u"),
        (r"\033[18t", 't', "^[8;5;60t"),
    ];
    for (query, last, expected) in table {
        assert_eq!(answer(TerminalOptions::new(60, 5), query, last), expected, "{query}");
    }
    let light = TerminalOptions { background: (255, 255, 255), ..TerminalOptions::new(60, 5) };
    assert_eq!(answer(light, r"\033]11;?\007", '\\'), r"^]11;rgb:ffff/ffff/ffff^\");
    let plain = TerminalOptions { keyboard_protocol: false, ..TerminalOptions::new(60, 5) };
    assert_eq!(answer(plain, r"\033[?u\033[c", 'c'), "^[?62;22c");
}

#[test]
fn half_of_a_synchronized_update_is_never_on_the_screen() {
    let script = r"printf 'one\033[?2026h\rtwo'; read x; printf ' and three\033[?2026l'; read x";
    let terminal = Terminal::start(&shell(&format!("stty -echo; {script}")), 20, 3);
    terminal.wait_for_bytes(|bytes| bytes.ends_with(b"two"), "the half of an update", DEADLINE);
    assert_eq!(terminal.screen().row(0), "");
    terminal.keys("<Enter>");
    assert_eq!(terminal.wait_for_text("three").row(0), "two and three");
    assert_eq!(terminal.frames(), 1);
    assert_eq!(terminal.reads().concat(), terminal.bytes_written());
}

#[test]
fn a_paste_is_bracketed_where_it_was_asked_for() {
    let terminal = Terminal::start(&shell(r"stty raw -echo; printf '\033[?2004hready'; cat -v"), 60, 3);
    terminal.wait_for_text("ready");
    terminal.paste("a\nb").mouse(Mouse::WheelUp, 1, 2);
    assert!(terminal.wait_for_text("[<64").row(0).contains("^[[200~a^Mb^[[201~^[[<64;3;2M"));
}

#[test]
fn a_megabyte_of_paste_does_not_stop_the_answers() {
    let script = "stty raw -echo; printf ready; head -c 1000000 | wc -c; stty sane";
    let terminal = Terminal::start(&shell(script), 30, 4);
    terminal.wait_for_text("ready");
    terminal.paste(&"x".repeat(1_000_000));
    terminal.wait_for_text("1000000");
}

#[test]
fn a_script_of_three_parts_is_played() {
    let terminal = Terminal::start(&Command::new("sh"), 40, 6);
    let screen = terminal.play(
        "
        === keys
        stty -echo; PS1='> '; printf '\\033[2J\\033[H'; echo a; echo b; echo 'say <lt>who>'<Enter>
        === screen
        a
        b
        say …ho>
        === keys
        printf '\\033[2J\\033[H'; echo done<Enter>
        === gone
        who
        === screen
        …one
        === resize
        50x7
        ",
    );
    assert_eq!((screen.cols(), screen.rows()), (50, 7));
}

#[test]
fn a_signal_ends_the_program() {
    let terminal = Terminal::start(&shell("echo ready; exec cat"), 20, 3);
    terminal.wait_for_text("ready");
    let exit = terminal.signal(Signal::KILL).wait_exit();
    assert_eq!(exit.signal.as_deref(), Some("Killed"));
}

#[test]
fn lines_that_scrolled_away_are_kept() {
    let terminal = Terminal::start(&shell("for i in 1 2 3 4 5 6; do echo line $i; done"), 20, 3);
    terminal.wait_exit();
    assert_eq!(terminal.screen().scrollback(), ["line 1", "line 2", "line 3", "line 4"]);
}

#[test]
#[should_panic(expected = "waited 1ms for a miracle\n╭──────────╮\n")]
fn a_wait_that_fails_shows_the_grid() {
    let terminal = Terminal::start(&Command::new("cat"), 10, 2);
    terminal.wait_for(|screen| screen.contains("miracle"), "a miracle", Duration::from_millis(1));
}

#[test]
#[should_panic(expected = "the program ended before the text \"more\"\n╭")]
fn a_wait_does_not_outlast_the_program() {
    Terminal::start(&shell("echo only this"), 20, 2).wait_for_text("more");
}
