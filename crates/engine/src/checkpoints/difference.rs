//! What putting files back would change, as a unified diff.

use std::fmt::Write as _;
use std::io::{self, Read as _};

use headwater_protocol::views::HeldFile;
use similar::TextDiff;

use super::place::{Found, Root};
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

    fn difference_of(&self, root: &Root, file: &HeldFile) -> String {
        let path = &file.before.path;
        let now = match root.look(path) {
            Ok(Found::File { file, .. }) => text(file),
            Ok(Found::Absent { .. }) => Some(String::new()),
            Ok(Found::Other(_)) | Err(_) => None,
        };
        let then = match &file.before.sha256 {
            Some(sha256) => self.vault_of(sha256).open(sha256).ok().and_then(text),
            None => Some(String::new()),
        };
        let (Some(now), Some(then)) = (now, then) else {
            return format!("Binary or large file {path} changes\n");
        };
        let name = |side: &str, is_there: bool| {
            if is_there { format!("{side}/{path}") } else { "/dev/null".to_owned() }
        };
        let is_there_now = !matches!(root.look(path), Ok(Found::Absent { .. }));
        let (old, new) = (name("a", is_there_now), name("b", file.before.sha256.is_some()));
        TextDiff::from_lines(&now, &then).unified_diff().header(&old, &new).to_string()
    }
}

/// A text that is small enough.
fn text(source: impl io::Read) -> Option<String> {
    let mut text = String::new();
    source.take(MOST + 1).read_to_string(&mut text).ok()?;
    (text.len() as u64 <= MOST).then_some(text)
}
