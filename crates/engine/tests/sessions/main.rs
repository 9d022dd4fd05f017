//! Sessions on disk, through the engine's own door: real logs, real tools, a model server that speaks HTTP.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed expectation is the point of a test, in its helpers too"
)]

/// What is an answer to an approval request, and what is none.
mod approving;
/// Tools that fail for a while.
mod attempting;
/// What a real server said, and the log of it.
mod cassettes;
/// Any line of a log may be lost: the session goes on, and its log is whole again.
mod damage;
/// A tool that says more than one result may.
mod evicting;
/// "Done" is a claim: the host looks.
mod finishing;
/// A turn that stands at the gate when its front end goes.
mod holding;
/// A turn disturbed at any moment: every call has its result.
mod interrupting;
/// Lists of sessions: what is read for them.
mod listing;
/// The same at a server that can do nothing but answer.
mod minimal;
/// What may be resumed, and where.
mod resuming;
/// Going back: what is refused, and the request that comes of it.
mod rewinding;
/// A workspace, a state directory, a model and a person.
mod rig;
/// Tools of MCP servers under the rules.
mod servers;
/// A sub-agent that crashes, definitions made by a program.
mod subagents;
/// Edited conversations as each vendor reads them.
mod wires;
