//! The command as the sandbox runs it: where, how long, under which confinement and environment.

use std::io;
use std::path::Path;
use std::time::Duration;

use headwater_protocol::{Confinement as Allowed, ToolContext};
use headwater_sandbox::{Confinement, Profile, ShellCommand};
use tempfile::TempDir;

use super::{Input, Shell};
use crate::blobs;
use crate::paths::{PathError, Root};
use crate::report::cap_of;

/// Seconds after which a command is killed unless the model says otherwise, and at most.
const DEFAULT_TIMEOUT: u32 = 120;
const LONGEST_TIMEOUT: u32 = 3_600;
/// Bytes of a result kept free for what is said about the output.
pub(super) const SAID_BYTES: usize = 800;

/// Variables that keep programs from waiting for a person at a terminal which is not there.
const UNATTENDED: &[(&str, &str)] = &[
    ("TERM", "dumb"),
    ("PAGER", "cat"),
    ("GIT_PAGER", "cat"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("DEBIAN_FRONTEND", "noninteractive"),
];

/// Why a command cannot be started.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommandError {
    #[error("The command is empty.")]
    Empty,
    #[error(transparent)]
    Workdir(#[from] PathError),
    #[error("The directory for stored output cannot be made: {0}.")]
    Store(#[from] io::Error),
}

impl Shell {
    /// The command that `input` asks for, as it may run here.
    pub(super) fn command(&self, input: &Input, context: &ToolContext) -> Result<ShellCommand, CommandError> {
        if input.command.trim().is_empty() {
            return Err(CommandError::Empty);
        }
        let root = Root::open(&context.workspace)?;
        let place = root.locate_existing(input.workdir.as_deref().unwrap_or("."))?;
        root.check_directory(&place)?;
        let workspace = root.absolute(&root.locate(".")?);
        let mut confinement = Confinement::new(profile_of(context.confinement), workspace);
        confinement.hidden = context.hidden.to_vec();
        confinement.kept = context.kept.to_vec();
        // Beside what else the session keeps, where no command reads.
        confinement.aside = context.blobs.parent().map(|session| session.join("undone"));
        confinement.protected.extend(context.fixed.iter().cloned());
        let scratch = self.scratch();
        confinement.writable.extend(scratch.map(Path::to_path_buf));
        // What does not fit into a result is stored, so no more than that needs to be kept in memory.
        let shown = cap_of(context).saturating_sub(SAID_BYTES);
        Ok(ShellCommand {
            cwd: root.absolute(&place),
            env: self.environment(scratch),
            timeout: timeout(input),
            spill: Some(blobs::file_for(context)?),
            head: shown / 2,
            tail: shown / 2,
            ..ShellCommand::new(input.command.as_str(), confinement)
        })
    }

    fn environment(&self, scratch: Option<&Path>) -> Vec<(String, String)> {
        let mut env = self.setup.env.clone();
        let scratch = scratch.map(|path| ("TMPDIR", path.to_string_lossy().into_owned()));
        let unattended = UNATTENDED.iter().map(|(name, value)| (*name, (*value).to_owned()));
        for (name, value) in unattended.chain(scratch) {
            env.retain(|(known, _)| known != name);
            env.push((name.to_owned(), value));
        }
        env
    }

    /// The directory for temporary files. Where none can be made, commands use the one of the system.
    fn scratch(&self) -> Option<&Path> {
        let made = self.scratch.get_or_init(|| tempfile::Builder::new().prefix("headwater-").tempdir().ok());
        made.as_ref().map(TempDir::path).filter(|path| path.is_dir())
    }
}

fn profile_of(allowed: Allowed) -> Profile {
    match allowed {
        Allowed::ReadOnly => Profile::ReadOnly,
        Allowed::WorkspaceWrite => Profile::WorkspaceWrite { network: false },
        Allowed::WorkspaceWriteNetwork => Profile::WorkspaceWrite { network: true },
        Allowed::Unconfined => Profile::Unconfined,
    }
}

/// A job in the background lives until the session ends unless it was given a time.
fn timeout(input: &Input) -> Duration {
    match (input.timeout_s, input.background) {
        (None, Some(true)) => Duration::MAX,
        (seconds, _) => {
            Duration::from_secs(seconds.unwrap_or(DEFAULT_TIMEOUT).clamp(1, LONGEST_TIMEOUT).into())
        }
    }
}
