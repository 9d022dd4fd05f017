//! The interpreter port: blocks in, outcomes out, and the calls that leave a block while it runs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_core::future::BoxFuture;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cancel::Cancel;
use crate::card::Tier;
use crate::corpus::{Corpus, PromptPiece};
use crate::units::{Usage, Usd};

/// Interpreters of `repl` blocks.
pub trait Repl: Send + Sync {
    /// Whether Python blocks can run; otherwise one sentence saying what to install. Directives always can.
    fn python(&self) -> Result<(), String>;

    /// Whether `code` is a whole block: it parses, or is one of directives. Pure.
    fn is_complete(&self, code: &str) -> bool;

    /// What each helper does, one line a helper, for the root's prompt. Constant.
    fn helpers(&self) -> &'static [HelperDoc];

    /// Starts an interpreter. With a snapshot that exists its variables are those of the snapshot.
    fn open(
        &self,
        opening: ReplOpening,
        host: Arc<dyn ReplHost>,
    ) -> BoxFuture<'static, Result<Box<dyn Interpreter>, ReplError>>;
}

/// One helper, for the prompt and the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HelperDoc {
    /// Its name.
    pub name: &'static str,
    /// How it is called.
    pub signature: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
}

/// What an interpreter is started with.
#[derive(Clone, Debug)]
pub struct ReplOpening {
    /// The variable `context`.
    pub corpus: Corpus,
    /// Where variables are kept after each block, by the interpreter itself.
    pub snapshot: PathBuf,
    /// What a block may take.
    pub limits: ReplLimits,
    /// The seed of everything random in a block.
    pub seed: u64,
}

/// What a block may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReplLimits {
    /// Time a block may run, waiting for calls not counted.
    pub block: Duration,
    /// Memory beyond the context, in bytes.
    pub memory: u64,
    /// Characters of output that the root is shown of a block.
    pub shown: usize,
    /// Bytes of output that are kept of a block.
    pub kept: usize,
    /// Whether the friendly check of a block's code is made before it runs. Safety does not hang on it.
    pub is_linted: bool,
}

impl Default for ReplLimits {
    fn default() -> Self {
        Self {
            block: Duration::from_mins(2),
            memory: 512 << 20,
            shown: 8_000,
            kept: 1 << 20,
            is_linted: true,
        }
    }
}

/// An interpreter with its variables.
pub trait Interpreter: Send {
    /// Runs one block to its end, its deadline or its cancellation; variables bound before a failure stay. An error
    /// means that the interpreter itself could not go on, and was not restored.
    fn run(&mut self, cell: CellRequest, cancel: Cancel) -> BoxFuture<'_, Result<CellOutcome, ReplError>>;

    /// The value of a variable as JSON (a text for what JSON cannot say); `None` when it is not bound.
    fn value(&mut self, name: String) -> BoxFuture<'_, Result<Option<Value>, ReplError>>;

    /// The variables, in the order in which they were bound.
    fn variables(&mut self) -> BoxFuture<'_, Result<Vec<Variable>, ReplError>>;
}

/// A block to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellRequest {
    /// Its number in the mission, from 1.
    pub cell: u32,
    /// The code.
    pub code: String,
}

/// What became of a block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CellOutcome {
    /// What it printed: beginning and end, with the true length between.
    pub stdout: String,
    /// Bytes it printed in all.
    pub stdout_bytes: u64,
    /// The value of its last bare expression, as the interpreter writes it.
    pub shown: Option<String>,
    /// Why it stopped before its end.
    pub error: Option<CellError>,
    /// What it gave as the answer.
    pub answer: Option<Value>,
    /// The variables afterwards.
    pub variables: Vec<Variable>,
    /// Names that were bound or changed by this block.
    pub changed: Vec<String>,
    /// Remarks on the code, one sentence each.
    pub hints: Vec<String>,
    /// Time it ran, waiting for calls not counted.
    pub ran: Duration,
    /// Time it waited for calls.
    pub waited: Duration,
}

/// Why a block stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CellError {
    /// The line of the block, from 1, if known.
    pub line: Option<u32>,
    /// What happened, with the lines of the block that led there.
    pub message: String,
}

/// A variable of the interpreter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its type, with the length in brackets where it has one: `list[31]`.
    pub kind: String,
    /// Its size in bytes, about.
    pub bytes: u64,
}

/// What a block can ask of the host while it runs. Every method may be called many times at once.
pub trait ReplHost: Send + Sync {
    /// Asks child models. The results stand in the order of the queries. An error refuses the whole batch before
    /// its first call, in one sentence.
    fn query(&self, batch: QueryBatch) -> BoxFuture<'static, Result<Vec<QueryResult>, String>>;

    /// Calls a tool as the mission's grant allows; the text is what the model would read. An error is a refusal.
    fn tool(&self, name: String, input: Value) -> BoxFuture<'static, Result<ToolAnswer, String>>;

    /// Estimates or runs a λ-plan (RECURSIVE §5); the shape is that of `PLAN`, and an error is one sentence.
    fn plan(&self, request: PlanRequest) -> BoxFuture<'static, Result<Value, String>>;

    /// What is used and what is left.
    fn budget(&self) -> BudgetReport;
}

/// A λ-plan as a block asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanRequest {
    /// Number of the block, 0 outside of one.
    pub cell: u32,
    /// Whether it is to run, or only to be estimated.
    pub is_run: bool,
    /// The class of task: `aggregate`, `search`, `classify`, `summarize`, `pairs`.
    pub task: String,
    /// The question.
    pub question: String,
    /// What it works on; empty means the whole context.
    pub over: Vec<PromptPiece>,
    /// Further wishes: `tau`, `overlap`, `k`, `reduce`, `filter`.
    pub options: Value,
}

/// What a tool said.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolAnswer {
    /// What the model would read.
    pub text: String,
    /// What the screen would draw.
    pub data: Value,
    /// Whether the call failed.
    pub is_error: bool,
}

/// Questions for child models, asked together.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryBatch {
    /// Number of the block, 0 outside of one.
    pub cell: u32,
    /// What is asked.
    pub kind: ChildKind,
    /// The questions.
    pub queries: Vec<ChildQuery>,
}

/// What a child is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChildKind {
    /// One request to a model.
    Llm,
    /// A recursive completion with its own interpreter.
    Rlm,
    /// A question of the research.
    Probe,
    /// A step of a λ-plan.
    Plan,
}

/// One question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChildQuery {
    /// The words, texts of the corpus by reference.
    pub prompt: Vec<PromptPiece>,
    /// What the question is about, behind the words; for [`ChildKind::Rlm`] it becomes the child's own context.
    pub about: Vec<PromptPiece>,
    /// Which model.
    pub tier: Tier,
    /// What the answer must look like; an answer that does not is asked for once more.
    pub schema: Option<Value>,
    /// The longest answer, in tokens.
    pub max_tokens: Option<u64>,
    /// The most calls of a recursive child; absent means what is left.
    pub max_calls: Option<u32>,
}

/// One answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryResult {
    /// What the child said; with a schema the JSON text.
    pub text: String,
    /// Why there is no answer, in one sentence.
    pub error: Option<String>,
    /// Whether the log knew it already, so that nothing was paid.
    pub is_cached: bool,
    /// Whether the answer was cut at its limit.
    pub is_truncated: bool,
    /// What was not done as asked, in one sentence: recursion at the depth limit, a text that was cut to fit.
    pub note: Option<String>,
    /// What it cost, when the price is known.
    pub cost: Option<Usd>,
    /// What it consumed.
    pub usage: Usage,
}

/// What is used and what is left; absent limits are absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BudgetReport {
    /// Calls made.
    pub calls: u32,
    /// Calls left.
    pub calls_left: u32,
    /// Tokens consumed.
    pub tokens: u64,
    /// Tokens left.
    pub tokens_left: Option<u64>,
    /// US dollars spent, as far as known.
    pub cost_usd: f64,
    /// US dollars left.
    pub cost_left_usd: Option<f64>,
    /// Seconds since the start.
    pub seconds: u64,
    /// Seconds left.
    pub seconds_left: u64,
    /// Answers of the root so far.
    pub turns: u32,
    /// Answers of the root left.
    pub turns_left: u32,
}

/// Why an interpreter cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplError {
    /// It could not be started.
    #[error("the interpreter cannot be started: {0}")]
    Start(String),
    /// It died, and a fresh one could not take over its variables.
    #[error("the interpreter died and could not be restored: {0}")]
    Lost(String),
}
