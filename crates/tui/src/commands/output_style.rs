//! `/output-style`: lists the styles; with a name, the next session is in that one. What a session begins with is frozen.

use super::Command;
use crate::app::{App, Effect};
use crate::overlays;

pub(super) const COMMAND: Command = Command {
    name: "output-style",
    arguments: "[NAME]",
    summary: "how the model writes; with a name, from the next session on",
    run,
};

fn run(app: &mut App, arguments: &str) -> Vec<Effect> {
    if arguments.is_empty() {
        let now = app.status.session.header.as_ref().map_or("default", |header| header.output_style());
        app.overlay = Some(overlays::styles(&app.config.styles, now, app.next_style.as_deref()));
        return Vec::new();
    }
    let of_name = app.config.styles.iter().filter(|style| style.name.eq_ignore_ascii_case(arguments));
    let usable = of_name.clone().find(|style| style.problem.is_none());
    let Some(name) = usable.map(|style| style.name.clone()) else {
        let why = of_name.clone().find_map(|style| style.problem.clone());
        let said = why.map_or_else(
            || format!("There is no output style \"{arguments}\"; /output-style lists them."),
            |why| format!("The output style \"{arguments}\" cannot be used: {why}."),
        );
        app.notice(&said);
        return Vec::new();
    };
    app.notice(&format!(
        "The prompt of this session is frozen: the output style \"{name}\" holds from the next one on, which /new \
         begins. To keep it, set output_style = \"{name}\" in your settings."
    ));
    app.next_style = Some(name);
    Vec::new()
}
