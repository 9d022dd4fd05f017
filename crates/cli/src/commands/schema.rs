//! `headwater schema`: the JSON Schema of a record.

use anyhow::Result;
use headwater_protocol::Record;

use crate::output;

pub(super) fn run() -> Result<u8> {
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(Record))?;
    output::print(&(schema + "\n"))?;
    Ok(0)
}
