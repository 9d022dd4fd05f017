//! A key on its way: from the terminal's side of the PTY to the cursor that has moved on the screen.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use headwater_testkit::{ModelServer, Script, Terminal};

use super::Measure;
use crate::report::{Line, p95};
use crate::rig::{self, COLUMNS, DEADLINE, ROWS, Rig};

pub(super) const MEASURE: Measure = Measure { name: "keys", summary: "the screen, key to screen", run };

/// They fit into one line.
const KEYS: usize = 100;
/// Between two keys: a hundred words a minute are far slower.
const BETWEEN: Duration = Duration::from_millis(20);

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let server = ModelServer::start(Script::new());
    let (mut ours, mut floor) = (vec![], vec![]);
    for _ in 0..rig.runs {
        let workspace = rig::workspace();
        ours.extend(type_into(&rig::open(&workspace, &server))?);
        floor.extend(type_into(&Terminal::start(&Command::new("cat"), COLUMNS, ROWS))?);
    }
    Ok(vec![
        Line::millis("key to screen", &ours).at_most(2.0),
        Line::millis("  95 of 100 below", &[p95(&ours)]).at_most(5.0),
        Line::millis("`cat`, where the kernel echoes, same rig", &floor),
        Line::millis("  95 of 100 below", &[p95(&floor)]),
    ])
}

fn type_into(terminal: &Terminal) -> Result<Vec<Duration>> {
    let times = (0..KEYS).map(|_| {
        rig::let_pass(BETWEEN);
        let before = terminal.cursor();
        ensure!(before.is_some(), "the cursor is hidden");
        let began = Instant::now();
        terminal.keys("k");
        terminal.wait_for(|screen| screen.cursor() != before, "the cursor to move", DEADLINE);
        Ok(began.elapsed())
    });
    times.collect()
}
