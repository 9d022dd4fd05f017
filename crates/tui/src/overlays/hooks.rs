//! Hooks: what runs where and where it comes from. Those that the project brings wait for a yes, and are shown whole: what
//! a person says yes to must be on the screen.

use headwater_protocol::op::HookLine;

use super::{Line, Overlay, Pick};
use crate::text::sanitize;
use crate::theme::Slot;

/// Characters of a command on one line of the page.
const COLUMNS: usize = 72;

/// The page.
pub(crate) fn hooks(hooks: &[HookLine]) -> Overlay {
    let mut lines = Vec::new();
    if let Some(digest) = hooks.iter().find_map(|hook| hook.asks.clone()) {
        let says =
            "This project brings hooks that wait for your yes: read them below, then Enter, or /hooks yes";
        lines.push(Line::of(Slot::Warn, says).picking(Pick::ConsiderHooks { digest }));
        lines.push(Line::default());
    }
    lines.extend(hooks.iter().flat_map(entry));
    if hooks.is_empty() {
        lines.push(Line::of(
            Slot::Dim,
            "No hooks: there is no hooks.json of yours, and the project brings none.",
        ));
    }
    Overlay::new("hooks", "/ filter · Esc close", lines)
}

/// The question itself, on a page of its own: no is what an Enter too many says.
pub(crate) fn hooks_question(digest: &str) -> Overlay {
    let yes = Pick::ApproveHooks { digest: digest.to_owned() };
    let lines = vec![
        Line::of(Slot::Text, "Hooks run as you, outside the sandbox, without asking again."),
        Line::of(
            Slot::Text,
            "Your yes is to these hooks and the scripts they name; a change of either asks again.",
        ),
        Line::default(),
        Line::of(Slot::Ok, "No, leave them").picking(Pick::LeaveHooks),
        Line::of(Slot::Warn, "Yes, run the hooks of this project").picking(yes),
    ];
    Overlay::new("run the hooks of this project?", "Enter choose · Esc close", lines)
}

/// One hook: where and for what, all of its command, where it comes from and why it does not run.
fn entry(hook: &HookLine) -> Vec<Line> {
    let (slot, state) = match &hook.disabled {
        None => (Slot::Ok, "runs".to_owned()),
        Some(why) => (Slot::Warn, format!("does not run: {}", sanitize(why))),
    };
    let head = Line::of(slot, format!("{:?}", hook.point))
        .and(Slot::Text, format!("  {}", sanitize(&hook.matcher)))
        .and(Slot::Dim, format!("  {state}"));
    let command = sanitize(&hook.command).into_owned();
    let commands = command.lines().flat_map(pieces).map(|piece| Line::of(Slot::Text, format!("    {piece}")));
    let source = Line::of(Slot::Dim, format!("    {}", sanitize(&hook.source)));
    std::iter::once(head).chain(commands).chain(std::iter::once(source)).collect()
}

/// A line of a command in pieces that fit; the command's own line ends stay, what follows one is no part of a comment.
fn pieces(line: &str) -> Vec<String> {
    let characters: Vec<char> = line.chars().collect();
    characters.chunks(COLUMNS).map(|piece| piece.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use headwater_protocol::hook::HookPoint;

    use super::*;

    #[test]
    fn b7_a_command_is_shown_with_its_own_lines() {
        let hook = HookLine {
            point: HookPoint::Stop,
            matcher: String::new(),
            command: format!("true #\n{}", "x".repeat(COLUMNS + 1)),
            source: "hooks.json".into(),
            disabled: None,
            asks: None,
        };
        let shown: Vec<String> = entry(&hook).iter().map(Line::text).collect();
        let (first, rest) = (format!("    {}", "x".repeat(COLUMNS)), "    x");
        assert_eq!(shown[1..4], ["    true #", first.as_str(), rest]);
    }
}
