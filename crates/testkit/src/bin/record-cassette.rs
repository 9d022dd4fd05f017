//! `record-cassette`: stands before a real model server and writes down what a program says to it, until standard input ends.
//!
//! `cargo run -p headwater-testkit --bin record-cassette -- http://127.0.0.1:8080/v1 FILE` prints the base URL to point
//! `headwater` at. What names the home directory of the person is not recorded, and makes this program fail.
#![expect(clippy::print_stdout, reason = "the address is what this program is started for")]

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use headwater_testkit::CassetteRecorder;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [upstream, tape] = arguments.as_slice() else {
        anyhow::bail!("usage: record-cassette http://HOST:PORT/v1 FILE");
    };
    let home = std::env::var("HOME").ok().filter(|home| home.len() > 1);
    let recorder = CassetteRecorder::start(upstream, Path::new(tape), home.into_iter().collect())?;
    println!("{}", recorder.base_url());
    std::io::stdin().read_to_end(&mut Vec::new()).context("standard input")?;
    let refused = recorder.refused();
    ensure!(refused.is_empty(), "{}", refused.join("\n"));
    Ok(())
}
