//! A server, a pool and its log.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use headwater_engine::children::{
    Account, JournalEntry, Kin, Memo, Meter, Pool, PoolSetup, Spent, StandIns, Widths,
};
use headwater_engine::mission::card::edit::Revision;
use headwater_engine::mission::card::estimate::EstimateFacts;
use headwater_engine::mission::card::propose::ProposalFacts;
use headwater_engine::mission::intake::Churn;
use headwater_engine::mission::research::{ResearchBudget, ResearchSetup, Researched, Researcher};
use headwater_protocol::views::Children;
use headwater_protocol::{
    Cancel, Corpus, CorpusPart, CorpusShape, Delta, Event, MissionBudget, MissionCard, Price, Provider,
    Record, SessionId, SharedText, Timestamp, Tokens, View as _,
};
use headwater_providers::{Catalogue, Connection, Http, ModelSettings, Network, Overlay, VendorSettings};
use headwater_testkit::{ModelServer, Script};
use tokio::sync::mpsc;

use super::reader::MARK;

/// What every test looks for.
pub(crate) const GOAL: &str = "Why does the pool never give up?";

/// A pool with everything around it.
pub(crate) struct Rig {
    pub(crate) server: ModelServer,
    pub(crate) cancel: Cancel,
    pool: Pool,
    provider: Arc<dyn Provider>,
    events: Arc<Mutex<Vec<Event>>>,
    told: Arc<Mutex<Vec<Delta>>>,
}

impl Rig {
    /// A pool over `corpus` that knows what `memo` knows.
    pub(crate) fn new(script: Script, corpus: Corpus, memo: Memo) -> Self {
        let server = ModelServer::start(script);
        let provider = provider(&server.base_url());
        let (journal, mut entries) = mpsc::channel::<JournalEntry>(8);
        let events = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&events);
        tokio::spawn(async move {
            while let Some(entry) = entries.recv().await {
                kept.lock().unwrap().push(entry.event);
                entry.written.send(()).ok();
            }
        });
        let (updates, _) = mpsc::channel(64);
        let widths = Widths::default();
        let meter = Meter::new(updates, widths.of(provider.vendor()));
        let account = Account::new(MissionBudget::default(), Spent::default());
        let pool = Pool::new(PoolSetup {
            cheap: Arc::clone(&provider),
            strong: Arc::clone(&provider),
            corpus,
            kin: Kin { account, widths, meter, memo, stand_ins: StandIns::default() },
            journal,
            children: 0,
            depth: 1,
            recursion: None,
        });
        Self { server, cancel: Cancel::new(), pool, provider, events, told: Arc::default() }
    }

    /// Researches, and makes a card of what was found.
    pub(crate) async fn run(&self, budget: ResearchBudget) -> (Researched, Result<Revision, String>) {
        let churn = Churn::from([("src/pool.rs".to_owned(), 9)]);
        let told = Arc::clone(&self.told);
        let progress = move |delta| told.lock().unwrap().push(delta);
        let mut researcher = Researcher::new(ResearchSetup {
            pool: &self.pool,
            goal: GOAL,
            churn: &churn,
            budget,
            seed: 42,
            cancel: self.cancel.clone(),
            progress: &progress,
        });
        let found = researcher.research().await;
        let card = researcher.propose(&found, &self.facts(&self.sizes(), None)).await;
        (found, card)
    }

    /// A card made anew, with the person's words.
    pub(crate) async fn revise(
        &self,
        found: &Researched,
        card: &MissionCard,
        words: &str,
    ) -> Result<Revision, String> {
        let churn = Churn::new();
        let mut researcher = Researcher::new(ResearchSetup {
            pool: &self.pool,
            goal: GOAL,
            churn: &churn,
            budget: ResearchBudget::default(),
            seed: 42,
            cancel: self.cancel.clone(),
            progress: &|_| {},
        });
        researcher.propose(found, &self.facts(&self.sizes(), Some((card, words)))).await
    }

    fn sizes(&self) -> Vec<(String, u64)> {
        self.pool.corpus().parts.iter().map(|part| (part.name.clone(), part.text.len() as u64)).collect()
    }

    fn facts<'a>(
        &'a self,
        sizes: &'a [(String, u64)],
        revision: Option<(&'a MissionCard, &'a str)>,
    ) -> ProposalFacts<'a> {
        let (cheap, strong) = (self.provider.model(), self.provider.model());
        let estimate = EstimateFacts { sizes, cheap, strong, width: 16, pace: Duration::from_secs(2) };
        ProposalFacts { tools: &TOOLS, budget: MissionBudget::default(), estimate, revision }
    }

    /// What the log of this run answers.
    pub(crate) fn memo(&self) -> Memo {
        let mut children = Children::default();
        for (seq, event) in (0..).zip(self.events.lock().unwrap().clone()) {
            let (at, session) = (Timestamp::from_millis(0), SessionId::new("s"));
            children.apply(&Record { seq, at, session, parent: None, event });
        }
        Memo::of(&children)
    }

    /// What a front end was told, in order.
    pub(crate) fn told(&self) -> Vec<Delta> {
        self.told.lock().unwrap().clone()
    }
}

static TOOLS: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| vec!["edit".to_owned()]);

fn provider(base_url: &str) -> Arc<dyn Provider> {
    let vendor = VendorSettings { base_url: Some(base_url.to_owned()), ..VendorSettings::default() };
    let price = Some(Price { input: 0.1, output: 0.2, cache_read: None, cache_write: None });
    let model = ModelSettings { window: Some(Tokens(64_000)), price, ..ModelSettings::default() };
    let overlay = Overlay {
        providers: [("scripted".to_owned(), vendor)].into(),
        models: [("scripted-model".to_owned(), model)].into(),
    };
    let catalogue = Catalogue::new(overlay).unwrap();
    let vendor = catalogue.vendor("scripted").unwrap().clone();
    let model = catalogue.model(&vendor, "scripted-model");
    let network = Network { backoff: Duration::from_millis(1), ..Network::default() };
    let http = Http::new(&network);
    let connection = Connection { vendor, base_url: None, model, key: None, network, seed: 1, http };
    headwater_providers::connect(connection).unwrap()
}

/// A library: a pool that never gives up, a log, and forty texts that have nothing to do with either.
pub(crate) fn library() -> Corpus {
    let filler = |nth: usize| format!("fn part_{nth}() {{\n    step({nth});\n}}\n").repeat(40);
    let mut texts = vec![
        (
            "src/pool.rs".to_owned(),
            format!(
                "fn pool() {{\n    {MARK}the pool retries for ever after a timeout\n    retry_forever();\n}}\n{}",
                filler(0)
            ),
        ),
        (
            "src/retry.rs".to_owned(),
            format!(
                "fn retry_forever() {{\n    {MARK}the pool retries for ever after an error\n    loop {{}}\n}}\n"
            ),
        ),
        (
            "src/log.rs".to_owned(),
            format!("fn write_log() {{\n    {MARK}passwords stand in the debug log\n}}\n"),
        ),
    ];
    texts.extend((1..40).map(|nth| (format!("lib/part_{nth}.rs"), filler(nth))));
    let part = |(name, text): (String, String)| CorpusPart {
        sha256: format!("digest of {name}"),
        name,
        file: None,
        text: SharedText::new(text).unwrap(),
    };
    Corpus { shape: CorpusShape::Dict, parts: texts.into_iter().map(part).collect() }
}
