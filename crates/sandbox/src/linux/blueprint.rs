//! Everything a supervising process needs, prepared before it exists: from a command to descriptors, mounts and filters.

use std::os::fd::{AsFd, AsRawFd, RawFd};

use rustix::net::{AddressFamily, SocketFlags, SocketType};

use super::bubblewrap;
use super::capabilities;
use super::guard::{Guard, GuardedPath};
use super::hidden_sockets;
use super::identity::IdentityMap;
use super::jail::Jail;
use super::landlock_rules;
use super::mounts::MountPlan;
use super::moved::Moved;
use super::places::Places;
use super::program::{Program, Restraint, Stream};
use super::report::{Fault, Stage};
use super::seccomp_filters::{self, Restrictions, Sockets};
use super::snapshot::{Snapshot, Undoing};
use super::sys;
use crate::error::SandboxError;
use crate::probe::Mechanism;
use crate::profile::{Confinement, Profile};

/// Everything a supervising process needs.
pub(super) struct Blueprint {
    pub(super) program: Program,
    /// The namespaces of the command, when it has some.
    pub(super) cell: Option<Cell>,
    pub(super) guard: Guard,
    /// The descriptors that stay open, sorted.
    kept: Vec<RawFd>,
}

/// The namespaces of a command.
pub(super) struct Cell {
    pub(super) identity: IdentityMap,
    pub(super) tree: Tree,
    pub(super) has_network: bool,
}

/// The file tree of a command.
pub(super) enum Tree {
    /// That of the system, most of it read-only.
    Whole(MountPlan),
    /// A few parts of it.
    Minimal(Jail),
}

/// What is left to do once the command has ended.
#[derive(Debug, Default)]
pub(crate) struct Aftermath {
    /// The guarded paths, by the index the supervising process reports.
    pub(crate) guarded: Vec<GuardedPath>,
    /// What to compare the protected paths with, where nothing kept them from being changed.
    pub(crate) snapshot: Option<Snapshot>,
    /// The same for the hidden places, which may have been moved.
    pub(crate) moved: Moved,
    /// How much of what changed in the hidden places is undone.
    pub(crate) undoing: Undoing,
}

/// What to run, before it is decided how.
pub(super) struct Request<'a> {
    pub(super) path: std::path::PathBuf,
    pub(super) argv: Vec<std::ffi::OsString>,
    pub(super) env: Vec<(String, String)>,
    pub(super) cwd: &'a std::path::Path,
    pub(super) streams: [Stream; 3],
    pub(super) has_session: bool,
}

impl Cell {
    /// Builds the tree and the network of the command. Only system calls.
    pub(super) fn enter(&mut self) -> Result<(), Fault> {
        match &mut self.tree {
            Tree::Whole(mounts) => mounts.apply()?,
            // Without sockets there is nothing a loopback could be for.
            Tree::Minimal(jail) => return jail.apply(),
        }
        if self.has_network {
            return Ok(());
        }
        let flags = SocketFlags::CLOEXEC;
        let socket = rustix::net::socket_with(AddressFamily::INET, SocketType::DGRAM, flags, None);
        let socket = Stage::Loopback.of(socket)?;
        Stage::Loopback.of(sys::raise_loopback(socket.as_fd()))
    }
}

impl Blueprint {
    /// Prepares `request` under `confinement` with `mechanism`.
    pub(super) fn prepare(
        mechanism: Mechanism,
        confinement: &Confinement,
        request: Request<'_>,
    ) -> Result<(Self, Aftermath), SandboxError> {
        match (confinement.profile, mechanism) {
            (Profile::Unconfined, _) | (_, Mechanism::None) => {
                Ok((Self::new(request)?, Aftermath::default()))
            }
            (profile, Mechanism::Namespaces) => Self::with_namespaces(profile, confinement, request),
            (profile, Mechanism::Landlock { abi }) => Self::with_landlock(profile, abi, confinement, request),
            (profile, Mechanism::Bubblewrap) => Self::with_bubblewrap(profile, confinement, request),
        }
    }

    /// A blueprint without any confinement yet.
    pub(super) fn new(request: Request<'_>) -> Result<Self, SandboxError> {
        let Request { path, argv, env, cwd, streams, has_session } = request;
        let mut program = Program::new(&path, &argv, &env, cwd, streams)?;
        program.has_session = has_session;
        Ok(Self { program, cell: None, guard: Guard::default(), kept: Vec::new() })
    }

    fn with_namespaces(
        profile: Profile,
        confinement: &Confinement,
        mut request: Request<'_>,
    ) -> Result<(Self, Aftermath), SandboxError> {
        let places = Places::survey(confinement)?;
        point_temporary_files_at_memory(profile, &mut request.env);
        let mut blueprint = Self::new(request)?;
        let has_network = profile.has_network();
        let sockets = hidden_sockets::to_hide(&confinement.workspace, has_network);
        let mounts = MountPlan::new(&places, &sockets)?;
        blueprint.cell =
            Some(Cell { identity: IdentityMap::current(), tree: Tree::Whole(mounts), has_network });
        let sockets = if has_network { Sockets::Any } else { Sockets::Contained };
        let kept_capabilities = if places.hidden_directories.is_empty() {
            capabilities::kept()
        } else {
            capabilities::kept_beside_hidden_directories()
        };
        blueprint.program.restraint = Some(Restraint {
            kept_capabilities,
            // Without a network namespace the abstract sockets of other programs are in reach.
            landlock: if has_network { landlock_rules::scope(sys::landlock_abi().ok()) } else { None },
            filters: seccomp_filters::filters(Restrictions { sockets, metadata: false })?,
        });
        let guarded = blueprint.guard(&places)?;
        Ok((blueprint, Aftermath { guarded, ..Aftermath::default() }))
    }

    fn with_landlock(
        profile: Profile,
        abi: u8,
        confinement: &Confinement,
        request: Request<'_>,
    ) -> Result<(Self, Aftermath), SandboxError> {
        let mut places = Places::survey(confinement)?;
        places.show_kept_outside_of(&confinement.workspace);
        let mut blueprint = Self::new(request)?;
        let sockets = if profile.has_network() { Sockets::Any } else { Sockets::LocalOnly };
        let metadata = profile == Profile::ReadOnly;
        blueprint.program.restraint = Some(Restraint {
            kept_capabilities: capabilities::kept(),
            landlock: Some(landlock_rules::domain(&mut places, abi)?),
            filters: seccomp_filters::filters(Restrictions { sockets, metadata })?,
        });
        let guarded = blueprint.guard(&places)?;
        let snapshot = Some(Snapshot::take(&places, confinement.aside.as_deref()));
        let moved = Moved::take(&places);
        Ok((blueprint, Aftermath { guarded, snapshot, moved, undoing: Undoing::All }))
    }

    fn with_bubblewrap(
        profile: Profile,
        confinement: &Confinement,
        mut request: Request<'_>,
    ) -> Result<(Self, Aftermath), SandboxError> {
        let places = Places::survey(confinement)?;
        point_temporary_files_at_memory(profile, &mut request.env);
        let sockets = if profile.has_network() { Sockets::Any } else { Sockets::Contained };
        let filters = seccomp_filters::filters(Restrictions { sockets, metadata: false })?;
        let filters = filters.iter().map(bubblewrap::filter_file).collect::<Result<Vec<_>, _>>()?;
        let hidden = hidden_sockets::to_hide(&confinement.workspace, profile.has_network());
        bubblewrap::wrap(&mut request, &places, &hidden, &filters, profile.has_network())?;
        let mut blueprint = Self::new(request)?;
        blueprint.program.inherited = filters;
        let guarded = blueprint.guard(&places)?;
        Ok((blueprint, Aftermath { guarded, ..Aftermath::default() }))
    }

    fn guard(&mut self, places: &Places) -> Result<Vec<GuardedPath>, SandboxError> {
        let (guard, guarded) = Guard::prepare(places.guarded.iter())?;
        self.guard = guard;
        Ok(guarded)
    }

    /// The namespaces to make with the supervising process.
    pub(super) fn clone_flags(&self) -> libc::c_int {
        let Some(cell) = &self.cell else { return 0 };
        let network = if cell.has_network { 0 } else { libc::CLONE_NEWNET };
        let ipc = if matches!(cell.tree, Tree::Minimal(_)) { libc::CLONE_NEWIPC } else { 0 };
        libc::CLONE_NEWUSER | libc::CLONE_NEWNS | libc::CLONE_NEWPID | network | ipc
    }

    /// Notes which descriptors the supervising process keeps; `socket` is its end of ours.
    pub(super) fn seal(&mut self, socket: RawFd) {
        let guard = self.guard.descriptors().map(|fd| fd.as_raw_fd());
        let mut kept: Vec<RawFd> = self.program.descriptors().chain(guard).chain([socket]).collect();
        kept.sort_unstable();
        kept.dedup();
        self.kept = kept;
    }

    /// Closes what was inherited from the parent: a pipe of another command kept open here would never end for its
    /// reader. Only system calls.
    pub(super) fn close_all_but_kept(&self) {
        let mut next = 0_u32;
        for fd in self.kept.iter().map(|fd| fd.cast_unsigned()) {
            if fd > next {
                sys::close_range(next, fd.saturating_sub(1));
            }
            next = fd.saturating_add(1);
        }
        sys::close_range(next, u32::MAX);
    }
}

/// A read-only command still needs somewhere for temporary files: the memory that vanishes with it.
fn point_temporary_files_at_memory(profile: Profile, env: &mut Vec<(String, String)>) {
    if profile == Profile::ReadOnly {
        env.retain(|(name, _)| name != "TMPDIR");
        env.push(("TMPDIR".to_owned(), "/dev/shm".to_owned()));
    }
}
