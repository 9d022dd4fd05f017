//! The tool port: a typed trait for authors, and an object-safe twin for the engine.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_core::future::BoxFuture;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, transform_subschemas};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::{Access, Capability, Confinement};
use crate::cancel::Cancel;
use crate::contract::RequiredOutput;
use crate::events::Uncertainty;
use crate::ids::{BlobId, CallId};
use crate::todo::Todo;
use crate::units::Bytes;
use crate::views::FilesSeen;

/// What a tool's author writes. Tools are capabilities, never control: nothing here can change a mode, a
/// budget or the policy.
pub trait Tool: Send + Sync + 'static {
    /// The arguments; the schema which the model sees is derived from it.
    type Input: DeserializeOwned + JsonSchema + Send;

    /// The name the model calls it by.
    fn name(&self) -> &'static str;

    /// What it does, for the model: short and true.
    fn description(&self) -> &'static str;

    /// Its class.
    fn capability(&self) -> Capability;

    /// JSON Schema of [`ToolOutcome::data`]; absent where it has none.
    fn output_schema(&self) -> Option<Value> {
        None
    }

    /// What this call would touch.
    fn access(&self, input: &Self::Input) -> Access;

    /// What runs already, has the network and would be heard by this call: once foreign text was read, that is asked about
    /// like a call which reaches the network itself.
    fn hears(&self, _input: &Self::Input) -> Option<Heard> {
        None
    }

    /// All that this tool has started, that still runs and has the network.
    fn at_large(&self) -> Vec<Heard> {
        Vec::new()
    }

    /// Runs the call. A failure is an outcome with `is_error`, never a panic. Ends soon after `context.cancel`.
    fn run(&self, input: Self::Input, context: ToolContext) -> impl Future<Output = ToolOutcome> + Send;
}

/// The object-safe twin of [`Tool`], implemented for every tool.
pub trait AnyTool: Send + Sync {
    /// Name, description, schema and class.
    fn spec(&self) -> ToolSpec;

    /// JSON Schema of [`ToolOutcome::data`]; absent where it has none.
    fn output_schema(&self) -> Option<Value> {
        None
    }

    /// What a call with this input would touch; the error says which argument is wrong.
    fn access(&self, input: &Value) -> Result<Access, String>;

    /// Runs a call; a wrong input is an outcome with `is_error`.
    fn run(&self, input: Value, context: ToolContext) -> BoxFuture<'_, ToolOutcome>;

    /// As [`Tool::hears`]; nothing where the input is wrong.
    fn hears(&self, _input: &Value) -> Option<Heard> {
        None
    }

    /// As [`Tool::at_large`].
    fn at_large(&self) -> Vec<Heard> {
        Vec::new()
    }

    /// The tool which a call of this name and input is really for, where this one only hands calls on. Rules, hooks and
    /// the person judge that one, and it is what runs. The name need not be this tool's own: it may know others.
    fn passes_on(&self, _name: &str, _input: &Value) -> Option<PassedOn> {
        None
    }

    /// Waits until [`AnyTool::passes_on`] knows what there is to know of such a call: a server may be starting. Bounded,
    /// and ends soon after `cancel`; nothing is run.
    fn settle<'a>(&'a self, _name: &'a str, _input: &'a Value, _cancel: &'a Cancel) -> BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Something that runs with the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The call that started it.
    pub call: CallId,
    /// What it is, in a few words.
    pub words: String,
}

/// A call that one tool hands on to another.
#[derive(Clone)]
pub struct PassedOn {
    /// The tool it is really for.
    pub tool: Arc<dyn AnyTool>,
    /// What that one gets.
    pub input: Value,
}

impl std::fmt::Debug for PassedOn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PassedOn").field("tool", &self.tool.spec().name).finish_non_exhaustive()
    }
}

impl<T: Tool> AnyTool for T {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: self.name().to_owned(),
            description: self.description().to_owned(),
            input_schema: schema_of::<T::Input>(),
            capability: self.capability(),
        }
    }

    fn output_schema(&self) -> Option<Value> {
        Tool::output_schema(self)
    }

    fn access(&self, input: &Value) -> Result<Access, String> {
        let input = T::Input::deserialize(input).map_err(|error| error.to_string())?;
        Ok(Tool::access(self, &input))
    }

    fn hears(&self, input: &Value) -> Option<Heard> {
        Tool::hears(self, &T::Input::deserialize(input).ok()?)
    }

    fn at_large(&self) -> Vec<Heard> {
        Tool::at_large(self)
    }

    fn run(&self, input: Value, context: ToolContext) -> BoxFuture<'_, ToolOutcome> {
        Box::pin(async move {
            match serde_json::from_value(input) {
                Ok(input) => Tool::run(self, input, context).await,
                Err(error) => ToolOutcome::error(format!("Wrong arguments: {error}")),
            }
        })
    }
}

/// A tool as the model sees it, plus its class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolSpec {
    /// The name the model calls it by.
    pub name: String,
    /// What it does.
    pub description: String,
    /// JSON Schema of the arguments.
    pub input_schema: Value,
    /// Its class; not sent to the model.
    pub capability: Capability,
}

impl ToolSpec {
    /// Whether it is a tool of an MCP server, or the one by which they are called.
    pub fn is_of_server(&self) -> bool {
        self.name == MCP_TOOL || self.name.starts_with(MCP_PREFIX)
    }
}

/// The JSON Schema of a tool's input, without what only costs tokens (titles, formats, the meta schema).
pub fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.meta_schema = None;
        settings.inline_subschemas = true;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    RecursiveTransform(|schema: &mut schemars::Schema| {
        schema.remove("title");
        schema.remove("format");
    })
    .transform_root(&mut schema);
    schema.to_value()
}

trait TransformRoot {
    fn transform_root(self, schema: &mut schemars::Schema);
}

impl<F: FnMut(&mut schemars::Schema)> TransformRoot for RecursiveTransform<F> {
    fn transform_root(mut self, schema: &mut schemars::Schema) {
        (self.0)(schema);
        transform_subschemas(&mut self, schema);
    }
}

/// What a call gets from the engine.
#[derive(Clone)]
pub struct ToolContext {
    /// The call being run.
    pub call: CallId,
    /// The root of the workspace; file tools never leave it.
    pub workspace: PathBuf,
    /// Where bulky output is stored, as files named by their [`BlobId`].
    pub blobs: PathBuf,
    /// What a command may touch.
    pub confinement: Confinement,
    /// Files and whole directories that a command or a search must not find, absolute paths in order: those which rules
    /// withhold, and files with secrets that the call was not let read.
    pub hidden: Arc<[PathBuf]>,
    /// The same of what the program keeps for itself: sessions, settings, credentials.
    pub kept: Arc<[PathBuf]>,
    /// Files and whole directories that a command must not change, absolute paths in order.
    pub fixed: Arc<[PathBuf]>,
    /// Files read or written earlier in this session, with their digests.
    pub files_seen: Arc<FilesSeen>,
    /// The most bytes of text to hand to the model in one result.
    pub result_cap: Bytes,
    /// Cancelled when the turn is interrupted.
    pub cancel: Cancel,
    /// Live output for the screen; never blocks.
    pub progress: Arc<dyn Fn(&str) + Send + Sync>,
    /// The way to a person, if one is there.
    pub person: Arc<dyn Person>,
}

impl std::fmt::Debug for ToolContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ToolContext")
            .field("call", &self.call)
            .field("workspace", &self.workspace)
            .finish_non_exhaustive()
    }
}

/// The person, as a tool can reach them.
pub trait Person: Send + Sync {
    /// Asks and waits; `None` when nobody is there or the turn was interrupted.
    fn ask(&self, question: Question) -> BoxFuture<'static, Option<String>>;
}

/// A question of the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Question {
    /// The call that asks.
    pub call: CallId,
    /// What is asked.
    pub text: String,
    /// Answers to choose from; a free answer is always possible.
    pub options: Vec<String>,
}

/// What a call came to: one result, two readers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolOutcome {
    /// What the model reads.
    pub model_text: String,
    /// What the screen draws: structured, the tool's own shape.
    pub data: Value,
    /// Short notes which follow the result in the same message to the model.
    pub reminders: Vec<String>,
    /// Bulky output that was stored.
    pub blobs: Vec<Blob>,
    /// Files this call read or changed.
    pub files: Vec<FileTouch>,
    /// The new todo list, when the call replaced it.
    pub todos: Option<Vec<Todo>>,
    /// What the call declares about the task, if it does: the engine decides what of it holds.
    pub declared: Option<Box<Declaration>>,
    /// Whether the call failed.
    pub is_error: bool,
    /// Set when the call failed only for now; then it is an error, too.
    pub failure: Option<Transient>,
}

/// A failure that may pass by itself: a server that is restarting, a file that somebody else holds. The engine makes the
/// call again where that is safe, waits in between, and stops calling a tool that goes on failing like this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transient {
    /// How long to wait, if whoever failed has said so.
    pub retry_after: Option<Duration>,
    /// Whether it is certain that nothing took effect. Without that, only a call of a tool that reads is made again.
    pub had_no_effect: bool,
}

impl Transient {
    /// A failure of which it is certain that nothing took effect.
    pub fn without_effect() -> Self {
        Self { had_no_effect: true, ..Self::default() }
    }

    /// With the wait that whoever failed asks for.
    #[must_use]
    pub fn after(self, retry_after: Option<Duration>) -> Self {
        Self { retry_after, ..self }
    }
}

/// What the model declares about its task: what must be there at the end, and what it does not know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declaration {
    /// In one sentence; may be empty.
    pub goal: String,
    /// What must be there at the end.
    pub outputs: Vec<RequiredOutput>,
    /// What is assumed or not known, or was settled.
    pub uncertainties: Vec<Uncertainty>,
}

impl ToolOutcome {
    /// A plain result.
    pub fn text(model_text: impl Into<String>) -> Self {
        Self { model_text: model_text.into(), ..Self::default() }
    }

    /// A failure the model reads: what went wrong and what to do instead.
    pub fn error(model_text: impl Into<String>) -> Self {
        Self { is_error: true, ..Self::text(model_text) }
    }

    /// A failure that may pass by itself: what went wrong, for whoever reads it when it does not.
    pub fn for_now(model_text: impl Into<String>, failure: Transient) -> Self {
        Self { failure: Some(failure), ..Self::error(model_text) }
    }

    /// Adds what the screen draws.
    #[must_use]
    pub fn with_data(mut self, data: Value) -> Self {
        self.data = data;
        self
    }
}

/// A stored piece of bulky output, readable by the read tool as `blob:<id>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Blob {
    /// Its file name in the session's `blobs/`.
    pub id: BlobId,
    /// Its size.
    pub bytes: Bytes,
    /// SHA-256 of the content in hexadecimal.
    pub sha256: String,
}

/// A file which a call read or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileTouch {
    /// Relative to the workspace, with `/` between components.
    pub path: String,
    /// What was done.
    pub kind: TouchKind,
    /// SHA-256 of the content afterwards, in hexadecimal.
    pub sha256: String,
}

/// What was done to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TouchKind {
    /// Read, whole or in part.
    Read,
    /// Did not exist before.
    Created,
    /// Existed, and was changed.
    Changed,
}

/// The name of the tool with which the model declares what its task must bring.
pub const CONTRACT_TOOL: &str = "contract";
/// The name of the tool that asks the person; while it runs the turn waits for a human.
pub const ASK_TOOL: &str = "ask_user";
/// What the names of the tools of MCP servers begin with: `mcp__server__tool`.
pub const MCP_PREFIX: &str = "mcp__";

/// The server that a tool is of, as the tool's name spells it; `None` for a tool that is of none.
pub fn server_of_tool(name: &str) -> Option<&str> {
    name.strip_prefix(MCP_PREFIX)?.split_once("__").map(|(server, _)| server)
}
/// The name of the tool by which tools of MCP servers are found and called that do not stand in the header.
pub const MCP_TOOL: &str = "mcp";
