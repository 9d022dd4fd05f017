//! What a session is made of and what does not change while a turn runs.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use headwater_context::Thresholds;
use headwater_protocol::tool::Heard;
use headwater_protocol::{
    AnyTool, Bytes, Cancel, Capability, Limit, ModelInfo, PassedOn, Provider, ToolCall, ToolServers, ToolSpec,
};

use crate::attempts::ToolBounds;
use crate::checkpoints::Checkpoints;
use crate::children::Widths;
use crate::conductor::MissionSetup;
use crate::desk::Desk;
use crate::handshake::Words;
use crate::hooks::Hooks;
use crate::rulebook::Rulebook;
use crate::setup::{Connector, Fallback};
use crate::subagents::Subagents;

/// The least and the most text that one result may add to a conversation, in bytes.
const RESULT_CAP: (u64, u64) = (4_000, 40_000);
/// The part of the window, in tokens, that one result may take at most.
const RESULT_SHARE: u64 = 8;
/// Bytes a token, roughly; only a cap hangs on it.
const BYTES_PER_TOKEN: u64 = 4;

/// The parts of a session; a sub-agent's are those of the session above it, but for what its terms say.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) connector: Option<Connector>,
    pub(crate) tools: Registry,
    pub(crate) limits: Limit,
    /// How far each tool may go.
    pub(crate) tool_bounds: ToolBounds,
    /// Who stands in for the model while it fails.
    pub(crate) fallback: Option<Fallback>,
    /// How full the window may get.
    pub(crate) thresholds: Thresholds,
    pub(crate) workspace: PathBuf,
    pub(crate) home: Option<PathBuf>,
    pub(crate) blobs: PathBuf,
    /// Where files are kept as they were.
    pub(crate) checkpoints: Checkpoints,
    pub(crate) is_sandboxed: bool,
    pub(crate) desk: Desk,
    pub(crate) rulebook: Arc<Rulebook>,
    /// What the person said about the contract while something ran.
    pub(crate) words: Words,
    pub(crate) missions: Option<MissionSetup>,
    /// How many children may be asked at once, vendor by vendor; missions share it.
    pub(crate) widths: Widths,
    /// What sub-agents are made with; absent where there are none, as below a sub-agent.
    pub(crate) subagents: Option<Subagents>,
    /// The hooks of the person and of the project.
    pub(crate) hooks: Hooks,
    /// The servers of tools, for what a person says to them.
    pub(crate) servers: Option<Arc<dyn ToolServers>>,
    /// The version of the program, for the log.
    pub(crate) version: &'static str,
}

impl Parts {
    /// The most text one result may hand to the model: less for a small window.
    pub(crate) fn result_cap(&self) -> Bytes {
        let share = self.provider.model().window.0 / RESULT_SHARE * BYTES_PER_TOKEN;
        Bytes(share.clamp(RESULT_CAP.0, RESULT_CAP.1))
    }
}

/// What to tell the person where a cost limit cannot hold: it is never silently ignored.
pub(crate) fn unlimited_cost(limits: &Limit, model: &ModelInfo) -> Option<String> {
    let cannot_hold = limits.max_cost_usd.is_some() && model.price.is_none();
    cannot_hold.then(|| {
        format!(
            "The price of {0} is unknown, so --max-cost cannot hold. Set [models.\"{0}\"] price in the settings.",
            model.name
        )
    })
}

/// The tools of the session in their fixed order.
#[derive(Clone)]
pub(crate) struct Registry {
    tools: Vec<RegisteredTool>,
}

/// A tool with its specification, which is made once.
#[derive(Clone)]
pub(crate) struct RegisteredTool {
    pub(crate) tool: Arc<dyn AnyTool>,
    pub(crate) spec: ToolSpec,
}

impl Registry {
    pub(crate) fn new(tools: Vec<Arc<dyn AnyTool>>) -> Self {
        let registered = tools.into_iter().map(|tool| RegisteredTool { spec: tool.spec(), tool });
        Self { tools: registered.collect() }
    }

    /// Those of the tools whose specification is wanted.
    pub(crate) fn only(&self, is_wanted: impl Fn(&ToolSpec) -> bool) -> Self {
        Self { tools: self.tools.iter().filter(|tool| is_wanted(&tool.spec)).cloned().collect() }
    }

    /// The tool of this name.
    pub(crate) fn find(&self, name: &str) -> Option<&RegisteredTool> {
        self.tools.iter().find(|tool| tool.spec.name == name)
    }

    /// Waits until it is known which tool a call is really for.
    pub(crate) async fn settle(&self, call: &ToolCall, cancel: &Cancel) {
        let known = self.find(&call.name);
        for registered in
            self.tools.iter().filter(|tool| known.is_none_or(|known| known.spec.name == tool.spec.name))
        {
            registered.tool.settle(&call.name, &call.input, cancel).await;
        }
    }

    /// The tool that a call is really for, and the call as that one gets it: a tool may hand calls on to another, also
    /// such as name one that is in no list.
    pub(crate) fn meant<'a>(
        &'a self,
        call: &'a ToolCall,
    ) -> Option<(Cow<'a, RegisteredTool>, Cow<'a, ToolCall>)> {
        let known = self.find(&call.name);
        let passes_on = |registered: &RegisteredTool| registered.tool.passes_on(&call.name, &call.input);
        let passed = match known {
            Some(known) => passes_on(known),
            None => self.tools.iter().find_map(passes_on),
        };
        if let Some(PassedOn { tool, input }) = passed {
            let spec = tool.spec();
            let call = ToolCall { name: spec.name.clone(), input, ..call.clone() };
            return Some((Cow::Owned(RegisteredTool { tool, spec }), Cow::Owned(call)));
        }
        known.map(|known| (Cow::Borrowed(known), Cow::Borrowed(call)))
    }

    /// What tools have started that still runs and has the network.
    pub(crate) fn at_large(&self) -> Vec<Heard> {
        self.tools.iter().flat_map(|registered| registered.tool.at_large()).collect()
    }

    /// The first tool of a class.
    pub(crate) fn of(&self, capability: Capability) -> Option<&RegisteredTool> {
        self.tools.iter().find(|tool| tool.spec.capability == capability)
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.tools.iter().map(|tool| tool.spec.name.as_str()).collect()
    }

    pub(crate) fn specs(&self) -> Vec<ToolSpec> {
        self.tools.iter().map(|tool| tool.spec.clone()).collect()
    }
}
