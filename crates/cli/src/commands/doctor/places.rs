//! Paths, and whether they can be written.

use std::path::Path;

use super::finding::Section;
use crate::paths::make_private;
use crate::premises::Premises;

pub(super) fn check(premises: &Premises) -> Section {
    let mut section = Section::new("paths");
    let paths = &premises.paths;
    for (subject, path) in [("config", &paths.config), ("state", &paths.state), ("cache", &paths.cache)] {
        match write_probe(path) {
            Ok(()) => section.ok(subject, path.display().to_string()),
            Err(error) => section.problem(
                subject,
                format!("{} cannot be written: {error}", path.display()),
                "Make it writable, or set HEADWATER_HOME to another directory.",
            ),
        }
    }
    section.ok("workspace", premises.workspace.display().to_string());
    section
}

/// Writes and removes a file.
fn write_probe(directory: &Path) -> std::io::Result<()> {
    make_private(directory)?;
    tempfile::Builder::new().prefix(".doctor-").tempfile_in(directory).map(drop)
}
