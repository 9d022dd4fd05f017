//! An answer that wants to be believed: the host looks at everything that the contract asks for, and records what it found.

use std::collections::HashMap;
use std::path::PathBuf;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use headwater_protocol::contract::RequiredOutput;
use headwater_protocol::events::{
    ContractDeclared, Coverage, CoverageChanged, FinalAccepted, FinalProposed, FinalRefused, ResultStatus,
    UncertaintyNoted,
};
use headwater_protocol::{
    Access, CallId, Capability, ContractSource, Event, ModeId, Predicate, TaskContract, ToolCall, ToolOutcome,
};
use serde_json::{Value, json};

use super::{Turn, TurnError};
use crate::handshake::{self, Open, Outcome, demands, refusal, uncovered};
use crate::mission::contract::{self, CheckPlace, CommandEnd, CommandRunner};
use crate::withheld::by_all_names;

/// How often in a row an answer may be refused (as often as a peer lets a hook refuse one).
const MOST_REFUSALS: u32 = 8;
/// How often where only its form is wrong (HARNESS S8): a model that cannot write it does not learn to.
const MOST_REFUSALS_OF_FORM: u32 = 3;
/// How long a command of a contract may run, in seconds: a suite of tests takes longer than what a model looks at.
const CHECK_SECONDS: u32 = 1_200;

impl Turn<'_> {
    /// Checks an answer against the contract, if one holds, and records what came of it.
    pub(super) async fn check_answer(&mut self) -> Result<Outcome, TurnError> {
        let state = self.ledger.state();
        let Some(contract) = state.contract.contract.clone() else { return Ok(Outcome::Holds) };
        let text = state.conversation.last_answer();
        let report = Some(handshake::report(state));
        self.ledger.record(FinalProposed { text: text.clone(), report }).await?;
        let coverage = self.cover(&contract, &text).await?;
        if self.cancel.is_cancelled() {
            return Err(TurnError::Interrupted);
        }
        let mut gaps = uncovered(&contract, &coverage);
        let later: Vec<&RequiredOutput> =
            contract.required_outputs.iter().filter(|output| !self.is_due(output)).collect();
        gaps.retain(|gap| later.iter().all(|output| output.id != gap.id));
        if self.ledger.state().contract.coverage != coverage {
            self.ledger.record(CoverageChanged { coverage }).await?;
        }
        gaps.extend(demands(self.ledger.state(), &contract));
        if gaps.is_empty() {
            self.ledger.record(FinalAccepted { text }).await?;
            self.ledger.commit();
            return Ok(Outcome::Holds);
        }
        self.refuse(Open { gaps }).await
    }

    async fn refuse(&mut self, open: Open) -> Result<Outcome, TurnError> {
        let held = &self.ledger.state().contract;
        let most = if held.is_form(&open.gaps) { MOST_REFUSALS_OF_FORM } else { MOST_REFUSALS };
        let is_last = held.refusals + 1 >= most;
        // The model gets one chance to ask or to settle it, where somebody is there to be asked.
        let is_for_person =
            open.is_for_person() && (!self.parts.desk.is_attended() || held.gaps == open.gaps);
        let text = refusal(&open.gaps, &held.gaps, is_last || is_for_person);
        self.ledger.record(FinalRefused { gaps: open.gaps, text }).await?;
        self.ledger.commit();
        Ok(match (is_for_person, is_last) {
            (true, _) => Outcome::ForPerson,
            (false, true) => Outcome::RefusedTooOften,
            (false, false) => Outcome::Refused,
        })
    }

    /// Whether it is asked for now. In Plan only what is about the answer is: nothing may change.
    fn is_due(&self, output: &RequiredOutput) -> bool {
        self.mode.id != ModeId::Plan || output.predicate.is_about_answer()
    }

    /// What holds, requirement by requirement; what is not asked for now stays as it was found last.
    async fn cover(&mut self, contract: &TaskContract, answer: &str) -> Result<Vec<Coverage>, TurnError> {
        let mut coverage = Vec::with_capacity(contract.required_outputs.len());
        let commands = self.run_commands(contract).await?;
        for output in &contract.required_outputs {
            coverage.push(if self.is_due(output) {
                self.look(output, answer, &commands).await
            } else {
                self.ledger.state().contract.known(&output.id)
            });
        }
        Ok(coverage)
    }

    async fn look(&self, output: &RequiredOutput, answer: &str, commands: &Commands) -> Coverage {
        let state = self.ledger.state();
        let (workspace, results) = (self.parts.workspace.as_path(), &state.results);
        let place = CheckPlace { workspace, answer, commands, results };
        let found = match self.withheld(output).await {
            Some(why) => Err(why),
            None => contract::check(&output.predicate, &place).await,
        };
        let evidence = match &output.predicate {
            Predicate::CommandExit0 { command } => commands.record(command),
            Predicate::ToolResultPassed { tool, command: Some(command) } => {
                results.of_command(tool, command).map(|last| last.seq)
            }
            Predicate::ToolResultPassed { tool, command: None } => results.of_tool(tool).map(|last| last.seq),
            Predicate::FileExists { .. }
            | Predicate::JsonSchemaValid { .. }
            | Predicate::RegexMatches { .. } => {
                let path = output.predicate.file();
                path.and_then(|path| state.files.iter().find(|(seen, _)| *seen == path))
                    .map(|(_, file)| file.seq)
            }
            Predicate::DiffNonempty { .. } | Predicate::AnswerNonempty => None,
        };
        let (is_met, found) = (found.is_ok(), found.err().unwrap_or_default());
        Coverage { id: output.id.clone(), is_met, found, evidence: evidence.into_iter().collect() }
    }

    /// A check that the model declared looks at no file that the person withholds from it.
    async fn withheld(&self, output: &RequiredOutput) -> Option<String> {
        let path = output.predicate.file()?;
        let (workspace, home) = (&self.parts.workspace, self.parts.home.as_deref());
        let is_own = self.ledger.state().contract.is_from_model(&output.id);
        let shows_content = !matches!(output.predicate, Predicate::FileExists { .. });
        let may_look = |path: &PathBuf| {
            let rules = &self.parts.rulebook;
            rules.may_read(path, workspace, home)
                && (!shows_content || rules.may_look_into(path, workspace, home))
        };
        let read = Access::Read(vec![PathBuf::from(path)]);
        let all = by_all_names(read, &self.parts.rulebook, workspace, home).await;
        let Access::Read(names) = all else { return None };
        let is_withheld = is_own && !names.iter().all(may_look);
        is_withheld.then(|| format!("{path} may not be read: a rule withholds it"))
    }

    /// Runs the commands of the contract, each once and each as a call of its own: through the gate, into the log.
    async fn run_commands(&mut self, contract: &TaskContract) -> Result<Commands, TurnError> {
        let mut commands = Commands::default();
        for output in &contract.required_outputs {
            let Predicate::CommandExit0 { command } = &output.predicate else { continue };
            if self.mode.id == ModeId::Plan || commands.0.contains_key(command) || self.cancel.is_cancelled()
            {
                continue;
            }
            let ran = self.run_command(command).await?;
            commands.0.insert(command.clone(), ran);
        }
        Ok(commands)
    }

    async fn run_command(&mut self, command: &str) -> Result<Ran, TurnError> {
        let Some(shell) = self.parts.tools.of(Capability::Shell) else {
            return Ok(Ran { record: None, end: Err("there is no tool that runs commands".to_owned()) });
        };
        let prefix = self.ledger.state().open_calls.prefix();
        let call = CallId::new(format!("{prefix}check:{}", self.ledger.next_seq()));
        let input = json!({ "command": command, "timeout_s": CHECK_SECONDS });
        let request = ToolCall { call: call.clone(), name: shell.spec.name.clone(), input, malformed: None };
        self.ledger.record(headwater_protocol::events::ToolCalled { request: request.clone() }).await?;
        let admitted = self.gate(vec![request]).await?;
        self.perform(admitted).await?;
        Ok(self.ran(&call))
    }

    /// Whether a command is a check of the person's own, which needs no other yes as long as a sandbox holds it.
    pub(super) fn is_vouched_for(&self, access: &Access) -> bool {
        let held = &self.ledger.state().contract;
        let is_own = matches!(access, Access::Run { command } if held.vouches_for(command));
        held.is_checking && is_own && self.parts.is_sandboxed
    }

    /// What the log says of a call.
    fn ran(&self, call: &CallId) -> Ran {
        let returned = self.ledger.records().iter().rev().find_map(|record| {
            let Event::ToolReturned(returned) = &record.event else { return None };
            (returned.call == *call).then_some((record.seq, returned))
        });
        let Some((seq, returned)) = returned else {
            return Ran { record: None, end: Err("the turn was interrupted".to_owned()) };
        };
        if returned.status != ResultStatus::Ran {
            return Ran { record: Some(seq), end: Err(returned.text.clone()) };
        }
        let data = |key: &str| returned.data.get(key);
        let code = data("code").and_then(Value::as_i64).and_then(|code| i32::try_from(code).ok());
        let by_itself = data("exit").and_then(Value::as_str) == Some("code");
        let tail = data("tail").and_then(Value::as_str).unwrap_or(&returned.text).to_owned();
        Ran { record: Some(seq), end: Ok(CommandEnd { code: code.filter(|_| by_itself), tail }) }
    }

    /// What a call declares about the task, put to what holds. Where it may not, the result says so and nothing of it holds.
    pub(super) fn declared(&self, outcome: ToolOutcome) -> (ToolOutcome, Vec<Event>) {
        let Some(declared) = &outcome.declared else { return (outcome, Vec::new()) };
        let contract = match handshake::merged(&self.ledger.state().contract, declared) {
            Err(text) => return (ToolOutcome::error(text), Vec::new()),
            Ok(contract) => contract,
        };
        let by = ContractSource::Model;
        let terms =
            contract.map(|contract| ContractDeclared { contract, by, left_to_model: Vec::new() }.into());
        let noted = declared.uncertainties.iter().cloned();
        let noted = noted.map(|uncertainty| UncertaintyNoted { uncertainty }.into());
        let events = terms.into_iter().chain(noted).collect();
        (outcome, events)
    }
}

/// The commands of a contract and how they ended, one record each.
#[derive(Default)]
struct Commands(HashMap<String, Ran>);

struct Ran {
    record: Option<u64>,
    end: Result<CommandEnd, String>,
}

impl Commands {
    fn record(&self, command: &str) -> Option<u64> {
        self.0.get(command)?.record
    }
}

impl CommandRunner for Commands {
    fn run<'a>(&'a self, command: &'a str) -> BoxFuture<'a, Result<CommandEnd, String>> {
        let ran = self.0.get(command).map(|ran| ran.end.clone());
        std::future::ready(ran.unwrap_or_else(|| Err("it was not run".to_owned()))).boxed()
    }
}
