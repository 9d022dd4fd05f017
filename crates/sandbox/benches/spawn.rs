//! What confinement costs: `bash -c true` bare, and under each mechanism this machine offers.

use std::process::{Command, Stdio};
use std::sync::LazyLock;

use divan::Bencher;
use headwater_sandbox::{Confinement, Mechanism, Probe, Profile, Runner, ShellCommand};

static WORKING: LazyLock<Vec<Probe>> = LazyLock::new(|| Probe::detect_all().working);

fn main() {
    divan::main();
}

/// The floor: the standard library, nothing captured.
#[divan::bench]
fn bare(bencher: Bencher<'_, '_>) {
    bencher.bench(|| {
        let mut bash = Command::new("/bin/bash");
        bash.args(["-c", "true"]).stdin(Stdio::null()).stdout(Stdio::null()).status()
    });
}

/// Our runner without confinement: supervisor, capture, clean-up.
#[divan::bench]
fn unconfined(bencher: Bencher<'_, '_>) {
    let probe = Probe { mechanism: Mechanism::None, network_filter: false, reasons: Vec::new() };
    run(bencher, &probe, Profile::Unconfined);
}

#[divan::bench(args = mechanisms())]
fn read_only(bencher: Bencher<'_, '_>, mechanism: &str) {
    confined(bencher, mechanism, Profile::ReadOnly);
}

#[divan::bench(args = mechanisms())]
fn workspace_write(bencher: Bencher<'_, '_>, mechanism: &str) {
    confined(bencher, mechanism, Profile::WorkspaceWrite { network: false });
}

#[divan::bench(args = mechanisms())]
fn workspace_write_with_network(bencher: Bencher<'_, '_>, mechanism: &str) {
    confined(bencher, mechanism, Profile::WorkspaceWrite { network: true });
}

fn mechanisms() -> impl Iterator<Item = String> {
    WORKING.iter().map(|probe| probe.mechanism.to_string())
}

fn confined(bencher: Bencher<'_, '_>, mechanism: &str, profile: Profile) {
    if let Some(probe) = WORKING.iter().find(|probe| probe.mechanism.to_string() == mechanism) {
        run(bencher, probe, profile);
    }
}

fn run(bencher: Bencher<'_, '_>, probe: &Probe, profile: Profile) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let workspace = tempfile::tempdir();
    let (Ok(runtime), Ok(workspace)) = (runtime, workspace) else { return };
    let runner = Runner::new(probe.clone());
    bencher.bench_local(|| {
        let confinement = Confinement::new(profile, workspace.path());
        let command = ShellCommand::new("true", confinement);
        runtime.block_on(runner.run(command, std::future::pending(), |_| ()))
    });
}
