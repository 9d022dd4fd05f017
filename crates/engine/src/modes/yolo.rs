//! YOLO: all tools, nothing asked but the catastrophic set.

use headwater_context::prompts;
use headwater_protocol::{Capability, Conductor, Confinement, ModeId, ModeSpec, Posture};

pub(super) static YOLO: ModeSpec = ModeSpec {
    id: ModeId::Yolo,
    label: "YOLO",
    summary: "Asks nothing but what cannot be undone; the network is open.",
    prompt: prompts::MODE_YOLO,
    tools: &[
        Capability::Read,
        Capability::Write,
        Capability::Shell,
        Capability::State,
        Capability::Ask,
        Capability::Delegate,
    ],
    ceiling: Confinement::WorkspaceWriteNetwork,
    posture: Posture::OnlyCatastrophic,
    conductor: Conductor::Turns,
};
