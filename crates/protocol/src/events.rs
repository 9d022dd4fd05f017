//! The payloads of the events, by what they are about. The closed list is [`crate::Event`].

mod approvals;
mod attempts;
mod cells;
mod checkpoints;
mod context;
mod conversations;
mod finishing;
mod hooks;
mod missions;
mod repairs;
mod rewinds;
mod session;
mod subagents;
mod tools;
mod turn;

pub use approvals::{ApprovalGiven, ApprovalRequested, CallAllowed, CallsGated, RuleAdded, RuleRevoked};
pub use attempts::{AnswerCut, AttemptFailed, FellBack, told_of_passing};
pub use cells::{CellReturned, CellStarted, ChildReturned, ChildStarted, ChildStatus};
pub use checkpoints::{
    Checkpointed, FileAfter, FileBefore, FilesChanged, KeptFile, MissionUndone, Uncovered, change_of_rewind,
    is_of_rewind, named,
};
pub use context::{ContextEdited, SummaryAsk, SummaryRequested};
pub use conversations::{
    ClearingDelegated, ClearingWithdrawn, ConversationKept, ConversationResent, ResendCause, ServerState,
    WithdrawalCause,
};
pub use finishing::{
    CompletionReport, Coverage, CoverageChanged, Uncertainty, UncertaintyKind, UncertaintyNoted,
    UncertaintyStatus,
};
pub use hooks::{HookRan, HookStatus};
pub use missions::{
    ContractDeclared, FinalAccepted, FinalProposed, FinalRefused, MissionAmended, MissionApproved,
    MissionEnded, MissionProposed, MissionRejected, MissionRevised, MissionStarted,
};
pub use repairs::{Migrated, RepairKind, Repaired};
pub use rewinds::{Forked, RewindScope, Rewound};
pub use session::{
    DEFAULT_STYLE, Header, ModeChanged, ModelChanged, STYLE_TITLE, SessionResumed, SessionStarted,
    SessionTitled,
};
pub use subagents::{SubagentReturned, SubagentStarted};
pub use tools::{QuestionAsked, ResultStatus, TodosChanged, ToolCalled, ToolReturned};
pub use turn::{
    AssistantBlock, AssistantMessage, Failed, ReminderDropped, ReminderInjected, RequestSent, TurnEnded,
    TurnStarted, UsageReported, UserMessage, UserShell,
};
