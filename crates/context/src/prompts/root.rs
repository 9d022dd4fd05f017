//! What the root of a recursive completion is told, and when (RECURSIVE §1–§3).

/// Its frozen system prompt, before the lines of the helpers. `{child_chars}` is what one child can read.
pub const SYSTEM: &str = include_str!("../../../../prompts/mission/root.md");
/// Tools as functions, for a mission with an approved card.
pub const TOOLS: &str = include_str!("../../../../prompts/mission/tools.md");
/// What a root is told instead of all that where there is no Python.
pub const DIRECTIVES: &str = include_str!("../../../../prompts/mission/directives.md");
/// Tools as directives, for a mission with an approved card.
pub const DIRECTIVES_TOOLS: &str = include_str!("../../../../prompts/mission/directives_tools.md");
/// What a weak root is told beside.
pub const WEAK: &str = include_str!("../../../../prompts/mission/tiers/weak.md");
/// An answer without a block and without a final answer.
pub const NO_BLOCK: &str = include_str!("../../../../prompts/mission/no_block.md");
/// A block that never ended.
pub const OPEN_FENCE: &str = include_str!("../../../../prompts/mission/open_fence.md");
/// A message that was cut off.
pub const ANSWER_CUT: &str = include_str!("../../../../prompts/mission/answer_cut.md");
/// A plan where the answer should be.
pub const PLAN_IS_NO_ANSWER: &str = include_str!("../../../../prompts/mission/plan_is_no_answer.md");
/// An answer before anything was looked at.
pub const NOTHING_RAN: &str = include_str!("../../../../prompts/mission/nothing_ran.md");
/// The last turn; `{reason}` says why.
pub const LAST_TURN: &str = include_str!("../../../../prompts/mission/last_turn.md");
/// Two blocks failed in a row.
pub const PLAN_OFFER: &str = include_str!("../../../../prompts/mission/plan_offer.md");
