//! Where a command runs: its directories, its workspace, its settings.

use std::path::PathBuf;

use anyhow::Result;
use headwater_engine::SessionStore;
use headwater_policy::Redactor;

use crate::args::Globals;
use crate::output;
use crate::paths::Paths;
use crate::settings::{self, Layered, Overrides, Settings, Sources};
use crate::trust::{Trust, TrustStore};
use crate::user_error::UserError;

/// What every command that reads settings starts from.
#[derive(Clone, Debug)]
pub(crate) struct Premises {
    /// The program's own directories.
    pub paths: Paths,
    /// The directory to work in, absolute, symbolic links resolved.
    pub workspace: PathBuf,
    /// The settings.
    pub layered: Layered,
    /// Whether the person has trusted the settings of the project.
    pub is_trusted: bool,
    /// A settings file of the project that nobody has trusted; it is not part of the settings.
    pub untrusted: Option<PathBuf>,
    /// Where sessions lie that leave nothing behind.
    pub ephemeral: Option<PathBuf>,
}

impl Premises {
    /// Finds the directories and reads the settings.
    pub(crate) fn find(globals: &Globals) -> Result<Self> {
        let paths = Paths::find()?;
        let workspace = workspace(globals)?;
        let trust = TrustStore::new(&paths.state).of(&workspace)?;
        let (project, untrusted) = match trust {
            Trust::Nothing => (None, None),
            Trust::Trusted(file) => (Some(file), None),
            Trust::Unknown(file) => (None, Some(file)),
        };
        let is_trusted = project.is_some();
        let layered = settings::load(&sources(&paths, project, globals))?;
        Ok(Self { paths, workspace, layered, is_trusted, untrusted, ephemeral: None })
    }

    /// As [`Premises::find`] for a run without a person: an untrusted project file is passed over with one warning.
    pub(crate) fn find_unattended(globals: &Globals) -> Result<Self> {
        let found = Self::find(globals)?;
        if let Some(file) = &found.untrusted {
            output::note(&format!(
                "warning: {} is ignored: nobody has trusted this directory; start `headwater` here once to be asked",
                file.display()
            ));
        }
        Ok(found)
    }

    /// The merged settings.
    pub(crate) fn settings(&self) -> &Settings {
        &self.layered.settings
    }

    /// The sessions of this user, whose logs hold no secrets.
    pub(crate) fn store(&self, redactor: &Redactor) -> SessionStore {
        self.sessions().redacting(redactor.clone())
    }

    /// The sessions of this user, or those that leave nothing behind.
    pub(crate) fn sessions(&self) -> SessionStore {
        SessionStore::new(self.ephemeral.as_ref().unwrap_or(&self.paths.state).clone())
    }

    /// Where questions of trust are answered and kept.
    pub(crate) fn trust_store(&self) -> TrustStore {
        TrustStore::new(&self.paths.state)
    }
}

/// The directory to work in.
pub(crate) fn workspace(globals: &Globals) -> Result<PathBuf> {
    let wanted = globals.cwd.clone().unwrap_or_else(|| PathBuf::from("."));
    let found = wanted.canonicalize().and_then(|path| {
        let is_directory = path.is_dir();
        is_directory.then_some(path).ok_or_else(|| std::io::ErrorKind::NotADirectory.into())
    });
    found.map_err(|error| {
        let message = format!("the directory {} cannot be worked in: {error}", wanted.display());
        UserError::usage(message).hint("Give a directory that exists with -C DIR.").into()
    })
}

fn sources(paths: &Paths, project: Option<PathBuf>, globals: &Globals) -> Sources {
    Sources {
        user: paths.config_file(),
        project,
        environment: Overrides {
            provider: variable("HEADWATER_PROVIDER"),
            model: variable("HEADWATER_MODEL"),
            child_model: None,
            fallback_model: None,
            fallback_provider: None,
            base_url: variable("HEADWATER_BASE_URL"),
        },
        flags: Overrides {
            provider: globals.provider.clone(),
            model: globals.model.clone(),
            child_model: globals.child_model.clone(),
            fallback_model: globals.fallback_model.clone(),
            fallback_provider: globals.fallback_provider.clone(),
            base_url: globals.base_url.clone(),
        },
        assignments: globals.config.clone(),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}
