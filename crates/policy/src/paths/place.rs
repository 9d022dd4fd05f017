//! Where a path lies, from the point of view of somebody who wants to write there.

use std::path::{Path, PathBuf};

use crate::shell::{Directories, Word};

use super::normal::normalized;
use super::protected::{is_device, is_protected, is_sink};

/// Temporary directories: the sandbox lets them be written, so they count as room to work in.
const SCRATCH: &[&str] = &["/tmp", "/var/tmp", "/private/tmp"];

/// The fixed points that places are measured from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ground<'a> {
    /// The root of the workspace.
    pub(crate) workspace: &'a Path,
    /// The person's home directory.
    pub(crate) home: Option<&'a Path>,
}

/// Where a path lies. In the order of how bad it is to write there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// `/dev/null`, the terminal and the standard streams.
    Sink,
    /// Inside the workspace.
    Inside,
    /// Inside a temporary directory.
    Scratch,
    /// Only known when the script runs.
    Unknown,
    /// The root of the workspace itself, or everything in it.
    Root,
    /// Outside the workspace.
    Outside,
    /// What git, a shell, an editor or an agent obeys later on.
    Protected,
    /// A device file.
    Device,
}

/// The worst place this word may mean.
pub(crate) fn place_of(word: &Word, directories: &Directories, ground: &Ground<'_>) -> Place {
    let Some(paths) = resolved(word, directories, ground) else { return Place::Unknown };
    let reach = if word.is_glob { glob_reach(&word.text) } else { Reach::Exact };
    let place = |path: Option<PathBuf>| match path {
        None => Place::Unknown,
        Some(path) => reach_place(&path, &reach, ground),
    };
    paths.into_iter().map(place).max().unwrap_or(Place::Unknown)
}

/// What a pattern may match below its literal directory.
enum Reach {
    Exact,
    Some,
    Everything,
    Hidden,
}

fn glob_reach(text: &str) -> Reach {
    let component = text.split('/').find(|component| has_glob(component)).unwrap_or_default();
    match component {
        "*" | "**" | "?*" if text.ends_with(component) => {
            if component == "?*" {
                Reach::Some
            } else {
                Reach::Everything
            }
        }
        hidden if hidden.starts_with(['.', '[']) => Reach::Hidden,
        _ => Reach::Some,
    }
}

fn reach_place(path: &Path, reach: &Reach, ground: &Ground<'_>) -> Place {
    match (reach, place_of_path(path, ground)) {
        (Reach::Everything, Place::Root) => Place::Root,
        (Reach::Hidden, Place::Root | Place::Inside) => Place::Protected,
        (Reach::Some, Place::Root) => Place::Inside,
        (_, place) => place,
    }
}

/// Where an absolute, normalised path lies.
pub(crate) fn place_of_path(path: &Path, ground: &Ground<'_>) -> Place {
    if is_sink(path) {
        return Place::Sink;
    }
    if is_device(path) {
        return Place::Device;
    }
    if is_protected(path, ground) {
        return Place::Protected;
    }
    let workspace = normalized(ground.workspace);
    if path == workspace {
        Place::Root
    } else if path.starts_with(&workspace) {
        Place::Inside
    } else if SCRATCH.iter().any(|scratch| path != Path::new(scratch) && path.starts_with(scratch)) {
        Place::Scratch
    } else {
        Place::Outside
    }
}

/// The absolute paths a word may mean, cut before its first pattern; `None` inside for a directory nobody knows,
/// and `None` altogether when the word itself is only known when it runs.
pub(crate) fn resolved(
    word: &Word,
    directories: &Directories,
    ground: &Ground<'_>,
) -> Option<Vec<Option<PathBuf>>> {
    if word.is_dynamic {
        return None;
    }
    let text = if word.is_glob { literal_prefix(&word.text) } else { word.text.as_str() };
    if word.has_tilde {
        let Some(rest) = text.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'))
        else {
            return Some(vec![Some(PathBuf::from("/home").join(text.trim_start_matches('~')))]);
        };
        let home = ground.home.unwrap_or(Path::new("/home/user"));
        return Some(vec![Some(normalized(&home.join(rest.trim_start_matches('/'))))]);
    }
    if text.starts_with('/') {
        return Some(vec![Some(normalized(Path::new(text)))]);
    }
    Some(directories.iter().map(|from| from.map(|from| normalized(&from.join(text)))).collect())
}

/// The directories before the first component that holds a pattern.
fn literal_prefix(text: &str) -> &str {
    let mut end = 0;
    for component in text.split_inclusive('/') {
        if has_glob(component) {
            break;
        }
        end += component.len();
    }
    text.get(..end).unwrap_or_default()
}

fn has_glob(component: &str) -> bool {
    component.contains(['*', '?', '['])
}
