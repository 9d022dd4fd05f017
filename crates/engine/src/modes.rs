//! The modes: a record each, in the order of the Tab cycle. To add one: a file here and a line in the list.

mod agent;
mod plan;
mod recursive;
mod yolo;

use headwater_protocol::{ModeId, ModeSpec};

static MODES: [&ModeSpec; 4] = [&plan::PLAN, &agent::AGENT, &yolo::YOLO, &recursive::RECURSIVE];

/// All modes.
pub fn all() -> &'static [&'static ModeSpec] {
    &MODES
}

/// The record of one mode.
pub fn spec(id: ModeId) -> &'static ModeSpec {
    all().iter().copied().find(|mode| mode.id == id).unwrap_or(&agent::AGENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_of_the_cycle_has_its_record() {
        let listed: Vec<ModeId> = all().iter().map(|mode| mode.id).collect();
        assert_eq!(listed, ModeId::CYCLE);
    }
}
