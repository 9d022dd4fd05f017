//! Every line is a record.

use headwater_protocol::Event;

use super::{Finding, Log};

pub(super) fn check(log: &Log<'_>) -> Finding {
    let records = &log.loaded.records;
    let foreign = records.iter().filter(|record| matches!(record.event, Event::Unknown(_))).count();
    let told = match foreign {
        0 => format!("{} records", records.len()),
        _ => format!("{} records, {foreign} of types that are not known here", records.len()),
    };
    let mut faults: Vec<String> = log
        .loaded
        .unreadable
        .iter()
        .map(|bad| format!("line {} is no record: {}", bad.line, bad.error))
        .collect();
    if records.is_empty() {
        faults.push("there is no record".to_owned());
    }
    if log.loaded.is_cut {
        faults.push("the last line is cut".to_owned());
    }
    Finding { class: "lines", told, faults }
}
