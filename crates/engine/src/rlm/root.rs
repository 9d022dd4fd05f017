//! The root's loop: ask, run the blocks, check the answer; until it holds or something is used up.
//!
//! *Invariants:* everything that decides what comes next is read off the log, so that a process that takes over goes
//! on where the last one was killed; an answer is a record before it is checked, and believed only after.

use std::sync::Arc;
use std::time::Duration;

use headwater_context::{Thresholds, prompts};
use headwater_protocol::contract::Gap;
use headwater_protocol::events::{FinalAccepted, FinalProposed, FinalRefused, ReminderInjected};
use headwater_protocol::repl::CellOutcome;
use headwater_protocol::{Cancel, EndReason, Event, Interpreter, MissionBudget, Provider, Repl, StopSignal};
use serde_json::Value;
use tokio::sync::mpsc;

use super::answers::{self, Verifier};
use super::blocks::pump;
use super::fences;
use super::finals::{self, NotFinal, ProseFinal};
use super::going_on;
use super::host::{BlockTools, Tallied};
use super::open::Open;
use super::relieving::{Meter, Room};
use super::rescue::rescue;
use crate::children::{Account, JournalEntry};
use crate::ledger::Ledger;
use crate::setup::Fallback;
use crate::turn::TurnError;

/// How often an answer is sent back before the gaps are reported instead (HARNESS Z4).
const MOST_REFUSALS: u32 = 3;
/// Messages in a row that bring neither a block nor an answer.
const MOST_NUDGES: usize = 4;
/// Equal blocks in a row with an equal outcome.
const MOST_REPEATS: usize = 3;
/// How long the last message may take, whatever the budget.
const LAST_WORD: Duration = Duration::from_mins(2);

/// A recursive completion at work.
pub(crate) struct Root<'a> {
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) repl: Arc<dyn Repl>,
    pub(crate) interpreter: Box<dyn Interpreter>,
    pub(crate) tally: Tallied,
    pub(crate) account: Account,
    pub(crate) journal: mpsc::Receiver<JournalEntry>,
    pub(crate) verifier: Arc<dyn Verifier>,
    /// What its blocks may call.
    pub(crate) tools: Arc<dyn BlockTools>,
    pub(crate) cancel: Cancel,
    /// How full the window may get.
    pub(crate) thresholds: Thresholds,
    /// Who stands in for its model.
    pub(crate) fallback: Option<Fallback>,
}

/// How a completion ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ending {
    pub(crate) reason: EndReason,
    /// The answer, as far as there is one.
    pub(crate) text: String,
}

/// A message of the root that is to be acted on.
pub(super) struct Said {
    pub(super) text: String,
    pub(super) stop: StopSignal,
    /// Blocks of it that have run already.
    pub(super) ran: usize,
}

impl Said {
    /// No message came.
    fn nothing() -> Self {
        Self { text: String::new(), stop: StopSignal::Interrupted, ran: 0 }
    }
}

/// What came of a message.
enum Acted {
    Answer(Value),
    /// Words that are no block and no answer, for the second time.
    Words(String),
    Ran,
    Nudge(&'static str, String),
}

impl Root<'_> {
    /// Runs to the end.
    pub(crate) async fn run(&mut self) -> Result<Ending, TurnError> {
        loop {
            if self.cancel.is_cancelled() {
                return Err(TurnError::Interrupted);
            }
            let ending = match self.left_open() {
                Some(Open::Accepted(text)) => Some(Ending { reason: EndReason::Done, text }),
                Some(Open::Proposed(text)) => self.check(&Value::String(text)).await?,
                Some(Open::Answer(value)) => self.propose(&value).await?,
                Some(Open::Said(said)) => self.go_on(&said).await?,
                Some(Open::Rescue) => match Box::pin(rescue(self)).await? {
                    Some(answer) => self.propose(&answer).await?,
                    None => self.next().await?,
                },
                None => self.next().await?,
            };
            if let Some(ending) = ending {
                return Ok(ending);
            }
        }
    }

    /// Asks once more, unless something is used up.
    async fn next(&mut self) -> Result<Option<Ending>, TurnError> {
        if let Some(stop) = self.stopped() {
            return self.last_word(stop).await.map(Some);
        }
        match self.relieve_pressure(self.time_left()).await? {
            Room::There => {}
            Room::Full(reason) => return Ok(Some(Ending { reason, text: String::new() })),
            // The next look at the clock ends it.
            Room::TimeIsUp => return Ok(None),
        }
        match self.ask(self.time_left()).await? {
            Some(said) => self.go_on(&said).await,
            None => Ok(None),
        }
    }

    /// Acts on a message; the ending, when it came to one.
    async fn go_on(&mut self, said: &Said) -> Result<Option<Ending>, TurnError> {
        match self.act(said).await? {
            Acted::Answer(value) => return self.propose(&value).await,
            Acted::Words(words) => {
                // A weak root says what it would do: the plan does it. Others are taken at their word.
                let planned = Box::pin(rescue(self)).await?;
                return self.propose(&planned.unwrap_or(Value::String(words))).await;
            }
            Acted::Ran => self.offer_plan().await?,
            Acted::Nudge(key, text) => self.remind(key, text).await?,
        }
        Ok(None)
    }

    /// Asks for the next message. Once a whole block stands and something else than a block follows, the rest is
    /// not waited for: it could only be an invented output. `None` where it is to be asked for again.
    async fn ask(&mut self, left: Duration) -> Result<Option<Said>, TurnError> {
        let repl = Arc::clone(&self.repl);
        let enough = move |text: &str| has_run_on(text, &|code| repl.is_complete(code));
        let cancel = self.cancel.child();
        let meter = Meter::begin(self);
        let asked = super::relieving::ask(self, &cancel, &enough);
        let outcome = tokio::time::timeout(left, asked).await;
        meter.charge(self);
        let reply = match outcome {
            Ok(Err(TurnError::Provider(error))) => return self.recover(error).await.map(|()| None),
            Ok(reply) => reply?,
            // The time is up: what had arrived is dropped with the request, and the next look at the clock ends it.
            Err(_) => return Ok(Some(Said::nothing())),
        };
        self.account.count_turn();
        let text = self.message_at(self.ledger.records().len());
        Ok(Some(Said { text, stop: reply.stop, ran: 0 }))
    }

    async fn act(&mut self, said: &Said) -> Result<Acted, TurnError> {
        let repl = Arc::clone(&self.repl);
        let found = fences::fences(&said.text, said.stop, |code| repl.is_complete(code));
        if self.is_to_go_on(&said.text, said.stop, &found) {
            return Ok(nudge(going_on::KEY, prompts::root::ANSWER_CUT));
        }
        for block in found.blocks.iter().skip(said.ran) {
            let outcome = Box::pin(self.run_block(&block.code)).await?;
            if let Some(answer) = outcome.answer {
                return Ok(Acted::Answer(answer));
            }
            if outcome.error.is_some() || self.cancel.is_cancelled() {
                return Ok(Acted::Ran);
            }
        }
        match finals::prose_final(&found.prose(&said.text)) {
            Some(proposed) => self.prose_answer(proposed).await,
            None if !found.blocks.is_empty() => Ok(Acted::Ran),
            None if found.is_open => Ok(nudge("mission/open_fence", prompts::root::OPEN_FENCE)),
            None => Ok(self.without_block(said)),
        }
    }

    /// A message with neither block nor answer is sent back once; the second time it is taken as the answer.
    fn without_block(&self, said: &Said) -> Acted {
        let is_second = self.nudges().last().is_some_and(|key| *key == "mission/no_block");
        if is_second && !said.text.trim().is_empty() {
            return Acted::Words(said.text.trim().to_owned());
        }
        nudge("mission/no_block", prompts::root::NO_BLOCK)
    }

    async fn prose_answer(&mut self, proposed: ProseFinal) -> Result<Acted, TurnError> {
        let (words, is_quoted) = match proposed {
            ProseFinal::Variable(name) => {
                return Ok(match self.value(&name).await {
                    Some(value) => Acted::Answer(value),
                    None => Acted::Nudge("mission/no_variable", self.no_variable(&name).await),
                });
            }
            ProseFinal::Words(words) => (words, false),
            ProseFinal::Quoted(words) => (words, true),
        };
        if finals::is_identifier(&words)
            && let Some(value) = self.value(&words).await
        {
            return Ok(Acted::Answer(value));
        }
        let nudged = self.nudges().last().map(|key| (*key).to_owned());
        let mut insists =
            matches!(nudged.as_deref(), Some("mission/plan_is_no_answer" | "mission/nothing_ran"));
        if let Some(base) = finals::base_of_expression(&words).filter(|_| !is_quoted) {
            // It is code, and worth what it says.
            if self.value(base).await.is_some() {
                let outcome = Box::pin(self.run_block(&format!("FINAL({words})\n"))).await?;
                return Ok(outcome.answer.map_or(Acted::Ran, Acted::Answer));
            }
            // When its variable is not bound, the root is told so. Said again it is about code, and no code.
            if nudged.as_deref() != Some("mission/no_variable") {
                return Ok(Acted::Nudge("mission/no_variable", self.no_variable(base).await));
            }
            insists = true;
        }
        Ok(match finals::judge(&words, self.ledger.state().mission.cells, insists) {
            // Insisted on, and nothing was looked at: what a plan finds is better, where one runs.
            Ok(()) if self.ledger.state().mission.cells == 0 => Acted::Words(words),
            Ok(()) => Acted::Answer(Value::String(words)),
            Err(NotFinal::Plan) => nudge("mission/plan_is_no_answer", prompts::root::PLAN_IS_NO_ANSWER),
            Err(NotFinal::NothingRan) => nudge("mission/nothing_ran", prompts::root::NOTHING_RAN),
        })
    }

    async fn value(&mut self, name: &str) -> Option<Value> {
        self.interpreter.value(name.to_owned()).await.ok().flatten()
    }

    async fn no_variable(&mut self, name: &str) -> String {
        let bound = self.interpreter.variables().await.unwrap_or_default();
        let names: Vec<&str> = bound.iter().map(|variable| variable.name.as_str()).collect();
        answers::no_variable(name, &names)
    }

    /// Records the answer, checks it, and ends when it holds; otherwise the root is told what is missing.
    async fn propose(&mut self, value: &Value) -> Result<Option<Ending>, TurnError> {
        self.ledger.record(FinalProposed { text: answers::text_of(value), report: None }).await?;
        self.check(value).await
    }

    /// Checks an answer that is recorded.
    async fn check(&mut self, value: &Value) -> Result<Option<Ending>, TurnError> {
        let text = answers::text_of(value);
        // Checks may run commands, which are written into the log meanwhile.
        let (verifier, state) = (Arc::clone(&self.verifier), self.ledger.state().clone());
        let checking = verifier.verify(&state, value, &self.cancel);
        let gaps = pump(self.ledger, &mut self.journal, checking).await?;
        if gaps.is_empty() {
            self.ledger.record(FinalAccepted { text: text.clone() }).await?;
            self.ledger.commit();
            return Ok(Some(Ending { reason: EndReason::Done, text }));
        }
        let refusals = self.ledger.state().mission.refusals + 1;
        let told = answers::gap_text(&gaps, refusals >= MOST_REFUSALS);
        self.ledger.record(FinalRefused { gaps: gaps.clone(), text: told }).await?;
        self.ledger.commit();
        let is_last = refusals >= MOST_REFUSALS;
        Ok(is_last.then(|| Ending { reason: EndReason::ContractUnmet, text: with_gaps(&text, &gaps) }))
    }

    /// What is used up, or goes nowhere.
    fn stopped(&self) -> Option<(EndReason, &'static str)> {
        let left = self.account.report();
        if left.turns_left == 0 {
            return Some((EndReason::BudgetSpent, "no turns are left"));
        }
        if left.seconds_left == 0 {
            return Some((EndReason::BudgetSpent, "the time is up"));
        }
        if left.cost_left_usd.is_some_and(|usd| usd <= 0.0) {
            return Some((EndReason::BudgetSpent, "the money is spent"));
        }
        if left.tokens_left == Some(0) {
            return Some((EndReason::BudgetSpent, "the tokens are used up"));
        }
        let nudges = self.nudges().iter().filter(|key| **key != going_on::KEY).count();
        let is_stuck = nudges >= MOST_NUDGES || self.repeats() >= MOST_REPEATS;
        is_stuck.then_some((EndReason::Stalled, "the last messages brought nothing new"))
    }

    /// One more message for the best answer there is; it is taken as it comes, and the calls are over.
    async fn last_word(&mut self, (reason, why): (EndReason, &str)) -> Result<Ending, TurnError> {
        if reason == EndReason::Stalled
            && let Some(answer) = Box::pin(rescue(self)).await?
            && let Some(ending) = self.propose(&answer).await?
        {
            return Ok(ending);
        }
        let is_told = self.nudges().last().is_some_and(|key| *key == "mission/last_turn");
        if !is_told {
            let text = prompts::root::LAST_TURN.replace("{reason}", why);
            self.remind("mission/last_turn", text).await?;
        }
        // Where nothing helps, or not in time, the server may still take it.
        self.relieve_pressure(LAST_WORD).await?;
        let limits = self.account.limits();
        let seconds = self.account.report().seconds.saturating_add(LAST_WORD.as_secs());
        self.account.amend(MissionBudget { calls: 0, seconds, ..limits });
        let said = match self.ask(LAST_WORD).await? {
            Some(said) => said,
            None => self.ask(LAST_WORD).await?.unwrap_or_else(Said::nothing),
        };
        let answer = match self.act(&said).await? {
            Acted::Answer(value) => answers::text_of(&value),
            Acted::Words(words) => words,
            Acted::Ran => String::new(),
            // There is nobody left to be told: words are taken as they come.
            Acted::Nudge(..) => self.words_of(&said),
        };
        if !answer.is_empty() {
            self.ledger.record(FinalProposed { text: answer.clone(), report: None }).await?;
            self.ledger.commit();
        }
        Ok(Ending { reason, text: answer })
    }

    /// The words of a message that is nothing else; none where it names a variable or breaks off in a block.
    fn words_of(&self, said: &Said) -> String {
        let found = fences::fences(&said.text, said.stop, |code| self.repl.is_complete(code));
        match finals::prose_final(&found.prose(&said.text)) {
            Some(ProseFinal::Words(words) | ProseFinal::Quoted(words)) => words,
            Some(ProseFinal::Variable(_)) => String::new(),
            None if found.is_open => String::new(),
            None => said.text.trim().to_owned(),
        }
    }

    /// Two blocks that failed in a row: the root is offered a plan, once.
    async fn offer_plan(&mut self) -> Result<(), TurnError> {
        let key = "mission/plan_offer";
        let mut cells = self.ledger.records().iter().rev().filter_map(|record| {
            if let Event::CellReturned(cell) = &record.event { Some(cell.error.is_some()) } else { None }
        });
        let both_failed = cells.next() == Some(true) && cells.next() == Some(true);
        if both_failed && !self.was_told(key) {
            self.remind(key, prompts::root::PLAN_OFFER.to_owned()).await?;
        }
        Ok(())
    }

    pub(super) async fn remind(&mut self, key: &str, text: String) -> Result<(), TurnError> {
        let reminder = ReminderInjected { key: key.to_owned(), text: text.trim().to_owned() };
        self.ledger.record(reminder).await?;
        self.ledger.commit();
        Ok(())
    }

    pub(super) fn was_told(&self, key: &str) -> bool {
        self.ledger
            .records()
            .iter()
            .any(|record| matches!(&record.event, Event::ReminderInjected(reminder) if reminder.key == key))
    }

    /// The reminders since the last block or answer, oldest first.
    pub(super) fn nudges(&self) -> Vec<&str> {
        let since =
            self.ledger.records().iter().rev().take_while(|record| {
                !matches!(record.event, Event::CellReturned(_) | Event::FinalProposed(_))
            });
        let mut keys: Vec<&str> = since
            .filter_map(|record| {
                if let Event::ReminderInjected(reminder) = &record.event {
                    Some(reminder.key.as_str())
                } else {
                    None
                }
            })
            .collect();
        keys.reverse();
        keys
    }

    /// How often the last block has run with the same outcome, without another one between.
    fn repeats(&self) -> usize {
        let mut code = None;
        let mut outcomes = Vec::new();
        for record in self.ledger.records().iter().rev() {
            if let Event::CellReturned(cell) = &record.event {
                outcomes.push((cell.stdout.as_str(), cell.shown.as_deref(), cell.error.is_some()));
            } else if let Event::CellStarted(cell) = &record.event {
                if code.is_some_and(|code| code != cell.code.as_str()) {
                    outcomes.pop();
                    break;
                }
                code = Some(cell.code.as_str());
            }
        }
        let first = outcomes.first().copied();
        outcomes.iter().take_while(|outcome| Some(**outcome) == first).count()
    }

    async fn relieve_pressure(&mut self, left: Duration) -> Result<Room, TurnError> {
        match super::relieving::relieve(self, left).await {
            // The model fails to say a summary: another one is asked for it.
            Err(TurnError::Provider(error)) if self.fall_back(&error).await? => {
                super::relieving::relieve(self, left).await
            }
            outcome => outcome,
        }
    }

    fn time_left(&self) -> Duration {
        Duration::from_secs(self.account.report().seconds_left)
    }

    async fn run_block(&mut self, code: &str) -> Result<CellOutcome, TurnError> {
        super::blocks::run_block(self, code).await
    }
}

fn nudge(key: &'static str, text: &str) -> Acted {
    Acted::Nudge(key, text.to_owned())
}

/// Whether a whole block stands in `text` and something else than another block follows it.
fn has_run_on(text: &str, is_whole: &dyn Fn(&str) -> bool) -> bool {
    /// Characters of prose behind a block that may still be a remark on it.
    const REMARK: usize = 400;
    let Some(end) = fences::first_end(text, is_whole) else { return false };
    let Some(behind) = text.get(end..) else { return false };
    let behind = behind.trim_start();
    behind.chars().count() > REMARK
        && !behind.contains("```")
        && !behind.contains("~~~")
        && !behind.contains("FINAL")
}

fn with_gaps(text: &str, gaps: &[Gap]) -> String {
    let list: Vec<String> = gaps.iter().map(|gap| format!("- {}: {}", gap.id, gap.found)).collect();
    format!("{}\n\nWhat does not hold:\n{}", text.trim_end(), list.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_cut_only_when_prose_runs_on_behind_a_block() {
        let block = "Look:\n```repl\nx\n```\n";
        let table = [
            (block.to_owned(), false),
            (format!("{block}Output: 42"), false),
            (format!("{block}{}", "word ".repeat(100)), true),
            (format!("{block}{}\n```repl\ny\n", "word ".repeat(100)), false),
            ("word ".repeat(200), false),
        ];
        for (text, expected) in table {
            assert_eq!(has_run_on(&text, &|_| true), expected, "{text}");
        }
    }
}
