//! Local servers that answer.

use anyhow::Result;
use headwater_providers::{Http, discover};

use super::finding::Section;
use crate::output::one_line;
use crate::premises::Premises;
use crate::vendors::catalogue;

/// Models that are named for each server.
const MODELS_NAMED: usize = 6;

pub(super) async fn check(premises: &Premises) -> Result<Section> {
    let mut section = Section::new("servers on this machine");
    let catalogue = catalogue(premises.settings())?;
    let found = discover(&catalogue, &Http::new(&premises.settings().network)).await;
    if found.is_empty() {
        let local = catalogue.vendors().filter(|vendor| vendor.is_local).map(|vendor| vendor.label.as_str());
        section.note("none", format!("neither {} answers", local.collect::<Vec<_>>().join(" nor ")));
    }
    for server in found {
        let models: Vec<String> =
            server.models.iter().take(MODELS_NAMED).map(|name| one_line(name, 80)).collect();
        section.ok(server.vendor, format!("{} with {}", server.base_url, models.join(", ")));
    }
    Ok(section)
}
