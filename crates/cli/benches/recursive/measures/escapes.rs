//! Seven ways out of the interpreter, and how many of them led anywhere. The whole set stands in the tests of the
//! interpreter, where it runs with the friendly check off too.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::Measure;
use crate::report::Line;
use crate::rig::{Rig, block};

pub(super) const MEASURE: Measure = Measure {
    name: "escapes",
    summary: "attempts to get out of the interpreter, of 7",
    peers: "aleph 7 of 7 ran",
    run,
};

/// What an attempt prints when it has got out.
const OUT: &str = "it is out";

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let marker = rig.sessions().with_file_name("escaped");
    let attempts = attempts(&marker.to_string_lossy(), port);
    let count = attempts.len();
    let mut blocks: Vec<String> = attempts.iter().map(|code| block(code)).collect();
    blocks.push(block("FINAL('held')"));
    let run = rig.run(&blocks, Duration::ZERO)?;
    let cells = run.finished.records_of("cell_returned");
    ensure!(cells.len() == count + 1, "{} of {count} attempts were made", cells.len());
    let ran = cells.iter().filter(|cell| cell["stdout"].as_str().is_some_and(|text| text.contains(OUT)));
    let left = u32::from(marker.exists());
    Ok(vec![Line::new("that ran", "", vec![ran.count() as f64 + f64::from(left)]).at_most(0.0)])
}

fn attempts(marker: &str, port: u16) -> [String; 7] {
    let os = "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0].__init__.__globals__";
    [
        format!("import os\nif os.system('touch {marker}') == 0: print('{OUT}')"),
        format!("open('{marker}', 'w').write('x')\nprint('{OUT}')"),
        format!("import subprocess\nsubprocess.run(['touch', '{marker}'], check=True)\nprint('{OUT}')"),
        format!("import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)\nprint('{OUT}')"),
        "open('/etc/passwd').read()\nprint('it is out')".to_owned(),
        format!("g = {os}\nif g['system']('touch {marker}') == 0: print('{OUT}')"),
        format!("import ctypes\nif ctypes.CDLL(None).system(b'touch {marker}') == 0: print('{OUT}')"),
    ]
}
