//! What a front end asks of the engine. Imperative; each variant is one intention of a person or a script.

use crate::approval::{ApprovalDecision, ApprovalScope};
use crate::card::MissionBudget;
use crate::contract::TaskContract;
use crate::events::{KeptFile, RewindScope, Uncovered};
use crate::hook::HookPoint;
use crate::ids::{CallId, ChildId, SessionId};
use crate::mode::ModeId;
use crate::servers::{ServerLine, ServerWord};
use crate::time::Timestamp;
use crate::units::{Tokens, Usd};

/// Front end → engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// A message. While a turn runs it is queued and sent after it.
    Submit {
        /// What the person wrote.
        text: String,
    },
    /// Takes queued messages back; answered with [`Answer::Unqueued`].
    Unqueue,
    /// Runs a command for the person (`!`), output shown and kept in the conversation.
    RunShell {
        /// The script.
        command: String,
    },
    /// Summarizes the older messages of the conversation; during a turn, after it.
    Compact {
        /// What the summary is to keep above all; may be empty.
        focus: String,
    },
    /// Ends the running turn; what had arrived is kept.
    Interrupt,
    /// Changes the mode; during a turn it holds from the next one on.
    SetMode(ModeId),
    /// Changes the model, at the same vendor; during a turn it holds from the next one on.
    SetModel {
        /// The name as the vendor spells it.
        model: String,
    },
    /// Gives the session a title; during a turn, after it.
    SetTitle {
        /// The title; an empty one takes back what was given.
        title: String,
    },
    /// Answers an approval request.
    Approve {
        /// The call that waits.
        call: CallId,
        /// The answer.
        decision: ApprovalDecision,
        /// How long it holds.
        scope: ApprovalScope,
    },
    /// Answers a question of the model.
    AnswerQuestion {
        /// The call that asked.
        call: CallId,
        /// The answer; `None` declines.
        text: Option<String>,
    },
    /// Decides about the mission card that waits.
    DecideMission(MissionDecision),
    /// Takes back what the mission that ran last has changed. It waits for nothing: while something runs it is refused.
    UndoMission,
    /// Cancels one child and everything below it; the rest of the mission goes on.
    CancelChild {
        /// The session it belongs to.
        session: SessionId,
        /// The child.
        child: ChildId,
    },
    /// Goes back to a message of the person; while something runs it is refused.
    Rewind {
        /// The record of the message.
        to: u64,
        /// What goes back.
        scope: RewindScope,
    },
    /// Takes the last rewind back.
    Redo,
    /// Makes another session that begins as this one; answered with [`Answer::Forked`].
    Fork {
        /// The first record that it does not share, that of a message of the person; absent means all are shared.
        at: Option<u64>,
    },
    /// Sets what must hold before "done" is believed: the person's word replaces what held before.
    DeclareContract(Box<TaskContract>),
    /// The person goes on with these uncertainties as they are.
    AcceptUncertainties {
        /// Their ids; empty means all that are open.
        ids: Vec<String>,
    },
    /// Cancels one sub-agent; the turn goes on with its report.
    CancelSubagent {
        /// Its session.
        session: SessionId,
    },
    /// Withdraws a permission rule given earlier.
    RevokeRule {
        /// The rule as `/permissions` lists it.
        rule: String,
        /// Where it holds.
        scope: ApprovalScope,
    },
    /// The person lets the hooks that the project brings run.
    ApproveHooks {
        /// What was shown ([`HookLine::asks`]): hooks that changed since are not approved.
        digest: String,
    },
    /// Says something to a server of tools; answered with [`Answer::Servers`].
    SteerServer {
        /// Its name.
        name: String,
        /// What is said.
        word: ServerWord,
    },
    /// Asks for something the records do not say; answered with [`crate::Update::Answer`].
    Query(Query),
    /// Ends the session: the running turn is interrupted, records are synced.
    Shutdown,
}

/// What becomes of a mission card.
#[derive(Clone, Debug, PartialEq)]
pub enum MissionDecision {
    /// It runs, as the card with this hash says.
    Approve {
        /// The hash of the card that the person saw.
        hash: String,
    },
    /// It does not run.
    Reject {
        /// Why; may be empty.
        reason: String,
    },
    /// It is written anew.
    Revise {
        /// What the person wants otherwise.
        words: String,
    },
    /// A sub-task is switched on or off; another card follows.
    Toggle {
        /// Its number.
        subtask: u32,
    },
    /// The budget is another; another card follows.
    Budget(MissionBudget),
}

/// A question of the front end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// The sessions of this directory.
    Sessions,
    /// The permission rules in force.
    Permissions,
    /// Where the tokens of the next request are.
    Projection,
    /// The messages one can go back to.
    RewindPoints,
    /// What going back would change.
    RewindPreview {
        /// The record of the message.
        to: u64,
        /// What would go back.
        scope: RewindScope,
    },
    /// The hooks in force.
    Hooks,
    /// The servers of tools.
    Servers,
}

/// The answer to a [`Query`].
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To [`Query::Sessions`], newest first.
    Sessions(Vec<SessionSummary>),
    /// To [`Query::Permissions`].
    Permissions(Vec<PermissionRule>),
    /// To [`Query::Projection`].
    Projection(Vec<ProjectionPart>),
    /// To [`Query::RewindPoints`], oldest first.
    RewindPoints(Vec<RewindPoint>),
    /// To [`Query::RewindPreview`].
    RewindPreview(Box<RewindPreview>),
    /// To [`Query::Hooks`], in the order in which they run.
    Hooks(Vec<HookLine>),
    /// To [`Query::Servers`].
    Servers(Vec<ServerLine>),
    /// To [`Op::Fork`]: the new session.
    Forked(SessionId),
    /// To [`Op::Unqueue`]: the messages that were waiting, oldest first.
    Unqueued(Vec<String>),
}

/// A message one can go back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RewindPoint {
    /// Its record.
    pub seq: u64,
    /// When it was written.
    pub at: Timestamp,
    /// The message.
    pub text: String,
    /// Files that were changed after it, as far as checkpoints hold them.
    pub files: usize,
}

/// What going back would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RewindPreview {
    /// The record of the message.
    pub to: u64,
    /// What would go back.
    pub scope: RewindScope,
    /// Messages that would no longer count.
    pub messages: usize,
    /// The files that would change, each with what would become of it.
    pub files: Vec<String>,
    /// What would change in the files, as a unified diff from now to then.
    pub diff: String,
    /// Files that would be left alone, and why.
    pub kept: Vec<KeptFile>,
    /// Changes that no checkpoint holds.
    pub uncovered: Vec<Uncovered>,
}

/// One hook in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookLine {
    /// Where it runs.
    pub point: HookPoint,
    /// The tools it is for; empty means all.
    pub matcher: String,
    /// What it runs.
    pub command: String,
    /// The file it comes from.
    pub source: String,
    /// Why it does not run; `None` when it does.
    pub disabled: Option<String>,
    /// The digest that a yes to it names; `None` where no yes is wanted.
    pub asks: Option<String>,
}

/// One session, for a picker.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionSummary {
    /// Its id.
    pub id: SessionId,
    /// When it began.
    pub started: Timestamp,
    /// When its last record was written.
    pub updated: Timestamp,
    /// The first words of its first message.
    pub title: String,
    /// Messages of the person.
    pub messages: u32,
    /// What it cost so far, as far as known; `None` when no request has a known price.
    pub cost: Option<Usd>,
    /// Where it ran.
    pub workspace: String,
    /// Whether a call of its turn waits for a person.
    pub is_waiting: bool,
}

/// One permission rule in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionRule {
    /// `allow`, `ask` or `deny`.
    pub effect: &'static str,
    /// The rule as it is written in settings.
    pub rule: String,
    /// Where it comes from: `session`, `project`, `user`.
    pub source: &'static str,
    /// Whether `/permissions` can withdraw it.
    pub is_revocable: bool,
}

/// A segment of the next request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectionPart {
    /// `system`, `tools`, `instructions`, `conversation`, `results`.
    pub name: &'static str,
    /// Its size, estimated.
    pub tokens: Tokens,
}
