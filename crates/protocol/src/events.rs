//! The payloads of the events, by what they are about. The closed list is [`crate::Event`].

mod approvals;
mod cells;
mod checkpoints;
mod context;
mod missions;
mod repairs;
mod session;
mod tools;
mod turn;

pub use approvals::{ApprovalGiven, ApprovalRequested, RuleAdded, RuleRevoked};
pub use cells::{CellReturned, CellStarted, ChildReturned, ChildStarted, ChildStatus};
pub use checkpoints::{
    Checkpointed, FileAfter, FileBefore, FilesChanged, KeptFile, MissionUndone, Uncovered, named,
};
pub use context::{ContextEdited, SummaryAsk, SummaryRequested};
pub use missions::{
    ContractDeclared, FinalAccepted, FinalProposed, FinalRefused, MissionAmended, MissionApproved,
    MissionEnded, MissionProposed, MissionRejected, MissionRevised, MissionStarted,
};
pub use repairs::{RepairKind, Repaired};
pub use session::{Header, ModeChanged, ModelChanged, SessionResumed, SessionStarted};
pub use tools::{QuestionAsked, ResultStatus, TodosChanged, ToolCalled, ToolReturned};
pub use turn::{
    AssistantBlock, AssistantMessage, Failed, ReminderInjected, RequestSent, TurnEnded, TurnStarted,
    UsageReported, UserMessage, UserShell,
};
