//! Plan: read-only, hands over a plan.

use headwater_context::prompts;
use headwater_protocol::{Capability, Conductor, Confinement, ModeId, ModeSpec, Posture};

pub(super) static PLAN: ModeSpec = ModeSpec {
    id: ModeId::Plan,
    label: "PLAN",
    summary: "Reads and thinks; nothing is written, no command runs.",
    prompt: prompts::MODE_PLAN,
    tools: &[Capability::Read, Capability::State, Capability::Ask],
    ceiling: Confinement::ReadOnly,
    posture: Posture::Never,
    conductor: Conductor::Turns,
};
