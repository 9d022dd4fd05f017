//! Skills: what each is for and where it lies, and why a folder is none.

use super::{Line, Overlay};
use crate::setup::SkillLine;
use crate::text::sanitize;
use crate::theme::Slot;

/// The page.
pub(crate) fn skills(skills: &[SkillLine]) -> Overlay {
    let mut lines: Vec<Line> = skills.iter().flat_map(entry).collect();
    if lines.is_empty() {
        let says = "No skills: none in .headwater/skills, .agents/skills or .claude/skills of the project, and none of yours.";
        lines.push(Line::of(Slot::Dim, says));
    }
    Overlay::new("skills", "/skills NAME TASK uses one · / filter · Esc close", lines)
}

fn entry(skill: &SkillLine) -> [Line; 3] {
    let (slot, says) = match &skill.problem {
        None => (Slot::Ok, skill.description.as_str()),
        Some(why) => (Slot::Warn, why.as_str()),
    };
    let words = says.split_whitespace().collect::<Vec<_>>().join(" ");
    [
        Line::of(slot, sanitize(&skill.name)),
        Line::of(Slot::Text, format!("    {}", sanitize(&words))),
        Line::of(Slot::Dim, format!("    {}", sanitize(&skill.source))),
    ]
}
