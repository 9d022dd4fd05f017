//! Nouns and ports: events, records, messages, tools, providers, the transcript and its views.
//!
//! *Invariants:* everything here is plain data or a trait; ids are unique, sequence numbers dense, and every
//! tool call has exactly one terminal result.
//!
//! *Not here:* IO, clocks, an async runtime. Time and ids come in as arguments.
#![warn(missing_docs)]

pub mod access;
pub mod approval;
pub mod audit;
pub mod cancel;
pub mod card;
pub mod chain;
pub mod context_edit;
pub mod contract;
pub mod corpus;
mod digest;
pub mod end;
pub mod event;
pub mod events;
pub mod forgery;
pub mod hook;
pub mod ids;
pub mod invariants;
pub mod message;
pub mod mode;
pub mod model;
pub mod op;
pub mod projection;
pub mod provider;
pub mod record;
pub mod redact;
pub mod repl;
pub mod secret_files;
pub mod servers;
pub mod time;
pub mod title;
pub mod todo;
pub mod tool;
pub mod transcript;
pub mod units;
pub mod update;
pub mod views;

pub use access::{Access, Capability, Confinement};
pub use approval::{ApprovalDecision, ApprovalScope, Approver};
pub use cancel::Cancel;
pub use card::{Grant, MissionBudget, MissionCard};
pub use chain::{Chain, ChainReport};
pub use context_edit::{ContextEdit, ContextEditPlan, EditKind, EditReason, Passage, Replacement};
pub use contract::{ContractSource, Gap, Predicate, TaskContract};
pub use corpus::{Corpus, CorpusPart, CorpusShape, PromptPiece, SharedText};
pub use end::{EndReason, Limit};
pub use event::Event;
pub use hook::HookPoint;
pub use ids::{BlobId, CallId, ChildId, SessionId};
pub use message::{Block, MalformedInput, Message, StopSignal, ToolCall};
pub use mode::{Conductor, ModeId, ModeSpec, Posture};
pub use model::{ModelInfo, Price};
pub use op::{Answer, Op, Query};
pub use projection::{Clearing, Hints, Projection};
pub use provider::{ModelDelta, Provider, ProviderError, ProviderStream, ServerCleared};
pub use record::Record;
pub use redact::{Redact, RedactStream};
pub use repl::{Interpreter, Repl, ReplHost};
pub use servers::{ServerLine, ServerStatus, ServerWord, ToolServers};
pub use time::Timestamp;
pub use todo::{Todo, TodoStatus};
pub use tool::{
    AnyTool, MCP_PREFIX, MCP_TOOL, PassedOn, Tool, ToolContext, ToolOutcome, ToolSpec, Transient,
};
pub use transcript::Transcript;
pub use units::{Bytes, Tokens, Usage, Usd};
pub use update::{Delta, Update};
pub use views::{RunState, View};
