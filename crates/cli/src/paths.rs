//! Where things lie: configuration, state and cache, all readable by their owner only.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::user_error::UserError;

/// The directories of the program. None is made before it is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Paths {
    /// `config.toml` and `commands/`.
    pub config: PathBuf,
    /// Sessions, trust, stored keys.
    pub state: PathBuf,
    /// What can be lost at any time.
    pub cache: PathBuf,
    /// Whether `HEADWATER_HOME` puts everything in one place; the keyring of the system is then left alone.
    pub is_sealed: bool,
}

impl Paths {
    /// From `HEADWATER_HOME`, or the platform's directories (XDG on Linux). Read from the real environment only, never
    /// from a file in a repository.
    pub(crate) fn find() -> Result<Self> {
        if let Some(home) = std::env::var_os("HEADWATER_HOME").filter(|home| !home.is_empty()) {
            let home = std::path::absolute(home).context("HEADWATER_HOME is no path")?;
            return Ok(Self::below(&home));
        }
        let platform = directories::ProjectDirs::from("", "", "headwater").ok_or_else(|| {
            UserError::failed("the home directory is unknown")
                .hint("Set HOME, or HEADWATER_HOME to any directory.")
        })?;
        Ok(Self {
            config: platform.config_dir().to_owned(),
            state: platform.state_dir().unwrap_or_else(|| platform.data_local_dir()).to_owned(),
            cache: platform.cache_dir().to_owned(),
            is_sealed: false,
        })
    }

    /// Everything below one directory.
    pub(crate) fn below(home: &Path) -> Self {
        Self { config: home.to_owned(), state: home.to_owned(), cache: home.join("cache"), is_sealed: true }
    }

    /// The user's settings.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The user's own kinds of sub-agents.
    pub(crate) fn agents(&self) -> PathBuf {
        self.config.join("agents")
    }

    /// The user's own skills.
    pub(crate) fn skills(&self) -> PathBuf {
        self.config.join("skills")
    }

    /// The user's own output styles.
    pub(crate) fn output_styles(&self) -> PathBuf {
        self.config.join("output-styles")
    }

    /// The user's own plugins.
    pub(crate) fn plugins(&self) -> PathBuf {
        self.config.join("plugins")
    }

    /// The user's own slash commands.
    pub(crate) fn commands(&self) -> PathBuf {
        self.config.join("commands")
    }
}

/// Makes a directory and its parents, each for the owner only (0700).
pub(crate) fn make_private(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_directory_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(&home.path().join("deep/down"));
        make_private(&paths.state).unwrap();
        for directory in [&paths.state, &home.path().join("deep")] {
            assert_eq!(std::fs::metadata(directory).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }
}
