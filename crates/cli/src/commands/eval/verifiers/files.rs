//! Files that are there, are not, or hold something.

use headwater_engine::regular_file;
use serde::Deserialize;

use super::Scene;
use super::answer_matches::Pattern;

/// A file and what must match in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::commands::eval) struct FilePattern {
    pub(super) path: String,
    pattern: Pattern,
}

pub(super) fn exists(scene: &Scene<'_>, path: &str) -> Result<(), String> {
    if scene.workspace.join(path).is_file() { Ok(()) } else { Err("there is no such file".to_owned()) }
}

pub(super) fn is_absent(scene: &Scene<'_>, path: &str) -> Result<(), String> {
    if scene.workspace.join(path).symlink_metadata().is_ok() { Err("it is there".to_owned()) } else { Ok(()) }
}

pub(super) fn matches(scene: &Scene<'_>, wanted: &FilePattern) -> Result<(), String> {
    // A pipe that the model made is not waited on.
    let path = scene.workspace.join(&wanted.path);
    let bytes = regular_file::read(&path).map_err(|error| error.to_string())?;
    wanted.pattern.holds_in(&String::from_utf8_lossy(&bytes))
}
