//! Fifty runs that go somewhere, each another mixture of what good runs are made of: none of them is stopped, and no call
//! of theirs is refused as a repetition.

use super::play::Play;

/// What a run does next.
type Part = fn(&mut Play, &mut fastrand::Rng, u32);

const PARTS: [Part; 11] = [
    research,
    searches_in_vain,
    red_green,
    stubborn_test,
    silent_commands,
    wait_for_a_job,
    todos,
    wrong_guess,
    many_edits,
    parallel_look,
    errors_that_differ,
];

fn research(play: &mut Play, rng: &mut fastrand::Rng, at: u32) {
    for file in 0..rng.u32(3..30) {
        play.step().call("read", &format!("{at}/{file}")).returns(&format!("the text of {at}/{file}"));
    }
}

fn searches_in_vain(play: &mut Play, rng: &mut fastrand::Rng, at: u32) {
    for word in 0..rng.u32(2..9) {
        play.step().call("grep", &format!("word {at}.{word}")).returns("No matches.");
    }
    play.step().call("grep", &format!("at last {at}")).returns(&format!("src/{at}.rs:7: found"));
}

/// Fails, is mended, passes: the same command with the same words of failure in between.
fn red_green(play: &mut Play, rng: &mut fastrand::Rng, at: u32) {
    for attempt in 0..rng.u32(2..7) {
        play.step().call("shell", "make test").fails("1 test failed");
        let content = format!("{at} attempt {attempt}");
        play.step().call("edit", &content).leaves("src/a.rs", &content, "Edited src/a.rs.");
    }
    play.step().call("shell", "make test").returns(&format!("{at} tests passed"));
}

/// A test that is run again with more to see, between looks into files.
fn stubborn_test(play: &mut Play, rng: &mut fastrand::Rng, at: u32) {
    for look in 0..rng.u32(1..3) {
        play.step().call("shell", &format!("make test only={at}")).fails(&format!("{at}: panicked"));
        play.step().call("read", &format!("why {at}.{look}")).returns(&format!("a cause {at}.{look}"));
    }
    let content = format!("mended {at}");
    play.step().call("edit", &content).leaves("src/b.rs", &content, "Edited src/b.rs.");
}

/// Commands that say nothing and change much.
fn silent_commands(play: &mut Play, rng: &mut fastrand::Rng, at: u32) {
    for command in 0..rng.u32(2..11) {
        play.step().call("shell", &format!("mkdir -p out/{at}/{command}")).returns("exit 0, no output");
    }
}

fn wait_for_a_job(play: &mut Play, rng: &mut fastrand::Rng, at: u32) {
    for look in 0..rng.u32(1..6) {
        play.step().call("jobs", &format!("look at {at}")).returns(&format!("running, {look} files built"));
    }
}

fn todos(play: &mut Play, _rng: &mut fastrand::Rng, at: u32) {
    let text = format!("part {at}");
    play.step().call("todos", &text).returns("The list has 1 entry: 0 completed, 1 open.");
    play.todos(&[&text]);
}

/// An edit that was no good is taken back, and another one made.
fn wrong_guess(play: &mut Play, _rng: &mut fastrand::Rng, at: u32) {
    let base = format!("base {at}");
    play.step().call("edit", &base).leaves("src/c.rs", &base, "Edited src/c.rs.");
    play.step().call("shell", "make check").fails("2 errors");
    play.step().call("edit", &format!("guess {at}")).leaves("src/c.rs", "guess", "Edited src/c.rs.");
    play.step().call("shell", "make check").fails("2 errors");
    play.step().call("edit", &format!("back {at}")).leaves("src/c.rs", &base, "Edited src/c.rs.");
    play.step().call("read", &format!("the manual, {at}")).returns(&format!("chapter {at}"));
    let right = format!("right {at}");
    play.step().call("edit", &right).leaves("src/c.rs", &right, "Edited src/c.rs.");
    play.step().call("shell", "make check").returns(&format!("no errors, {at}"));
}

fn many_edits(play: &mut Play, rng: &mut fastrand::Rng, at: u32) {
    for file in 0..rng.u32(3..20) {
        let path = format!("src/{at}/{file}.rs");
        play.step().call("edit", &path).leaves(&path, &format!("{at}"), "Edited.");
    }
}

fn parallel_look(play: &mut Play, rng: &mut fastrand::Rng, at: u32) {
    play.step();
    for file in 0..rng.u32(2..6) {
        play.call("read", &format!("p{at}/{file}")).returns(&format!("p{at}/{file}"));
    }
}

fn errors_that_differ(play: &mut Play, rng: &mut fastrand::Rng, at: u32) {
    for attempt in 0..rng.u32(1..5) {
        let (call, said) = (format!("build {at}.{attempt}"), format!("error: no field {at}.{attempt}"));
        play.step().call("shell", &call).fails(&said);
    }
}

#[test]
fn z6_no_good_run_of_fifty_is_stopped() {
    let mut steps = 0;
    for seed in 0..50 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut play = Play::begin();
        let parts = rng.u32(4..12);
        for at in 0..parts {
            let part = PARTS[rng.usize(0..PARTS.len())];
            part(&mut play, &mut rng, at);
            assert_eq!(play.end(), None, "run {seed} was stopped in part {at}");
        }
        assert_eq!(play.refused, 0, "run {seed}: a call was refused as a repetition");
        steps += play.state.budget.turn_steps;
    }
    assert!(steps > 2_000, "the runs are long enough to mean something: {steps}");
}
