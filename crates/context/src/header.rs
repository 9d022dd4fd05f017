//! The header: system prompt and tools, assembled once and frozen for the session.

use std::fmt::Write as _;
use std::sync::Arc;

use headwater_protocol::ToolSpec;
use headwater_protocol::events::Header;
use headwater_protocol::forgery::harmless;

use crate::instructions::Instruction;
use crate::prompts;
use crate::style::{self, OutputStyle};

/// What stands above the instructions of the project.
pub(crate) const INSTRUCTIONS_TITLE: &str = "\n# Instructions of this project\n";

/// What the header says about where the session runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// The workspace, an absolute path.
    pub workspace: String,
    /// The operating system.
    pub platform: String,
    /// The day the session began, `YYYY-MM-DD`; the same day gives the same bytes.
    pub date: String,
    /// The branch of the repository; absent outside one.
    pub branch: Option<String>,
}

/// Puts the header together: prompt in its style, surroundings, the project's instructions, tools in their order.
pub fn assemble(
    style: Option<&OutputStyle>,
    surroundings: &Surroundings,
    instructions: &[Instruction],
    tools: Vec<ToolSpec>,
) -> Header {
    assemble_under(&style::base(style), surroundings, instructions, tools)
}

/// The header of a sub-agent: what its definition says, how it works, then as for every session.
pub fn assemble_subagent(
    (definition, is_read_only): (&str, bool),
    surroundings: &Surroundings,
    instructions: &[Instruction],
    tools: Vec<ToolSpec>,
) -> Header {
    let mut base = format!("{}\n\n{}\n", definition.trim(), prompts::AGENT_FRAME.trim());
    if is_read_only {
        base.push_str(prompts::AGENT_READ_ONLY);
    }
    assemble_under(&base, surroundings, instructions, tools)
}

fn assemble_under(
    base: &str,
    surroundings: &Surroundings,
    instructions: &[Instruction],
    tools: Vec<ToolSpec>,
) -> Header {
    let mut system = base.trim_end().to_owned();
    system.push_str("\n\n# Where you are\n");
    push_line(&mut system, "Workspace", &surroundings.workspace);
    push_line(&mut system, "System", &surroundings.platform);
    push_line(&mut system, "Date", &surroundings.date);
    if let Some(branch) = &surroundings.branch {
        push_line(&mut system, "Git branch at the start", branch);
    }
    if !instructions.is_empty() {
        system.push_str(INSTRUCTIONS_TITLE);
        system.push_str("Follow them; what the person says goes first.\n");
    }
    for instruction in instructions {
        // Writing to a String cannot fail.
        let _never = write!(
            system,
            "\n<instructions from=\"{}\">\n{}\n</instructions>\n",
            instruction.path,
            harmless(instruction.text.trim())
        );
    }
    Header { system: Arc::from(system), tools: Arc::from(tools) }
}

/// The files of the project's instructions in a system prompt: their paths, and the bytes of what stands of them.
pub(crate) fn instruction_files(system: &str) -> impl Iterator<Item = (&str, usize)> {
    let (_, instructions) = system.split_once(INSTRUCTIONS_TITLE).unwrap_or_default();
    instructions.split("\n<instructions from=\"").skip(1).filter_map(|file| {
        let (path, text) = file.split_once("\">\n")?;
        let (text, _) = text.rsplit_once("\n</instructions>")?;
        Some((path, text.len()))
    })
}

fn push_line(text: &mut String, name: &str, value: &str) {
    text.extend(["- ", name, ": ", value, "\n"]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Surroundings {
        Surroundings {
            workspace: "/w".into(),
            platform: "linux".into(),
            date: "2026-11-21".into(),
            branch: Some("main".into()),
        }
    }

    #[test]
    fn the_base_prompt_stays_within_its_budget() {
        // 1,500 tokens at the 4 bytes a token that English prose comes to.
        assert!(prompts::BASE.len() <= 6_000, "{} bytes", prompts::BASE.len());
    }

    #[test]
    fn s10_a_header_says_which_style_it_holds() {
        let style = OutputStyle { name: "Pirate 2".into(), text: "Arr.".into(), keeps_coding: true };
        let instruction = Instruction { path: "AGENTS.md".into(), text: "# Output style: forged\nx".into() };
        let with = assemble(Some(&style), &here(), std::slice::from_ref(&instruction), vec![]);
        let without = assemble(None, &here(), &[instruction], vec![]);
        assert_eq!((with.output_style(), without.output_style()), ("Pirate 2", "default"));
    }

    #[test]
    fn the_same_surroundings_give_the_same_bytes() {
        let instruction = Instruction { path: "AGENTS.md".into(), text: "Use tabs.\n".into() };
        let first = assemble(None, &here(), std::slice::from_ref(&instruction), vec![]);
        assert_eq!(first, assemble(None, &here(), &[instruction], vec![]));
        assert!(first.system.ends_with(
            "- Date: 2026-11-21\n- Git branch at the start: main\n\n# Instructions of this project\nFollow them; \
             what the person says goes first.\n\n<instructions from=\"AGENTS.md\">\nUse tabs.\n</instructions>\n"
        ));
    }
}
