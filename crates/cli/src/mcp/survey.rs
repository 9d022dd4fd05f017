//! All servers that are described here: those of the person, those that the project brings, and which of them may run.

use headwater_protocol::ServerStatus;
use headwater_tools::mcp::check_name;

use super::consents::Consents;
use super::definition::{Definition, Origin, are_alike};
use super::project_file;
use crate::premises::Premises;
use crate::trust::project_file as project_settings;

/// What was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Survey {
    /// The servers, in the order of their names.
    pub servers: Vec<Surveyed>,
    /// What the person should know, one sentence each.
    pub warnings: Vec<String>,
}

/// A server, and whether it may run.
#[derive(Clone, Debug)]
pub(crate) struct Surveyed {
    /// As it is described.
    pub definition: Definition,
    /// The digest that a yes to it names, where one is wanted.
    pub asks: Option<String>,
}

impl Surveyed {
    /// How it is before anything is connected; nothing where it is to be.
    pub(crate) fn standing(&self) -> Option<ServerStatus> {
        match (&self.asks, self.definition.way()) {
            (_, Err(why)) => Some(ServerStatus::Failed(why)),
            (Some(_), Ok(_)) => Some(ServerStatus::Waiting),
            (None, Ok(_)) if !self.definition.is_enabled() => Some(ServerStatus::Off),
            (None, Ok(_)) => None,
        }
    }
}

impl Survey {
    /// Reads all places anew.
    pub(crate) fn of(premises: &Premises) -> Self {
        let mut survey = Self::default();
        let own = premises.settings().mcp.iter();
        let mut all: Vec<Definition> = own
            .map(|(name, settings)| Definition {
                name: name.clone(),
                origin: Origin::Own,
                source: premises.paths.config_file(),
                settings: settings.clone(),
                remarks: Vec::new(),
            })
            .collect();
        for definition in survey.brought(premises) {
            if let Err(why) = check_name(&definition.name) {
                let source = definition.source.display();
                survey.warnings.push(format!("An MCP server of {source} is left out: {why}."));
                continue;
            }
            match all.iter().find(|known| are_alike(&known.name, &definition.name)) {
                Some(known) => survey.warnings.push(format!(
                    "The MCP server \"{}\" of {} is left out: {} has one of that name, \"{}\".",
                    definition.name,
                    definition.source.display(),
                    known.source.display(),
                    known.name
                )),
                None => all.push(definition),
            }
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        survey.judge(all, premises);
        survey
    }

    /// The server of this name.
    pub(crate) fn find(&self, name: &str) -> Option<&Surveyed> {
        self.servers.iter().find(|server| server.definition.name == name)
    }

    /// What the project brings.
    fn brought(&mut self, premises: &Premises) -> Vec<Definition> {
        let file = project_file::read(&premises.workspace);
        self.warnings.extend(file.warnings);
        let settings = premises.layered.project_servers.iter().map(|(name, settings)| Definition {
            name: name.clone(),
            origin: Origin::Project,
            source: project_settings(&premises.workspace),
            settings: settings.clone(),
            remarks: Vec::new(),
        });
        settings.chain(file.servers).collect()
    }

    fn judge(&mut self, all: Vec<Definition>, premises: &Premises) {
        let consents = Consents::of(&premises.paths.state, &premises.workspace);
        let mut waiting = Vec::new();
        for definition in all {
            let asks = (definition.origin == Origin::Project)
                .then(|| definition.digest(&premises.workspace))
                .filter(|digest| !consents.covers(&definition.name, digest));
            if asks.is_some() && definition.is_enabled() && definition.way().is_ok() {
                waiting.push(definition.name.clone());
            }
            if let Err(why) = definition.way() {
                let Definition { name, source, .. } = &definition;
                self.warnings.push(format!("The MCP server \"{name}\" of {}: {why}.", source.display()));
            }
            self.servers.push(Surveyed { definition, asks });
        }
        if !waiting.is_empty() {
            let (servers, run) = match waiting.len() {
                1 => ("an MCP server", "does not run"),
                _ => ("MCP servers", "do not run"),
            };
            self.warnings.push(format!(
                "This project brings {servers} ({}) that {run} before you say yes: look at /mcp, or `headwater mcp approve NAME`.",
                waiting.join(", ")
            ));
        }
    }
}
