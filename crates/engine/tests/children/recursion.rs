//! Recursive children.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use headwater_engine::children::{Memo, NestedAnswer, NestedRequest, Pool, PoolSetup, Recursion};
use headwater_protocol::repl::{BudgetReport, ChildKind, ChildQuery};
use headwater_protocol::{Cancel, MissionBudget, PromptPiece, Provider, SessionId};
use headwater_testkit::{ModelServer, Script};

use crate::rig::{Log, Rig, Wishes, batch, corpus, echo, provider, question, questions};

/// A completion that asks its children two questions and says what they said.
struct TwoQuestions {
    provider: Arc<dyn Provider>,
    sessions: AtomicUsize,
    /// What each completion had left when it began.
    budgets: Mutex<Vec<BudgetReport>>,
}

impl TwoQuestions {
    fn new(server: &ModelServer) -> Arc<Self> {
        let (sessions, budgets) = (AtomicUsize::new(0), Mutex::default());
        Arc::new(Self { provider: provider(&server.base_url()), sessions, budgets })
    }
}

impl Recursion for TwoQuestions {
    fn session(&self) -> SessionId {
        SessionId::new(format!("nested-{}", self.sessions.fetch_add(1, Ordering::SeqCst)))
    }

    fn complete(&self, request: NestedRequest) -> BoxFuture<'static, NestedAnswer> {
        self.budgets.lock().unwrap().push(request.kin.account.report());
        let cheap = Arc::clone(&self.provider);
        async move {
            let (log, journal) = Log::open();
            let pool = Pool::new(PoolSetup {
                cheap: Arc::clone(&cheap),
                strong: cheap,
                corpus: corpus(""),
                kin: request.kin,
                journal,
                children: 0,
                depth: request.depth,
                recursion: None,
            });
            let name = request.session.as_str();
            let queries = ["a", "b"].map(|letter| question(format!("question {name} {letter}"))).to_vec();
            match pool.ask(batch(ChildKind::Llm, queries), &request.cancel).await {
                Ok(results) => {
                    assert!(log.started().iter().all(|started| started.depth == 2));
                    let text =
                        results.iter().map(|result| result.text.as_str()).collect::<Vec<_>>().join("; ");
                    NestedAnswer { text, ..NestedAnswer::default() }
                }
                Err(why) => NestedAnswer { error: Some(why), ..NestedAnswer::default() },
            }
        }
        .boxed()
    }
}

fn recursive(server: ModelServer, budget: MissionBudget) -> (Rig, Arc<TwoQuestions>) {
    let recursion = TwoQuestions::new(&server);
    let hook: Arc<dyn Recursion> = Arc::clone(&recursion) as Arc<dyn Recursion>;
    (Rig::at(server, Wishes { budget, recursion: Some(hook), ..Wishes::default() }), recursion)
}

fn server() -> ModelServer {
    ModelServer::start(Script::responder(|_, request| echo(request)))
}

#[tokio::test(flavor = "multi_thread")]
async fn recursion_spends_what_its_root_has() {
    let budget = MissionBudget { calls: 6, depth: 2, ..MissionBudget::default() };
    let (rig, recursion) = recursive(server(), budget);
    let ask = |words: &str| ChildQuery { max_calls: Some(2), ..question(words) };
    let queries = batch(ChildKind::Rlm, vec![ask("one"), ask("two")]);
    let results = rig.pool.ask(queries, &Cancel::new()).await.unwrap();
    // Which of them opens its session first is nobody's business.
    let mut texts: Vec<&str> = results.iter().map(|result| result.text.as_str()).collect();
    texts.sort_unstable();
    assert_eq!(texts, [0, 1].map(|n| format!("answer nested-{n} a; answer nested-{n} b")));
    let left: Vec<u32> = recursion.budgets.lock().unwrap().iter().map(|budget| budget.calls_left).collect();
    assert_eq!(left, [2, 2]);
    let budget = rig.pool.budget();
    assert_eq!((budget.calls, budget.calls_left), (6, 0), "two recursive calls and two of each");
    assert!(budget.cost_usd > 0.0);
    let opened: Vec<Option<SessionId>> =
        rig.log.started().into_iter().map(|started| started.opened).collect();
    assert!(opened.iter().all(Option::is_some) && rig.requests().len() == 4);
    rig.log.assert_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recursive_child_that_has_no_calls_left_is_an_error_of_its_own() {
    let budget = MissionBudget { calls: 3, depth: 2, ..MissionBudget::default() };
    let (rig, _) = recursive(server(), budget);
    let queries = batch(ChildKind::Rlm, vec![question("one"), question("two")]);
    let results = rig.pool.ask(queries, &Cancel::new()).await.unwrap();
    assert!(results.iter().all(|result| result.error.as_deref().unwrap().contains("1 calls are left")));
    assert_eq!((rig.requests().len(), rig.pool.budget().calls), (0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_depth_limit_it_is_a_plain_question_over_what_fits_and_says_so() {
    let recursion = TwoQuestions::new(&server());
    let hook: Arc<dyn Recursion> = recursion;
    let text = "word ".repeat(60_000);
    let budget = MissionBudget { depth: 1, ..MissionBudget::default() };
    let rig = Rig::new(
        Script::responder(|_, request| echo(request)),
        Wishes { budget, text, recursion: Some(hook), ..Wishes::default() },
    );
    let about = vec![PromptPiece::Span { source: "digest".into(), start: 0, end: 300_000 }];
    let query = ChildQuery { about, ..question("question 1") };
    let result = rig.pool.ask(batch(ChildKind::Rlm, vec![query]), &Cancel::new()).await.unwrap().remove(0);
    assert_eq!(result.text, "answer 1");
    let note = result.note.unwrap();
    assert!(note.contains("no recursion is allowed") && note.contains(" of 300000 bytes"), "{note}");
    assert_eq!(rig.log.started()[0].kind, ChildKind::Llm);
    assert!(rig.requests()[0].raw.len() < 110_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_recursive_child_had_been_told_is_not_asked_again() {
    let first = Rig::new(Script::responder(|_, request| echo(request)), Wishes::default());
    first.ask(questions(4)).await.unwrap();
    let memo = Memo::default();
    memo.learn(&first.log.children());
    let second = Rig::new(Script::new(), Wishes { memo, ..Wishes::default() });
    let again = second.ask(questions(4)).await.unwrap();
    assert!(again.iter().all(|result| result.is_cached) && second.requests().is_empty());
}
