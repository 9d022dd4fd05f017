//! A program in the foreground, as `headwater sandbox -- CMD` runs it.

use std::ffi::OsString;

use headwater_sandbox::{Exit, SandboxError, exec_argv, scrubbed_env};

use crate::stage::{Stage, WRITE, mechanisms, nothing};

fn argv(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

#[test]
fn its_exit_is_ours_and_it_is_confined() {
    let stage = Stage::new();
    let env = scrubbed_env(std::env::vars_os(), &[]);
    for probe in mechanisms() {
        let run = |words: &[&str]| {
            exec_argv(&probe, &stage.confinement(WRITE), &argv(words), &stage.work, &env).unwrap().0
        };
        assert_eq!(run(&["sh", "-c", "exit 9"]), Exit::Code(9));
        assert_eq!(run(&["sh", "-c", "kill -TERM $$"]).shell_code(), 143);
        assert_eq!(run(&["touch", "made"]), Exit::Code(0));
        assert!(!run(&["sh", "-c", "touch ../outside/made 2>/dev/null"]).is_success());
        let confinement = stage.confinement(WRITE);
        let ended = exec_argv(&probe, &confinement, &argv(&["mkdir", ".vscode"]), &stage.work, &env);
        let (exit, violations) = ended.unwrap();
        assert_eq!(exit, Exit::Stopped);
        assert!(violations.len() == 1 && violations[0].contains(".vscode is protected"), "{violations:?}");
    }
}

#[test]
fn a_missing_program_is_named() {
    let stage = Stage::new();
    let error =
        exec_argv(&nothing(), &stage.confinement(WRITE), &argv(&["no-such-program"]), &stage.work, &[])
            .unwrap_err();
    assert!(
        matches!(&error, SandboxError::Program { program, .. } if program == "no-such-program"),
        "{error}"
    );
}
