//! What the program keeps for itself, and no command of a model reads: sessions with what they hold of files, what was typed,
//! credentials, and settings.

use std::path::{Path, PathBuf};

use crate::paths::Paths;
use crate::premises::Premises;

/// What lies in the state directory. A whole-program test holds against this list whatever a session leaves there.
const STATE: &[&str] = &[
    "sessions",
    "contexts",
    "ephemeral",
    "projects",
    "history.jsonl",
    "credentials.toml",
    "mcp-tokens.lock",
    "trust.toml",
];

/// The places by all names of them, as far as they do not hold the workspace.
pub(crate) fn kept(premises: &Premises) -> Vec<PathBuf> {
    let mut places = of(&premises.paths, &premises.workspace);
    // Who has a state directory of their own, as trials have, keeps nothing of the person's less.
    places.extend(Paths::find().map(|paths| of(&paths, &premises.workspace)).unwrap_or_default());
    places.sort();
    places.dedup();
    places
}

fn of(paths: &Paths, workspace: &Path) -> Vec<PathBuf> {
    let (state, config) = (real(&paths.state), real(&paths.config));
    let cache = real(&paths.cache);
    // What a person's own commands may need lies elsewhere: skills, plugins.
    let is_apart = ![&config, &cache].iter().any(|other| other.starts_with(&state));
    let mut places: Vec<PathBuf> = if is_apart && !workspace.starts_with(&state) {
        vec![paths.state.clone(), state]
    } else {
        STATE.iter().flat_map(|name| [paths.state.join(name), state.join(name)]).collect()
    };
    places.extend([paths.config_file(), config.join("config.toml")]);
    // A link in such a place leads to what is kept, too.
    let led_to: Vec<PathBuf> = places.iter().filter_map(|place| place.canonicalize().ok()).collect();
    places.extend(led_to);
    places.retain(|place| !workspace.starts_with(place));
    places
}

/// A directory without links, also one that is not there yet.
fn real(directory: &Path) -> PathBuf {
    let found = directory.canonicalize().ok();
    let above = || Some(real(directory.parent()?).join(directory.file_name()?));
    found.or_else(above).unwrap_or_else(|| directory.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p5_what_is_kept_is_the_state_and_the_settings_and_never_the_workspace() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let apart = Paths {
            config: root.join("config"),
            state: root.join("state"),
            cache: root.join("cache"),
            is_sealed: false,
        };
        let kept = of(&apart, &root.join("work"));
        assert!(kept.contains(&root.join("state")) && kept.contains(&root.join("config/config.toml")));
        let kept = of(&Paths::below(&root), &root.join("work"));
        assert!(kept.contains(&root.join("sessions")) && kept.contains(&root.join("config.toml")));
        for place in ["", "skills", "plugins", "cache", "work"].map(|name| root.join(name)) {
            assert!(!kept.iter().any(|kept| place.starts_with(kept)), "{}", place.display());
        }
        let inside = of(&apart, &root.join("state/work"));
        assert!(inside.contains(&root.join("state/sessions")) && !inside.contains(&root.join("state")));
    }

    #[test]
    fn p5_links_hide_nothing_of_what_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for directory in ["far/sessions", "elsewhere"] {
            std::fs::create_dir_all(root.join(directory)).unwrap();
        }
        std::os::unix::fs::symlink(root.join("far"), root.join("home")).unwrap();
        std::os::unix::fs::symlink(root.join("elsewhere"), root.join("far/contexts")).unwrap();
        let kept = of(&Paths::below(&root.join("home")), &root.join("work"));
        for place in ["home/sessions", "far/sessions", "elsewhere"] {
            assert!(kept.contains(&root.join(place)), "{place}: {kept:?}");
        }
    }
}
