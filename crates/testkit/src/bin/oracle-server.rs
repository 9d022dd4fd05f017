//! `oracle-server`: the oracle of the evals on a loopback port, until standard input ends.
//!
//! `cargo run -p headwater-testkit --bin oracle-server -- [--accuracy A] [--rot R] [--seed N] [--latency-ms N]` prints the
//! base URL; `headwater eval run tests/evals/recursive.toml --provider llamacpp --base-url URL` runs against it.
#![expect(clippy::print_stdout, reason = "the address is what this program is started for")]

use std::io::Read as _;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use headwater_testkit::{ModelServer, Oracle};

fn main() -> Result<()> {
    let server = ModelServer::start(oracle()?.script());
    println!("{}", server.base_url());
    std::io::stdin().read_to_end(&mut Vec::new()).context("standard input")?;
    Ok(())
}

fn oracle() -> Result<Oracle> {
    let mut oracle = Oracle::default();
    let (mut accuracy, mut rot) = (0.99, 0.5);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().with_context(|| format!("{name} takes a value"))?;
        match name.as_str() {
            "--accuracy" => accuracy = value.parse()?,
            "--rot" => rot = value.parse()?,
            "--seed" => oracle = oracle.seeded(value.parse()?),
            "--latency-ms" => oracle = oracle.after(Duration::from_millis(value.parse()?)),
            other => bail!("there is no option {other}"),
        }
    }
    Ok(oracle.reading(accuracy, rot))
}
