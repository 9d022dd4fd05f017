//! The settings files: which there are, what is wrong with them.

use super::finding::Section;
use crate::premises::Premises;
use crate::trust::project_file;
use crate::user_error::describe;

pub(super) fn check(found: Result<&Premises, &anyhow::Error>) -> Section {
    let mut section = Section::new("settings");
    let premises = match found {
        Ok(premises) => premises,
        Err(error) => {
            let (text, _) = describe(error);
            section.problem(
                "settings",
                text.trim_start_matches("error: ").trim(),
                "Correct what is named above.",
            );
            return section;
        }
    };
    let file = premises.paths.config_file();
    let state = if file.exists() { "read" } else { "not there; defaults hold" };
    section.ok("yours", format!("{} ({state})", file.display()));
    let project = project_file(&premises.workspace);
    match &premises.untrusted {
        Some(file) => section.note("project", format!("{} is not trusted, and ignored", file.display())),
        None if project.exists() => section.ok("project", format!("{} (trusted)", project.display())),
        None => section.ok("project", "none"),
    }
    section
        .ok("provider", premises.settings().provider.clone().unwrap_or_else(|| "none chosen yet".to_owned()));
    section
}
