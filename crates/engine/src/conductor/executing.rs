//! Running an approved mission: the root's loop in the mission's own session, the person's word where it would go
//! beyond the card, and one report in the conversation.

use std::sync::Arc;

use headwater_context::mission_task;
use headwater_protocol::events::{
    ContractDeclared, MissionApproved, MissionEnded, MissionProposed, TurnStarted, UserMessage,
};
use headwater_protocol::op::MissionDecision;
use headwater_protocol::{
    Cancel, ContractSource, EndReason, Event, ModeId, Record, RunState, TaskContract, View as _,
};
use tokio::sync::mpsc;

use super::amending::{self, GrantInForce, Pending, Wish};
use super::bench::{Bench, BenchSetup};
use super::commands::BenchCommands;
use super::made::Made;
use super::safekeeping::Safekeeping;
use super::tools::GrantedTools;
use super::verifier::ContractVerifier;
use super::workshop::{MissionError, Workshop};
use crate::checkpoints::{Checkpoints, coverage};
use crate::children::{Account, Spent};
use crate::ledger::{Ledger, LedgerError};
use crate::mission::contract::{self, CheckPlace};
use crate::mission::grant::GrantRules;
use crate::mission::report::{ReportFacts, Taken, TaskOutcome, report};
use crate::rlm::{Bearing, Ending, Family, Log, end, mend, pump, run_root, spent};
use crate::turn::TurnError;

/// Wishes that may wait for the person.
const WISHES: usize = 16;

/// How a mission's turn ended.
pub(crate) struct Executed {
    pub(crate) reason: EndReason,
    /// The report, or what is to be said instead.
    pub(crate) text: String,
}

/// Runs the approved mission of the conversation to its end, or on from where it was cut off.
pub(crate) async fn execute(
    workshop: &Workshop<'_>,
    conversation: &mut Ledger,
    decisions: &mut mpsc::UnboundedReceiver<MissionDecision>,
    cancel: Cancel,
) -> Result<Executed, MissionError> {
    let mission = conversation.state().mission.clone();
    let (Some(shown), Some(hash)) = (mission.card, mission.approved) else {
        return Err(MissionError::refused(
            "no_card",
            "No approved card is there.",
            "Write what you want in Recursive mode.",
        ));
    };
    let family = workshop.family(conversation.updates()).await?;
    let mut log = workshop.reopen(&family, &shown.mission)?;
    mend(&mut log.ledger).await?;
    let approved = MissionApproved {
        mission: shown.mission.clone(),
        hash,
        grant: mission.grant,
        budget: mission.budget,
        by: headwater_protocol::Approver::Person,
    };
    let corpus = workshop.recall(&log)?;
    let contract = terms(&shown.card.contract, conversation.state());
    begin(&mut log.ledger, (&shown, contract), &approved, &corpus).await?;
    let mut run = Run::new(workshop, &family, &log, (&shown, &approved, corpus, cancel.clone()))?;
    let bearing = run
        .bearing
        .take()
        .ok_or_else(|| MissionError::refused("mission", "It runs already.", "Wait for it."))?;
    workshop.parts.desk.look_after(&bearing.pool);
    let work = run_root(&mut log.ledger, bearing, cancel.clone());
    let outcome = run.steer(conversation, decisions, work).await?;
    workshop.parts.desk.let_go();
    conclude(workshop, (conversation, &mut log), &mut run, outcome).await
}

/// What every process that takes a mission up records: its terms once, and a turn.
async fn begin(
    ledger: &mut Ledger,
    (shown, contract): (&MissionProposed, TaskContract),
    approved: &MissionApproved,
    corpus: &headwater_protocol::Corpus,
) -> Result<(), LedgerError> {
    let is_new = ledger.state().mission.approved.is_none();
    if is_new {
        ledger.record(shown.clone()).await?;
    }
    if ledger.state().mission.approved.as_ref() != Some(&approved.hash) {
        ledger.record(approved.clone()).await?;
    }
    if is_new {
        let by = ContractSource::Card;
        ledger.record(ContractDeclared { contract, by, left_to_model: Vec::new() }).await?;
        let question =
            ledger.state().mission.started.as_ref().map_or_else(String::new, |s| s.question.clone());
        ledger.record(UserMessage { text: mission_task(&question, &shown.card, corpus) }).await?;
    }
    let turn = ledger.state().phase.turn + 1;
    ledger.record(TurnStarted { turn, mode: ModeId::Recursive }).await?;
    ledger.commit();
    Ok(())
}

/// The contract of the card, with what the person asks for in the conversation besides.
fn terms(card: &TaskContract, conversation: &RunState) -> TaskContract {
    let mut contract = card.clone();
    let own = conversation.contract.of_person().unwrap_or_default();
    for output in own.required_outputs {
        if contract.required_outputs.iter().all(|known| known.id != output.id) {
            contract.required_outputs.push(output);
        }
    }
    contract
}

/// The contract as the mission's log has it.
fn declared(state: &RunState, card: &TaskContract) -> TaskContract {
    state.mission.contract.as_deref().unwrap_or(card).clone()
}

/// A mission at work.
struct Run {
    bearing: Option<Bearing>,
    account: Account,
    grant: GrantInForce,
    wishes: mpsc::Receiver<Wish>,
    bench: Arc<Bench>,
    shown: MissionProposed,
}

impl Run {
    fn new(
        workshop: &Workshop<'_>,
        family: &Arc<Family>,
        log: &Log,
        (shown, approved, corpus, cancel): (
            &MissionProposed,
            &MissionApproved,
            headwater_protocol::Corpus,
            Cancel,
        ),
    ) -> Result<Self, MissionError> {
        let rules = GrantRules::new(&approved.grant).map_err(|message| {
            MissionError::refused("grant", message, "Edit the card and approve it again.")
        })?;
        let account = Account::new(approved.budget, spent_in_execution(log.ledger.records()));
        let mut bearing = Bearing::within(Arc::clone(family), corpus, account.clone(), &log.ledger);
        let (sender, wishes) = mpsc::channel(WISHES);
        let grant = GrantInForce::new(rules, workshop.parts.desk.is_attended().then_some(sender));
        let state = log.ledger.state();
        let bench = Arc::new(Bench::new(BenchSetup {
            parts: workshop.parts,
            blobs: workshop.store.directory(&log.session).join("blobs"),
            journal: bearing.entries.clone(),
            state,
            safekeeping: safekeeping(workshop, &log.ledger, &grant),
            cancel: cancel.child(),
        }));
        let card = Arc::new((*shown.card).clone());
        bearing.tools = Arc::new(GrantedTools {
            bench: Arc::clone(&bench),
            grant: grant.clone(),
            account: account.clone(),
            card,
            made: Arc::new(Made::of(log.ledger.records())),
        });
        bearing.verifier = Arc::new(ContractVerifier {
            contract: declared(state, &shown.card.contract),
            workspace: workshop.parts.workspace.clone(),
            bench: Arc::clone(&bench),
        });
        Ok(Self { bearing: Some(bearing), account, grant, wishes, bench, shown: shown.clone() })
    }

    /// Runs `work`, and puts before the person what would go beyond the card.
    async fn steer<T>(
        &mut self,
        conversation: &mut Ledger,
        decisions: &mut mpsc::UnboundedReceiver<MissionDecision>,
        work: impl Future<Output = T>,
    ) -> Result<T, MissionError> {
        let mut work = std::pin::pin!(work);
        let mut pending: Option<Pending> = None;
        loop {
            tokio::select! {
                outcome = &mut work => {
                    // Cut off while it waited: what was approved still holds, the wish does not.
                    if pending.is_some() {
                        amending::withdraw(conversation).await?;
                    }
                    return Ok(outcome);
                }
                Some(wish) = self.wishes.recv(), if pending.is_none() => {
                    pending = amending::put(conversation, wish).await?;
                }
                Some(decision) = decisions.recv() => {
                    let Some(waiting) = pending.take() else { continue };
                    let in_force = (&self.grant, &self.account);
                    pending = amending::settle(conversation, waiting, decision, in_force).await?;
                }
            }
        }
    }
}

/// What execution took before, whatever research took: the card's budget is that of execution.
fn spent_in_execution(records: &[Arc<Record>]) -> Spent {
    let approved = records.iter().position(|record| matches!(record.event, Event::MissionApproved(_)));
    let after = approved.and_then(|at| records.get(at..)).unwrap_or_default();
    let mut state = RunState::default();
    for record in after {
        state.apply(record);
    }
    spent(&state, after)
}

/// Checks what can be checked, writes the report, and records the end where there is one. What was interrupted, or
/// failed for want of a model, goes on later from where it is.
async fn conclude(
    workshop: &Workshop<'_>,
    (conversation, log): (&mut Ledger, &mut Log),
    run: &mut Run,
    outcome: Result<Ending, TurnError>,
) -> Result<Executed, MissionError> {
    let ending = match outcome {
        Ok(ending) => ending,
        Err(error) => {
            end(&mut log.ledger, Err(TurnError::Interrupted), EndReason::Interrupted).await?;
            return Err(error.into());
        }
    };
    let text = written(workshop, run, &mut log.ledger, &ending).await?;
    let budget = &log.ledger.state().budget;
    let (usage, cost_usd) = (budget.total, budget.cost);
    let calls = u32::try_from(log.ledger.state().children.count()).unwrap_or(u32::MAX);
    let (mission, reason) = (log.session.clone(), ending.reason);
    end(&mut log.ledger, Ok(ending), EndReason::Interrupted).await?;
    let ended = MissionEnded { mission, reason, report: text.clone(), calls, usage, cost_usd };
    conversation.record(ended).await?;
    conversation.commit();
    Ok(Executed { reason, text })
}

async fn written(
    workshop: &Workshop<'_>,
    run: &mut Run,
    ledger: &mut Ledger,
    ending: &Ending,
) -> Result<String, LedgerError> {
    // The pool and its journal went with the root: the commands of the checks are written through one of their own.
    let (entries, mut journal) = mpsc::channel(16);
    let bench = Arc::new(Bench::new(BenchSetup {
        parts: workshop.parts,
        blobs: workshop.store.directory(ledger.session()).join("blobs"),
        journal: entries,
        state: ledger.state(),
        safekeeping: safekeeping(workshop, ledger, &run.grant),
        cancel: Cancel::new(),
    }));
    run.bench = Arc::clone(&bench);
    let (commands, results) = (BenchCommands(bench), ledger.state().results.clone());
    let (workspace, answer) = (&workshop.parts.workspace, &ending.text);
    let terms = declared(ledger.state(), &run.shown.card.contract);
    let place = CheckPlace { workspace, answer, commands: &commands, results: &results };
    let changed: Vec<String> = ledger
        .state()
        .files
        .iter()
        .filter(|(_, file)| file.is_changed)
        .map(|(path, _)| path.to_owned())
        .collect();
    let card = &run.shown.card;
    let checking = async {
        let mut outcomes = Vec::new();
        for task in card.subtasks.iter().filter(|task| task.on) {
            let check = contract::check_done(&task.done_check, &place).await;
            let evidence = evidence(task, &changed);
            outcomes.push(TaskOutcome { n: task.n, got: got(&evidence, ending), evidence, check });
        }
        let gaps = contract::gaps(&terms, &place).await;
        (outcomes, gaps)
    };
    let (outcomes, gaps) = pump(ledger, &mut journal, checking).await?;
    let used = run.account.report();
    let taken = Taken {
        calls: used.calls,
        tokens: headwater_protocol::Tokens(used.tokens),
        cost_usd: (!ledger.state().budget.is_cost_partial).then_some(headwater_protocol::Usd(used.cost_usd)),
        seconds: used.seconds,
    };
    Ok(report(&ReportFacts {
        card,
        answer: &ending.text,
        outcomes: &outcomes,
        gaps: &gaps,
        taken,
        undo: coverage(&ledger.state().checkpoint).as_deref(),
    }))
}

fn safekeeping(workshop: &Workshop<'_>, ledger: &Ledger, grant: &GrantInForce) -> Safekeeping {
    let directory = workshop.store.directory(ledger.session());
    let checkpoints = Checkpoints::new(&workshop.parts.workspace, &directory);
    Safekeeping::new(checkpoints, ledger.state().checkpoint.clone(), grant.clone())
}

/// The files that a sub-task was allowed to write and that the mission changed.
fn evidence(task: &headwater_protocol::card::SubTask, changed: &[String]) -> String {
    let Ok(globs) = crate::mission::grant::PathGlobs::new(&task.writes) else { return String::new() };
    let written: Vec<&str> = changed.iter().map(String::as_str).filter(|path| globs.holds(path)).collect();
    if written.is_empty() { String::new() } else { format!("changed {}", written.join(", ")) }
}

fn got(evidence: &str, ending: &Ending) -> String {
    if !evidence.is_empty() {
        return "written".to_owned();
    }
    if ending.text.trim().is_empty() { String::new() } else { "in the answer".to_owned() }
}
