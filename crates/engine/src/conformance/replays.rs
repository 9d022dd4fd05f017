//! The same records give the same requests and the same views (HARNESS E3).

use headwater_protocol::{Record, RunState, views};

use super::{Finding, Log};
use crate::replay::replay;

pub(super) fn check(log: &Log<'_>) -> Finding {
    let report = replay(&log.loaded.records);
    let mut faults: Vec<String> = report
        .mismatches
        .iter()
        .map(|mismatch| {
            format!(
                "record {}: the request was {} and is now {}",
                mismatch.seq, mismatch.expected, mismatch.found
            )
        })
        .collect();
    let again = log.loaded.records.iter().map(|record| Record::from_line(&record.to_line()?));
    match again.collect::<Result<Vec<_>, serde_json::Error>>() {
        Ok(again) if views::fold::<RunState>(&again) == report.state => {}
        Ok(_) => faults.push("the views differ after the records were written and read again".to_owned()),
        Err(error) => faults.push(format!("a record cannot be written and read again: {error}")),
    }
    Finding { class: "replay", told: format!("{} requests are made again", report.requests), faults }
}
