//! No file tool leaves the workspace, and none touches what is protected.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use headwater_protocol::Confinement;
use serde_json::json;

use crate::stage::Stage;

struct Trap {
    stage: Stage,
    outside: tempfile::TempDir,
}

/// A workspace full of ways out, and a directory outside that nothing may reach.
fn trap() -> Trap {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    let stage = Stage::new();
    stage.file("d/inside", "inside\n");
    symlink("d/inside", stage.path("good")).unwrap();
    symlink(stage.path("d"), stage.path("absolute-good")).unwrap();
    symlink("../d/inside", stage.path("d/roundabout")).unwrap();
    symlink(outside.path(), stage.path("out")).unwrap();
    symlink(outside.path().join("secret"), stage.path("out-file")).unwrap();
    symlink("../../../../../../../../etc/passwd", stage.path("up")).unwrap();
    symlink("/proc/self/root", stage.path("magic")).unwrap();
    symlink("loop", stage.path("loop")).unwrap();
    symlink(outside.path().join("absent"), stage.path("dangling")).unwrap();
    symlink("out", stage.path("twice")).unwrap();
    Trap { stage, outside }
}

#[tokio::test]
async fn reading_never_leaves_the_workspace() {
    let Trap { mut stage, outside } = trap();
    let inside = stage.path("d/inside").display().to_string();
    let secret = outside.path().join("secret").display().to_string();
    let table = [
        ("d/inside", Ok("d/inside")),
        ("./d/../d/inside", Ok("d/inside")),
        ("good", Ok("d/inside")),
        ("absolute-good/inside", Ok("d/inside")),
        ("d/roundabout", Ok("d/inside")),
        (inside.as_str(), Ok("d/inside")),
        ("..", Err("workspace-only")),
        ("../x", Err("workspace-only")),
        ("d/../../x", Err("workspace-only")),
        ("/etc/passwd", Err("workspace-only")),
        (secret.as_str(), Err("workspace-only")),
        ("out/secret", Err("workspace-only")),
        ("out-file", Err("workspace-only")),
        ("twice/secret", Err("workspace-only")),
        ("up", Err("workspace-only")),
        ("magic/etc/passwd", Err("workspace-only")),
        ("loop", Err("loop of symlinks")),
        ("dangling", Err("symlink to something that does not exist")),
        ("~/.ssh/id_rsa", Err("`~` is not expanded")),
        ("", Err("The path is empty")),
        ("a\0b", Err("NUL byte")),
    ];
    for (path, expected) in table {
        let outcome = stage.call("read", json!({"path": path})).await;
        match expected {
            Ok(real) => assert_eq!(outcome.files[0].path, real, "{path}"),
            Err(why) => assert!(
                outcome.is_error && outcome.model_text.contains(why),
                "{path}: {}",
                outcome.model_text
            ),
        }
        assert!(!outcome.model_text.contains("secret\n"), "{path}");
    }
}

#[tokio::test]
async fn writing_searching_and_running_never_leave_the_workspace() {
    let Trap { mut stage, outside } = trap();
    for path in [
        "out/new",
        "out/deep/new",
        "twice/new",
        "magic/tmp/new",
        "../new",
        "/tmp/headwater-new",
        "dangling",
        "out-file",
    ] {
        let text = stage.refused("write", json!({"path": path, "content": "x"})).await;
        assert!(text.contains("workspace-only") || text.contains("symlink to something"), "{path}: {text}");
    }
    let entries: Vec<_> =
        fs::read_dir(outside.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(entries, ["secret"]);
    for tool in ["list", "grep", "glob"] {
        let text = stage
            .refused(
                tool,
                json!({"path": "out", "pattern": "secret"})
                    .as_object()
                    .map(|all| {
                        let mut all = all.clone();
                        if tool == "list" {
                            all.remove("pattern");
                        }
                        all.into()
                    })
                    .unwrap(),
            )
            .await;
        assert!(text.contains("workspace-only"), "{tool}: {text}");
    }
    let grep = stage.ok("grep", json!({"pattern": "secret"})).await.model_text;
    assert!(grep.starts_with("Nothing matches"), "{grep}");
    let shell = stage.refused("shell", json!({"command": "pwd", "workdir": "out"})).await;
    assert!(shell.contains("workspace-only"), "{shell}");
}

#[tokio::test]
async fn pipes_sockets_and_devices_are_never_opened_for_reading() {
    let mut stage = Stage::new();
    let _socket = std::os::unix::net::UnixListener::bind(stage.path("socket")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(stage.path("pipe")).status().unwrap().success());
    for path in ["socket", "pipe"] {
        let text = stage.refused("read", json!({"path": path})).await;
        assert!(text.contains("not a regular file"), "{text}");
        let text = stage.refused("write", json!({"path": path, "content": "x"})).await;
        assert!(text.contains("not a regular file"), "{text}");
    }
}

#[tokio::test]
async fn a_symlink_is_written_through_and_stays_one() {
    let Trap { mut stage, outside: _outside } = trap();
    stage.ok("read", json!({"path": "good"})).await;
    let outcome = stage.ok("write", json!({"path": "good", "content": "new\n"})).await;
    assert_eq!(outcome.files[0].path, "d/inside");
    assert_eq!(stage.content("d/inside"), "new\n");
    assert!(stage.path("good").symlink_metadata().unwrap().is_symlink());
}

#[tokio::test]
async fn a_hard_link_elsewhere_keeps_its_content() {
    let Trap { mut stage, outside } = trap();
    fs::hard_link(outside.path().join("secret"), stage.path("hard")).unwrap();
    stage.ok("read", json!({"path": "hard"})).await;
    stage.ok("edit", json!({"path": "hard", "old": "secret", "new": "changed"})).await;
    assert_eq!(stage.content("hard"), "changed");
    assert_eq!(fs::read_to_string(outside.path().join("secret")).unwrap(), "secret");
}

#[tokio::test]
async fn protected_paths_stay_as_they_are_unless_a_person_lifts_it() {
    let mut stage = Stage::new();
    stage.file(".git/config", "[core]\n");
    symlink(".git/hooks", stage.path("hooks")).unwrap();
    fs::create_dir(stage.path(".git/hooks")).unwrap();
    let paths = [
        ".git/config",
        ".git/hooks/pre-commit",
        "hooks/pre-commit",
        "./.git/../.git/hooks/x",
        ".headwater/x",
        ".vscode/tasks.json",
        ".envrc",
    ];
    for path in paths {
        let text = stage.refused("write", json!({"path": path, "content": "x"})).await;
        assert!(text.contains("protected-paths"), "{path}: {text}");
    }
    stage.ok("read", json!({"path": ".git/config"})).await;
    let edit = json!({"path": ".git/config", "old": "core", "new": "user"});
    assert!(stage.refused("edit", edit.clone()).await.contains("protected-paths"));
    stage.confinement = Confinement::Unconfined;
    stage.ok("edit", edit).await;
    assert_eq!(stage.content(".git/config"), "[user]\n");
    // Nobody was shown where this one leads.
    assert!(
        stage.refused("write", json!({"path": "hooks/x", "content": ""})).await.contains("protected-paths")
    );
}

#[tokio::test]
async fn nothing_is_changed_while_the_mode_or_the_file_says_so() {
    let mut stage = Stage::new();
    stage.file("f", "x\n");
    stage.ok("read", json!({"path": "f"})).await;
    let edit = json!({"path": "f", "old": "x", "new": "y"});
    stage.confinement = Confinement::ReadOnly;
    assert!(stage.refused("edit", edit.clone()).await.contains("rule `read-only`"));
    assert!(stage.refused("write", json!({"path": "new", "content": ""})).await.contains("rule `read-only`"));
    stage.confinement = Confinement::WorkspaceWrite;
    fs::set_permissions(stage.path("f"), fs::Permissions::from_mode(0o444)).unwrap();
    assert!(stage.refused("edit", edit).await.contains("marked read-only on disk"));
    assert_eq!(stage.content("f"), "x\n");
}

#[tokio::test]
async fn a_write_keeps_the_mode_and_leaves_no_debris() {
    let mut stage = Stage::new();
    stage.file("run.sh", "#!/bin/sh\n");
    fs::set_permissions(stage.path("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    stage.ok("read", json!({"path": "run.sh"})).await;
    stage.ok("write", json!({"path": "run.sh", "content": "#!/bin/sh\ntrue\n"})).await;
    assert_eq!(fs::metadata(stage.path("run.sh")).unwrap().mode() & 0o7777, 0o755);
    let names: Vec<_> =
        fs::read_dir(stage.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["run.sh"]);
}
