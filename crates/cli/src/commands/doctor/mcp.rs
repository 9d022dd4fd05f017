//! MCP servers: which are described, which may run, whether their programs are here. None is started: `headwater mcp probe`
//! does that.

use std::path::Path;

use headwater_protocol::ServerStatus;

use super::finding::Section;
use crate::mcp::{Survey, Surveyed, Way};
use crate::output::one_line;
use crate::premises::Premises;

/// Columns of what is started.
const WIDTH: usize = 100;

pub(super) fn check(premises: &Premises) -> Section {
    let mut section = Section::new("MCP servers");
    let survey = Survey::of(premises);
    if survey.servers.is_empty() && survey.warnings.is_empty() {
        section.note("none", "no [mcp.NAME] in your settings, and no .mcp.json of this project");
    }
    for server in &survey.servers {
        tell(&mut section, server, &premises.workspace);
    }
    for warning in survey.warnings {
        section.note("to know", warning);
    }
    section
}

fn tell(section: &mut Section, server: &Surveyed, workspace: &Path) {
    let definition = &server.definition;
    let target = one_line(&definition.target(), WIDTH);
    match (server.standing(), definition.way()) {
        (Some(ServerStatus::Failed(why)), _) | (_, Err(why)) => {
            let fix = format!("Correct it in {}.", definition.source.display());
            section.problem(&definition.name, why, fix);
        }
        (Some(status), Ok(_)) => section.note(&definition.name, format!("{target} {}", status.in_words())),
        (None, Ok(Way::Command([program, ..])))
            if !program.contains("${") && !is_here(program, workspace) =>
        {
            let fix = "Install it, or write its whole path.";
            section.problem(&definition.name, format!("the program {program} is not found"), fix);
        }
        (None, Ok(_)) => {
            let look = format!("`headwater mcp probe {}` asks it", definition.name);
            section.ok(&definition.name, format!("{target}; {look}"));
        }
    }
}

/// Whether a program can be found: by its path, or in the directories of PATH.
fn is_here(program: &str, workspace: &Path) -> bool {
    if program.contains('/') {
        return workspace.join(program).is_file();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}
