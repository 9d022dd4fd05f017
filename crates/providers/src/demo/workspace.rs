//! The files of the repository in which the recorded session is played.

/// One file of the demo's repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkspaceFile {
    /// Relative to the repository, with `/` between components.
    pub path: &'static str,
    /// What is in it.
    pub content: &'static str,
    /// Whether it can be run.
    pub is_executable: bool,
}

macro_rules! file {
    ($path:literal, $is_executable:literal) => {
        WorkspaceFile {
            path: $path,
            content: include_str!(concat!("../../../../assets/demo/workspace/", $path)),
            is_executable: $is_executable,
        }
    };
}

const FILES: &[WorkspaceFile] =
    &[file!("README.md", false), file!("slug.sh", true), file!("tests/run.sh", true)];

/// The files to put into an empty repository before the session is played; its test fails.
pub fn workspace_files() -> &'static [WorkspaceFile] {
    FILES
}
