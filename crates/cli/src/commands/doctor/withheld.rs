//! Files that are withheld from commands, and what the mechanism here cannot keep from them.

use headwater_engine::withheld::{Bounds, look, tracked};
use headwater_policy::Withholding;
use headwater_sandbox::{Mechanism, Probe};

use super::finding::Section;
use crate::premises::Premises;
use crate::{rules, withheld_files};

pub(super) async fn check(premises: &Premises) -> Section {
    let mut section = Section::new("withheld files");
    // What cannot be read of the rules is told with the settings.
    let Ok(withholding) = rules::withholding(premises) else { return section };
    let (workspace, search) = (premises.workspace.clone(), withholding.clone());
    let searching = move || (look(&search, &workspace, Bounds::of_commands()), Probe::detect());
    let Ok((found, probe)) = tokio::task::spawn_blocking(searching).await else { return section };
    let workspace = &premises.workspace;
    if found.hidden.is_empty() && found.fixed.is_empty() {
        section.note("none", "no `.env` and its like here, and nothing that a rule withholds");
    }
    if !found.hidden.is_empty() {
        section.ok("hidden", withheld_files::names(&found.hidden, workspace));
    }
    if !found.fixed.is_empty() {
        section.ok("fixed", withheld_files::names(&found.fixed, workspace));
    }
    if !found.kept.is_empty() {
        section.ok("kept", withheld_files::names(&found.kept, workspace));
    }
    for (twin, first) in &found.twins {
        let twin = twin.strip_prefix(workspace).unwrap_or(twin).display();
        let first = first.strip_prefix(workspace).unwrap_or(first).display();
        section.note("other name", format!("{twin} is {first} by a hard link"));
    }
    if !found.is_complete {
        let told = "there are too many files to look at all of them; what lies deep may be missed";
        section.note("not searched", told);
    }
    history(&mut section, &withholding, premises).await;
    if !found.hidden.is_empty() || !found.kept.is_empty() {
        limits(&mut section, probe.mechanism);
    }
    section
}

async fn history(section: &mut Section, withholding: &Withholding, premises: &Premises) {
    let tracked = tracked(withholding, &premises.workspace).await;
    if !tracked.is_empty() {
        let names = withheld_files::names(&tracked, &premises.workspace);
        section.note("in git", format!("the repository tracks {names}: commands that show its history ask"));
    }
}

/// What the mechanism cannot do.
fn limits(section: &mut Section, mechanism: Mechanism) {
    match mechanism {
        Mechanism::Namespaces | Mechanism::Bubblewrap => {}
        Mechanism::Landlock { .. } => section.note(
            "landlock",
            "names inside of hidden directories can be seen; what a command makes beside a hidden file is readable from the \
             next command on; what it does to a hidden file is undone after it; what is kept lies open to commands where \
             it lies in a tree outside of the workspace that they write (the temporary directory), or beside more \
             than 20,000 files. Under bubblewrap, where that can run, none of this is so",
        ),
        Mechanism::None => section.note(
            "no sandbox",
            "nothing hides them: searches that come by them ask, and are denied where a rule denies",
        ),
    }
}
