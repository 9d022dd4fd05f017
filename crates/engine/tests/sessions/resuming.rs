//! What may be resumed, and where.

use std::path::Path;

use headwater_engine::{Start, StartError, StoreError};
use headwater_protocol::{ApprovalDecision, SessionId};
use headwater_testkit::{Script, Turn};

use crate::rig::{Rig, end, turn};

/// A session of one turn.
async fn record(rig: &Rig) -> SessionId {
    let mut running = rig.start(Start::New { parent: None });
    turn(&mut running, "hello", &ApprovalDecision::Allow).await;
    end(&mut running).await;
    running.session
}

fn rig() -> Rig {
    Rig::new(Script::new().turn(Turn::text("Hi.")))
}

/// Why the session cannot be resumed in `workspace`; its files are as they were.
fn refused(rig: &Rig, id: &SessionId, workspace: &Path) -> StoreError {
    let before = rig.log(id);
    let names = || {
        let entries = std::fs::read_dir(rig.store().directory(id)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let names_before = names();
    let Err(StartError::Store(error)) = rig.start_in(workspace, Start::Resume(id.clone())) else {
        panic!("it was resumed")
    };
    assert_eq!((rig.log(id), names()), (before, names_before));
    error
}

#[tokio::test]
async fn a_log_of_a_newer_program_is_refused_and_not_touched() {
    let rig = rig();
    let id = record(&rig).await;
    let sound = rig.log(&id);
    let newer = sound.replacen("\"schema\":2", "\"schema\":3", 1);
    // The newer program may have changed anything, so that the rest cannot even be read.
    for log in [newer.clone(), newer.replacen("\"header\"", "\"head\"", 1)] {
        assert_ne!(log, sound);
        std::fs::write(rig.store().transcript(&id), log).unwrap();
        let error = refused(&rig, &id, &rig.workspace());
        assert!(matches!(error, StoreError::Newer { found: 3, .. }), "{error:?}");
        let said = error.to_string();
        assert!(said.contains("written by a newer headwater") && said.contains("update headwater"), "{said}");
    }
}

#[tokio::test]
async fn a_session_is_resumed_in_its_own_directory_only() {
    let rig = rig();
    let id = record(&rig).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let error = refused(&rig, &id, elsewhere.path());
    let home = rig.workspace();
    let told = format!("headwater -C {} resume {id}", home.display());
    assert!(error.to_string().contains(&told), "{error}");
    // Another way to the same directory is no other directory.
    let link = elsewhere.path().join("link");
    std::os::unix::fs::symlink(&home, &link).unwrap();
    let mut running = rig.start_in(&link, Start::Resume(id)).unwrap();
    end(&mut running).await;
}

#[tokio::test]
async fn the_command_to_resume_elsewhere_can_be_pasted() {
    let workspace = "/home/me/my project".to_owned();
    let error = StoreError::Elsewhere { id: "s".into(), workspace };
    assert!(error.to_string().ends_with("headwater -C '/home/me/my project' resume s"), "{error}");
}

#[tokio::test]
async fn a_log_in_which_nothing_can_be_read_is_refused_and_not_touched() {
    let rig = rig();
    let id = record(&rig).await;
    for log in ["", "not a record\n"] {
        std::fs::write(rig.store().transcript(&id), log).unwrap();
        let error = refused(&rig, &id, &rig.workspace());
        assert!(matches!(error, StoreError::Unreadable { .. }), "{error:?}");
    }
}
