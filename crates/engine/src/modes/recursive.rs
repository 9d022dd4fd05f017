//! Recursive: missions. Its conductor is not part of this version; the engine says so when a message is sent.

use headwater_context::prompts;
use headwater_protocol::{Capability, Conductor, Confinement, ModeId, ModeSpec, Posture};

pub(super) static RECURSIVE: ModeSpec = ModeSpec {
    id: ModeId::Recursive,
    label: "RECURSIVE",
    summary: "Research, one mission card to approve, then a tree of small calls (comes with the next version).",
    prompt: prompts::MODE_RECURSIVE,
    tools: &[Capability::Read, Capability::State, Capability::Ask],
    ceiling: Confinement::ReadOnly,
    posture: Posture::Never,
    conductor: Conductor::Mission,
};
