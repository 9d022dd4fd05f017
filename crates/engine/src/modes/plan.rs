//! Plan: read-only, hands over a plan.

use headwater_context::prompts;
use headwater_protocol::{Capability, Conductor, Confinement, ModeId, ModeSpec, Posture};

pub(super) static PLAN: ModeSpec = ModeSpec {
    id: ModeId::Plan,
    label: "PLAN",
    summary: "Reads and thinks; nothing is written, only commands that read run.",
    prompt: prompts::MODE_PLAN,
    tools: &[Capability::Read, Capability::Shell, Capability::State, Capability::Ask, Capability::Delegate],
    ceiling: Confinement::ReadOnly,
    posture: Posture::Never,
    conductor: Conductor::Turns,
};
