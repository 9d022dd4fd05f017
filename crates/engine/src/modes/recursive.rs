//! Recursive: missions. A message begins one, and an approved card says what it may do; what stands here holds for the
//! conversation itself.

use headwater_context::prompts;
use headwater_protocol::{Capability, Conductor, Confinement, ModeId, ModeSpec, Posture};

pub(super) static RECURSIVE: ModeSpec = ModeSpec {
    id: ModeId::Recursive,
    label: "RECURSIVE",
    summary: "Research, one mission card to approve, then blocks of code and a tree of small calls.",
    prompt: prompts::MODE_RECURSIVE,
    tools: &[Capability::Read, Capability::State, Capability::Ask],
    ceiling: Confinement::ReadOnly,
    posture: Posture::Never,
    conductor: Conductor::Mission,
};
