//! Servers that are programs: what they are given, and that nothing of them stays.

use std::path::Path;

use headwater_testkit::McpProgram;
use headwater_tools::mcp::{McpServers, McpSetup, Reach, ServerConfig};
use serde_json::json;

use super::{Session, eventually, program, setup};

#[tokio::test(flavor = "multi_thread")]
async fn s7_a_program_gets_no_credential_that_was_not_declared() {
    let server = McpProgram::new(&[]);
    let mut config = program(&server);
    if let Reach::Stdio { env, .. } = &mut config.reach {
        env.push(("DECLARED_TOKEN".to_owned(), "for it".to_owned()));
    }
    let own = [("SECRET_TOKEN", "mine"), ("PATH", &std::env::var("PATH").unwrap()), ("LANG", "C.UTF-8")];
    let parent = own.map(|(name, value)| (name.into(), value.into()));
    let env = headwater_sandbox::scrubbed_env(parent.into_iter(), &[]);
    let cache = tempfile::tempdir().unwrap();
    let mut session = Session::of(McpServers::start(McpSetup { env, ..setup(vec![config], &cache) }));
    session.until("it answers", |report| report.state.name() == "ready").await;
    for (name, expected) in [("DECLARED_TOKEN", "'for it'"), ("SECRET_TOKEN", "None"), ("LANG", "'C.UTF-8'")]
    {
        assert_eq!(session.ok("env", json!({ "name": name })).await.model_text, expected, "{name}");
    }
}

/// Whether a process lives that was started with this argument.
fn lives(argument: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|process| std::fs::read_to_string(process.path().join("cmdline")).ok())
        .any(|line| line.split('\0').any(|word| word == argument))
}

/// A number of seconds that no other process sleeps.
fn unique() -> String {
    format!("{}{:05}", 10 + std::process::id() % 7, std::process::id() % 100_000)
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn s7_nothing_of_a_server_outlives_the_session() {
    for (number, is_polite) in [(1, true), (2, false)] {
        let server = McpProgram::new(&[]);
        let mut session = Session::ready(program(&server)).await;
        let seconds = format!("{number}{}", unique());
        session.ok("child", json!({ "seconds": seconds })).await;
        eventually("the child lives", || lives(&seconds).then_some(())).await;
        let place = server.directory().to_str().unwrap().to_owned();
        assert!(lives(&place));
        if is_polite {
            session.servers.close().await;
        }
        drop(session);
        eventually("all of it is gone", || (!lives(&seconds) && !lives(&place)).then_some(())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_a_program_starts_where_it_should() {
    let server = McpProgram::new(&[]);
    let command = ["sh", "-c", "pwd > where.txt"].map(str::to_owned).to_vec();
    let reach = Reach::Stdio { command, env: Vec::new(), cwd: server.directory().to_owned() };
    let cache = tempfile::tempdir().unwrap();
    let session = Session::start(vec![ServerConfig::new("s", reach)], &cache);
    session.until("it has ended", |report| report.state.name() == "failed").await;
    let place = std::fs::read_to_string(server.directory().join("where.txt")).unwrap();
    assert_eq!(Path::new(place.trim()), server.directory().canonicalize().unwrap());
}
