//! What putting files back would change, as a unified diff.

use std::fmt::Write as _;
use std::io::{self, Read as _};

use headwater_protocol::views::HeldFile;
use similar::TextDiff;

use super::place::{Found, Root};
use super::watch::mode;
use super::{CheckpointError, Checkpoints};

/// The most bytes of a file that are compared line by line.
const MOST: u64 = 1 << 20;
/// The most bytes of a diff.
const SHOWN: usize = 512 << 10;

impl Checkpoints {
    /// The difference between what the files hold now and what they held, as far as it can be shown.
    pub(crate) fn difference(&self, files: &[HeldFile]) -> Result<String, CheckpointError> {
        let root = self.root()?;
        let mut all = String::new();
        for (number, file) in files.iter().enumerate() {
            if all.len() > SHOWN {
                // Writing to a String cannot fail.
                let _never = writeln!(all, "# {} more files are not shown", files.len() - number);
                break;
            }
            all.push_str(&self.difference_of(&root, file));
        }
        Ok(all)
    }

    /// The files, each with what would become of it.
    pub(crate) fn fates(&self, files: &[HeldFile]) -> Result<Vec<String>, CheckpointError> {
        let root = self.root()?;
        let fate = |file: &HeldFile| {
            let path = &file.before.path;
            let is_there = !matches!(root.look(path), Ok(Found::Absent { .. }));
            match (&file.before.sha256, is_there) {
                (None, _) => format!("{path} is removed"),
                (Some(_), false) => format!("{path} comes back"),
                (Some(_), true) => format!("{path} goes back"),
            }
        };
        Ok(files.iter().map(fate).collect())
    }

    fn difference_of(&self, root: &Root, file: &HeldFile) -> String {
        let path = &file.before.path;
        let mut modes = String::new();
        let now = match root.look(path) {
            Ok(Found::File { file, .. }) => text(file),
            Ok(Found::Absent { .. }) => Some(String::new()),
            Ok(Found::Other(_)) | Err(_) => None,
        };
        let then = match &file.before.sha256 {
            Some(sha256) => self.vault_of(sha256).open(sha256).ok().and_then(text),
            None => Some(String::new()),
        };
        if file.is_mode_changed()
            && let Some((now, then)) =
                mode(root, path).zip(file.before.mode).filter(|(now, then)| now != then)
        {
            modes = format!("Permissions of {path} go from {now:o} to {then:o}\n");
        }
        let (Some(now), Some(then)) = (now, then) else {
            return format!("{modes}Binary or large file {path} changes\n");
        };
        let name = |side: &str, is_there: bool| {
            if is_there { format!("{side}/{path}") } else { "/dev/null".to_owned() }
        };
        let is_there_now = !matches!(root.look(path), Ok(Found::Absent { .. }));
        let (old, new) = (name("a", is_there_now), name("b", file.before.sha256.is_some()));
        let diff = TextDiff::from_lines(&now, &then);
        format!("{modes}{}", diff.unified_diff().header(&old, &new))
    }
}

/// A text that is small enough.
fn text(source: impl io::Read) -> Option<String> {
    let mut text = String::new();
    source.take(MOST + 1).read_to_string(&mut text).ok()?;
    (text.len() as u64 <= MOST).then_some(text)
}
