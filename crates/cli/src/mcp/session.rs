//! The servers of one session: started, listed, and steered by the person.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use headwater_protocol::{AnyTool, ServerLine, ServerStatus, ServerWord, ToolServers};
use headwater_tools::mcp::{
    BearerTokens, HEADER_TOKENS, McpServers, McpSetup, ServerConfig, ServerReport, ServerState, StartCheck,
    Tokens as Login,
};

use super::config::{WITHIN_SERVER, config};
use super::consents::Consents;
use super::definition::{Definition, Origin, Way, are_alike};
use super::survey::{Survey, Surveyed};
use super::tokens::Tokens;
use crate::paths::Paths;
use crate::premises::Premises;
use crate::session::VERSION;

/// The servers of a session, with what a person may say to them.
pub(crate) struct SessionServers {
    described: Vec<Described>,
    consents: Consents,
    workspace: PathBuf,
    running: McpServers,
}

/// A server of the session, as it was described when the session began.
struct Described {
    definition: Definition,
    /// Why it cannot be connected as it is described.
    fault: Option<String>,
}

impl SessionServers {
    /// Starts the servers that may run; must be called within the runtime of the session, and waits for none. Nothing
    /// where none is described, or where a server has started this program.
    /// Those of an editor are the person's, too: none of the project takes the place of one.
    pub(crate) fn start(
        survey: Survey,
        of_editor: Vec<ServerConfig>,
        premises: &Premises,
        env: &[(String, String)],
    ) -> Option<Arc<Self>> {
        let is_none = survey.servers.is_empty() && of_editor.is_empty();
        if is_none || std::env::var_os(WITHIN_SERVER).is_some() {
            return None;
        }
        let consents = Consents::of(&premises.paths.state, &premises.workspace);
        let is_of_editor =
            |name: &str| of_editor.iter().any(|server: &ServerConfig| are_alike(&server.name, name));
        let is_own = |server: &Surveyed| server.definition.origin == Origin::Own;
        let kept = survey
            .servers
            .into_iter()
            .filter(|server| is_own(server) || !is_of_editor(&server.definition.name));
        let mut configs = Vec::new();
        let described = kept.map(|server| {
            let made = configured(&server, premises);
            let fault = made.as_ref().err().cloned();
            configs.extend(made.ok());
            Described { definition: server.definition, fault }
        });
        let described: Vec<Described> = described.collect();
        let is_known = |name: &str| described.iter().any(|known| are_alike(&known.definition.name, name));
        configs.extend(of_editor.into_iter().filter(|server| !is_known(&server.name)));
        let running = McpServers::start(setup(configs, premises, env));
        Some(Arc::new(Self { described, consents, workspace: premises.workspace.clone(), running }))
    }

    /// Their tools, for the header of the session.
    pub(crate) fn tools(&self) -> Vec<Arc<dyn AnyTool>> {
        self.running.tools()
    }

    /// The digest that a yes to a server names now, where one is wanted.
    fn asks(&self, definition: &Definition) -> Option<String> {
        let digest = || definition.digest(&self.workspace);
        let is_foreign = definition.origin == Origin::Project;
        is_foreign.then(digest).filter(|digest| !self.consents.covers(&definition.name, digest))
    }

    fn line(&self, described: &Described, reports: &[ServerReport]) -> ServerLine {
        let Described { definition, fault } = described;
        let report = reports.iter().find(|report| report.name == definition.name);
        let (status, tools) = match (fault, report) {
            (Some(why), _) => (ServerStatus::Failed(why.clone()), Vec::new()),
            (None, Some(report)) => {
                (status(&report.state), report.tools.iter().map(|tool| tool.name.clone()).collect())
            }
            (None, None) => (ServerStatus::Failed("another server has its name".to_owned()), Vec::new()),
        };
        // One that runs was said yes to.
        let is_idle = !matches!(status, ServerStatus::Starting | ServerStatus::Ready);
        let asks = self.asks(definition).filter(|_| is_idle && fault.is_none());
        let status = if asks.is_some() { ServerStatus::Waiting } else { status };
        let mut given = definition.given();
        given.extend(report.into_iter().flat_map(|report| report.remarks.clone()));
        ServerLine {
            name: definition.name.clone(),
            target: definition.target(),
            given,
            source: definition.source.display().to_string(),
            status,
            tools,
            asks,
        }
    }

    /// Keeps a yes, if the server is still what was shown.
    fn approve(&self, definition: &Definition, digest: &str) -> Result<String, String> {
        let name = &definition.name;
        match self.asks(definition) {
            None => return Ok(format!("The MCP server {name} waits for no yes.")),
            Some(asks) if asks != digest => {
                return Err(format!("The MCP server {name} is another one by now: look at it again."));
            }
            Some(_) => {}
        }
        self.consents.give(name, digest).map_err(|error| format!("The yes cannot be kept: {error:#}."))?;
        self.running.enable(name);
        Ok(format!("The MCP server {name} runs from now on, until it changes."))
    }
}

impl ToolServers for SessionServers {
    fn list(&self) -> Vec<ServerLine> {
        let reports = self.running.reports();
        self.described.iter().map(|described| self.line(described, &reports)).collect()
    }

    fn steer(&self, name: &str, word: &ServerWord) -> String {
        let Some(Described { definition, fault }) =
            self.described.iter().find(|described| described.definition.name == name)
        else {
            return format!("There is no MCP server \"{name}\" in this session.");
        };
        if let Some(why) = fault {
            return format!("The MCP server {name} cannot be connected: {why}.");
        }
        match word {
            ServerWord::Approve { digest } => self.approve(definition, digest).unwrap_or_else(|why| why),
            ServerWord::Enable if self.asks(definition).is_some() => {
                format!("The MCP server {name} waits for your yes.")
            }
            ServerWord::Enable => {
                self.running.enable(name);
                format!("The MCP server {name} is being connected.")
            }
            ServerWord::Disable => {
                self.running.disable(name);
                format!("The MCP server {name} is off for this session.")
            }
        }
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        let running = self.running.clone();
        Box::pin(async move { running.close().await })
    }
}

/// What servers are run with.
pub(crate) fn setup(servers: Vec<ServerConfig>, premises: &Premises, env: &[(String, String)]) -> McpSetup {
    let addresses = servers.iter().filter_map(address).collect();
    McpSetup {
        servers,
        env: env.to_vec(),
        cache: Some(premises.paths.cache.clone()),
        tokens: Some(Arc::new(Logins::new(premises.paths.clone(), addresses))),
        header_tokens: HEADER_TOKENS,
        version: VERSION,
    }
}

/// What the client is to connect to; one that waits for a yes is described to it, and not started.
pub(crate) fn configured(server: &Surveyed, premises: &Premises) -> Result<ServerConfig, String> {
    let definition = &server.definition;
    let made = config(definition, &premises.workspace)?;
    let consents = Consents::of(&premises.paths.state, &premises.workspace);
    let (kept, workspace) = (definition.clone(), premises.workspace.clone());
    let check = (definition.origin == Origin::Project).then(|| {
        StartCheck::new(move || {
            let is_agreed = consents.covers(&kept.name, &kept.digest(&workspace));
            is_agreed
                .then_some(())
                .ok_or_else(|| "it waits for your yes: it is not what you said yes to".to_owned())
        })
    });
    Ok(ServerConfig { is_enabled: made.is_enabled && server.asks.is_none(), check, ..made })
}

fn address(config: &ServerConfig) -> Option<(String, String)> {
    match &config.reach {
        headwater_tools::mcp::Reach::Http { url, .. } => Some((config.name.clone(), url.clone())),
        headwater_tools::mcp::Reach::Stdio { .. } => None,
    }
}

fn status(state: &ServerState) -> ServerStatus {
    match state {
        ServerState::Off => ServerStatus::Off,
        ServerState::Starting => ServerStatus::Starting,
        ServerState::Ready => ServerStatus::Ready,
        ServerState::Failed { why } => ServerStatus::Failed(why.clone()),
        ServerState::NeedsLogin { .. } => ServerStatus::NeedsLogin,
    }
}

/// The tokens of the servers of a session, each for its own address.
struct Logins {
    paths: Paths,
    /// Where each server answers.
    addresses: HashMap<String, String>,
    /// Logins that were found, by address.
    known: Arc<Mutex<HashMap<String, Arc<Login>>>>,
}

impl Logins {
    fn new(paths: Paths, addresses: HashMap<String, String>) -> Self {
        Self { paths, addresses, known: Arc::default() }
    }
}

impl BearerTokens for Logins {
    fn token(&self, server: &str) -> BoxFuture<'static, Option<String>> {
        let address = self.addresses.get(server).cloned();
        let (known, paths) = (Arc::clone(&self.known), self.paths.clone());
        Box::pin(async move {
            let address = address?;
            let logins = || known.lock().unwrap_or_else(PoisonError::into_inner);
            let found = logins().get(&address).cloned();
            let login = if let Some(login) = found {
                login
            } else {
                let login = Login::of(&address, Arc::new(Tokens::of(&paths, &address))).await;
                let login = Arc::new(told(login)??);
                logins().insert(address.clone(), Arc::clone(&login));
                login
            };
            let token = told(login.access().await)?;
            if token.is_none() {
                // Only another login helps, and that is another client.
                logins().remove(&address);
            }
            token
        })
    }
}

/// Without a token the server says itself that it wants a login.
fn told<T>(outcome: Result<T, String>) -> Option<T> {
    outcome.inspect_err(|why| tracing::warn!(%why, "no token for an MCP server")).ok()
}

/// Whether a definition is one that can be logged in to.
pub(crate) fn has_address(definition: &Definition) -> bool {
    matches!(definition.way(), Ok(Way::Url(_)))
}
