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

/// Asks for the summary that takes the place of older messages; `{words}` is how long it may be, `{focus}` what it should
/// keep above all.
pub const COMPACT: &str = include_str!("../../../prompts/compact.md");

/// A limit is near; `{spent}` says which and how near.
pub const REMINDER_BUDGET_SPENT: &str = include_str!("../../../prompts/reminders/budget_spent.md");
/// The window fills up: `{used}` and `{limit}` are percent of it.
pub const REMINDER_CONTEXT_PRESSURE: &str = include_str!("../../../prompts/reminders/context_pressure.md");
/// Files are not what the model saw; `{files}` lists them.
pub const REMINDER_FILE_CHANGED: &str = include_str!("../../../prompts/reminders/file_changed.md");
/// What the person asks for at the end; `{terms}` lists it.
pub const REMINDER_TERMS: &str = include_str!("../../../prompts/reminders/terms.md");
/// Every call of the last `{steps}` steps failed.
pub const REMINDER_REPEATED_FAILURE: &str = include_str!("../../../prompts/reminders/repeated_failure.md");
/// The todo list has not changed for `{steps}` steps.
pub const REMINDER_TODOS_STALE: &str = include_str!("../../../prompts/reminders/todos_stale.md");
/// The third equal call with an equal result.
pub const REMINDER_REPEAT: &str = include_str!("../../../prompts/reminders/repeat.md");
/// Steps that change nothing.
pub const REMINDER_REPLAN: &str = include_str!("../../../prompts/reminders/replan.md");
/// An answer that hit the output limit.
pub const REMINDER_OUTPUT_LIMIT: &str = include_str!("../../../prompts/reminders/output_limit.md");
/// An answer that broke off.
pub const REMINDER_ANSWER_CUT: &str = include_str!("../../../prompts/reminders/answer_cut.md");
/// An answer without text and without calls.
pub const REMINDER_EMPTY_REPLY: &str = include_str!("../../../prompts/reminders/empty_reply.md");

/// What a sub-agent for any task is told.
pub const AGENT_GENERAL: &str = include_str!("../../../prompts/agents/general.md");
/// What a sub-agent that only looks is told.
pub const AGENT_EXPLORE: &str = include_str!("../../../prompts/agents/explore.md");
/// How every sub-agent works; behind what its definition says.
pub const AGENT_FRAME: &str = include_str!("../../../prompts/agents/frame.md");
/// What a sub-agent is told that works in Plan.
pub const AGENT_READ_ONLY: &str = include_str!("../../../prompts/agents/read_only.md");

/// The system prompt of a child model.
pub const MISSION_CHILD: &str = include_str!("../../../prompts/mission/child.md");
/// What stands behind a question whose answer must be JSON; `{schema}` is its schema.
pub const MISSION_CHILD_JSON: &str = include_str!("../../../prompts/mission/child_json.md");
/// What a child is told after an answer of no use; `{error}` says what was wrong with it.
pub const MISSION_CHILD_JSON_AGAIN: &str = include_str!("../../../prompts/mission/child_json_again.md");

/// How research is done; before every question of it.
pub const MISSION_RESEARCH: &str = include_str!("../../../prompts/mission/research.md");
/// Asks what matters in a stretch of text.
pub const MISSION_PROBE: &str = include_str!("../../../prompts/mission/probe.md");
/// Asks for names of groups of observations.
pub const MISSION_CLUSTER: &str = include_str!("../../../prompts/mission/cluster.md");
/// Asks for hypotheses and what would refute them.
pub const MISSION_HYPOTHESIS: &str = include_str!("../../../prompts/mission/hypothesis.md");
/// Asks whether texts show what was predicted.
pub const MISSION_CHECK: &str = include_str!("../../../prompts/mission/check.md");
/// Asks whether texts carry a claim.
pub const MISSION_VERIFY: &str = include_str!("../../../prompts/mission/verify.md");
/// Asks for faults in the structure of a plan.
pub const MISSION_STRUCTURE: &str = include_str!("../../../prompts/mission/structure.md");
/// Asks for a mission card.
pub const MISSION_CARD: &str = include_str!("../../../prompts/mission/card.md");

/// Questions of λ-plans as their name and their text; `{question}` is what was asked.
pub const PLANS: &[(&str, &str)] = &[
    ("aggregate", include_str!("../../../prompts/mission/plans/aggregate.md")),
    ("classify", include_str!("../../../prompts/mission/plans/classify.md")),
    ("keys", include_str!("../../../prompts/mission/plans/keys.md")),
    ("merge", include_str!("../../../prompts/mission/plans/merge.md")),
    ("pairs", include_str!("../../../prompts/mission/plans/pairs.md")),
    ("relevant", include_str!("../../../prompts/mission/plans/relevant.md")),
    ("search", include_str!("../../../prompts/mission/plans/search.md")),
    ("sum", include_str!("../../../prompts/mission/plans/sum.md")),
    ("summarize", include_str!("../../../prompts/mission/plans/summarize.md")),
    ("task", include_str!("../../../prompts/mission/plans/task.md")),
];

/// Output styles, as their name and their file with its front matter.
pub const STYLES: &[(&str, &str)] = &[
    ("concise", include_str!("../../../prompts/styles/concise.md")),
    ("explanatory", include_str!("../../../prompts/styles/explanatory.md")),
];

/// Slash commands that are prompts, as their name and their file with its front matter.
pub const COMMANDS: &[(&str, &str)] = &[("init", include_str!("../../../prompts/commands/init.md"))];
