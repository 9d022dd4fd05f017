//! Help: the keys of what has the focus first, then all others, then the commands. `/keys` has the rest.

use super::{Line, Overlay};
use crate::app::App;
use crate::commands;
use crate::keymap::{Action, Focus};
use crate::theme::Slot;

/// Columns of the key names.
const KEY_COLUMNS: usize = 26;

/// The page.
pub(crate) fn help(app: &App) -> Overlay {
    let focus = if app.is_approving() {
        Focus::Approval
    } else if app.form.is_none() && app.mission_in_front().is_some() {
        Focus::Mission
    } else if app.popup.is_some() {
        Focus::Popup
    } else {
        Focus::Composer
    };
    let mut lines = section(app, focus);
    for other in Focus::ALL.into_iter().filter(|other| *other != focus) {
        lines.extend(section(app, other));
    }
    lines.extend(prefixes());
    lines.push(heading("commands"));
    for entry in commands::entries(app) {
        let usage = format!("/{} {}", entry.name, entry.argument_hint);
        lines.push(entry_line(usage.trim_end(), &entry.summary));
    }
    Overlay::new("help", "/ filter · ↑ ↓ scroll · Esc close", lines)
}

fn section(app: &App, focus: Focus) -> Vec<Line> {
    let title = match focus {
        Focus::Global => "everywhere",
        Focus::Composer => "composer",
        Focus::Popup => "popup",
        Focus::Approval => "approval",
        Focus::Mission => {
            "mission card (1 to 9 switch its sub-tasks; other letters begin words to send it back with)"
        }
        Focus::Overlay => "page",
    };
    let actions = Action::ALL.iter().filter(|action| action.focus() == focus);
    let lines = actions.map(|action| entry_line(&app.config.keymap.shortly(*action), action.about()));
    [heading(title)].into_iter().chain(lines).collect()
}

fn prefixes() -> Vec<Line> {
    let entries = [
        ("@", "mention a file"),
        ("/", "run a command"),
        ("!", "run a shell command yourself; the model sees its output with your next message"),
        ("#", "remember: add a line to AGENTS.md"),
        ("Shift+mouse", "select as the terminal does"),
    ];
    let lines = entries.map(|(key, about)| entry_line(key, about));
    [heading("at the start of a message, or of a word")].into_iter().chain(lines).collect()
}

fn heading(title: &str) -> Line {
    Line::of(Slot::Heading, title)
}

fn entry_line(key: &str, about: &str) -> Line {
    Line::of(Slot::Accent, format!("  {key:<KEY_COLUMNS$} ")).and(Slot::Text, about)
}
