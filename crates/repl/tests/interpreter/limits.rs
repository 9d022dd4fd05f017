//! Time, memory, cancellation, and what happens to a worker that does not obey.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use headwater_protocol::cancel::Cancel;
use headwater_protocol::repl::ReplLimits;

use crate::stage::{Host, Setting, Stage};

fn short(block: Duration) -> Setting {
    Setting { limits: ReplLimits { block, ..ReplLimits::default() }, ..Setting::default() }
}

#[tokio::test]
async fn a_block_that_runs_too_long_is_interrupted_and_keeps_its_variables() {
    let mut stage = short(Duration::from_secs(2)).open().await;
    let outcome = stage.run("x = 1\nwhile True:\n    x += 1").await;
    let error = outcome.error.unwrap();
    assert!(error.message.starts_with("stopped after 2 s"), "{}", error.message);
    assert!(error.message.contains("statement 1 done, 2 failed"), "{}", error.message);
    assert_eq!(stage.show("x > 1000").await, "True", "the very same process goes on");
    assert!(outcome.ran >= Duration::from_secs(2));
}

#[tokio::test]
async fn what_does_not_react_is_killed_and_the_variables_come_back() {
    let mut stage = short(Duration::from_secs(2)).open().await;
    stage.run("kept = {'a': [1, 2]}\ndef f(x):\n    return x + 1\nimport re").await;
    let began = Instant::now();
    let stubborn = "lost = 1\nwhile True:\n    try:\n        while True:\n            pass\n    except KeyboardInterrupt:\n        pass";
    let outcome = stage.run(stubborn).await;
    let message = outcome.error.unwrap().message;
    assert!(message.contains("variables restored") && message.contains("did not react"), "{message}");
    assert!(began.elapsed() >= Duration::from_secs(4), "it has two seconds to react");
    let names: Vec<_> = outcome.variables.iter().map(|variable| variable.name.clone()).collect();
    assert_eq!(names, ["kept", "f"]);
    assert_eq!(
        stage.show("(kept, f(1), bool(re.match('a', 'a')), 'lost' in globals())").await,
        "({'a': [1, 2]}, 2, True, False)"
    );
}

#[tokio::test]
async fn a_cancelled_block_stops_while_it_computes_and_while_it_waits() {
    let host = Host { query: Box::new(|_| std::future::pending().boxed()), ..Host::default() };
    let mut stage = Setting { host: std::sync::Arc::new(host), ..Setting::default() }.open().await;
    let cancel = Cancel::new();
    let host = std::sync::Arc::clone(&stage.host);
    let when_asked = cancel.clone();
    let canceller = async move {
        while host.batches.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        when_asked.cancel();
    };
    let (outcome, ()) = tokio::join!(stage.run_until("a = 1\nllm_query('x')", cancel), canceller);
    assert!(outcome.error.unwrap().message.starts_with("cancelled"));
    assert_eq!(stage.show("a").await, "1");
    let cancel = Cancel::new();
    cancel.cancel();
    let outcome = stage.run_until("while True:\n    pass", cancel).await;
    assert!(outcome.error.unwrap().message.contains("cancelled"));
    assert_eq!(stage.show("a").await, "1");
}

#[tokio::test]
async fn too_much_memory_is_an_error_of_the_block() {
    let limits = ReplLimits { memory: 64 << 20, ..ReplLimits::default() };
    let mut stage = Setting { limits, ..Setting::default() }.open().await;
    stage.run("a = 1").await;
    let message = stage.fail("big = []\nwhile True:\n    big.append(bytes(50_000_000))").await;
    assert!(message.contains("MemoryError"), "{message}");
    stage.run("big = None").await;
    assert_eq!(stage.show("a").await, "1");
}

#[tokio::test]
async fn a_dropped_run_costs_the_block_and_nothing_else() {
    let mut stage = Stage::new().await;
    stage.run("a = 1").await;
    let run = stage.run("a = 2\nwhile True:\n    pass");
    assert!(tokio::time::timeout(Duration::from_millis(100), run).await.is_err());
    assert_eq!(stage.show("a").await, "1");
}
