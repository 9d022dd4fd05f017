//! From settings to a running session: vendor, tools, rules, limits, sandbox.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::{Result, anyhow};
use headwater_context::{OutputStyle, Thresholds};
use headwater_engine::{
    ConfinementStatus, Connector, DrawingSetup, EngineSetup, Running, SessionStore, Start, ToolBounds,
};
use headwater_policy::{Layer, Redactor};
use headwater_protocol::{AnyTool, Confinement, Limit, ModeId, Provider, Redact, ToolServers};
use headwater_sandbox::{Probe, Profile, Runner};
use headwater_tools::mcp::ServerConfig;
use headwater_tools::{SKILL_TOOL, ShellSetup};

use crate::args::Globals;
use crate::mcp::{SessionServers, Survey};
use crate::missions::{self, MissionArguments};
use crate::premises::Premises;
use crate::settings::{Limits, Settings};
use crate::user_error::UserError;
use crate::{demo, hooks, output_policy, rules, skills, styles, subagents, telemetry, vendors};

/// The version of the program, for the log.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Model requests a turn may make unless the settings say otherwise.
const MAX_STEPS: u32 = 100;
/// Steps in a row in which every call failed.
const MAX_FAILURES: u32 = 10;

/// Finds out in the background what confines commands here: it takes longer than anything else at the start.
#[derive(Debug)]
pub(crate) struct Confiner(JoinHandle<Probe>);

impl Confiner {
    /// Begins to look.
    pub(crate) fn begin() -> Self {
        Self(std::thread::spawn(Probe::detect))
    }

    /// What was found; waits if need be.
    pub(crate) fn found(self) -> Result<Probe> {
        self.0.join().map_err(|_| anyhow!("looking for a sandbox failed; `headwater doctor` says more"))
    }
}

/// Whether a person is there to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attendance {
    /// At the screen.
    Person,
    /// Headless: what would ask is denied.
    Nobody,
    /// Headless: what asks waits for an answer from another process.
    Elsewhere,
}

/// A session that can be started.
pub(crate) struct Blueprint {
    store: SessionStore,
    /// What must not be shown, kept or sent.
    redactor: Redactor,
    workspace: PathBuf,
    provider: Arc<dyn Provider>,
    connector: Option<Connector>,
    mode: Option<ModeId>,
    limits: Limit,
    thresholds: Thresholds,
    rules: Vec<Layer>,
    style: Option<OutputStyle>,
    warnings: Vec<String>,
    attendance: Attendance,
    /// The screen that hooks may change the drawing of.
    screen: Option<DrawingSetup>,
    /// The environment of commands.
    env: Vec<(String, String)>,
    /// The servers of tools that are described here.
    survey: Survey,
    /// Those that an editor brings.
    of_editor: Vec<ServerConfig>,
    /// What missions are made with, before the sandbox is known.
    missions: Missions,
}

/// What missions are made with, until the session starts.
struct Missions {
    own: MissionArguments,
    premises: Premises,
    globals: Globals,
}

impl Blueprint {
    /// Chooses vendor and model, and puts rules and limits together.
    pub(crate) async fn draw(premises: &Premises, globals: &Globals, attendance: Attendance) -> Result<Self> {
        let rules = rules::layers(premises)?;
        let (provider, connector) = if demo::is_chosen(premises) {
            (demo::provider(attendance), None)
        } else {
            let (provider, connector) = vendors::connect(premises).await?;
            (provider, Some(connector))
        };
        // After the key was asked for: a keyring is unlocked once.
        let redactor = output_policy::redactor(premises)?;
        let survey = Survey::of(premises);
        Ok(Self {
            store: premises.store(&redactor),
            redactor,
            workspace: premises.workspace.clone(),
            provider,
            connector,
            mode: globals.mode.map(ModeId::from),
            limits: limits(&premises.settings().limits, globals),
            thresholds: premises.settings().context.into(),
            warnings: rules::warnings(&rules)
                .into_iter()
                .chain(rules::waiting_told(premises)?)
                .chain(survey.warnings.iter().cloned())
                .collect(),
            survey,
            of_editor: Vec::new(),
            rules,
            style: styles::chosen(premises, None)?,
            attendance,
            screen: None,
            env: vendors::command_env(premises.settings())?,
            missions: Missions {
                own: MissionArguments::default(),
                premises: premises.clone(),
                globals: globals.clone(),
            },
        })
    }

    /// The same, with what the command line says of missions.
    pub(crate) fn with_missions(mut self, own: &MissionArguments) -> Self {
        self.missions.own = own.clone();
        self
    }

    /// The same in another output style, where one was chosen by name.
    pub(crate) fn in_style(self, name: Option<&str>) -> Result<Self> {
        let style = name.map(|name| styles::chosen(&self.missions.premises, Some(name))).transpose()?;
        Ok(Self { style: style.unwrap_or(self.style), ..self })
    }

    /// The same, for a screen that hooks may change the drawing of.
    pub(crate) fn with_screen(self) -> Self {
        Self { screen: Some(DrawingSetup { version: VERSION.to_owned() }), ..self }
    }

    /// The same, with servers of tools that an editor brings.
    pub(crate) fn with_servers(self, of_editor: Vec<ServerConfig>) -> Self {
        Self { of_editor, ..self }
    }

    /// The model it will talk to.
    pub(crate) fn model(&self) -> String {
        self.provider.model().name.clone()
    }

    /// What must not be kept of what is typed.
    pub(crate) fn redact(&self) -> Arc<dyn Redact> {
        Arc::new(self.redactor.clone())
    }

    /// What the person should know before it begins, one sentence each.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The mode it begins in, as far as it is known before the first record.
    pub(crate) fn mode(&self) -> ModeId {
        self.mode.unwrap_or_default()
    }

    /// Starts it, in a tokio runtime, with what confines commands here.
    pub(crate) fn start(self, start: Start, probe: Probe) -> Result<Running> {
        let is_sandboxed = probe.enforces(Profile::WorkspaceWrite { network: false });
        let Missions { own, premises, globals } = self.missions;
        let of_session = (&self.provider, self.attendance, &probe);
        let missions = missions::setup(&own, &premises, &globals, of_session);
        let runner = Arc::new(Runner::new(probe).filtered(output_policy::filters(&self.redactor)));
        let hooks = hooks::setup(&premises, &runner, &self.env, self.screen);
        let servers = SessionServers::start(self.survey, self.of_editor, &premises, &self.env);
        let mut tools = headwater_tools::all(ShellSetup { runner, env: self.env });
        tools.extend(skills::tool(&premises));
        let mut tools = given(tools, premises.settings(), &self.provider.model().name)?;
        tools.extend(servers.iter().flat_map(|servers| servers.tools()));
        let running = headwater_engine::start(EngineSetup {
            store: self.store,
            start,
            workspace: self.workspace,
            provider: self.provider,
            connector: self.connector,
            tools,
            mode: self.mode,
            limits: self.limits,
            tool_bounds: tool_bounds(premises.settings()),
            fallback: vendors::fallback(&premises),
            thresholds: self.thresholds,
            rules: self.rules,
            style: self.style,
            confinement: ConfinementStatus { is_sandboxed },
            home: std::env::home_dir(),
            is_attended: self.attendance == Attendance::Person,
            keeps_waiting: self.attendance == Attendance::Elsewhere,
            missions: Some(missions),
            hooks,
            servers: servers.map(|servers| servers as Arc<dyn ToolServers>),
            subagents: subagents::setup(&premises),
            version: VERSION,
        })?;
        Ok(telemetry::attach(running, premises.settings()))
    }
}

/// The tools without those that the settings keep from the model; the request lists them as the session begins.
fn given(all: Vec<Arc<dyn AnyTool>>, settings: &Settings, model: &str) -> Result<Vec<Arc<dyn AnyTool>>> {
    let kept =
        settings.models.get(model).and_then(|known| known.without_tools.as_deref()).unwrap_or_default();
    let names: Vec<String> = all.iter().map(|tool| tool.spec().name).collect();
    let is_known = |name: &String| names.contains(name) || name == SKILL_TOOL;
    if let Some(strange) = kept.iter().find(|name| !is_known(name)) {
        let message = format!("models.\"{model}\".without_tools: there is no tool \"{strange}\"");
        return Err(UserError::usage(message).hint(format!("The tools are: {}.", names.join(", "))).into());
    }
    Ok(all.into_iter().zip(names).filter(|(_, name)| !kept.contains(name)).map(|(tool, _)| tool).collect())
}

/// What the sandbox really enforces in a mode, in a few words.
pub(crate) fn sandbox_in(mode: ModeId, probe: &Probe) -> String {
    probe.describe(profile_of(headwater_engine::modes::spec(mode).ceiling))
}

/// The sandbox's word for a confinement.
fn profile_of(confinement: Confinement) -> Profile {
    match confinement {
        Confinement::ReadOnly => Profile::ReadOnly,
        Confinement::WorkspaceWrite => Profile::WorkspaceWrite { network: false },
        Confinement::WorkspaceWriteNetwork => Profile::WorkspaceWrite { network: true },
        Confinement::Unconfined => Profile::Unconfined,
    }
}

/// How far each tool may go.
fn tool_bounds(settings: &Settings) -> ToolBounds {
    ToolBounds::new(settings.tools.iter().map(|(name, said)| (name.clone(), (*said).into())))
}

fn limits(settings: &Limits, globals: &Globals) -> Limit {
    Limit {
        max_steps: Some(globals.max_steps.or(settings.max_steps).unwrap_or(MAX_STEPS)),
        max_cost_usd: globals.max_cost.or(settings.max_cost),
        max_seconds: globals.max_time.or(settings.max_time),
        max_failures: Some(MAX_FAILURES),
        max_approval_seconds: settings.max_approval,
    }
}
