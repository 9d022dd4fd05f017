//! `headwater schema [NAME]`: the JSON Schemas of what others may read and write (HARNESS N1). To add one: a line in the
//! list; `spec/` holds them as files.

use anyhow::Result;
use clap::Args;
use headwater_protocol::events::ToolReturned;
use headwater_protocol::{ContextEditPlan, MissionCard, ModelInfo, Record, TaskContract, ToolSpec};
use schemars::{Schema, schema_for};

use crate::output;
use crate::user_error::UserError;

/// Which one.
#[derive(Debug, Args)]
pub(crate) struct SchemaArguments {
    /// record (the default), tool, tool-result, context-edit-plan, model, contract or mission-card.
    #[arg(value_name = "NAME", default_value = "record")]
    name: String,
}

/// A published schema.
pub(crate) struct Published {
    pub(crate) name: &'static str,
    /// What it is of, for a list.
    pub(crate) about: &'static str,
    make: fn() -> Schema,
}

/// All of them.
pub(crate) const PUBLISHED: &[Published] = &[
    Published {
        name: "record",
        about: "one line of a transcript: every event",
        make: || schema_for!(Record),
    },
    Published { name: "tool", about: "a tool as a model is told of it", make: || schema_for!(ToolSpec) },
    Published {
        name: "tool-result",
        about: "how a call came to its end",
        make: || schema_for!(ToolReturned),
    },
    Published {
        name: "context-edit-plan",
        about: "edits of what the model sees, with what they save",
        make: || schema_for!(ContextEditPlan),
    },
    Published { name: "model", about: "a model and what it can do", make: || schema_for!(ModelInfo) },
    Published {
        name: "contract",
        about: "what must hold before \"done\" is believed",
        make: || schema_for!(TaskContract),
    },
    Published {
        name: "mission-card",
        about: "what a mission is to do and may take",
        make: || schema_for!(MissionCard),
    },
];

impl Published {
    /// The schema as it is printed and kept in `spec/`.
    pub(crate) fn text(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(&(self.make)())? + "\n")
    }
}

pub(super) fn run(own: &SchemaArguments) -> Result<u8> {
    let Some(published) = PUBLISHED.iter().find(|published| published.name == own.name) else {
        let error = UserError::usage(format!("there is no schema \"{}\"", own.name));
        let hint = |published: &Published| format!("{}: {}", published.name, published.about);
        return Err(PUBLISHED.iter().map(hint).fold(error, UserError::hint).into());
    };
    output::print(&published.text()?)?;
    Ok(0)
}
