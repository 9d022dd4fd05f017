//! Ends: deadlines, cancellation, what is left behind, and that nothing is.

use std::time::{Duration, Instant};

use headwater_sandbox::{Exit, Mechanism, Probe, Profile, Runner};
use headwater_testkit::{AtBest, DEADLINE};

use crate::stage::{
    Stage, WRITE, eventually, has, mechanisms, nothing, processes_with, run, text, unique_sleep,
};

/// Children that do not want to go: deaf to SIGTERM, in sessions of their own, with nobody above them.
fn stubborn(sleep: &str) -> String {
    format!(
        "trap '' TERM HUP INT; sleep {sleep} & setsid sleep {sleep} & (setsid bash -c 'trap \"\" TERM; sleep {sleep}; sleep {sleep}' &) ; \
         bash -c '(setsid sleep {sleep} &)'; echo ready; sleep {sleep}; sleep {sleep}"
    )
}

#[tokio::test]
async fn two_hundred_milliseconds_after_a_cancel_nothing_lives() {
    let stage = Stage::new();
    for (probe, profile) in every_way() {
        let mut figure = AtBest::within(Duration::from_millis(200));
        while figure.is_open() {
            figure.took(from_cancel_to_end(&stage, &probe, profile).await);
        }
    }
}

/// How long a stubborn command goes on after it was cancelled; nothing of it may be left then.
async fn from_cancel_to_end(stage: &Stage, probe: &Probe, profile: Profile) -> Duration {
    let sleep = unique_sleep();
    let (cancel, cancelled) = tokio::sync::oneshot::channel::<()>();
    let mut cancel = Some(cancel);
    let mut at = None;
    let command = stage.command(profile, stubborn(&sleep));
    let outcome = Runner::new(probe.clone())
        .run(command, async { drop(cancelled.await) }, |_ready| {
            at.get_or_insert_with(Instant::now);
            drop(cancel.take());
        })
        .await
        .unwrap();
    let took = at.unwrap().elapsed();
    assert_eq!(outcome.exit, Exit::Cancelled);
    assert_eq!(processes_with(&sleep), Vec::<String>::new(), "{}", probe.mechanism);
    took
}

#[tokio::test]
async fn a_deadline_ends_everything_and_keeps_the_output() {
    let stage = Stage::new();
    for (probe, profile) in every_way() {
        let mut figure = AtBest::within(Duration::from_millis(300));
        let mut timeout = Duration::from_millis(200);
        while figure.is_open() {
            let sleep = unique_sleep();
            let mut command = stage.command(profile, stubborn(&sleep));
            command.timeout = timeout;
            let outcome = run(&probe, command).await;
            assert_eq!(outcome.exit, Exit::TimedOut, "{}", probe.mechanism);
            assert_eq!(processes_with(&sleep), Vec::<String>::new(), "{}", probe.mechanism);
            if text(&outcome) == "ready\n" {
                figure.took(outcome.duration.saturating_sub(timeout));
            } else {
                // The deadline came first: a slow machine needs a later one.
                assert_eq!(text(&outcome), "", "{}", probe.mechanism);
                timeout *= 2;
                assert!(timeout < DEADLINE, "the output is lost with {}", probe.mechanism);
            }
        }
    }
}

#[tokio::test]
async fn a_polite_command_may_clean_up_on_cancel() {
    let stage = Stage::new();
    for (probe, profile) in
        every_way().into_iter().filter(|(probe, _)| probe.mechanism != Mechanism::Bubblewrap)
    {
        let runner = Runner::new(probe.clone());
        let (cancel, cancelled) = tokio::sync::oneshot::channel::<()>();
        let mut cancel = Some(cancel);
        let script = "trap 'echo cleaned; exit 5' TERM; echo ready; while :; do sleep 0.01; done";
        let outcome = runner
            .run(stage.command(profile, script), async { drop(cancelled.await) }, |_| drop(cancel.take()))
            .await
            .unwrap();
        assert_eq!(outcome.exit, Exit::Cancelled);
        assert!(text(&outcome).ends_with("cleaned\n"), "{}: {}", probe.mechanism, text(&outcome));
    }
}

#[tokio::test]
async fn the_end_of_the_shell_is_the_end_of_the_call() {
    let stage = Stage::new();
    for (probe, profile) in every_way() {
        let sleep = unique_sleep();
        let outcome = stage
            .run(&probe, profile, format!("sleep {sleep} & setsid sleep {sleep} & echo done; exit 4"))
            .await;
        assert_eq!((outcome.exit, text(&outcome).as_str()), (Exit::Code(4), "done\n"), "{}", probe.mechanism);
        assert_eq!(processes_with(&sleep), Vec::<String>::new(), "{}", probe.mechanism);
    }
}

#[tokio::test]
async fn a_dropped_call_kills_the_command() {
    let stage = Stage::new();
    for (probe, profile) in every_way() {
        let sleep = unique_sleep();
        let runner = Runner::new(probe.clone());
        let command = stage.command(profile, stubborn(&sleep));
        tokio::select! {
            _ = runner.run(command, std::future::pending(), |_| ()) => panic!("it cannot have ended"),
            () = eventually("the command runs", || !processes_with(&sleep).is_empty()) => {}
        }
        eventually("the command is gone", || processes_with(&sleep).is_empty()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_commands_at_once_do_not_disturb_each_other() {
    const COMMANDS: usize = 150;
    let stage = std::sync::Arc::new(Stage::new());
    for (probe, profile) in every_way() {
        let mut running = tokio::task::JoinSet::new();
        for number in 0..COMMANDS {
            let (stage, probe) = (stage.clone(), probe.clone());
            running.spawn(async move {
                let outcome = stage.run(&probe, profile, format!("echo {number}; exit {}", number % 7)).await;
                (number, outcome.exit, text(&outcome))
            });
        }
        while let Some(ended) = running.join_next().await {
            let (number, exit, output) = ended.unwrap();
            assert_eq!(
                (exit, output),
                (Exit::Code(i32::try_from(number % 7).unwrap()), format!("{number}\n"))
            );
        }
    }
}

#[tokio::test]
async fn no_zombie_is_left_behind() {
    let stage = Stage::new();
    for (probe, profile) in every_way() {
        stage.run(&probe, profile, "true").await;
    }
    // Other tests of this process run commands of their own, which are zombies for an instant.
    eventually("every child is collected", || !has_zombie_child()).await;
}

fn has_zombie_child() -> bool {
    let us = std::process::id().to_string();
    std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        fields.next() == Some("Z") && fields.next() == Some(&us)
    })
}

#[tokio::test]
async fn waiting_costs_no_processor_time() {
    let stage = Stage::new();
    if !has("sleep") {
        return;
    }
    for (probe, profile) in every_way() {
        let before = context_switches();
        let mut command = stage.command(profile, "sleep 0.5");
        command.timeout = Duration::MAX;
        run(&probe, command).await;
        let switches = context_switches() - before;
        assert!(switches < 60, "{switches} wake-ups with {}", probe.mechanism);
    }
}

/// How often the calling thread went to sleep so far; a test's runtime lives on it alone.
fn context_switches() -> u64 {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
    status
        .lines()
        .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))
        .unwrap()
        .trim()
        .parse()
        .unwrap()
}

fn every_way() -> Vec<(Probe, Profile)> {
    mechanisms().map(|probe| (probe, WRITE)).chain([(nothing(), Profile::Unconfined)]).collect()
}
