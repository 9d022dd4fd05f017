//! How the turn ended.

use headwater_protocol::EndReason;

use super::Scene;

pub(super) fn holds(scene: &Scene<'_>, wanted: EndReason) -> Result<(), String> {
    if scene.ended == wanted { Ok(()) } else { Err(format!("it ended as {:?}", scene.ended).to_lowercase()) }
}
