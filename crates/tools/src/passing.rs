//! Failures of the system that pass by themselves: somebody holds the file, or a limit is reached just now.

use std::error::Error;
use std::io;

use headwater_protocol::{ToolOutcome, Transient};
use headwater_sandbox::SandboxError;
use rustix::io::Errno;

/// What the system says when the same may succeed a moment later.
const PASSING: &[Errno] = &[
    Errno::INTR,
    Errno::AGAIN,
    Errno::BUSY,
    Errno::TXTBSY,
    Errno::MFILE,
    Errno::NFILE,
    Errno::NOMEM,
    Errno::NOLCK,
    Errno::STALE,
];

/// The result of a call that failed with `error` before anything took effect.
pub(crate) fn failed(error: &(dyn Error + 'static)) -> ToolOutcome {
    let text = error.to_string();
    if causes(error).any(is_passing) { for_now(text) } else { ToolOutcome::error(text) }
}

/// The result of a command that failed with `error`: one that never began has had no effect.
pub(crate) fn command_failed(text: String, error: &SandboxError) -> ToolOutcome {
    let never_began = match error {
        SandboxError::Spawn { source, .. }
        | SandboxError::Confine { source, .. }
        | SandboxError::Program { source, .. } => is_passing(source),
        // Whatever else failed, the command may have run.
        _ => false,
    };
    if never_began { for_now(text) } else { ToolOutcome::error(text) }
}

fn for_now(text: String) -> ToolOutcome {
    ToolOutcome::for_now(text, Transient::without_effect())
}

/// What the system said, wherever it stands in the chain of causes.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e io::Error> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
    .filter_map(|error| error.downcast_ref())
}

fn is_passing(error: &io::Error) -> bool {
    Errno::from_io_error(error).is_some_and(|errno| PASSING.contains(&errno))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::PathError;

    fn said(errno: Errno) -> PathError {
        PathError::of("a.txt", "opening it", io::Error::from(errno))
    }

    #[test]
    fn a2_what_passes_by_itself_is_told_as_such_and_nothing_else() {
        for errno in PASSING {
            let outcome = failed(&said(*errno));
            assert_eq!(outcome.failure, Some(Transient::without_effect()), "{errno:?}");
            assert!(outcome.is_error && outcome.model_text.contains("a.txt"), "{}", outcome.model_text);
        }
        for errno in [Errno::ACCESS, Errno::NOSPC, Errno::ROFS, Errno::NOENT, Errno::IO] {
            assert_eq!(failed(&said(errno)).failure, None, "{errno:?}");
        }
    }

    #[test]
    fn a2_a_command_that_never_began_may_begin_again_and_one_that_ran_may_not() {
        let busy = || io::Error::from(Errno::AGAIN);
        let spawn = SandboxError::Spawn { doing: "making a process", source: busy() };
        assert!(command_failed(String::new(), &spawn).failure.is_some());
        let missing = SandboxError::Program { program: "x".into(), source: io::Error::from(Errno::NOENT) };
        assert!(command_failed(String::new(), &missing).failure.is_none());
        let ran = SandboxError::Spill { path: "out".into(), source: busy() };
        assert!(command_failed(String::new(), &ran).failure.is_none());
        assert!(command_failed(String::new(), &SandboxError::SupervisorLost).failure.is_none());
    }
}
