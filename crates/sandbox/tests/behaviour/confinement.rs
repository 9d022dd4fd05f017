//! What the profiles let a command write, and that the tools of the trade work inside them.

use std::fs;

use headwater_sandbox::{Exit, Profile};

use crate::stage::{Stage, WRITE, has, mechanisms, nothing, run, text, with_namespaces};

#[tokio::test]
async fn a_read_only_command_writes_nothing_that_lasts() {
    let stage = Stage::new();
    fs::write(stage.work.join("file"), "old").unwrap();
    let attempts = [
        "echo new > file",
        "echo new >> file",
        "rm file",
        "mv file other",
        "mkdir made",
        "ln -s file link",
        "chmod 777 file",
        "touch -d 2001-01-01 file",
        "truncate -s 0 file",
    ];
    for probe in mechanisms() {
        for attempt in attempts {
            let outcome = stage.run(&probe, Profile::ReadOnly, attempt).await;
            assert!(!outcome.exit.is_success(), "{attempt} with {}", probe.mechanism);
        }
        let names: Vec<_> =
            fs::read_dir(&stage.work).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert_eq!(fs::read_to_string(stage.work.join("file")).unwrap(), "old");
    }
}

#[tokio::test]
async fn a_workspace_command_writes_there_and_nowhere_else() {
    let stage = Stage::new();
    let outside = stage.outside.display();
    for probe in mechanisms() {
        let outcome =
            stage.run(&probe, WRITE, "mkdir -p a/b && echo x > a/b/file && mv a c && cat c/b/file").await;
        assert_eq!((outcome.exit, text(&outcome).as_str()), (Exit::Code(0), "x\n"), "{}", probe.mechanism);
        fs::remove_dir_all(stage.work.join("c")).unwrap();
        for attempt in [
            format!("echo x > {outside}/file"),
            format!("ln -s {outside} door && echo x > door/file"),
            "echo x > ../outside/file".to_owned(),
            "echo x > /proc/self/cwd/../outside/file".to_owned(),
            "mv ../work ../elsewhere".to_owned(),
        ] {
            let outcome = stage.run(&probe, WRITE, &attempt).await;
            assert!(!outcome.exit.is_success(), "{attempt} with {}", probe.mechanism);
        }
        fs::remove_file(stage.work.join("door")).unwrap();
        assert_eq!(fs::read_dir(&stage.outside).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn extra_places_are_writable_and_everything_is_readable() {
    let stage = Stage::new();
    fs::write(stage.outside.join("seen"), "seen").unwrap();
    for probe in mechanisms() {
        let mut command =
            stage.command(WRITE, "cat ../outside/seen && echo x > ../outside/made && head -c4 /etc/passwd");
        command.confinement.writable = vec![stage.outside.clone(), "/no/such/place".into()];
        let outcome = run(&probe, command).await;
        assert!(outcome.exit.is_success(), "{}: {}", probe.mechanism, text(&outcome));
        fs::remove_file(stage.outside.join("made")).unwrap();
    }
}

#[tokio::test]
async fn a_read_only_command_has_memory_for_temporary_files_in_a_namespace() {
    let stage = Stage::new();
    let script = "file=$(mktemp) && echo x > $file && cat $file && cat <<END\nhere\nEND";
    for probe in with_namespaces() {
        let output = text(&stage.run(&probe, Profile::ReadOnly, script).await);
        assert_eq!(output, "x\nhere\n", "{}", probe.mechanism);
    }
}

#[tokio::test]
async fn usual_tools_work_inside() {
    let stage = Stage::new();
    let tools = [
        ("git", "git init -q sub 2>&1; cd sub && git status --short && git config --get core.bare"),
        (
            "python3",
            "python3 -c 'import multiprocessing, tempfile; print(tempfile.TemporaryFile(dir=\".\").write(b\"x\"))'",
        ),
        ("cc", "printf 'int main(void){return 0;}' > a.c && cc a.c -o a.out && ./a.out"),
        ("node", "node -e 'require(\"child_process\").execSync(\"true\")'"),
        ("script", "script -qc 'tty' /dev/null"),
    ];
    for probe in mechanisms() {
        for (tool, script) in tools.into_iter().filter(|(tool, _)| has(tool)) {
            let script = format!("export TMPDIR=$PWD; {script}");
            let outcome = stage.run(&probe, WRITE, script).await;
            assert!(outcome.exit.is_success(), "{tool} with {}: {}", probe.mechanism, text(&outcome));
        }
        fs::remove_dir_all(stage.work.join("sub")).ok();
    }
}

#[tokio::test]
async fn an_unconfined_command_is_not_confined() {
    let stage = Stage::new();
    for probe in mechanisms().chain([nothing()]) {
        let outcome = stage.run(&probe, Profile::Unconfined, "echo x > ../outside/file").await;
        assert!(outcome.exit.is_success(), "{}", probe.mechanism);
    }
    assert!(stage.outside.join("file").exists());
}

#[test]
fn the_probe_says_what_is_enforced() {
    let none = nothing();
    assert_eq!(none.describe(WRITE), "NOT ENFORCED: workspace write, no network (no sandbox)");
    assert!(!none.enforces(Profile::ReadOnly) && none.enforces(Profile::Unconfined));
    for probe in mechanisms() {
        assert!(probe.enforces(WRITE));
        assert!(probe.describe(Profile::ReadOnly).starts_with("read only, no network ("));
    }
    let detected = headwater_sandbox::Probe::detect();
    assert_eq!(
        Some(detected.mechanism),
        mechanisms().next().map(|probe| probe.mechanism).or(Some(none.mechanism))
    );
}
