//! `/skills`: lists the skills; with a name, hands a task to one.

use super::Command;
use crate::app::{App, Effect};
use crate::overlays;

pub(super) const COMMAND: Command = Command {
    name: "skills",
    arguments: "[NAME [TASK]]",
    summary: "the skills that were found; with a name, use one",
    run,
};

fn run(app: &mut App, arguments: &str) -> Vec<Effect> {
    let (name, task) = arguments.split_once(char::is_whitespace).unwrap_or((arguments, ""));
    if name.is_empty() {
        app.overlay = Some(overlays::skills(&app.config.skills));
        return Vec::new();
    }
    if app.config.skills.iter().any(|skill| skill.name == name && skill.problem.is_none()) {
        return app.send(format!("Use the skill \"{name}\". {}", task.trim()).trim_end().to_owned());
    }
    app.notice(&format!("There is no skill \"{name}\" to be used; /skills lists them."));
    Vec::new()
}
