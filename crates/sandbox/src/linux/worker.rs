//! Starts workers: a tree of their own or a Landlock domain, and a filter that leaves them what computing needs.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::Path;

use super::blueprint::{Blueprint, Cell, Request, Tree};
use super::foreground::exit_of;
use super::identity::IdentityMap;
use super::jail::Jail;
use super::landlock_rules;
use super::launch::{self, Child};
use super::program::{Limits, Restraint, Stream};
use super::report::Report;
use super::start::Origin;
use super::sys;
use super::worker_filters;
use crate::error::SandboxError;
use crate::outcome::Exit;
use crate::probe::Mechanism;
use crate::worker::WorkerCommand;

/// Passed descriptors wait above this number until they get their own, so that none is overwritten on the way.
const FIRST_WAITING: i32 = 64;

/// A worker under supervision.
#[derive(Debug)]
pub(crate) struct RunningWorker {
    child: Child,
    exit: Option<Exit>,
}

impl RunningWorker {
    /// Starts `command`; returns when it is executed.
    pub(crate) async fn start(mechanism: Mechanism, command: WorkerCommand) -> Result<Self, SandboxError> {
        let origin = Origin::new(&command.program, Path::new("/"));
        let mut child = launch::launch(prepare(mechanism, command)?)?.into_child()?;
        let first = child.report().await.ok_or(SandboxError::SupervisorLost)?;
        match origin.error_of(first) {
            Some(error) => Err(error),
            None => Ok(Self { child, exit: None }),
        }
    }

    pub(crate) fn interrupt(&mut self) {
        self.child.interrupt();
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill_supervisor();
    }

    pub(crate) async fn ended(&mut self) -> Exit {
        loop {
            if let Some(exit) = self.exit {
                return exit;
            }
            match self.child.report().await {
                Some(Report::Ended(status)) => self.exit = Some(exit_of(status)),
                Some(Report::Started | Report::Failed(..) | Report::Violated(_) | Report::Over) => {}
                None => self.exit = Some(Exit::Cancelled),
            }
        }
    }
}

fn prepare(mechanism: Mechanism, command: WorkerCommand) -> Result<Blueprint, SandboxError> {
    let WorkerCommand { program, arguments, readable, executable, streams: [out, err], passed, limits } =
        command;
    let argv: Vec<OsString> = [program.clone().into_os_string()].into_iter().chain(arguments).collect();
    let streams = [
        Stream::Owned(launch::null_input()?),
        Stream::Owned(launch::above_standard_streams(out)?),
        Stream::Owned(launch::above_standard_streams(err)?),
    ];
    let request =
        Request { path: program, argv, env: Vec::new(), cwd: Path::new("/"), streams, has_session: true };
    let mut blueprint = Blueprint::new(request)?;
    let landlock = sys::landlock_abi().ok();
    blueprint.cell = match (mechanism, landlock) {
        (Mechanism::Namespaces, _) => {
            let tree = Tree::Minimal(Jail::survey(readable.iter().chain(&executable))?);
            Some(Cell { identity: IdentityMap::current(), tree, has_network: false })
        }
        (Mechanism::Bubblewrap | Mechanism::Landlock { .. }, Some(_)) => None,
        (Mechanism::Bubblewrap | Mechanism::Landlock { .. } | Mechanism::None, _) => {
            return Err(nothing_confines());
        }
    };
    let landlock =
        landlock.map(|abi| landlock_rules::worker_domain(&readable, &executable, abi)).transpose()?;
    let landlock = landlock.map(|ruleset| waiting(&ruleset)).transpose()?;
    let filters = worker_filters::filters(blueprint.program.path_address())?;
    let kept_capabilities = rustix::thread::CapabilitySet::empty();
    blueprint.program.restraint = Some(Restraint { kept_capabilities, landlock, filters });
    blueprint.program.limits = Some(Limits::from(limits));
    blueprint.program.passed = passed.iter().map(waiting).collect::<Result<_, _>>()?;
    Ok(blueprint)
}

fn waiting(fd: &OwnedFd) -> Result<OwnedFd, SandboxError> {
    rustix::io::fcntl_dupfd_cloexec(fd, FIRST_WAITING)
        .map_err(|errno| SandboxError::Spawn { doing: "moving a descriptor", source: errno.into() })
}

fn nothing_confines() -> SandboxError {
    let source = std::io::Error::other("neither namespaces nor Landlock work here");
    SandboxError::Confine { doing: "confining a worker", source }
}
