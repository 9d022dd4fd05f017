//! Runs one program in the foreground with the caller's own terminal: `headwater sandbox -- CMD`.

use std::ffi::OsString;
use std::path::Path;

use crate::error::SandboxError;
use crate::outcome::Exit;
use crate::platform::{self, Foreground};
use crate::probe::Probe;
use crate::profile::Confinement;

/// Runs `argv` in `cwd` under `confinement` with the caller's stdin, stdout, stderr and exactly the environment `env`,
/// and waits for its end. Blocks the calling thread; Ctrl-C goes to the program, whose end then is the end of the call.
/// Returns how it ended, and what it did to protected paths and was put back, one sentence each.
pub fn exec_argv(
    probe: &Probe,
    confinement: &Confinement,
    argv: &[OsString],
    cwd: &Path,
    env: &[(String, String)],
) -> Result<(Exit, Vec<String>), SandboxError> {
    let foreground = Foreground { argv, cwd, env, has_terminal: true };
    platform::run(probe.mechanism, confinement, foreground)
}
