//! Writing, sending, queueing, history, quitting.

use headwater_protocol::events::UserShell;
use headwater_protocol::{Answer, Delta, Op, Update};

use super::stage::Stage;
use crate::app::{Effect, Msg};
use crate::setup::Exit;

fn submit(text: &str) -> Op {
    Op::Submit { text: text.into() }
}

#[test]
fn enter_sends_and_alt_enter_and_backslash_do_not() {
    let mut stage = Stage::small();
    stage.types("one").press("alt+enter");
    stage.types("two\\").press("enter");
    stage.types("three").press("enter");
    assert_eq!(stage.ops(), [submit("one\ntwo\nthree")]);
    assert!(stage.app.composer.is_empty());
    assert!(stage.effects.contains(&Effect::SaveHistory("one\ntwo\nthree".into())));
}

#[test]
fn a_paste_with_line_ends_never_sends() {
    let mut stage = Stage::small();
    stage.take(Msg::Paste("first\r\nsecond\r\n".into()));
    assert_eq!(stage.ops(), []);
    stage.press("enter");
    assert_eq!(stage.ops(), [submit("first\nsecond")]);
}

#[test]
fn messages_wait_while_a_turn_runs_and_come_back() {
    let mut stage = Stage::small();
    stage.session().turn("go");
    stage.types("then this").press("enter");
    stage.types("and that").press("enter");
    assert!(stage.screen().contains("then this"), "{}", stage.screen());
    assert_eq!(stage.press("up"), [Effect::Send(Op::Unqueue)]);
    let waiting = vec!["then this".to_owned(), "and that".to_owned()];
    stage.take(Msg::Engine(Update::Answer(Answer::Unqueued(waiting))));
    assert_eq!(stage.app.composer.text(), "then this\n\nand that");
    assert!(stage.app.queue.is_empty());
}

#[test]
fn what_was_sent_comes_back_with_up() {
    let mut stage = Stage::small();
    stage.types("first").press("enter");
    stage.session().turn("first").end();
    stage.types("draft").press("up");
    assert_eq!(stage.app.composer.text(), "first");
    stage.press("down");
    assert_eq!(stage.app.composer.text(), "draft");
}

#[test]
fn escape_closes_then_interrupts_then_clears() {
    let mut stage = Stage::small();
    stage.session().turn("go").types("look at @src");
    assert!(stage.app.popup.is_some());
    assert_eq!(stage.press("esc"), []);
    assert!(stage.app.popup.is_none());
    stage.types("/x");
    assert!(stage.app.popup.is_none(), "closed until the word ends");
    assert_eq!(stage.press("esc"), [Effect::Send(Op::Interrupt)]);
    stage.end().press("esc");
    assert!(stage.app.composer.is_empty());
}

#[test]
fn control_c_interrupts_and_twice_quits() {
    let mut stage = Stage::small();
    stage.session().turn("go");
    assert_eq!(stage.press("ctrl+c"), [Effect::Send(Op::Interrupt)]);
    stage.wait(2_100);
    assert_eq!(stage.press("ctrl+c"), [Effect::Send(Op::Interrupt)]);
    stage.wait(1_000);
    assert_eq!(stage.press("ctrl+c"), [Effect::Exit(Exit::Quit)]);
}

#[test]
fn control_d_quits_only_on_an_empty_line() {
    let mut stage = Stage::small();
    stage.types("x");
    assert_eq!(stage.press("ctrl+d"), []);
    stage.press("backspace");
    assert_eq!(stage.press("ctrl+d"), [Effect::Exit(Exit::Quit)]);
}

#[test]
fn a_shell_line_runs_and_a_memory_is_kept() {
    let mut stage = Stage::small();
    stage.types("! ls -l");
    assert!(stage.screen().contains("shell"));
    stage.press("enter");
    stage.types("# use tabs").press("enter");
    assert_eq!(stage.ops(), [Op::RunShell { command: "ls -l".into() }]);
    assert!(stage.effects.contains(&Effect::Remember("use tabs".into())));
}

#[test]
fn a_refusal_ends_the_waiting() {
    let mut stage = Stage::small();
    stage.session().types("! ls").press("enter");
    assert!(stage.app.is_busy());
    stage.delta(Delta::Notice { text: "No shell here.".into() });
    assert!(!stage.app.is_busy());
    stage.turn("go").types("! ls").press("enter");
    stage.record(UserShell { command: "ls".into(), output: String::new(), is_error: false });
    assert!(stage.app.is_busy() && stage.app.activity.since.is_some(), "the turn goes on");
}

#[test]
fn an_idle_screen_has_no_deadline() {
    let mut stage = Stage::small();
    stage.session();
    assert_eq!(stage.app.deadline(), None);
    stage.turn("go");
    assert!(stage.app.deadline().is_some(), "the timer is visible");
    stage.call("c1", "cargo fuzz").asks("c1", &[], false).wait(1_000);
    let moves = stage.app.activity_moves();
    assert!(!moves, "only a person can go on");
    stage.answer("done").end().wait(10_000);
    assert_eq!(stage.app.deadline(), None);
}
