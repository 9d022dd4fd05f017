//! Tries each mechanism by running a program in it that attempts what it must not be able to do.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::bubblewrap;
use super::foreground::{self, Foreground};
use super::sys;
use crate::error::SandboxError;
use crate::outcome::Exit;
use crate::probe::{Mechanism, Probe, Survey};
use crate::profile::{Confinement, Profile};

/// What the trial runs: success means that the program ran and that the file named by `$1` could not be written.
const TRIAL: &str = "if (: >\"$1\") 2>/dev/null; then exit 9; fi";

/// Tries the mechanisms from the best to the worst, up to the first that works.
pub(crate) fn detect() -> Probe {
    let mut reasons = Vec::new();
    let found = trials(&mut reasons).next();
    match found {
        Some(mechanism) => Probe { mechanism, network_filter: true, reasons },
        None => Probe { mechanism: Mechanism::None, network_filter: false, reasons },
    }
}

/// Tries every mechanism.
pub(crate) fn detect_all() -> Survey {
    let mut reasons = Vec::new();
    let working: Vec<_> = trials(&mut reasons).collect();
    let probe = |mechanism| Probe { mechanism, network_filter: true, reasons: Vec::new() };
    Survey { working: working.into_iter().map(probe).collect(), reasons }
}

/// The mechanisms that work, each tried when it is asked for. Why one does not is added to `reasons`.
fn trials(reasons: &mut Vec<String>) -> impl Iterator<Item = Mechanism> {
    let trial = Trial::new().map_err(|error| {
        format!("no sandbox can be tried: {} cannot be written ({error})", std::env::temp_dir().display())
    });
    let candidates: [fn() -> Result<Mechanism, String>; 3] =
        [|| Ok(Mechanism::Namespaces), bubblewrap_candidate, landlock_candidate];
    candidates.into_iter().filter_map(move |candidate| {
        let trial = trial.as_ref().map_err(String::clone);
        let worked = trial.and_then(|trial| candidate().and_then(|it| trial.run(it).map(|()| it)));
        worked.map_err(|reason| reasons.push(reason)).ok()
    })
}

fn bubblewrap_candidate() -> Result<Mechanism, String> {
    match bubblewrap::program() {
        Some(_) => Ok(Mechanism::Bubblewrap),
        None => Err("bubblewrap: bwrap is not installed; the package is called bubblewrap".to_owned()),
    }
}

fn landlock_candidate() -> Result<Mechanism, String> {
    let missing = "it needs Linux 5.13 or later with `landlock` in the kernel parameter lsm=";
    sys::landlock_abi().map(|abi| Mechanism::Landlock { abi }).map_err(|errno| {
        format!("landlock: the kernel does not offer it ({}); {missing}", std::io::Error::from(errno))
    })
}

/// A directory with a file that a confined program must not be able to write.
struct Trial {
    folder: PathBuf,
}

impl Trial {
    fn new() -> std::io::Result<Self> {
        let unique = format!("headwater-trial-{}-{:?}", std::process::id(), std::thread::current().id());
        let folder = std::env::temp_dir().join(unique);
        fs::create_dir_all(&folder)?;
        Ok(Self { folder: folder.canonicalize()? })
    }

    /// Runs the trial; the reason when it fails.
    fn run(&self, mechanism: Mechanism) -> Result<(), String> {
        let confinement = Confinement {
            profile: Profile::ReadOnly,
            workspace: self.folder.clone(),
            writable: Vec::new(),
            protected: Vec::new(),
            hidden: Vec::new(),
            kept: Vec::new(),
            aside: None,
        };
        let canary = self.folder.join("canary").into_os_string();
        let argv = ["/bin/sh".into(), "-c".into(), TRIAL.into(), OsString::from("trial"), canary];
        let foreground = Foreground { argv: &argv, cwd: Path::new("/"), env: &[], has_terminal: false };
        match foreground::run(mechanism, &confinement, foreground) {
            Ok((Exit::Code(0), _)) => Ok(()),
            Ok((exit, _)) => {
                Err(format!("{mechanism}: it does not confine here: the trial ended with {exit}"))
            }
            Err(error) => Err(format!("{mechanism}: {}", refusal(&error))),
        }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        // A directory in the temporary one that stays behind harms nobody.
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// What was refused, and what a person can do about it.
fn refusal(error: &SandboxError) -> String {
    let reason = error.to_string();
    match namespace_switch() {
        Some(remedy) => format!("{reason}; {remedy}"),
        None => format!(
            "{reason}; in a container, start it with --security-opt seccomp=unconfined or allow user namespaces in its profile"
        ),
    }
}

/// The switch of this system that keeps ordinary users from making namespaces, with the command that turns it.
fn namespace_switch() -> Option<&'static str> {
    let is = |file: &str, value: &str| fs::read_to_string(file).is_ok_and(|content| content.trim() == value);
    if is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1") {
        return Some(
            "AppArmor restricts user namespaces: install bubblewrap, or sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
        );
    }
    if is("/proc/sys/kernel/unprivileged_userns_clone", "0") {
        return Some("user namespaces are switched off: sudo sysctl kernel.unprivileged_userns_clone=1");
    }
    if is("/proc/sys/user/max_user_namespaces", "0") {
        return Some("user namespaces are limited to none: sudo sysctl user.max_user_namespaces=15000");
    }
    None
}
