//! The names of attributes: those of OpenTelemetry's semantic conventions for generative AI, and our own where these have
//! none (<https://opentelemetry.io/docs/specs/semconv/gen-ai/>, gen-ai-spans and gen-ai-agent-spans).

pub(super) const OPERATION: &str = "gen_ai.operation.name";
pub(super) const PROVIDER: &str = "gen_ai.provider.name";
pub(super) const REQUEST_MODEL: &str = "gen_ai.request.model";
pub(super) const RESPONSE_MODEL: &str = "gen_ai.response.model";
pub(super) const FINISH_REASONS: &str = "gen_ai.response.finish_reasons";
pub(super) const INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
pub(super) const CACHED_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";
pub(super) const OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
pub(super) const CONVERSATION: &str = "gen_ai.conversation.id";
pub(super) const AGENT: &str = "gen_ai.agent.name";
pub(super) const TOOL: &str = "gen_ai.tool.name";
pub(super) const TOOL_TYPE: &str = "gen_ai.tool.type";
pub(super) const TOOL_CALL: &str = "gen_ai.tool.call.id";
pub(super) const TOOL_ARGUMENTS: &str = "gen_ai.tool.call.arguments";
pub(super) const TOOL_RESULT: &str = "gen_ai.tool.call.result";
pub(super) const INPUT_MESSAGES: &str = "gen_ai.input.messages";
pub(super) const OUTPUT_MESSAGES: &str = "gen_ai.output.messages";
pub(super) const ERROR: &str = "error.type";

/// The mode of a turn.
pub(super) const MODE: &str = "headwater.mode";
/// The number of a turn in its session.
pub(super) const TURN: &str = "headwater.turn";
/// How a turn ended.
pub(super) const END: &str = "headwater.end";
/// US dollars, as far as prices are known.
pub(super) const COST: &str = "headwater.cost_usd";
/// What a request is for, where it is none of the conversation itself: a summary, or the kind of a child.
pub(super) const PURPOSE: &str = "headwater.purpose";
/// What was answered to the question whether a call may run.
pub(super) const APPROVAL: &str = "headwater.approval";
/// Milliseconds a call ran, waiting for an approval not counted.
pub(super) const RAN: &str = "headwater.tool.millis";

/// The operations.
pub(super) const INVOKE_AGENT: &str = "invoke_agent";
pub(super) const CHAT: &str = "chat";
pub(super) const EXECUTE_TOOL: &str = "execute_tool";
