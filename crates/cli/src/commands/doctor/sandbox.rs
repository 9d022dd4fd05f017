//! The sandbox: tried with commands that must fail, and one that must work.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use headwater_sandbox::{Confinement, Probe, Profile, Runner, ShellCommand, Survey, scrubbed_env};

use super::finding::Section;
use crate::premises::Premises;

/// How long a trial may take.
const TRIAL: Duration = Duration::from_secs(10);

pub(super) async fn check(premises: &Premises) -> Section {
    let mut section = Section::new("sandbox");
    let Ok(survey) = tokio::task::spawn_blocking(Probe::detect_all).await else {
        section.problem(
            "mechanism",
            "looking for one failed",
            "Run `headwater doctor` again; report it if it stays.",
        );
        return section;
    };
    let Survey { working, reasons } = survey;
    let mut working = working.into_iter();
    match working.next() {
        Some(probe) => {
            section.ok("mechanism", probe.describe(Profile::WorkspaceWrite { network: false }));
            trials(&mut section, Runner::new(probe), &premises.paths.state).await;
        }
        None => section.problem(
            "mechanism",
            "nothing confines commands here: they run unconfined, and each one asks",
            "See why each mechanism cannot be used.",
        ),
    }
    for spare in working {
        section.note("in reserve", format!("{} works as well", spare.mechanism));
    }
    for reason in &reasons {
        section.note("not usable", reason);
    }
    section
}

async fn trials(section: &mut Section, runner: Runner, state: &Path) {
    let Ok(place) = tempfile::Builder::new().prefix(".doctor-").tempdir_in(state) else {
        section.note("trials", format!("{} cannot be written, so nothing was tried", state.display()));
        return;
    };
    let fix = "Report this with the output of `headwater doctor --json`: the confinement does not hold here.";
    let here = place.path();
    let write = Profile::WorkspaceWrite { network: false };
    if !succeeds(&runner, "echo x > inside", write, here).await || !here.join("inside").exists() {
        section.problem("workspace", "a confined command could not write its own workspace", fix);
    } else {
        section.ok("workspace", "a confined command writes its workspace");
    }
    succeeds(&runner, "mkdir -p .headwater && echo x > .headwater/config.toml", write, here).await;
    tell(section, "protected paths", !here.join(".headwater/config.toml").exists(), fix);
    succeeds(&runner, "echo x > written", Profile::ReadOnly, here).await;
    tell(section, "read only", !here.join("written").exists(), fix);
    tell(section, "network", is_offline(&runner, write, here).await, fix);
}

fn tell(section: &mut Section, subject: &str, is_held: bool, fix: &str) {
    if is_held {
        section.ok(subject, "what must fail failed");
    } else {
        section.problem(subject, "a confined command got through", fix);
    }
}

/// Whether a confined command fails to reach a server on this machine that really listens.
async fn is_offline(runner: &Runner, profile: Profile, workspace: &Path) -> bool {
    let Ok(listener) = TcpListener::bind(("127.0.0.1", 0)) else { return false };
    let Ok(address) = listener.local_addr() else { return false };
    let script = format!("exec 3<>/dev/tcp/127.0.0.1/{}", address.port());
    let got_through = succeeds(runner, &script, profile, workspace).await;
    let was_reached = listener.set_nonblocking(true).is_err() || listener.accept().is_ok();
    !got_through && !was_reached
}

async fn succeeds(runner: &Runner, script: &str, profile: Profile, workspace: &Path) -> bool {
    let mut command = ShellCommand::new(script, Confinement::new(profile, workspace));
    command.env = scrubbed_env(std::env::vars_os(), &[]);
    command.timeout = TRIAL;
    let outcome = runner.run(command, std::future::pending(), |_| {}).await;
    outcome.is_ok_and(|outcome| outcome.exit.is_success())
}
