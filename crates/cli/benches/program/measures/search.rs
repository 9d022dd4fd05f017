//! One `grep` call over a tree of 100 MB, beside the program the person would type.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use headwater_testkit::{ModelServer, Script, Turn, Workspace};
use serde_json::json;

use super::{Measure, one_answer};
use crate::child_usage;
use crate::report::{Line, median_time};
use crate::rig::{self, Rig};

pub(super) const MEASURE: Measure =
    Measure { name: "search", summary: "exec, one grep over 100 MB in 10,000 files", run };

const FOLDERS: usize = 100;
const FILES: usize = 100;
const FILE_BYTES: usize = 10_000;
const PATTERN: &str = "needle_[0-9]+";
/// A needle lies in every so many files.
const NEEDLE_EVERY: usize = 500;

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let workspace = rig::workspace();
    plant(&workspace);
    let (mut ours, mut our_cpu) = (vec![], vec![]);
    let mut rivals: Vec<(Rival, Vec<Duration>, Vec<Duration>)> =
        RIVALS.into_iter().filter(Rival::is_there).map(|rival| (rival, vec![], vec![])).collect();
    for _ in 0..rig.runs {
        ours.push(timed(&workspace)?);
        let usage = child_usage::of(&rig::exec(&workspace, &server()))?;
        our_cpu.push(usage.cpu.saturating_sub(one_answer::usage()?.cpu));
        for (rival, walls, cpu) in &mut rivals {
            let began = Instant::now();
            rival.command(&workspace).output()?;
            walls.push(began.elapsed());
            cpu.push(child_usage::of(&rival.command(&workspace))?.cpu);
        }
    }
    let mut lines = vec![
        Line::millis("end of answer to next request", &ours),
        Line::millis("  processor time over A", &our_cpu),
    ];
    for (rival, walls, cpu) in &rivals {
        let ratio = median_time(&our_cpu).as_secs_f64() / median_time(cpu).as_secs_f64();
        lines.push(Line::millis(format!("`{}`", rival.program), walls));
        lines.push(Line::millis("  processor time", cpu));
        lines.push(Line::new("  ours to its processor time", "×", vec![ratio]));
    }
    Ok(lines)
}

/// Files of prose, a few of them with a needle.
fn plant(workspace: &Workspace) {
    let prose = rig::prose(FILE_BYTES);
    for number in 0..FOLDERS * FILES {
        let needle = if number % NEEDLE_EVERY == 0 { format!("needle_{number}\n") } else { String::new() };
        workspace
            .file(format!("tree/{}/{}.txt", number / FILES, number % FILES), format!("{prose}\n{needle}"));
    }
}

fn server() -> ModelServer {
    let call = Turn::text("").call("grep", json!({"pattern": PATTERN, "path": "tree"}));
    ModelServer::start(Script::new().turn(call).turn(Turn::text("It is done.")))
}

fn timed(workspace: &Workspace) -> Result<Duration> {
    let server = server();
    rig::finish(&mut rig::exec(workspace, &server))?;
    let requests = server.requests();
    let (one, next) = (requests.first().context("a request")?, requests.get(1).context("a second request")?);
    let found = next.last_text("tool").unwrap_or_default();
    ensure!(found.contains("needle_500"), "the search found {found:?}");
    Ok(next.at.saturating_duration_since(one.finished_at.context("an answer")?))
}

/// A program that searches files.
struct Rival {
    program: &'static str,
    arguments: &'static [&'static str],
}

const RIVALS: [Rival; 2] = [
    Rival { program: "rg", arguments: &["--line-number", PATTERN, "tree"] },
    Rival { program: "grep", arguments: &["-rnE", PATTERN, "tree"] },
];

impl Rival {
    fn is_there(&self) -> bool {
        Command::new(self.program).arg("--version").output().is_ok_and(|output| output.status.success())
    }

    fn command(&self, workspace: &Workspace) -> Command {
        let mut command = workspace.sealed(self.program);
        command.args(self.arguments);
        command
    }
}
