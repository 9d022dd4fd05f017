//! A server, a pool and its log.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use headwater_engine::children::{
    Account, JournalEntry, Kin, Memo, Meter, Pool, PoolSetup, Recursion, Spent, StandIns, WidthLimits, Widths,
};
use headwater_protocol::events::{ChildReturned, ChildStarted, ChildStatus};
use headwater_protocol::repl::{ChildKind, ChildQuery, QueryBatch, QueryResult};
use headwater_protocol::views::Children;
use headwater_protocol::{
    Cancel, Corpus, CorpusPart, CorpusShape, Event, MissionBudget, Price, PromptPiece, Provider, Record,
    SessionId, SharedText, Timestamp, Tokens, Update, View as _,
};
use headwater_providers::{Catalogue, Connection, Http, ModelSettings, Network, Overlay, VendorSettings};
use headwater_testkit::{ModelServer, Recorded, Script, Turn};
use tokio::sync::mpsc;

/// What a test may want otherwise.
pub(crate) struct Wishes {
    pub(crate) budget: MissionBudget,
    pub(crate) widths: WidthLimits,
    pub(crate) text: String,
    pub(crate) memo: Memo,
    pub(crate) depth: u32,
    pub(crate) recursion: Option<Arc<dyn Recursion>>,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            budget: MissionBudget { calls: 1_000, ..MissionBudget::default() },
            widths: WidthLimits { pause: Duration::from_millis(20), ..WidthLimits::default() },
            text: String::new(),
            memo: Memo::default(),
            depth: 1,
            recursion: None,
        }
    }
}

/// The events of a session, in the order in which they became records.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<Event>>>);

impl Log {
    /// A log and the way into it.
    pub(crate) fn open() -> (Self, mpsc::Sender<JournalEntry>) {
        let (sender, mut entries) = mpsc::channel::<JournalEntry>(8);
        let log = Self::default();
        let kept = log.clone();
        tokio::spawn(async move {
            while let Some(entry) = entries.recv().await {
                kept.0.lock().unwrap().push(entry.event);
                entry.written.send(()).ok();
            }
        });
        (log, sender)
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn started(&self) -> Vec<ChildStarted> {
        let started = |event| if let Event::ChildStarted(started) = event { Some(started) } else { None };
        self.events().into_iter().filter_map(started).collect()
    }

    pub(crate) fn returned(&self) -> Vec<ChildReturned> {
        let returned = |event| if let Event::ChildReturned(returned) = event { Some(returned) } else { None };
        self.events().into_iter().filter_map(returned).collect()
    }

    pub(crate) fn count(&self, status: ChildStatus) -> usize {
        self.returned().iter().filter(|returned| returned.status == status).count()
    }

    /// What a resume reads of this log.
    pub(crate) fn children(&self) -> Children {
        let mut children = Children::default();
        for (seq, event) in (0..).zip(self.events()) {
            let (at, session) = (Timestamp::from_millis(0), SessionId::new("s"));
            children.apply(&Record { seq, at, session, parent: None, event });
        }
        children
    }

    /// Every child that was asked has ended, once.
    pub(crate) fn assert_whole(&self) {
        let mut asked: Vec<String> = self.started().iter().map(|child| child.child.to_string()).collect();
        let mut ended: Vec<String> = self.returned().iter().map(|child| child.child.to_string()).collect();
        asked.sort();
        ended.sort();
        assert_eq!(asked, ended);
    }
}

/// A pool with everything around it.
pub(crate) struct Rig {
    pub(crate) server: ModelServer,
    pub(crate) pool: Pool,
    pub(crate) log: Log,
    pub(crate) kin: Kin,
    pub(crate) updates: mpsc::Receiver<Update>,
}

impl Rig {
    pub(crate) fn new(script: Script, wishes: Wishes) -> Self {
        let server = ModelServer::start(script);
        Self::at(server, wishes)
    }

    /// A pool for a server that runs already.
    pub(crate) fn at(server: ModelServer, wishes: Wishes) -> Self {
        let provider = provider(&server.base_url());
        let (log, journal) = Log::open();
        let (sender, updates) = mpsc::channel(64);
        let widths = Widths::new(wishes.widths);
        let meter = Meter::new(sender, widths.of(provider.vendor()));
        let account = Account::new(wishes.budget, Spent::default());
        let stand_ins = StandIns::default();
        let kin = Kin { account, widths, meter, memo: wishes.memo, stand_ins };
        let pool = Pool::new(PoolSetup {
            cheap: Arc::clone(&provider),
            strong: provider,
            corpus: corpus(&wishes.text),
            kin: kin.clone(),
            journal,
            children: 0,
            depth: wishes.depth,
            recursion: wishes.recursion,
        });
        Self { server, pool, log, kin, updates }
    }

    pub(crate) async fn ask(&self, queries: Vec<ChildQuery>) -> Result<Vec<QueryResult>, String> {
        self.ask_until(queries, &Cancel::new()).await
    }

    pub(crate) async fn ask_until(
        &self,
        queries: Vec<ChildQuery>,
        cancel: &Cancel,
    ) -> Result<Vec<QueryResult>, String> {
        self.pool.ask(batch(ChildKind::Llm, queries), cancel).await
    }

    /// What the server was asked, in order.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.server.requests()
    }
}

/// A model at this address: a million input tokens are a dollar.
pub(crate) fn provider(base_url: &str) -> Arc<dyn Provider> {
    let vendor = VendorSettings { base_url: Some(base_url.to_owned()), ..VendorSettings::default() };
    let price = Some(Price { input: 1.0, output: 2.0, cache_read: None, cache_write: None });
    let model = ModelSettings { window: Some(Tokens(32_000)), price, ..ModelSettings::default() };
    let overlay = Overlay {
        providers: [("scripted".to_owned(), vendor)].into(),
        models: [("scripted-model".to_owned(), model)].into(),
    };
    let catalogue = Catalogue::new(overlay).unwrap();
    let vendor = catalogue.vendor("scripted").unwrap().clone();
    let model = catalogue.model(&vendor, "scripted-model");
    // Longer than what the pool leaves to the provider, so that refusals are the pool's.
    let network = Network { backoff: Duration::from_millis(300), ..Network::default() };
    let http = Http::new(&network);
    let connection = Connection { vendor, base_url: None, model, key: None, network, seed: 1, http };
    headwater_providers::connect(connection).unwrap()
}

pub(crate) fn corpus(text: &str) -> Corpus {
    let text = SharedText::new(text.to_owned()).unwrap();
    let part = CorpusPart { name: "context.txt".into(), sha256: "digest".into(), file: None, text };
    Corpus { shape: CorpusShape::Text, parts: [part].into() }
}

pub(crate) fn batch(kind: ChildKind, queries: Vec<ChildQuery>) -> QueryBatch {
    QueryBatch { cell: 1, kind, queries }
}

pub(crate) fn question(words: impl Into<String>) -> ChildQuery {
    ChildQuery { prompt: vec![PromptPiece::text(words)], ..ChildQuery::default() }
}

/// `count` different questions.
pub(crate) fn questions(count: usize) -> Vec<ChildQuery> {
    (0..count).map(|number| question(format!("question {number}"))).collect()
}

/// Answers `question 7` with `answer 7`.
pub(crate) fn echo(request: &Recorded) -> Turn {
    let asked = request.last_text("user").unwrap();
    Turn::text(asked.lines().next().unwrap().replace("question", "answer")).usage(100, 0, 10)
}
