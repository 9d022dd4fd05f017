//! kill -9 at any point, resume, and the same end: nothing that was shown as done is lost.

use std::hash::{BuildHasher as _, DefaultHasher, Hash as _, Hasher as _, RandomState};
use std::path::PathBuf;
use std::time::Duration;

use headwater_testkit::workspace::{Finished, Signal, spawn};
use headwater_testkit::{Gate, ModelServer, Recorded, Script, Turn, Workspace};
use serde_json::json;

use crate::support;

const STEPS: usize = 6;
/// Kills, unless `HEADWATER_KILLS` says how many.
const WANTED: u64 = 500;
/// Kills of one session at most: each run goes on where the one before was killed.
const KILLS: u64 = 10;
/// How many sessions run at once.
const LANES: u64 = 3;
const LONG: Duration = headwater_testkit::DEADLINE;

/// A model that does six steps, one a request, and goes by what the results say.
fn worker(_index: usize, request: &Recorded) -> Turn {
    let is_done = |step: usize| {
        let mark = format!("done-{step}-");
        let says_so = |text: &str| text.contains(&mark);
        request
            .messages()
            .iter()
            .any(|said| said["role"] == "tool" && said["content"].as_str().is_some_and(says_so))
    };
    let is_lost = request.last_text("tool").is_some_and(|text| text.contains("look before you repeat it"));
    match (1..=STEPS).find(|step| !is_done(*step)) {
        Some(_) if is_lost => Turn::text("I look.").call("list", json!({"path": "."})),
        Some(step) => Turn::text(format!("Step {step}."))
            .call("shell", json!({"command": format!("echo {step} > step-{step}.txt; echo done-{step}-")})),
        None => Turn::text("All steps are done."),
    }
}

/// The log of the only session of this workspace; `None` while there is none.
fn log_path(workspace: &Workspace) -> Option<PathBuf> {
    let mut sessions = std::fs::read_dir(support::sessions_directory(workspace)).ok()?;
    Some(sessions.next()?.expect("an entry").path().join("transcript.jsonl"))
}

fn log(workspace: &Workspace) -> String {
    let path = log_path(workspace).expect("a session");
    // A killed write may end within a character.
    String::from_utf8_lossy(&std::fs::read(path).expect("the log")).into_owned()
}

fn log_bytes(workspace: &Workspace) -> u64 {
    log_path(workspace).and_then(|path| path.metadata().ok()).map_or(0, |log| log.len())
}

/// When a run is killed.
#[derive(Clone, Copy, Debug)]
enum Point {
    /// Once its log has so many bytes.
    Logged(u64),
    /// Once it has shown so many bytes, deltas among them.
    Shown(u64),
    /// Once it has asked the model so often; the answer to that stops after so many deltas.
    Asked { requests: u64, deltas: usize },
}

/// What an undisturbed run comes to, in bytes.
#[derive(Clone, Copy, Debug)]
struct Extent {
    /// The first record, which holds the prompt and the tools.
    first: u64,
    logged: u64,
    shown: u64,
}

impl Extent {
    fn measure() -> Self {
        let server = ModelServer::start(Script::responder(worker));
        let workspace = support::workspace();
        let run = spawn(support::exec(&workspace, &server).args(SHOWN)).finish(LONG);
        run.expect_code(0);
        let bytes = |text: &str| u64::try_from(text.len()).expect("a length");
        let log = log(&workspace);
        let first = bytes(log.lines().next().expect("a first record"));
        Self { first, logged: bytes(&log), shown: bytes(&run.stdout) }
    }

    /// The next point of a session: it depends on the seed, the number of the session and how often it was killed. What a
    /// session is resumed for is killed within two steps or so: there are more to come.
    fn point(self, case: &Case) -> Point {
        let (seed, run, kills) = (case.seed, case.run, case.points.len());
        let draw = |what: &str, below: u64| {
            let mut hasher = DefaultHasher::new();
            (seed, run, kills, what).hash(&mut hasher);
            hasher.finish() % below.max(1)
        };
        let share = if kills == 0 { 1 } else { 3 };
        // Most of the bytes are the first record, written at once; few runs end there.
        let byte = |of: u64| match (kills, draw("early", 8)) {
            (0, 0) => 1 + draw("byte", self.first),
            (0, _) => self.first + draw("byte", of - self.first),
            _ => 1 + draw("byte", (of - self.first) / share),
        };
        match draw("kind", 3) {
            0 => Point::Logged(byte(self.logged)),
            1 => Point::Shown(byte(self.shown)),
            _ => Point::Asked {
                requests: 1 + draw("requests", 1 + STEPS as u64 / share),
                deltas: usize::try_from(draw("deltas", 8)).expect("a small number"),
            },
        }
    }
}

/// A session and where it was killed so far. Says on a failure how to repeat it.
struct Case {
    seed: u64,
    run: u64,
    points: Vec<Point>,
}

impl Drop for Case {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { seed, run, points } = self;
            support::tell(&format!("HEADWATER_KILL_SEED={seed} repeats it: run {run}, killed at {points:?}"));
        }
    }
}

/// Arguments of a run that shows everything.
const SHOWN: [&str; 3] = ["--json", "--deltas", "do the steps"];

/// How a run that was to be killed ended.
enum Ended {
    /// Where it was to; the whole records that it had shown by then.
    Killed(Vec<String>),
    /// By itself, before.
    Whole(Finished),
}

/// Runs the steps up to a point, in the session that is there, and kills the whole group at it.
fn kill_at(point: Point, workspace: &Workspace, server: &ModelServer, session: Option<&str>) -> Ended {
    let mut command = support::exec(workspace, server);
    command.args(SHOWN).args(session.into_iter().flat_map(|id| ["--resume", id]));
    let before = log_bytes(workspace);
    let run = spawn(&mut command);
    let is_reached = || match point {
        Point::Logged(bytes) => log_bytes(workspace) >= before + bytes,
        Point::Shown(bytes) => run.stdout().len() as u64 >= bytes,
        Point::Asked { requests, .. } => server.requests().len() as u64 >= requests,
    };
    let start = std::time::Instant::now();
    while !is_reached() && !run.has_ended() {
        assert!(start.elapsed() < LONG, "the point was never reached");
        std::thread::park_timeout(Duration::from_micros(200));
    }
    // The group is gone where the run was faster.
    if !run.has_ended() {
        run.signal_group(Signal::KILL);
    }
    let ended = run.finish(LONG);
    if ended.code == Some(0) {
        return Ended::Whole(ended);
    }
    assert_eq!(ended.signal, Some(Signal::KILL.as_raw()), "{}", ended.stderr);
    let is_record = |line: &&str| line.starts_with("{\"seq\":") && line.ends_with('}');
    Ended::Killed(ended.stdout.lines().filter(is_record).map(str::to_owned).collect())
}

/// The model, whose answer to the last request before a kill stops in its middle.
fn stopping(point: Point) -> (Gate, Script) {
    let gate = Gate::new();
    let held = gate.clone();
    let script = Script::responder(move |index, request| {
        let turn = worker(index, request).deltas_of(1);
        match point {
            Point::Asked { requests, deltas } if index as u64 + 1 == requests => {
                turn.hold_after(deltas, &held)
            }
            Point::Asked { .. } | Point::Logged(_) | Point::Shown(_) => turn,
        }
    });
    (gate, script)
}

/// Kills a session again and again, up to `most` times, and lets it go to its end then; how often it was killed.
fn kill_and_resume(mut case: Case, extent: Extent, most: u64) -> u64 {
    let workspace = support::workspace();
    let mut session: Option<String> = None;
    for kill in 0..most.min(KILLS) {
        let point = extent.point(&case);
        case.points.push(point);
        let (_gate, script) = stopping(point);
        let server = ModelServer::start(script);
        match kill_at(point, &workspace, &server, session.as_deref()) {
            Ended::Whole(finished) => {
                assert_is_done(&workspace, &finished);
                return kill;
            }
            Ended::Killed(shown) => session = kept(&workspace, &shown),
        }
        if session.is_none() {
            return kill + 1;
        }
    }
    let server = ModelServer::start(Script::responder(worker));
    let arguments = session.iter().flat_map(|id| ["--resume", id]);
    let resumed =
        spawn(support::exec(&workspace, &server).args(["--json", "go on"]).args(arguments)).finish(LONG);
    assert_is_done(&workspace, &resumed);
    most.min(KILLS)
}

/// Looks whether the log has all that was shown; the session, where one began.
fn kept(workspace: &Workspace, shown: &[String]) -> Option<String> {
    let kept = if log_path(workspace).is_some() { log(workspace) } else { String::new() };
    for line in shown {
        // The log has a seal behind it.
        assert!(kept.contains(line.trim_end_matches('}')), "shown but not kept: {line}");
    }
    if !kept.contains('\n') {
        // Killed before the session had a record: nothing was shown, and there is nothing to lose.
        assert_eq!(shown, Vec::<String>::new());
        return None;
    }
    Some(support::session_of(&[kept.lines().next().expect("a record").to_owned()]))
}

/// The same end as that of a run that nobody killed.
fn assert_is_done(workspace: &Workspace, finished: &Finished) {
    finished.expect_code(0);
    for step in 1..=STEPS {
        assert_eq!(workspace.read(format!("step-{step}.txt")), format!("{step}\n"));
    }
    let end = finished.records_of("turn_ended").pop().expect("an end");
    assert_eq!(end["text"], "All steps are done.");
    let id = end["session"].as_str().expect("a session");
    workspace.run(["replay", id, "--verify"]).expect_code(0);
}

#[test]
fn a4_a_kill_at_any_random_point_loses_nothing() {
    let wanted = std::env::var("HEADWATER_KILLS").map_or(WANTED, |kills| kills.parse().expect("a number"));
    let given = std::env::var("HEADWATER_KILL_SEED").ok();
    let seed = given
        .map_or_else(|| RandomState::new().build_hasher().finish(), |seed| seed.parse().expect("a number"));
    let extent = Extent::measure();
    std::thread::scope(|scope| {
        for lane in 0..LANES {
            scope.spawn(move || {
                let mut left = wanted / LANES + u64::from(lane < wanted % LANES);
                for run in (lane..).step_by(usize::try_from(LANES).expect("a small number")) {
                    if left == 0 {
                        break;
                    }
                    left -= kill_and_resume(Case { seed, run, points: Vec::new() }, extent, left);
                }
            });
        }
    });
}

#[test]
fn r_a_a_killed_call_is_closed_and_never_run_again_by_itself() {
    let slow = Turn::text("Wait.").call("shell", json!({"command": "echo once >> ran.txt; sleep 60"}));
    let script = Script::new().turn(slow).turn(Turn::text("I looked.")).turn(Turn::text("Nothing new."));
    let server = ModelServer::start(script);
    let workspace = support::workspace();
    let run = spawn(support::exec(&workspace, &server).args(["--json", "wait"]));
    let started = run.wait_for_stdout("the call", LONG, |text| text.contains("\"tool_called\""));
    let ran = || workspace.has("ran.txt");
    support::wait_until("the command to begin", ran);
    run.signal(Signal::KILL);
    run.finish(LONG);
    let id = support::session_of(&[started.lines().next().expect("a line").to_owned()]);
    let resumed =
        spawn(support::exec(&workspace, &server).args(["--json", "--resume", &id, "and?"])).finish(LONG);
    resumed.expect_code(0);
    assert_eq!(workspace.read("ran.txt"), "once\n");
    assert_eq!(resumed.records_of("repaired").len(), 2, "the call and the turn");
    let told = server.requests()[1].last_text("tool").expect("a result for the call");
    assert!(told.contains("Whether it took effect is unknown"), "{told}");
    // The repair is persisted: the next load finds nothing, and the log keeps the two it has.
    spawn(support::exec(&workspace, &server).args(["--resume", &id, "x"])).finish(LONG).expect_code(0);
    assert_eq!(log(&workspace).matches("\"type\":\"repaired\"").count(), 2);
}

#[test]
fn a_cut_line_is_set_aside_and_the_session_goes_on() {
    let server = ModelServer::start(Script::new().turn(Turn::text("One.")).turn(Turn::text("Two.")));
    let workspace = support::workspace();
    let first = spawn(support::exec(&workspace, &server).args(["--json", "one"])).finish(LONG);
    let id = support::session_of(&[first.stdout.lines().next().expect("a line").to_owned()]);
    let directory = support::sessions_directory(&workspace).join(&id);
    let path = directory.join("transcript.jsonl");
    let cut = format!("{}{{\"seq\":99,\"at", log(&workspace));
    std::fs::write(&path, &cut).expect("a cut log");
    let resumed =
        spawn(support::exec(&workspace, &server).args(["--json", "--resume", &id, "two"])).finish(LONG);
    resumed.expect_code(0);
    let aside = directory.join("transcript.quarantine-1.jsonl");
    assert_eq!(std::fs::read_to_string(aside).expect("the original is kept"), cut);
    assert!(log(&workspace).contains("\"kind\":\"quarantined\""));
    workspace.run(["replay", &id, "--verify"]).expect_code(0);
}

#[test]
fn two_writers_never_hold_one_session() {
    let slow = Turn::text("Wait.").call("shell", json!({"command": "touch began; sleep 60"}));
    let server = ModelServer::start(Script::new().turn(slow).repeat_last());
    let workspace = support::workspace();
    let run = spawn(support::exec(&workspace, &server).args(["--json", "wait"]));
    let started = run.wait_for_stdout("the call", LONG, |text| text.contains("\"tool_called\""));
    let id = support::session_of(&[started.lines().next().expect("a line").to_owned()]);
    let second = spawn(support::exec(&workspace, &server).args(["--resume", &id, "me too"])).finish(LONG);
    assert_ne!(second.code, Some(0));
    assert!(second.stderr.contains("is open in another headwater"), "{}", second.stderr);
    run.signal(Signal::KILL);
    run.finish(LONG);
}
