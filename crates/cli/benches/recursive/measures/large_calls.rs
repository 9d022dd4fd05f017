//! Ten calls with 1 MB of the context each.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use headwater_testkit::ModelServer;
use serde_json::json;

use super::Measure;
use crate::report::Line;
use crate::rig::{self, Rig, block, gaps};

pub(super) const MEASURE: Measure = Measure {
    name: "large_calls",
    summary: "10 calls × 1 MB, from the root's answer to its next request",
    peers: "rlms 981 ms, minrlm 1,652 ms, aleph 439 ms, dspy.RLM 2,296 ms",
    run,
};

const CALLS: usize = 10;
const PIECE: usize = 1_000_000;

fn run(rig: &Rig) -> Result<Vec<Line>> {
    let ask = format!(
        "pieces = [context[n * {PIECE}:(n + 1) * {PIECE}] for n in range({CALLS})]\n\
         r = llm_query_batched(['what is it about?'] * {CALLS}, pieces)\nprint(sum(x.ok for x in r))"
    );
    let blocks = [block("context[:10]"), block(&ask), block("FINAL('done')")];
    let (mut times, mut floors) = (vec![], vec![]);
    for _ in 0..rig.runs {
        let run = rig.run(&blocks, Duration::ZERO)?;
        ensure!(run.children.len() == CALLS, "{} calls", run.children.len());
        ensure!(run.children.iter().all(|child| child.raw.len() > PIECE), "a piece was cut");
        times.extend(gaps(&run.roots).get(1).copied());
        floors.push(bare()?);
    }
    Ok(vec![
        Line::millis("all answered", &times).at_most(60.0),
        Line::millis("  a bare client, the same bodies at once", &floors),
    ])
}

/// The floor: bodies of this size, sent at once over fresh connections by a client that does nothing else.
fn bare() -> Result<Duration> {
    let server = ModelServer::start(rig::script(&[], Duration::ZERO, None));
    let text = "0 2031-03-04 11:22:33 component-07 request served in 12 ms\n".repeat(PIECE / 59 + 1);
    let body = json!({"stream": true, "messages": [{"role": "user", "content": text}]}).to_string();
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: loopback\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let began = Instant::now();
    std::thread::scope(|scope| {
        let ask = || -> std::io::Result<usize> {
            let mut socket = TcpStream::connect(server.address())?;
            socket.write_all(head.as_bytes())?;
            socket.write_all(body.as_bytes())?;
            socket.read_to_end(&mut Vec::new())
        };
        let threads: Vec<_> = (0..CALLS).map(|_| scope.spawn(ask)).collect();
        for thread in threads {
            let read = thread.join().map_err(|_| anyhow!("a client broke off"))??;
            ensure!(read > 0, "no answer");
        }
        Ok(began.elapsed())
    })
}
