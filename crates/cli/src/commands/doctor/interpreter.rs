//! The interpreter of Recursive mode: a block is run in it, contained as in a mission.

use headwater_repl::{FoundPython, find_python, try_python};
use headwater_sandbox::{Mechanism, Probe};

use super::finding::Section;

pub(super) async fn check() -> Section {
    let mut section = Section::new("recursive mode");
    let looked = tokio::task::spawn_blocking(|| find_python().map(|python| (python, Probe::detect()))).await;
    match looked {
        Ok(Ok((python, probe))) => tell(&mut section, &python, probe).await,
        Ok(Err(missing)) => section.note("python", format!("{missing} Directives and plans run without it")),
        Err(error) => section.note("python", format!("looking for it failed ({error})")),
    }
    section
}

async fn tell(section: &mut Section, python: &FoundPython, probe: Probe) {
    let (major, minor) = python.version;
    let found = format!("{} ({major}.{minor})", python.program.display());
    let holder = holder(probe.mechanism);
    match try_python(probe).await {
        Ok(()) => section.ok("python", format!("{found}; a block ran in it, held by {holder}")),
        Err(why) => section.problem(
            "python",
            format!("{found}; {why}"),
            "Blocks run contained or not at all: the section on the sandbox says what is missing.",
        ),
    }
}

/// What holds a worker. Where commands are held by the program `bwrap`, a worker is held by the kernel alone.
fn holder(mechanism: Mechanism) -> String {
    match mechanism {
        Mechanism::Bubblewrap => "landlock".to_owned(),
        Mechanism::Namespaces | Mechanism::Landlock { .. } | Mechanism::None => mechanism.to_string(),
    }
}
