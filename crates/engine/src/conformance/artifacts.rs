//! Every file and every stored text has the records it comes from (HARNESS A4).

use headwater_protocol::views::{Artifacts, fold};

use super::{Finding, Log};

pub(super) fn check(log: &Log<'_>) -> Finding {
    let artifacts: Artifacts = fold(&log.loaded.records);
    let told = format!("{} files and stored texts", artifacts.iter().len());
    let without = artifacts.iter().filter(|artifact| artifact.sources.is_empty());
    let faults = without.map(|artifact| format!("nothing says where {} comes from", artifact.name)).collect();
    Finding { class: "artifacts", told, faults }
}
