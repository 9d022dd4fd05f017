//! The screen's start: from the start of the process to the frame that shows the composer, and to a typed key.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;
use headwater_testkit::{ModelServer, Script, Terminal};

use super::Measure;
use crate::proc;
use crate::report::Line;
use crate::rig::{self, COLUMNS, DEADLINE, ROWS, Rig};

pub(super) const MEASURE: Measure =
    Measure { name: "first_frame", summary: "the screen, start to the composer", run };

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let server = ModelServer::start(Script::new());
    let (mut composers, mut keys, mut cpu, mut floors) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rig.runs {
        let workspace = rig::workspace();
        let command = rig::screen(&workspace, &server);
        let began = Instant::now();
        let terminal = Terminal::start(&command, COLUMNS, ROWS);
        rig::wait_for_composer(&terminal);
        composers.push(began.elapsed());
        terminal.keys("typed");
        terminal.wait_for_text("typed");
        keys.push(began.elapsed());
        cpu.push(proc::cpu_of_threads(terminal.pid())?);
        floors.push(floor());
    }
    Ok(vec![
        Line::millis("start to the composer", &composers).at_most(30.0),
        Line::millis("start to a typed word on the screen", &keys),
        Line::millis("processor time up to then", &cpu),
        Line::millis("start of `echo` to its word, same rig", &floors),
    ])
}

fn floor() -> Duration {
    let mut command = Command::new("sh");
    command.args(["-c", "echo ready; exec cat"]);
    let began = Instant::now();
    let terminal = Terminal::start(&command, COLUMNS, ROWS);
    terminal.wait_for(|screen| screen.contains("ready"), "a word", DEADLINE);
    began.elapsed()
}
