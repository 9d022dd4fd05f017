//! Opening a session: settings of its directory, vendor, tools, log; what was before is told.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use agent_client_protocol_schema::v1::{Error, SessionUpdate};
use headwater_engine::{SessionStore, Start};
use headwater_protocol::{Record, RunState, Transcript, View as _};
use headwater_sandbox::Probe;

use super::Session;
use super::course::Beginning;
use crate::args::Globals;
use crate::commands::acp::capabilities::ClientAbilities;
use crate::commands::acp::errors::{failed, needs_login, refused};
use crate::commands::acp::servers::configured;
use crate::commands::acp::sessions::{Told, Wanted};
use crate::commands::acp::updates::{Choices, Commands, Moment, Narrator};
use crate::commands::acp::wire::Client;
use crate::keys::KeyStore;
use crate::premises::Premises;
use crate::session::{Attendance, Blueprint};
use crate::{user_commands, vendors};

/// What all sessions of a connection share.
pub(in crate::commands::acp) struct Host {
    /// The command line.
    pub(in crate::commands::acp) globals: Globals,
    /// What confines commands here.
    pub(in crate::commands::acp) probe: Probe,
    /// The client.
    pub(in crate::commands::acp) client: Client,
    /// What it can do, once it has said so.
    pub(in crate::commands::acp) abilities: OnceLock<ClientAbilities>,
}

impl Host {
    /// Settings and places of a directory.
    pub(in crate::commands::acp) fn premises(&self, cwd: &Path) -> Result<Premises, Error> {
        if !cwd.is_absolute() {
            return Err(refused("\"cwd\" is to be an absolute path."));
        }
        let globals = Globals { cwd: Some(cwd.to_owned()), ..self.globals.clone() };
        Premises::find_unattended(&globals).map_err(|error| failed(&error))
    }

    /// Whether there is a vendor, and a key for it, where this process runs.
    pub(in crate::commands::acp) fn check_login(&self) -> Result<(), Error> {
        let premises = Premises::find_unattended(&self.globals).map_err(|error| failed(&error))?;
        match vendors::nobody_chosen(&premises) {
            Ok(error) if lacks_key(&premises) => Err(needs_login(&error.into())),
            Ok(_) => Ok(()),
            Err(error) => Err(failed(&error)),
        }
    }

    /// What the client can do.
    pub(in crate::commands::acp) fn abilities(&self) -> ClientAbilities {
        self.abilities.get().copied().unwrap_or_default()
    }
}

/// Opens a session; where it is loaded, the client is told what it holds already.
pub(in crate::commands::acp) async fn open(host: &Host, wanted: Wanted) -> Result<Session, Error> {
    let Wanted { cwd, start, told, servers } = wanted;
    let premises = host.premises(&cwd)?;
    let drawn = Blueprint::draw(&premises, &host.globals, Attendance::Person).await;
    let blueprint =
        drawn.map_err(|error| if lacks_key(&premises) { needs_login(&error) } else { failed(&error) })?;
    let choices = Choices { models: models(&premises), mode: None };
    let (mode, model, mut unsaid) = (blueprint.mode(), blueprint.model(), blueprint.warnings().to_vec());
    let own: Vec<&String> = premises.settings().mcp.keys().collect();
    let (servers, left_out) = configured(&servers, &own, &premises.workspace);
    unsaid.extend(left_out);
    let past = past(&premises, &start)?;
    let running =
        blueprint.with_servers(servers).start(start, host.probe.clone()).map_err(|error| failed(&error))?;
    let mut narrator = Narrator::new(running.session.clone(), &premises.workspace, host.abilities());
    let (state, updates) = retold(&past, &mut narrator, &choices);
    let known = u64::try_from(past.len()).unwrap_or(u64::MAX);
    let mode = if past.is_empty() { mode } else { state.session.mode };
    let commands = Commands::new(user_commands::load(&premises));
    let workspace = premises.workspace;
    let beginning = Beginning { workspace, narrator, choices, commands, state, known, mode, model, unsaid };
    let session = Session::new(host, running, beginning);
    if told == Told::Loaded {
        for update in updates {
            host.client.update(&session.id, update).await;
        }
    }
    Ok(session)
}

/// The records that a session has already.
fn past(premises: &Premises, start: &Start) -> Result<Vec<Record>, Error> {
    let Start::Resume(id) = start else { return Ok(Vec::new()) };
    let loaded = SessionStore::new(premises.paths.state.clone()).load(id);
    Ok(loaded.map_err(|error| failed(&error.into()))?.records)
}

/// Folds the past, and retells what of it still counts.
fn retold(past: &[Record], narrator: &mut Narrator, choices: &Choices) -> (RunState, Vec<SessionUpdate>) {
    let mut transcript = Transcript::default();
    let mut whole = RunState::default();
    for record in past {
        whole.apply(record);
        // A record that the log may not hold is the engine's to mend.
        transcript.append(Arc::new(record.clone())).ok();
    }
    let (mut state, mut updates) = (RunState::default(), Vec::new());
    for record in transcript.live() {
        state.apply(record);
        updates.extend(narrator.record(record, Moment::Before, &state, choices));
    }
    (whole, updates)
}

/// Whether what is missing is a vendor, or its key.
fn lacks_key(premises: &Premises) -> bool {
    let settings = premises.settings();
    let Some(name) = vendors::provider_name(settings) else { return true };
    let Ok(catalogue) = vendors::catalogue(settings) else { return false };
    let Ok(vendor) = catalogue.vendor(name) else { return false };
    let found = |variable: &str| KeyStore::new(&premises.paths).find(&vendor.name, variable);
    vendor.key_env.as_deref().is_some_and(|variable| matches!(found(variable), Ok(None)))
}

/// The models of the vendor that are known by name.
fn models(premises: &Premises) -> Vec<String> {
    let settings = premises.settings();
    let vendor = vendors::provider_name(settings).zip(vendors::catalogue(settings).ok());
    let names = vendor.and_then(|(name, catalogue)| {
        let vendor = catalogue.vendor(name).ok()?;
        Some(vendor.model_names().map(str::to_owned).collect())
    });
    names.unwrap_or_default()
}
