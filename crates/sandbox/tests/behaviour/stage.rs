//! The stage of each test: a workspace on disk, the mechanisms to try, and ways to wait for something without sleeping blindly.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use headwater_sandbox::{
    Confinement, Mechanism, Outcome, Probe, Profile, Runner, ShellCommand, Survey, scrubbed_env,
};

/// Writing in the workspace, no network: the usual profile.
pub(crate) const WRITE: Profile = Profile::WorkspaceWrite { network: false };

/// Every confining mechanism that works here.
static WORKING: LazyLock<Vec<Probe>> = LazyLock::new(|| {
    let Survey { working, reasons } = Probe::detect_all();
    let names: Vec<String> = working.iter().map(|probe| probe.mechanism.to_string()).collect();
    tell(&format!("every test of confinement runs under: {}", names.join(", ")));
    for reason in reasons {
        tell(&format!("NOTHING WAS TESTED under {reason}"));
    }
    working
});

/// Says what is left out, past the capture of the test harness: who reads the report of a run must see it.
pub(crate) fn tell(line: &str) {
    let mut stderr = std::io::stderr();
    writeln!(stderr, "{line}").unwrap();
}

/// Every confining mechanism that works here.
pub(crate) fn mechanisms() -> impl Iterator<Item = Probe> {
    WORKING.iter().cloned()
}

/// Those that give a command processes, mounts and a network of its own.
pub(crate) fn with_namespaces() -> impl Iterator<Item = Probe> {
    mechanisms().filter(|probe| match probe.mechanism {
        Mechanism::Namespaces | Mechanism::Bubblewrap => true,
        Mechanism::Landlock { .. } | Mechanism::None => false,
    })
}

/// A probe that found nothing.
pub(crate) fn nothing() -> Probe {
    Probe { mechanism: Mechanism::None, network_filter: false, reasons: Vec::new() }
}

/// A workspace with a small git directory, gone when dropped. It lies beside the temporary directories, not in them.
pub(crate) struct Stage {
    _folder: tempfile::TempDir,
    /// The workspace.
    pub(crate) work: PathBuf,
    /// A directory outside of the workspace.
    pub(crate) outside: PathBuf,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("headwater-stage").tempdir_in(place()).unwrap();
        let root = folder.path().canonicalize().unwrap();
        let (work, outside) = (root.join("work"), root.join("outside"));
        fs::create_dir_all(work.join(".git/hooks")).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(work.join(".git/config"), "[core]\n").unwrap();
        Self { _folder: folder, work, outside }
    }

    pub(crate) fn confinement(&self, profile: Profile) -> Confinement {
        Confinement { writable: Vec::new(), ..Confinement::new(profile, &self.work) }
    }

    pub(crate) fn command(&self, profile: Profile, script: impl Into<String>) -> ShellCommand {
        ShellCommand {
            env: scrubbed_env(std::env::vars_os(), &[]),
            timeout: headwater_testkit::DEADLINE,
            ..ShellCommand::new(script, self.confinement(profile))
        }
    }

    pub(crate) async fn run(&self, probe: &Probe, profile: Profile, script: impl Into<String>) -> Outcome {
        run(probe, self.command(profile, script)).await
    }
}

/// Where workspaces are made: the build directory, or the temporary one when that belongs to somebody else.
fn place() -> PathBuf {
    let build = Path::new(env!("CARGO_TARGET_TMPDIR"));
    match tempfile::tempdir_in(build) {
        Ok(_writable) => build.to_path_buf(),
        Err(_refused) => std::env::temp_dir(),
    }
}

pub(crate) async fn run(probe: &Probe, command: ShellCommand) -> Outcome {
    Runner::new(probe.clone()).run(command, std::future::pending(), |_| ()).await.unwrap()
}

pub(crate) fn text(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&[outcome.output.head.clone(), outcome.output.tail.clone()].concat()).into_owned()
}

/// Waits until `condition` holds, with a deadline.
pub(crate) async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < headwater_testkit::DEADLINE, "{what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The processes whose command line contains `mark`.
pub(crate) fn processes_with(mark: &str) -> Vec<String> {
    let own = std::process::id().to_string();
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().into_string().ok());
    pids.filter(|pid| *pid != own && pid.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|pid| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(mark)
        })
        .collect()
}

/// A duration in seconds that no other process sleeps for, to find it by.
pub(crate) fn unique_sleep() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("77{}.{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed) + 1000)
}

/// Whether a program is installed.
pub(crate) fn has(program: &str) -> bool {
    let found = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let is_there = found.map(|directory| directory.join(program)).any(|path| path.exists());
    if !is_there {
        tell(&format!("{program} is not installed, its part of the test is left out"));
    }
    is_there
}
