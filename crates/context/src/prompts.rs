//! The one place that embeds `prompts/`: the texts are product, not code.

pub mod root;

/// The frozen system prompt, before the surroundings and the project's instructions.
pub const BASE: &str = include_str!("../../../prompts/base.md");

/// What the model is told when Plan begins to hold.
pub const MODE_PLAN: &str = include_str!("../../../prompts/modes/plan.md");
/// What the model is told when Agent begins to hold.
pub const MODE_AGENT: &str = include_str!("../../../prompts/modes/agent.md");
/// What the model is told when YOLO begins to hold.
pub const MODE_YOLO: &str = include_str!("../../../prompts/modes/yolo.md");
/// What the model is told when Recursive begins to hold.
pub const MODE_RECURSIVE: &str = include_str!("../../../prompts/modes/recursive.md");

/// The third equal call with an equal result.
pub const REMINDER_REPEAT: &str = include_str!("../../../prompts/reminders/repeat.md");
/// An answer that hit the output limit.
pub const REMINDER_OUTPUT_LIMIT: &str = include_str!("../../../prompts/reminders/output_limit.md");
/// An answer without text and without calls.
pub const REMINDER_EMPTY_REPLY: &str = include_str!("../../../prompts/reminders/empty_reply.md");

/// Slash commands that are prompts, as their name and their file with its front matter.
pub const COMMANDS: &[(&str, &str)] = &[("init", include_str!("../../../prompts/commands/init.md"))];
