//! What happens when the session itself is killed with `kill -9` in the middle of a command: the command dies too.

use std::process::{Command, Stdio};

use headwater_sandbox::Runner;

use crate::stage::{Stage, WRITE, eventually, mechanisms, nothing, processes_with, unique_sleep};

const MECHANISM: &str = "HEADWATER_TEST_MECHANISM";
const SCRIPT: &str = "HEADWATER_TEST_SCRIPT";
const WORKSPACE: &str = "HEADWATER_TEST_WORKSPACE";

/// Not a test of its own: the session that is killed, run by the one below in a process of its own.
#[tokio::test]
#[ignore = "run by killing_the_session_kills_its_commands"]
async fn session() {
    let wanted = std::env::var(MECHANISM).unwrap();
    let probe = mechanisms().chain([nothing()]).find(|probe| probe.mechanism.to_string() == wanted).unwrap();
    let mut stage = Stage::new();
    stage.work = std::env::var_os(WORKSPACE).unwrap().into();
    let command = stage.command(WRITE, std::env::var(SCRIPT).unwrap());
    Runner::new(probe).run(command, std::future::pending(), |_| ()).await.unwrap();
}

#[tokio::test]
async fn killing_the_session_kills_its_commands() {
    let stage = Stage::new();
    for probe in mechanisms().chain([nothing()]) {
        let sleep = unique_sleep();
        let script = format!("trap '' TERM HUP; setsid sleep {sleep} & sleep {sleep}");
        let mut session = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "survivor::session", "--ignored", "--quiet"])
            .env(MECHANISM, probe.mechanism.to_string())
            .env(SCRIPT, script)
            .env(WORKSPACE, &stage.work)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        eventually("the commands run", || processes_with(&format!("sleep\0{sleep}")).len() == 2).await;
        session.kill().unwrap();
        session.wait().unwrap();
        eventually("the commands are gone", || processes_with(&sleep).is_empty()).await;
    }
}
