//! `headwater sandbox [--profile P] -- CMD…`: a command as the agent would run it, with this terminal.

use std::ffi::OsString;

use anyhow::Result;
use clap::{Args, ValueEnum};
use headwater_engine::withheld::{Bounds, look};
use headwater_sandbox::{Confinement, Probe, Profile, exec_argv};

use crate::args::Globals;
use crate::output;
use crate::premises::Premises;
use crate::rules;
use crate::user_error::UserError;
use crate::vendors::command_env;

/// What to run and how.
#[derive(Debug, Args)]
pub(crate) struct SandboxArguments {
    /// What the command may touch.
    #[arg(long, value_name = "PROFILE", value_enum, default_value_t = ProfileChoice::WorkspaceWrite)]
    profile: ProfileChoice,
    /// The command and its arguments.
    #[arg(value_name = "CMD", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// The profiles, as the command line spells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ProfileChoice {
    /// Nothing can be written, no network.
    ReadOnly,
    /// The workspace can be written, protected paths excepted; no network.
    WorkspaceWrite,
    /// As workspace-write, with the network.
    WorkspaceWriteNetwork,
    /// No confinement at all.
    Unconfined,
}

impl From<ProfileChoice> for Profile {
    fn from(choice: ProfileChoice) -> Self {
        match choice {
            ProfileChoice::ReadOnly => Self::ReadOnly,
            ProfileChoice::WorkspaceWrite => Self::WorkspaceWrite { network: false },
            ProfileChoice::WorkspaceWriteNetwork => Self::WorkspaceWrite { network: true },
            ProfileChoice::Unconfined => Self::Unconfined,
        }
    }
}

pub(super) fn run(own: &SandboxArguments, globals: &Globals) -> Result<u8> {
    let premises = Premises::find(globals)?;
    let workspace = &premises.workspace;
    let profile = Profile::from(own.profile);
    let probe = Probe::detect();
    if !probe.enforces(profile) {
        let error = UserError::failed(format!("the command was not run: {}", probe.describe(profile)));
        let error = probe.reasons.iter().fold(error, UserError::hint);
        return Err(error.hint("`--profile unconfined` runs it without any confinement.").into());
    }
    output::note(&format!("sandbox: {}", probe.describe(profile)));
    let env = command_env(premises.settings())?;
    let mut confinement = Confinement::new(profile, workspace);
    if profile != Profile::Unconfined {
        let found = look(&rules::withholding(&premises)?, workspace, Bounds::of_commands());
        confinement.hidden = found.hidden.to_vec();
        confinement.kept = found.kept.to_vec();
        confinement.protected.extend(found.fixed.iter().cloned());
    }
    let (exit, violations) = exec_argv(&probe, &confinement, &own.command, workspace, &env)?;
    for violation in violations {
        output::note(&format!("sandbox: {}", output::without_controls(&violation)));
    }
    Ok(exit.shell_code())
}
