//! Agent: all tools, approvals where it matters; where a session begins.

use headwater_context::prompts;
use headwater_protocol::{Capability, Conductor, Confinement, ModeId, ModeSpec, Posture};

pub(super) static AGENT: ModeSpec = ModeSpec {
    id: ModeId::Agent,
    label: "AGENT",
    summary: "Works in the sandbox; asks before what is destructive, networked or outside.",
    prompt: prompts::MODE_AGENT,
    tools: &[
        Capability::Read,
        Capability::Write,
        Capability::Shell,
        Capability::State,
        Capability::Ask,
        Capability::Delegate,
    ],
    ceiling: Confinement::WorkspaceWrite,
    posture: Posture::WhenUnsure,
    conductor: Conductor::Turns,
};
