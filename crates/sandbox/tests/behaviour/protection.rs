//! Protected paths stay as they are: existing ones, missing ones, links, and the way to them.

use std::fs;
use std::os::unix::fs::symlink;

use headwater_sandbox::{Exit, Probe};

use crate::stage::{Stage, WRITE, mechanisms, run, text, with_namespaces};

/// Runs `script` and checks that the workspace then looks exactly as before.
async fn nothing_protected_changes(probe: &Probe, stage: &Stage, script: &str) -> headwater_sandbox::Outcome {
    let before = protected_state(stage);
    let outcome = stage.run(probe, WRITE, script).await;
    assert_eq!(protected_state(stage), before, "{script} with {}: {}", probe.mechanism, text(&outcome));
    outcome
}

/// What is at the protected paths and beside them: each path with its content or the target of its link.
fn protected_state(stage: &Stage) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(&stage.work, &mut found);
    found.retain(|(path, _)| !path.contains("/harmless"));
    found.sort();
    found
}

fn collect(directory: &std::path::Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let kind = entry.file_type().unwrap();
        let content = if kind.is_symlink() {
            fs::read_link(&path).unwrap().display().to_string()
        } else if kind.is_dir() {
            collect(&path, found);
            "directory".to_owned()
        } else {
            fs::read_to_string(&path).unwrap()
        };
        found.push((path.display().to_string(), content));
    }
}

#[tokio::test]
async fn existing_paths_cannot_be_changed() {
    let stage = Stage::new();
    fs::write(stage.work.join(".git/hooks/pre-commit"), "check").unwrap();
    let attempts = [
        "echo evil > .git/config",
        "rm -f .git/config",
        "echo evil > harmless && mv -f harmless .git/config; rm -f harmless",
        "echo evil > .git/hooks/post-checkout",
        "echo evil > .git/hooks/pre-commit",
        "rm -rf .git/hooks",
        "cd .git && echo evil > ./hooks/../config",
        "chmod 777 .git/hooks/pre-commit",
    ];
    for probe in mechanisms() {
        for attempt in attempts {
            let outcome = nothing_protected_changes(&probe, &stage, attempt).await;
            let is_told = !outcome.exit.is_success() || !outcome.violations.is_empty();
            assert!(is_told || attempt.contains("harmless") || attempt.contains("chmod"), "{attempt}");
        }
    }
}

#[tokio::test]
async fn the_way_to_a_protected_path_cannot_be_swapped() {
    let stage = Stage::new();
    for probe in with_namespaces() {
        for attempt in [
            "mv .git .git2 && mkdir .git && echo evil > .git/config && mv .git .git3 && mv .git2 .git",
            "mv .git moved; echo evil > moved/config; mv moved .git",
            "ln .git/config harmless-link && echo evil > harmless-link; rm -f harmless-link",
            "mv ../work ../other; mkdir -p ../work/.git; echo evil > ../work/.git/config",
        ] {
            nothing_protected_changes(&probe, &stage, attempt).await;
        }
    }
}

#[tokio::test]
async fn a_writable_parent_does_not_open_a_way_around() {
    let stage = Stage::new();
    let parent = stage.work.parent().unwrap().to_path_buf();
    for probe in with_namespaces() {
        let script = "cd .. && mv work other && mkdir -p work/.git && echo evil > work/.git/config";
        let mut command = stage.command(WRITE, script);
        command.confinement.writable = vec![parent.clone()];
        let outcome = run(&probe, command).await;
        assert!(!outcome.exit.is_success(), "{}: {}", probe.mechanism, text(&outcome));
        assert_eq!(fs::read_to_string(stage.work.join(".git/config")).unwrap(), "[core]\n");
    }
}

#[tokio::test]
async fn the_rest_of_the_git_directory_stays_writable() {
    let stage = Stage::new();
    for probe in mechanisms() {
        let outcome = stage
            .run(&probe, WRITE, "echo x > .git/index.lock && mv .git/index.lock .git/index && rm .git/index")
            .await;
        assert_eq!((outcome.exit, outcome.violations.len()), (Exit::Code(0), 0), "{}", text(&outcome));
    }
}

#[tokio::test]
async fn missing_paths_cannot_be_made() {
    let stage = Stage::new();
    let attempts = [
        "mkdir .vscode && echo evil > .vscode/tasks.json",
        "echo evil > .mcp.json",
        "mkdir -p .headwater/deep",
        "mkdir harmless && echo evil > harmless/settings.json && mv harmless .claude",
        "ln -s /etc .idea",
        "mkdir .vscode; sleep 6000; echo evil > .vscode/late",
    ];
    for probe in mechanisms() {
        for attempt in attempts {
            let outcome = nothing_protected_changes(&probe, &stage, attempt).await;
            assert_eq!(outcome.exit, Exit::Stopped, "{attempt} with {}", probe.mechanism);
            assert!(
                outcome.violations.iter().any(|violation| violation.contains("it was created")),
                "{outcome:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_read_is_guarded_too() {
    use std::os::unix::fs::PermissionsExt;
    let stage = Stage::new();
    for probe in mechanisms() {
        fs::set_permissions(&stage.work, fs::Permissions::from_mode(0o300)).unwrap();
        let outcome = stage.run(&probe, WRITE, "mkdir .vscode").await;
        fs::set_permissions(&stage.work, fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(outcome.exit, Exit::Stopped, "{}", probe.mechanism);
        assert!(!stage.work.join(".vscode").exists());
    }
}

#[tokio::test]
async fn a_protected_link_stays_and_so_does_its_target() {
    let stage = Stage::new();
    fs::create_dir(stage.work.join("tasks")).unwrap();
    fs::write(stage.work.join("tasks/tasks.json"), "{}").unwrap();
    symlink("tasks", stage.work.join(".vscode")).unwrap();
    for probe in mechanisms() {
        for attempt in [
            "echo evil > .vscode/tasks.json",
            "echo evil > tasks/tasks.json",
            "rm .vscode",
            "ln -sfn /etc .vscode",
            "rm .vscode && mkdir .vscode && echo evil > .vscode/tasks.json",
        ] {
            nothing_protected_changes(&probe, &stage, attempt).await;
        }
    }
}

#[tokio::test]
async fn a_failed_attempt_leaves_no_litter_and_a_clean_command_no_trace() {
    let stage = Stage::new();
    for probe in mechanisms() {
        let modified = || fs::metadata(&stage.work).unwrap().modified().unwrap();
        let before = modified();
        nothing_protected_changes(&probe, &stage, "true").await;
        assert_eq!(modified(), before, "not even the time of the workspace changes");
    }
}
