//! Where a contract is checked: the workspace, the answer, and who runs commands.

use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;
use headwater_protocol::views::ToolResults;

/// The largest file that is looked into, in bytes.
const LARGEST: u64 = 64 << 20;

/// Runs commands in the sandbox, as the approved card allows.
pub trait CommandRunner: Send + Sync {
    /// Runs one command in the workspace to its end. The error says in one sentence why it did not run.
    fn run<'a>(&'a self, command: &'a str) -> BoxFuture<'a, Result<CommandEnd, String>>;
}

/// How a command ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandEnd {
    /// Its exit code; `None` when a signal or a limit ended it.
    pub code: Option<i32>,
    /// What it wrote last.
    pub tail: String,
}

/// Where a contract is checked.
#[derive(Clone, Copy)]
pub struct CheckPlace<'a> {
    /// The workspace.
    pub workspace: &'a Path,
    /// The answer that wants to be believed.
    pub answer: &'a str,
    /// Who runs commands.
    pub commands: &'a dyn CommandRunner,
    /// What tools and commands came to in this session.
    pub results: &'a ToolResults,
}

impl CheckPlace<'_> {
    /// The text of a file of the workspace, or the answer when there is no path.
    pub(super) async fn text(&self, path: Option<&str>) -> Result<String, String> {
        let Some(path) = path else { return Ok(self.answer.to_owned()) };
        let file = self.file(path).await?;
        let shown = path.to_owned();
        let read = move || match std::fs::metadata(&file) {
            Ok(meta) if !meta.is_file() => Err(format!("{shown} is no file")),
            Ok(meta) if meta.len() > LARGEST => Err(format!("{shown} is too large to be looked into")),
            Ok(_) => std::fs::read(&file)
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .map_err(|error| format!("{shown} cannot be read: {error}")),
            Err(error) => Err(format!("{shown} cannot be read: {error}")),
        };
        tokio::task::spawn_blocking(read).await.map_err(|error| format!("the check broke off: {error}"))?
    }

    /// A file of the workspace, every link followed. The error says that it is not there, or not inside.
    pub(super) async fn file(&self, path: &str) -> Result<PathBuf, String> {
        let (workspace, wanted, shown) =
            (self.workspace.to_owned(), self.workspace.join(path), path.to_owned());
        let find = move || {
            let root = workspace.canonicalize().map_err(|error| format!("the workspace is gone: {error}"))?;
            let file = wanted.canonicalize().map_err(|_| format!("{shown} is not there"))?;
            if file.starts_with(&root) {
                Ok(file)
            } else {
                Err(format!("{shown} lies outside of the workspace"))
            }
        };
        tokio::task::spawn_blocking(find).await.map_err(|error| format!("the check broke off: {error}"))?
    }
}
