//! The closed list of durable facts, in the past tense. To add one: a payload in `events/`, a line here, a
//! note in docs/decisions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::events::{
    AnswerCut, ApprovalGiven, ApprovalRequested, AssistantMessage, AttemptFailed, CallAllowed, CallsGated,
    CellReturned, CellStarted, Checkpointed, ChildReturned, ChildStarted, ClearingDelegated,
    ClearingWithdrawn, ContextEdited, ContractDeclared, ConversationKept, ConversationResent,
    CoverageChanged, Failed, FellBack, FilesChanged, FinalAccepted, FinalProposed, FinalRefused, Forked,
    HookRan, Migrated, MissionAmended, MissionApproved, MissionEnded, MissionProposed, MissionRejected,
    MissionRevised, MissionStarted, MissionUndone, ModeChanged, ModelChanged, QuestionAsked, ReminderDropped,
    ReminderInjected, Repaired, RequestSent, Rewound, RuleAdded, RuleRevoked, SessionResumed, SessionStarted,
    SessionTitled, SubagentReturned, SubagentStarted, SummaryRequested, TodosChanged, ToolCalled,
    ToolReturned, TurnEnded, TurnStarted, UncertaintyNoted, UsageReported, UserMessage, UserShell,
};
use crate::model::ModelInfo;

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $tag:literal,)*) => {
        /// A durable fact of a session.
        #[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
        #[serde(tag = "type", rename_all = "snake_case")]
        pub enum Event {
            $($(#[$doc])* $name($name),)*
            /// An event of a newer program: kept as it is, ignored by every view.
            #[serde(untagged)]
            #[schemars(skip)]
            Unknown(Unknown),
        }

        impl Event {
            /// The tags of all known events, in the order of the list.
            pub const TAGS: &'static [&'static str] = &[$($tag),*];

            /// The `type` this event is written with.
            pub fn tag(&self) -> &str {
                match self {
                    $(Self::$name(_) => $tag,)*
                    Self::Unknown(unknown) => &unknown.kind,
                }
            }

            /// Reads the payload of an event of type `tag` from the JSON text of a whole record.
            pub(crate) fn decode(tag: &str, line: &str) -> Result<Self, serde_json::Error> {
                match tag {
                    $($tag => serde_json::from_str(line).map(Self::$name),)*
                    _ => serde_json::from_str(line).map(|body| Self::Unknown(Unknown::new(tag, body))),
                }
            }
        }

        $(impl From<$name> for Event {
            fn from(payload: $name) -> Self {
                Self::$name(payload)
            }
        })*
    };
}

events! {
    /// The session began.
    SessionStarted = "session_started",
    /// Another process carried the session on.
    SessionResumed = "session_resumed",
    /// The session was given a title.
    SessionTitled = "session_titled",
    /// The mode changed.
    ModeChanged = "mode_changed",
    /// The model changed.
    ModelChanged = "model_changed",
    /// The person wrote a message.
    UserMessage = "user_message",
    /// The person ran a command.
    UserShell = "user_shell",
    /// A turn began.
    TurnStarted = "turn_started",
    /// A request went out.
    RequestSent = "request_sent",
    /// The model's message.
    AssistantMessage = "assistant_message",
    /// An answer broke off.
    AnswerCut = "answer_cut",
    /// What a request consumed.
    UsageReported = "usage_reported",
    /// Another model stands in.
    FellBack = "fell_back",
    /// The server keeps the conversation.
    ConversationKept = "conversation_kept",
    /// The whole conversation was sent again.
    ConversationResent = "conversation_resent",
    /// The model asked for a call.
    ToolCalled = "tool_called",
    /// Calls stand at the gate, or have passed it.
    CallsGated = "calls_gated",
    /// A call waits for a person.
    ApprovalRequested = "approval_requested",
    /// An approval request was answered.
    ApprovalGiven = "approval_given",
    /// A call was let run that reaches the network.
    CallAllowed = "call_allowed",
    /// A permission rule was added.
    RuleAdded = "rule_added",
    /// A permission rule was withdrawn.
    RuleRevoked = "rule_revoked",
    /// The model asks the person.
    QuestionAsked = "question_asked",
    /// An attempt at a call failed for now.
    AttemptFailed = "attempt_failed",
    /// A call came to its end.
    ToolReturned = "tool_returned",
    /// The todo list was replaced.
    TodosChanged = "todos_changed",
    /// The harness spoke to the model.
    ReminderInjected = "reminder_injected",
    /// A reminder found no room.
    ReminderDropped = "reminder_dropped",
    /// A hook ran.
    HookRan = "hook_ran",
    /// A summary is asked for.
    SummaryRequested = "summary_requested",
    /// What the model sees changes.
    ContextEdited = "context_edited",
    /// The server clears old results from here on.
    ClearingDelegated = "clearing_delegated",
    /// Old results are cleared here again.
    ClearingWithdrawn = "clearing_withdrawn",
    /// A mission began.
    MissionStarted = "mission_started",
    /// A mission card was put before the person.
    MissionProposed = "mission_proposed",
    /// The card was approved.
    MissionApproved = "mission_approved",
    /// The card was sent back.
    MissionRevised = "mission_revised",
    /// The card was rejected.
    MissionRejected = "mission_rejected",
    /// The mission would go beyond its card.
    MissionAmended = "mission_amended",
    /// The mission ended.
    MissionEnded = "mission_ended",
    /// The changes of a mission were taken back.
    MissionUndone = "mission_undone",
    /// Files were kept as they were.
    Checkpointed = "checkpointed",
    /// A command changed files.
    FilesChanged = "files_changed",
    /// The session went back to an earlier message.
    Rewound = "rewound",
    /// The session was forked from another.
    Forked = "forked",
    /// What must hold before "done" is believed.
    ContractDeclared = "contract_declared",
    /// How far the contract is met.
    CoverageChanged = "coverage_changed",
    /// Something is assumed or not known.
    UncertaintyNoted = "uncertainty_noted",
    /// The model gave its answer.
    FinalProposed = "final_proposed",
    /// The answer holds.
    FinalAccepted = "final_accepted",
    /// The answer does not hold.
    FinalRefused = "final_refused",
    /// A block began to run.
    CellStarted = "cell_started",
    /// A block came to its end.
    CellReturned = "cell_returned",
    /// A child model is asked.
    ChildStarted = "child_started",
    /// A child model came to its end.
    ChildReturned = "child_returned",
    /// A sub-agent began.
    SubagentStarted = "subagent_started",
    /// A sub-agent came to its end.
    SubagentReturned = "subagent_returned",
    /// A repair was made.
    Repaired = "repaired",
    /// The log of an older program goes on.
    Migrated = "migrated",
    /// Something failed for good.
    Failed = "failed",
    /// The turn ended.
    TurnEnded = "turn_ended",
}

impl Event {
    /// The schema of the records from this one on, where it says so.
    pub fn schema(&self) -> Option<u32> {
        if let Self::SessionStarted(started) = self {
            Some(started.schema)
        } else if let Self::Migrated(migrated) = self {
            Some(migrated.to)
        } else {
            None
        }
    }

    /// The vendor and the model of the session from this record on, where it says so.
    pub fn model(&self) -> Option<(&str, &ModelInfo)> {
        if let Self::ModelChanged(changed) = self {
            Some((&changed.vendor, &changed.model))
        } else if let Self::FellBack(other) = self
            && !other.of_children
        {
            Some((&other.vendor, &other.model))
        } else {
            None
        }
    }
}

/// An event this version does not know; it survives a round trip byte for byte in meaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unknown {
    /// Its `type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Everything else it says.
    #[serde(flatten)]
    pub body: Map<String, Value>,
}

impl Unknown {
    fn new(kind: &str, mut body: Map<String, Value>) -> Self {
        for head in ["seq", "at", "session", "parent", "type", "chain"] {
            body.remove(head);
        }
        Self { kind: kind.to_owned(), body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_is_the_snake_case_of_its_variant() {
        let event = Event::from(UserMessage { text: "hi".into() });
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["type"], event.tag());
        assert!(Event::TAGS.iter().all(|tag| tag.chars().all(|c| c.is_ascii_lowercase() || c == '_')));
    }
}
