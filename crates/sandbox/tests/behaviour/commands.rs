//! The plain running of commands: exit codes, signals, streams, environment, errors that say what to do.

use headwater_sandbox::{Exit, Mechanism, Profile, Runner, SandboxError, scrubbed_env};

use crate::stage::{Stage, WRITE, mechanisms, nothing, run, text};

#[tokio::test]
async fn exits_are_typed_under_every_mechanism() {
    let stage = Stage::new();
    let table = [
        ("true", Exit::Code(0)),
        ("exit 7", Exit::Code(7)),
        ("no-such-program-here", Exit::Code(127)),
        ("kill -TERM $$", Exit::Signal(15)),
        ("kill -KILL $$", Exit::Signal(9)),
        ("kill -SEGV $$", Exit::Signal(11)),
        ("(exit 3) | true", Exit::Code(0)),
    ];
    for probe in mechanisms().chain([nothing()]) {
        for (script, expected) in table {
            let outcome = stage.run(&probe, WRITE, script).await;
            // bwrap passes signals on as a shell would.
            let bwrap = probe.mechanism == Mechanism::Bubblewrap;
            let expected = if bwrap { Exit::Code(expected.shell_code().into()) } else { expected };
            assert_eq!(outcome.exit, expected, "{script} with {}", probe.mechanism);
        }
    }
}

#[tokio::test]
async fn streams_are_merged_in_order_and_input_is_empty() {
    let stage = Stage::new();
    for probe in mechanisms().chain([nothing()]) {
        let outcome = stage.run(&probe, WRITE, "echo one; echo two >&2; echo three; cat").await;
        assert_eq!(text(&outcome), "one\ntwo\nthree\n", "{}", probe.mechanism);
        assert_eq!(outcome.output.total_lines, 3);
    }
}

#[tokio::test]
async fn the_shell_is_no_login_shell_and_sees_only_its_environment() {
    let stage = Stage::new();
    let parent = [("PATH", "/usr/bin:/bin"), ("SOME_API_KEY", "hunter2"), ("HOME", "/root")];
    for probe in mechanisms().chain([nothing()]) {
        let mut command = stage
            .command(WRITE, "shopt -q login_shell; echo login=$?; cat /proc/self/environ | tr '\\0' '\\n'");
        command.env = scrubbed_env(parent.into_iter().map(|(name, value)| (name.into(), value.into())), &[]);
        let output = text(&run(&probe, command).await);
        assert!(output.contains("login=1") && output.contains("HOME=/root"), "{output}");
        assert!(!output.contains("hunter2"), "{output}");
    }
}

#[tokio::test]
async fn no_descriptor_of_ours_is_inherited() {
    let stage = Stage::new();
    let open = std::fs::File::open("/etc/passwd").unwrap();
    // A careless library may open descriptors that survive an exec.
    let careless = rustix::io::fcntl_dupfd_cloexec(&open, 60).unwrap();
    rustix::io::fcntl_setfd(&careless, rustix::io::FdFlags::empty()).unwrap();
    for probe in mechanisms().chain([nothing()]) {
        let listed = text(&stage.run(&probe, WRITE, "exec ls /proc/self/fd").await);
        assert_eq!(listed, "0\n1\n2\n3\n", "{}: the fourth is the listed directory itself", probe.mechanism);
    }
}

#[tokio::test]
async fn the_user_is_the_same_inside() {
    let stage = Stage::new();
    let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    for probe in mechanisms() {
        let outcome = stage.run(&probe, WRITE, "id -u; id -g; touch mine; stat -c %u:%g mine").await;
        assert_eq!(text(&outcome), format!("{user}\n{group}\n{user}:{group}\n"), "{}", probe.mechanism);
        use std::os::unix::fs::MetadataExt;
        assert_eq!(std::fs::metadata(stage.work.join("mine")).unwrap().uid(), user);
    }
}

#[tokio::test]
async fn a_missing_working_directory_is_named() {
    let stage = Stage::new();
    for probe in mechanisms().chain([nothing()]) {
        let mut command = stage.command(WRITE, "true");
        command.cwd = stage.work.join("gone");
        let error = Runner::new(probe).run(command, std::future::pending(), |_| ()).await.unwrap_err();
        assert!(
            matches!(&error, SandboxError::WorkingDirectory { path, .. } if path.ends_with("gone")),
            "{error}"
        );
        assert!(error.to_string().contains("change to a directory that exists"));
    }
}

#[tokio::test]
async fn a_missing_workspace_is_named_before_anything_runs() {
    let stage = Stage::new();
    for probe in mechanisms() {
        let mut command = stage.command(WRITE, "true");
        command.confinement.workspace = stage.work.join("gone");
        let error = Runner::new(probe).run(command, std::future::pending(), |_| ()).await.unwrap_err();
        assert!(matches!(error, SandboxError::Path { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_nul_byte_is_refused() {
    let stage = Stage::new();
    let command = stage.command(Profile::Unconfined, "echo \0");
    let error = Runner::new(nothing()).run(command, std::future::pending(), |_| ()).await.unwrap_err();
    assert!(matches!(error, SandboxError::NulByte { .. }), "{error}");
}

#[tokio::test]
async fn sh_runs_the_script_where_bash_is_missing_from_the_path_too() {
    let stage = Stage::new();
    let mut command = stage.command(Profile::Unconfined, "echo works");
    command.env = vec![("PATH".to_owned(), "/nowhere".to_owned())];
    assert_eq!(text(&run(&nothing(), command).await), "works\n");
}
