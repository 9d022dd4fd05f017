//! Background jobs: they outlive the call, are polled without loss, and die when told or when their runner does.

use std::time::{Duration, Instant};

use headwater_sandbox::{Exit, JobState, Profile, Runner, SandboxError};
use headwater_testkit::AtBest;

use crate::stage::{Stage, WRITE, eventually, mechanisms, nothing, processes_with, unique_sleep};

fn exit_of(state: &JobState) -> Option<Exit> {
    match state {
        JobState::Ended { exit, .. } => Some(*exit),
        JobState::Running | JobState::Failed(_) => None,
    }
}

#[tokio::test]
async fn output_is_polled_with_a_cursor() {
    let stage = Stage::new();
    for probe in mechanisms() {
        let runner = Runner::new(probe);
        let script = "echo one; while [ ! -e door ]; do sleep 0.005; done; echo two; exit 3";
        let job = runner.spawn_background(stage.command(WRITE, script)).await.unwrap();
        assert_eq!(runner.job(job.id()).unwrap().script(), script);
        eventually("the first line", || job.output_since(0).bytes == b"one\n").await;
        assert_eq!(job.state(), JobState::Running);
        let cursor = job.output_since(0).next;
        std::fs::write(stage.work.join("door"), "").unwrap();
        assert_eq!(exit_of(&job.ended().await), Some(Exit::Code(3)));
        assert_eq!(job.output_since(cursor).bytes, b"two\n");
        std::fs::remove_file(stage.work.join("door")).unwrap();
    }
}

#[tokio::test]
async fn a_killed_job_is_gone_at_once_with_all_it_started() {
    let stage = Stage::new();
    for probe in mechanisms().chain([nothing()]) {
        let mut figure = AtBest::within(Duration::from_millis(200));
        while figure.is_open() {
            let sleep = unique_sleep();
            let runner = Runner::new(probe.clone());
            let script = format!("trap '' TERM; setsid sleep {sleep} & sleep {sleep}");
            let job = runner.spawn_background(stage.command(WRITE, script)).await.unwrap();
            eventually("both run", || processes_with(&format!("sleep\0{sleep}")).len() == 2).await;
            let began = Instant::now();
            assert_eq!(exit_of(&job.kill().await), Some(Exit::Cancelled));
            figure.took(began.elapsed());
            assert!(processes_with(&sleep).is_empty(), "{}", probe.mechanism);
            assert_eq!(job.kill().await, job.state(), "killing twice is harmless");
        }
    }
}

#[tokio::test]
async fn jobs_die_with_their_runner() {
    let stage = Stage::new();
    for probe in mechanisms().chain([nothing()]) {
        let sleep = unique_sleep();
        let runner = Runner::new(probe);
        for _ in 0..3 {
            runner.spawn_background(stage.command(WRITE, format!("sleep {sleep} & wait"))).await.unwrap();
        }
        assert_eq!(runner.jobs().iter().map(|job| job.id().0).collect::<Vec<_>>(), [1, 2, 3]);
        eventually("all run", || processes_with(&format!("sleep\0{sleep}")).len() == 3).await;
        drop(runner);
        eventually("all are gone", || processes_with(&sleep).is_empty()).await;
    }
}

#[tokio::test]
async fn a_job_that_cannot_start_is_an_error() {
    let stage = Stage::new();
    let mut command = stage.command(Profile::Unconfined, "true");
    command.cwd = stage.work.join("gone");
    let error = Runner::new(nothing()).spawn_background(command).await.unwrap_err();
    assert!(matches!(error, SandboxError::WorkingDirectory { .. }));
}

#[tokio::test]
async fn a_job_that_makes_a_protected_path_is_stopped() {
    let stage = Stage::new();
    for probe in mechanisms() {
        let runner = Runner::new(probe);
        let job = runner.spawn_background(stage.command(WRITE, "mkdir .vscode; sleep 6000")).await.unwrap();
        assert_eq!(exit_of(&job.ended().await), Some(Exit::Stopped));
        assert!(!stage.work.join(".vscode").exists());
    }
}
