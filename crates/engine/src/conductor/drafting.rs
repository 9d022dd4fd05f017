//! From a question to a card before the person: research in the mission's own session, then a proposal in the
//! conversation's log.

use std::sync::Arc;
use std::time::Duration;

use headwater_protocol::corpus::CorpusSummary;
use headwater_protocol::events::{MissionProposed, MissionStarted};
use headwater_protocol::{Cancel, Capability, Corpus, Delta, MissionBudget, Provider, SessionId, Update};
use tokio::sync::mpsc;

use super::workshop::{CutOff, MissionError, Workshop, session_started};
use crate::children::{Account, Kin, Memo, Meter, Pool, PoolSetup, Spent};
use crate::ledger::Ledger;
use crate::mission::card::edit::Revision;
use crate::mission::card::estimate::EstimateFacts;
use crate::mission::card::propose::ProposalFacts;
use crate::mission::git;
use crate::mission::research::{ResearchSetup, Researcher};
use crate::rlm::{Family, Log, mend, pump};
use crate::turn::TurnError;

/// Entries of the journal that may wait for the log.
const ENTRIES: usize = 64;
/// Time beside that of research for the card itself.
const CARD_TIME: Duration = Duration::from_mins(5);
/// How long a call takes before one was seen.
pub(super) const PACE: Duration = Duration::from_secs(3);

/// A card that is to be written anew.
pub(crate) struct Revising {
    /// The card that the person saw.
    pub(crate) before: Arc<MissionProposed>,
    /// What they want otherwise.
    pub(crate) words: String,
}

/// A card on its way.
pub(crate) struct Drafting<'a> {
    pub(crate) workshop: Workshop<'a>,
    /// The conversation's log.
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) cancel: Cancel,
}

impl Drafting<'_> {
    /// Looks into the context of a new question and proposes a card.
    pub(crate) async fn propose(&mut self, question: &str) -> Result<(), MissionError> {
        let family = self.workshop.family(self.ledger.updates()).await?;
        let loaded = self.workshop.corpus(question, self.ledger).await?;
        for text in loaded.notices {
            self.ledger.tell_delta(Delta::Notice { text }).await;
        }
        let mut log = self.log(&family, question, &loaded.corpus).await?;
        let card = self.card(&family, &mut log, &loaded.corpus, None).await?;
        self.put(&log.session, 1, card).await
    }

    /// The log of a new mission, or of the same one when its research was cut off: what that has asked it has not to ask
    /// again.
    async fn log(&self, family: &Arc<Family>, question: &str, corpus: &Corpus) -> Result<Log, MissionError> {
        let summary = CorpusSummary::from(corpus);
        let is_same = |cut_off: &CutOff| cut_off.question == question && cut_off.corpus == summary;
        if let Some(cut_off) = self.workshop.cut_off(self.ledger).filter(is_same) {
            let mut log = self.workshop.reopen(family, &cut_off.session)?;
            mend(&mut log.ledger).await?;
            return Ok(log);
        }
        let mut log = family.fresh(Some(self.ledger.session().clone()))?;
        log.ledger.record(session_started(family)).await?;
        let started = family.mission_started(question, corpus, self.workshop.setup.budget, 0);
        log.ledger.record(started).await?;
        Ok(log)
    }

    /// Writes a card anew. Research is gone through again, and its log answers what it has asked before.
    pub(crate) async fn revise(&mut self, revising: &Revising) -> Result<(), MissionError> {
        let family = self.workshop.family(self.ledger.updates()).await?;
        let session = revising.before.mission.clone();
        let mut log = self.workshop.reopen(&family, &session)?;
        mend(&mut log.ledger).await?;
        let corpus = self.workshop.recall(&log)?;
        let card = self.card(&family, &mut log, &corpus, Some(revising)).await?;
        self.put(&session, revising.before.revision + 1, card).await
    }

    async fn put(&mut self, mission: &SessionId, revision: u32, card: Revision) -> Result<(), MissionError> {
        self.ledger.record(proposed(mission, revision, card)).await?;
        self.ledger.commit();
        Ok(())
    }

    async fn card(
        &self,
        family: &Arc<Family>,
        log: &mut Log,
        corpus: &Corpus,
        revising: Option<&Revising>,
    ) -> Result<Revision, MissionError> {
        let setup = self.workshop.setup;
        let (entries, mut journal) = mpsc::channel(ENTRIES);
        let pool = research_pool(family, &log.ledger, corpus, (entries, setup.research.time + CARD_TIME));
        let question = log
            .ledger
            .state()
            .mission
            .started
            .as_ref()
            .map_or("", |s: &Arc<MissionStarted>| s.question.as_str())
            .to_owned();
        let churn = git::churn(&self.workshop.parts.workspace).await;
        let updates = self.ledger.updates();
        let progress = move |delta: Delta| {
            // Progress may be lost when the front end is slow.
            updates.try_send(Update::Delta(delta)).ok();
        };
        let mut researcher = Researcher::new(ResearchSetup {
            pool: &pool,
            goal: &question,
            churn: &churn,
            budget: setup.research,
            seed: setup.seed,
            cancel: self.cancel.clone(),
            progress: &progress,
        });
        let sizes = sizes(corpus);
        let tools = self.grantable();
        let facts = ProposalFacts {
            tools: &tools,
            budget: setup.budget,
            estimate: estimate_facts(family, &sizes, family.cheap.as_ref()),
            revision: revising.map(|revising| (&*revising.before.card, revising.words.as_str())),
        };
        let work = async {
            let found = researcher.research().await;
            if self.cancel.is_cancelled() {
                return Err(MissionError::from(TurnError::Interrupted));
            }
            let card = researcher.propose(&found, &facts).await;
            if self.cancel.is_cancelled() {
                return Err(MissionError::from(TurnError::Interrupted));
            }
            card.map_err(|message| {
                MissionError::refused(
                    "no_card",
                    message,
                    "Ask in other words, or choose a stronger model with /model.",
                )
            })
        };
        pump(&mut log.ledger, &mut journal, work).await?
    }

    /// Tools beyond reading that a card may grant.
    fn grantable(&self) -> Vec<String> {
        let specs = self.workshop.parts.tools.specs();
        specs.into_iter().filter(|spec| spec.capability == Capability::Write).map(|spec| spec.name).collect()
    }
}

/// The record of a card.
pub(super) fn proposed(mission: &SessionId, revision: u32, card: Revision) -> MissionProposed {
    let Revision { card, hash, lint } = card;
    MissionProposed { mission: mission.clone(), revision, card: Box::new(card), hash, lint }
}

/// Names and bytes of what a card can look at.
pub(super) fn sizes(corpus: &Corpus) -> Vec<(String, u64)> {
    corpus.parts.iter().map(|part| (part.name.clone(), part.text.len() as u64)).collect()
}

/// What an estimate hangs on.
pub(super) fn estimate_facts<'a>(
    family: &'a Family,
    sizes: &'a [(String, u64)],
    cheap: &'a dyn Provider,
) -> EstimateFacts<'a> {
    let width = family.widths.of(cheap.vendor()).now();
    EstimateFacts { sizes, cheap: cheap.model(), strong: family.strong.model(), width, pace: PACE }
}

/// The pool of research: its own limits are those of research, and what its log has answered is known.
fn research_pool(
    family: &Arc<Family>,
    ledger: &Ledger,
    corpus: &Corpus,
    (journal, time): (mpsc::Sender<crate::children::JournalEntry>, Duration),
) -> Pool {
    let limits =
        MissionBudget { calls: u32::MAX, depth: 0, seconds: time.as_secs(), ..MissionBudget::default() };
    let meter = Meter::new(family.updates.clone(), family.widths.of(family.cheap.vendor()));
    let children = &ledger.state().children;
    Pool::new(PoolSetup {
        cheap: Arc::clone(&family.cheap),
        strong: Arc::clone(&family.strong),
        corpus: corpus.clone(),
        kin: Kin {
            account: Account::new(limits, Spent::default()),
            widths: family.widths.clone(),
            meter,
            memo: Memo::of(children),
            stand_ins: family.stand_ins.clone(),
        },
        journal,
        children: children.count(),
        depth: 1,
        recursion: None,
    })
}
