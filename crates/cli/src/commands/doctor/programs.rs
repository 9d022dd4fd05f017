//! Programs that the agent leans on.

use std::process::Command;

use super::finding::Section;
use crate::output::one_line;

pub(super) fn check() -> Section {
    let mut section = Section::new("programs");
    match version_of("git") {
        Some(version) => section.ok("git", version),
        None => {
            section.problem("git", "is not on PATH", "Install git: changes are shown, and undone, with it.");
        }
    }
    match version_of("bash") {
        Some(version) => section.ok("bash", version),
        None => section.note("bash", "is not on PATH; commands run in sh"),
    }
    section
}

fn version_of(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    output.status.success().then(|| one_line(&String::from_utf8_lossy(&output.stdout), 80))
}
