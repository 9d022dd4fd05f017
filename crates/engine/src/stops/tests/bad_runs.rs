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

#[test]
fn z6_runs_that_go_nowhere_are_stopped() {
    let table: [(&str, Round, u32); 10] = [
        ("the identical call", |play, _| play.step().call("shell", "ls").returns("a b"), 6),
        (
            "A-B-A-B",
            |play, at| {
                let word = if at % 2 == 0 { "ping" } else { "pong" };
                play.step().call("shell", word).returns(word);
            },
            9,
        ),
        (
            "another call, the same failure",
            |play, at| play.step().call("shell", &at.to_string()).fails("no"),
            10,
        ),
        (
            "other commands that say nothing",
            |play, at| play.step().call("shell", &format!("true {at}")).returns(""),
            22,
        ),
        (
            "the same failing test with edits that are reverted",
            |play, at| {
                play.step().call("edit", &format!("try {at}")).leaves("a.rs", &format!("try {at}"), "edited");
                play.step().call("shell", "make test").fails(&format!("1 failed in {at}s"));
                play.step().call("edit", &format!("revert {at}")).leaves("a.rs", "as before", "edited");
                play.step().call("shell", "make test").fails(&format!("1 failed in {at}s"));
            },
            7,
        ),
        (
            "edits that come and go, with looking around between",
            |play, at| {
                play.step().call("edit", "there").leaves("a.rs", "there", "edited");
                play.step().call("edit", "back").leaves("a.rs", "back", "edited");
                play.step().call("shell", "make test").fails("1 failed");
                play.step().call("read", &at.to_string()).returns(&format!("file {at}"));
            },
            7,
        ),
        (
            "todos that are turned over and over",
            |play, at| {
                play.step().call("todos", &format!("{}", at % 3)).returns("The list has 1 entry.");
                play.todos(&[["a", "b", "c"][at as usize % 3]]);
            },
            20,
        ),
        (
            "reasoning and nothing else",
            |play, _| {
                play.step();
                idle_messages(&mut play.state, 1);
            },
            3,
        ),
        (
            "sub-agents that report the same",
            |play, at| play.step().call("task", &format!("look again, {at}")).returns("I found nothing."),
            22,
        ),
        (
            "a coverage that flickers",
            |play, at| {
                play.step().call("shell", &format!("try {}", at % 4)).fails("no");
                let one =
                    Coverage { id: "a".into(), is_met: at % 2 == 0, found: at.to_string(), evidence: vec![] };
                play.covers(vec![one]);
            },
            16,
        ),
    ];
    for (name, round, most) in table {
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
