//! Tools are capabilities and never control: the crate of the tools has no word for what it may not change.

use super::Rule;
use crate::{Finding, Repository};
use anyhow::Result;

pub(super) const RULE: Rule =
    Rule { name: "capabilities", promise: "no tool can change phase, budget, mode or policy", check };

/// Where tools live.
const TOOLS: &str = "crates/tools/src/";
/// Types through which a phase, a budget, a mode or the policy would be changed.
const CONTROL: &[&str] = &[
    "ApprovalDecision",
    "ApprovalGiven",
    "EndReason",
    "Event",
    "Limit",
    "ModeChanged",
    "ModeId",
    "ModeSpec",
    "Op",
    "Posture",
    "RuleAdded",
    "RunState",
    "TurnEnded",
];

#[expect(clippy::unnecessary_wraps, reason = "the signature of a rule")]
fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let files = repository.rust().iter().filter(|file| file.path().starts_with(TOOLS));
    let words = files.flat_map(|file| {
        let words = file.tokens().iter().filter(|token| CONTROL.contains(&token.text.as_str()));
        words.map(|word| {
            let message =
                format!("`{}`: a tool is a capability; what it wishes goes into its outcome", word.text);
            Finding::line(file.path(), word.line, message)
        })
    });
    Ok(words.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l1_a_tool_that_reaches_for_control_is_found() {
        let files = [
            (
                "crates/tools/src/builtin/switch.rs",
                "//! x\nuse headwater_protocol::ModeId;\nfn a(_: Option<u8>) {}\n",
            ),
            ("crates/tools/src/builtin/read.rs", "//! x\nuse headwater_protocol::ToolOutcome;\n"),
            ("crates/engine/src/modes.rs", "//! x\nuse headwater_protocol::ModeId;\n"),
        ];
        let found = check(&Repository::of(&files).unwrap()).unwrap();
        let places: Vec<_> = found.iter().map(|finding| (finding.path.as_str(), finding.line)).collect();
        assert_eq!(places, [("crates/tools/src/builtin/switch.rs", Some(2))]);
    }
}
