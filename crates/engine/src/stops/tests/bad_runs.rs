//! Runs that go nowhere: each is stopped, and how soon.

use headwater_protocol::events::Coverage;

use super::play::Play;
use super::*;

/// One step of a run; `round` counts from 0.
type Round = fn(&mut Play, u32);

/// Plays rounds until the run is stopped.
fn stopped_after(round: Round) -> (u32, Option<EndReason>, u32) {
    let mut play = Play::begin();
    for at in 0..60 {
        round(&mut play, at);
        if let Some(reason) = play.end() {
            return (at + 1, Some(reason), play.replans);
        }
    }
    (60, play.end(), play.replans)
}

/// Runs by name, and the rounds after which each is stopped at the latest.
const RUNS: [(&str, Round, u32); 10] = [
    ("the identical call", identical, 6),
    ("A-B-A-B", by_turns, 9),
    ("another call, the same failure", other_calls, 10),
    ("other commands that say nothing", silent, 22),
    ("the same failing test with edits that are reverted", reverted, 7),
    ("edits that come and go, with looking around between", to_and_fro, 7),
    ("todos that are turned over and over", turned_over, 20),
    ("reasoning and nothing else", chant, 3),
    ("sub-agents that report the same", children, 22),
    ("a coverage that flickers", flickering, 16),
];

fn identical(play: &mut Play, _at: u32) {
    play.step().call("shell", "ls").returns("a b");
}

fn by_turns(play: &mut Play, at: u32) {
    let word = if at.is_multiple_of(2) { "ping" } else { "pong" };
    play.step().call("shell", word).returns(word);
}

fn other_calls(play: &mut Play, at: u32) {
    play.step().call("shell", &at.to_string()).fails("no");
}

fn silent(play: &mut Play, at: u32) {
    play.step().call("shell", &format!("true {at}")).returns("");
}

fn reverted(play: &mut Play, at: u32) {
    play.step().call("edit", &format!("try {at}")).leaves("a.rs", &format!("try {at}"), "edited");
    play.step().call("shell", "make test").fails(&format!("1 failed in {at}s"));
    play.step().call("edit", &format!("revert {at}")).leaves("a.rs", "as before", "edited");
    play.step().call("shell", "make test").fails(&format!("1 failed in {at}s"));
}

fn to_and_fro(play: &mut Play, at: u32) {
    play.step().call("edit", "there").leaves("a.rs", "there", "edited");
    play.step().call("edit", "back").leaves("a.rs", "back", "edited");
    play.step().call("shell", "make test").fails("1 failed");
    play.step().call("read", &at.to_string()).returns(&format!("file {at}"));
}

fn turned_over(play: &mut Play, at: u32) {
    let text = (at % 3).to_string();
    play.step().call("todos", &text).returns("The list has 1 entry.");
    play.todos(&[&text]);
}

fn chant(play: &mut Play, _at: u32) {
    play.step();
    idle_messages(&mut play.state, 1);
}

fn children(play: &mut Play, at: u32) {
    play.step().call("task", &format!("look again, {at}")).returns("I found nothing.");
}

fn flickering(play: &mut Play, at: u32) {
    play.step().call("shell", &format!("try {}", at % 4)).fails("no");
    let is_met = at.is_multiple_of(2);
    play.covers(vec![Coverage { id: "a".into(), is_met, found: at.to_string(), evidence: vec![] }]);
}

#[test]
fn z6_runs_that_go_nowhere_are_stopped() {
    for (name, round, most) in RUNS {
        let (rounds, end, replans) = stopped_after(round);
        assert_eq!(end, Some(EndReason::Stalled), "{name} went on for {rounds} rounds");
        assert!(rounds <= most, "{name}: only after {rounds} rounds, not {most}");
        assert!(replans <= 3, "{name}: another plan was asked for {replans} times");
    }
}

#[test]
fn z6_the_fingerprint_is_that_of_coverage_files_and_open_todos() {
    let mut play = Play::begin();
    let mut had = vec![play.state.headway.fingerprint()];
    let mut is_new = |play: &Play| {
        let now = play.state.headway.fingerprint();
        let is_new = !had.contains(&now);
        had.push(now);
        is_new
    };
    play.step().call("read", "a").returns("text");
    assert!(!is_new(&play), "reading moves nothing");
    play.step().call("edit", "a").leaves("a", "1", "edited");
    assert!(is_new(&play));
    play.todos(&["one"]);
    assert!(is_new(&play));
    let one =
        |is_met, found: &str| Coverage { id: "r".into(), is_met, found: found.into(), evidence: vec![7] };
    play.covers(vec![one(false, "not there")]);
    assert!(is_new(&play));
    play.covers(vec![one(false, "still not there")]);
    assert!(!is_new(&play), "other words for the same gap");
    play.covers(vec![one(true, "")]);
    assert!(is_new(&play));
    play.step().call("edit", "back").leaves("a", "1", "edited");
    assert!(!is_new(&play), "what was there before is no movement");
}
