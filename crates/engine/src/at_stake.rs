//! What a command would delete that is not the session's own: looked for on the disk, for the policy looks at nothing.
//!
//! *Invariant:* in doubt a file counts as somebody else's: one that a command moved, one that is not as the session left it, one
//! that cannot be read.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use headwater_policy::{Going, Touch, touches};
use headwater_protocol::projection::hex;
use headwater_protocol::views::{Made, MadeFile};
use sha2::{Digest as _, Sha256};

use crate::checkpoints::matching;
use crate::regular_file;

/// The largest file of the session that is compared with what it left, in bytes; a larger one counts as somebody else's.
const LARGEST: u64 = 64 << 20;

/// Of the files that a command makes go, those which are there and which the session did not make.
pub fn at_stake(going: &Going, made: &Made, workspace: &Path, home: Option<&Path>) -> Vec<PathBuf> {
    let is_own = |path: &Path| {
        let name = path.strip_prefix(workspace).ok().and_then(Path::to_str);
        let made = name.and_then(|name| Some((made.get(name)?, name)));
        made.is_some_and(|(made, name)| is_made_anew(made, name, workspace, home) && is_as_left(path, made))
    };
    let is_at_stake = |path: &&PathBuf, may_come: bool| match path.symlink_metadata() {
        // A directory is not deleted by its name.
        Ok(found) => !found.is_dir() && !is_own(path),
        Err(error) if is_absent(&error) => may_come,
        Err(_) => true,
    };
    // What is moved there first is deleted.
    let deleted =
        going.files.iter().filter(|path| is_at_stake(path, going.moves) || going.replaced.contains(path));
    let replaced = going.replaced.iter().filter(|path| is_at_stake(path, false));
    let into = going.moved.iter().filter(|(pattern, directory)| {
        matching(pattern).iter().filter_map(|source| source.file_name()).any(|name| {
            let target = directory.join(name);
            is_at_stake(&&target, false)
        })
    });
    let into = into.filter_map(|(pattern, directory)| Some(directory.join(pattern.file_name()?)));
    let mut found: Vec<PathBuf> = deleted.chain(replaced).cloned().chain(into).collect();
    found.sort();
    found.dedup();
    found
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Whether the commands that made a file wrote it, and none can have put there what was elsewhere.
fn is_made_anew(made: &MadeFile, name: &str, workspace: &Path, home: Option<&Path>) -> bool {
    made.commands.iter().all(|command| {
        let (mut writes, mut moves) = (false, false);
        for touch in touches(command, workspace, home) {
            match touch {
                Touch::File(path) => writes |= path == workspace.join(name),
                Touch::Tree(_) | Touch::Copy { .. } | Touch::Uncommitted(_) => moves = true,
                Touch::Named(_) => {}
            }
        }
        writes && !moves
    })
}

/// Whether a file is still what the session left.
fn is_as_left(path: &Path, made: &MadeFile) -> bool {
    let digest = || -> io::Result<String> {
        let (mut content, mut hasher) = (Vec::new(), Sha256::new());
        regular_file::open(path)?.take(LARGEST).read_to_end(&mut content)?;
        hasher.update(&content);
        Ok(hex(&hasher.finalize()))
    };
    let is_plain = path.symlink_metadata().is_ok_and(|found| found.is_file() && found.len() < LARGEST);
    is_plain && digest().is_ok_and(|digest| digest == made.sha256)
}

#[cfg(test)]
mod tests {
    use headwater_protocol::events::{ResultStatus, ToolReturned};
    use headwater_protocol::tool::{FileTouch, TouchKind};
    use headwater_protocol::views::fold;
    use headwater_protocol::{Record, Timestamp};

    use super::*;

    fn made(path: &str, content: &str) -> Made {
        let sha256 = hex(&Sha256::digest(content));
        let event = ToolReturned {
            call: "w".into(),
            name: "write".into(),
            is_error: false,
            status: ResultStatus::Ran,
            text: String::new(),
            data: serde_json::Value::Null,
            reminders: vec![],
            blobs: vec![],
            files: vec![FileTouch { path: path.into(), kind: TouchKind::Created, sha256 }],
            millis: 0,
        };
        let record = Record {
            seq: 0,
            at: Timestamp::default(),
            session: "s".into(),
            parent: None,
            event: event.into(),
        };
        fold([&record])
    }

    #[test]
    fn b5_at_stake_is_what_is_there_and_not_the_sessions_own() {
        let workspace = tempfile::tempdir().unwrap();
        let at = |path: &str| workspace.path().join(path);
        std::fs::create_dir(at("directory")).unwrap();
        for file in ["theirs", "own", "changed"] {
            std::fs::write(at(file), "one\n").unwrap();
        }
        std::os::unix::fs::symlink("theirs", at("link")).unwrap();
        let going = |moves| Going {
            files: ["theirs", "own", "absent", "absent/below", "directory", "link"].map(at).to_vec(),
            moves,
            ..Going::default()
        };
        let own = made("own", "one\n");
        let found = |moves, made: &Made| {
            let found = at_stake(&going(moves), made, workspace.path(), None);
            let name = |path: PathBuf| path.strip_prefix(workspace.path()).unwrap().display().to_string();
            found.into_iter().map(name).collect::<Vec<_>>()
        };
        assert_eq!(found(false, &own), ["link", "theirs"]);
        assert_eq!(found(true, &own), ["absent", "absent/below", "link", "theirs"], "it may come to be");
        let changed = made("own", "two\n");
        assert_eq!(found(false, &changed), ["link", "own", "theirs"], "somebody else has written it since");
        let moved = |replaced: &[&str], files: &[&str]| {
            let all = |names: &[&str]| names.iter().map(|name| at(name)).collect();
            let going = Going { files: all(files), replaced: all(replaced), moves: true, ..Going::default() };
            at_stake(&going, &own, workspace.path(), None).len()
        };
        assert_eq!((moved(&["absent"], &[]), moved(&["own"], &[]), moved(&["theirs"], &[])), (0, 0, 1));
        assert_eq!(moved(&["own"], &["own"]), 1, "what was moved there is not the session's own");
    }

    #[test]
    fn b5_at_stake_is_what_a_pattern_moves_onto() {
        let workspace = tempfile::tempdir().unwrap();
        let at = |path: &str| workspace.path().join(path);
        std::fs::create_dir(at("new")).unwrap();
        for file in ["a.txt", "c.txt", "new/a.txt", "new/b.txt", "new/x.o"] {
            std::fs::write(at(file), file).unwrap();
        }
        let found = |pattern: &str, directory: &Path| {
            let moved = vec![(at(pattern), directory.to_owned())];
            let going = Going { moved, moves: true, ..Going::default() };
            at_stake(&going, &Made::default(), workspace.path(), None)
        };
        assert_eq!(found("new/*.txt", workspace.path()), [at("*.txt")]);
        assert_eq!(found("n?w/a*", workspace.path()), [at("a*")]);
        for (pattern, directory) in [("new/b*", ""), ("new/*.o", ""), ("*.txt", "absent"), ("c.txt", "new")] {
            assert_eq!(found(pattern, &at(directory)), Vec::<PathBuf>::new(), "{pattern} {directory}");
        }
    }

    #[test]
    fn b5_what_a_command_moved_or_replaced_is_not_the_sessions_own() {
        let workspace = Path::new("/w");
        let by = |command: &str| MadeFile { sha256: String::new(), commands: vec![command.to_owned()] };
        for (command, expected) in [
            ("echo x > made", true),
            ("cat <<E > made\nx\nE", true),
            ("touch made", true),
            ("seq 3 | tee made", true),
            ("mv theirs made", false),
            ("echo x > made; mv theirs other", false),
            ("cp theirs made", false),
            ("git checkout -- made", false),
            ("./script made", false),
            ("echo x > other", false),
        ] {
            assert_eq!(is_made_anew(&by(command), "made", workspace, None), expected, "{command}");
        }
    }
}
