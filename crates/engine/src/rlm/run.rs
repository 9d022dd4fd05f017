//! Putting a root together: its pool, its interpreter, and who runs the ones below it.

use std::sync::Arc;

use futures_util::FutureExt as _;
use headwater_protocol::repl::{ReplLimits, ReplOpening};
use headwater_protocol::{Cancel, Corpus, MissionBudget, Provider};
use tokio::sync::mpsc;

use super::answers::{Plausible, Verifier};
use super::family::Family;
use super::host::{BlockTools, Host, NoTools, Tallied};
use super::nested::Nested;
use super::root::{Ending, Root};
use super::spent::spent;
use crate::children::{Account, JournalEntry, Kin, Memo, Meter, Pool, PoolSetup, Recursion};
use crate::ledger::Ledger;
use crate::turn::TurnError;

/// Entries of the journal that may wait for the log.
const ENTRIES: usize = 256;
/// Characters of output that a weak root is shown of a block.
const WEAK_SHOWN: usize = 2_000;

/// Where a root stands.
pub(crate) struct Place {
    pub(crate) root: Arc<dyn Provider>,
    pub(crate) corpus: Corpus,
    pub(crate) kin: Kin,
    /// The level of its children below the topmost root, from 1.
    pub(crate) depth: u32,
}

/// A root that is about to run.
pub(crate) struct Bearing {
    pub(crate) family: Arc<Family>,
    pub(crate) root: Arc<dyn Provider>,
    pub(crate) corpus: Corpus,
    pub(crate) account: Account,
    pub(crate) pool: Pool,
    pub(crate) journal: mpsc::Receiver<JournalEntry>,
    /// The way into that journal, for tools.
    pub(crate) entries: mpsc::Sender<JournalEntry>,
    pub(crate) tools: Arc<dyn BlockTools>,
    pub(crate) verifier: Arc<dyn Verifier>,
}

impl Bearing {
    /// The root of a completion that nobody started from another one. What its log and those below it know is known.
    pub(crate) fn top(family: Arc<Family>, corpus: Corpus, budget: MissionBudget, ledger: &Ledger) -> Self {
        let account = Account::new(budget, spent(ledger.state(), ledger.records()));
        Self::within(family, corpus, account, ledger)
    }

    /// The topmost root of a mission, within an account.
    pub(crate) fn within(family: Arc<Family>, corpus: Corpus, account: Account, ledger: &Ledger) -> Self {
        let memo = Memo::of(&ledger.state().children);
        family.learn_below(&ledger.state().children, &memo);
        let meter = Meter::new(family.updates.clone(), family.widths.of(family.cheap.vendor()));
        let (widths, stand_ins) = (family.widths.clone(), family.stand_ins.clone());
        let kin = Kin { account, widths, meter, memo, stand_ins };
        let root = Arc::clone(&family.strong);
        Self::new(family, Place { root, corpus, kin, depth: 1 }, ledger)
    }

    /// A root at its place. Below the depth that is allowed recursive questions are asked as plain ones.
    pub(crate) fn new(family: Arc<Family>, place: Place, ledger: &Ledger) -> Self {
        let Place { root, corpus, kin, depth } = place;
        let (entries, journal) = mpsc::channel(ENTRIES);
        let account = kin.account.clone();
        let nested = || -> Arc<dyn Recursion> {
            let (family, parent) = (Arc::clone(&family), ledger.session().clone());
            Arc::new(Nested { family, parent, corpus: corpus.clone() })
        };
        let recursion = (depth <= account.limits().depth).then(nested);
        let pool = Pool::new(PoolSetup {
            cheap: Arc::clone(&family.cheap),
            strong: Arc::clone(&family.strong),
            corpus: corpus.clone(),
            kin,
            journal: entries.clone(),
            children: ledger.state().children.count(),
            depth,
            recursion,
        });
        let (tools, verifier) = (Arc::new(NoTools), Arc::new(Plausible));
        Self { family, root, corpus, account, pool, journal, entries, tools, verifier }
    }
}

/// What a block may take and show: a weak root is lost in long outputs (RECURSIVE §2).
fn limits(family: &Family, root: &dyn Provider) -> ReplLimits {
    let usual = family.limits;
    if root.model().is_weak_root { ReplLimits { shown: usual.shown.min(WEAK_SHOWN), ..usual } } else { usual }
}

/// Opens the interpreter and runs the root to its end.
pub(crate) async fn run_root(
    ledger: &mut Ledger,
    bearing: Bearing,
    cancel: Cancel,
) -> Result<Ending, TurnError> {
    let Bearing { family, root, corpus, account, pool, journal, tools, verifier, .. } = bearing;
    let opening = ReplOpening {
        corpus,
        snapshot: family.snapshot(ledger.session()),
        limits: limits(&family, root.as_ref()),
        seed: family.seed,
    };
    let tally = Tallied::default();
    let question = ledger.state().mission.started.as_ref().map_or_else(String::new, |s| s.question.clone());
    let host = Arc::new(Host {
        pool,
        tools: Arc::clone(&tools),
        cancel: cancel.child(),
        tally: tally.clone(),
        question,
    });
    let interpreter = family.repl.open(opening, host).await?;
    let repl = Arc::clone(&family.repl);
    let thresholds = family.thresholds;
    let mut root = Root {
        thresholds,
        fallback: family.stand_ins.connect(),
        ledger,
        provider: root,
        repl,
        interpreter,
        tally,
        account,
        journal,
        verifier,
        tools,
        cancel,
    };
    root.run().boxed().await
}
