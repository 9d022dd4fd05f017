//! Workers: what they are handed works, everything else does not, under namespaces and under Landlock.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use headwater_sandbox::{Exit, Mechanism, Probe, SandboxError, Worker, WorkerCommand, WorkerLimits};

use crate::stage::{Stage, mechanisms, nothing};

/// A shell stands for any program: it reads, writes, forks and executes without help of another one.
fn shell() -> PathBuf {
    Path::new("/bin/sh").canonicalize().unwrap()
}

/// The loaders of shared libraries that are usual, and the directories of the libraries.
fn system() -> (Vec<PathBuf>, Vec<PathBuf>) {
    let trees = ["/lib", "/lib64", "/usr/lib", "/usr/lib64"].map(PathBuf::from);
    let loaders = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"].map(PathBuf::from);
    let real =
        |paths: &[PathBuf]| paths.iter().filter_map(|path| path.canonicalize().ok()).collect::<Vec<_>>();
    (trees.to_vec(), real(&loaders))
}

fn command(script: &str, out: &File, passed: Vec<std::os::fd::OwnedFd>) -> WorkerCommand {
    let (readable, mut executable) = system();
    executable.push(shell());
    WorkerCommand {
        program: shell(),
        arguments: vec!["-c".into(), script.into()],
        readable: readable.into_iter().chain([shell()]).collect(),
        executable,
        streams: [out.try_clone().unwrap().into(), out.try_clone().unwrap().into()],
        passed,
        limits: WorkerLimits { memory: 1 << 30, cpu: Duration::from_secs(20), files: 16 },
    }
}

/// Runs a script to its end. Its output goes into a pipe, since a worker may not make a file longer.
async fn run(probe: &Probe, script: &str, passed: Vec<std::os::fd::OwnedFd>) -> (Exit, String) {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let writer = File::from(std::os::fd::OwnedFd::from(writer));
    let mut worker = Worker::start(probe, command(script, &writer, passed)).await.unwrap();
    drop(writer);
    let exit = worker.ended().await;
    let mut output = String::new();
    reader.read_to_string(&mut output).unwrap();
    (exit, output)
}

/// The mechanisms under which a worker runs: without namespaces it always is Landlock.
fn working() -> impl Iterator<Item = Probe> {
    mechanisms().filter(|probe| probe.mechanism != Mechanism::Bubblewrap)
}

#[tokio::test]
async fn a_worker_reads_what_it_is_passed_and_reaches_nothing_else() {
    let stage = Stage::new();
    let secret = stage.outside.join("secret");
    std::fs::write(&secret, "secret").unwrap();
    let table = [
        (format!("read x < {}", secret.display()), "a file elsewhere"),
        ("read x < /etc/passwd".to_owned(), "a file of the system"),
        (format!(": > {}", stage.work.join("made").display()), "writing in the workspace"),
        (": > /tmp/made-by-a-worker".to_owned(), "writing a temporary file"),
        ("read x < /proc/self/environ".to_owned(), "its own process"),
        ("(exit 0)".to_owned(), "a process"),
        ("exec /bin/true".to_owned(), "another program"),
        (format!("exec {} -c 'exit 0'", shell().display()), "itself again"),
        ("kill -9 $PPID".to_owned(), "the supervisor"),
    ];
    for probe in working() {
        for (attempt, what) in &table {
            let script = format!("if {attempt} 2>&-; then echo DONE; fi; echo after");
            let (_exit, output) = run(&probe, &script, Vec::new()).await;
            assert!(!output.contains("DONE"), "{what} under {}: {output}", probe.mechanism);
        }
        assert!(!stage.work.join("made").exists());
        let mut passed = tempfile::tempfile().unwrap();
        passed.write_all(b"handed over\n").unwrap();
        passed.rewind().unwrap();
        let script = "read x <&3; echo \"$x\"; echo \"${HOME-nothing}\"";
        let (exit, output) = run(&probe, script, vec![passed.into()]).await;
        assert_eq!((exit, output.as_str()), (Exit::Code(0), "handed over\nnothing\n"), "{}", probe.mechanism);
    }
    assert!(!Path::new("/tmp/made-by-a-worker").exists());
}

#[tokio::test]
async fn a_worker_is_interrupted_and_killed() {
    for probe in working() {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let writer = File::from(std::os::fd::OwnedFd::from(writer));
        let script = "trap 'echo interrupted' INT; echo ready; while :; do :; done";
        let mut worker = Worker::start(&probe, command(script, &writer, Vec::new())).await.unwrap();
        drop(writer);
        let mut line = [0; 6];
        reader.read_exact(&mut line).unwrap();
        assert_eq!(&line, b"ready\n");
        worker.interrupt();
        let mut line = [0; 12];
        reader.read_exact(&mut line).unwrap();
        assert_eq!(&line, b"interrupted\n");
        worker.kill();
        assert_eq!(worker.ended().await, Exit::Cancelled);
        assert_eq!(reader.read(&mut line).unwrap(), 0, "nobody holds the pipe any more");
    }
}

#[tokio::test]
async fn nothing_runs_where_nothing_confines() {
    let out = tempfile::tempfile().unwrap();
    let error = Worker::start(&nothing(), command("exit 0", &out, Vec::new())).await.unwrap_err();
    assert!(matches!(error, SandboxError::Confine { .. }), "{error}");
}
