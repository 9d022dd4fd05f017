//! What a block asks of the host: models, tools, plans, helpers; by reference where it speaks of the context.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use headwater_protocol::card::Tier;
use headwater_protocol::corpus::PromptPiece;
use headwater_protocol::repl::{ChildKind, ChildQuery, QueryBatch, QueryResult, ToolAnswer};
use headwater_protocol::units::Usd;
use serde_json::{Value, json};

use crate::stage::{Host, Setting, Stage, text};

fn span(start: u64, end: u64) -> PromptPiece {
    PromptPiece::Span { source: "sha-0".into(), start, end }
}

#[tokio::test]
async fn a_batch_is_one_request_and_its_results_stand_in_order() {
    let query = |batch: headwater_protocol::repl::QueryBatch| {
        let answer = |(n, query): (usize, &headwater_protocol::repl::ChildQuery)| match n {
            1 => QueryResult { error: Some("refused".into()), ..QueryResult::default() },
            _ => QueryResult {
                text: format!("{:?}", query.prompt.len()),
                is_cached: n == 2,
                is_truncated: n == 3,
                cost: Some(Usd(0.5)),
                ..QueryResult::default()
            },
        };
        let results = batch.queries.iter().enumerate().map(answer).collect();
        async move { Ok(results) }.boxed()
    };
    let host = Arc::new(Host { query: Box::new(query), ..Host::default() });
    let mut stage = Setting { host, ..Setting::default() }.open().await;
    let code = "rs = llm_query_batched([f'{i}?' for i in range(4)], model='strong', max_tokens=9)\n\
                [(r.ok, r.error, r.cached, r.truncated, r.cost, str(r)) for r in rs]";
    let expected = "[(True, None, False, False, 0.5, '1'), (False, 'refused', False, False, None, ''), \
                    (True, None, True, False, 0.5, '1'), (True, None, False, True, 0.5, '1')]";
    assert_eq!(stage.show(code).await, expected);
    let batches = stage.host.batches.lock().unwrap().clone();
    let [batch] = batches.as_slice() else { panic!("one batch: {batches:?}") };
    assert_eq!((batch.cell, batch.kind, batch.queries.len()), (1, ChildKind::Llm, 4));
    assert!(batch.queries.iter().all(|query| query.tier == Tier::Strong && query.max_tokens == Some(9)));
    assert!(stage.fail("llm_query('alone')\nllm_query_batched('text')").await.contains("a list of prompts"));
    assert_eq!(stage.show("llm_query_batched([])").await, "[]");
}

#[tokio::test]
async fn one_question_goes_to_each_of_many_pieces() {
    let query = |batch: headwater_protocol::repl::QueryBatch| {
        let answer = |query: &headwater_protocol::repl::ChildQuery| QueryResult {
            text: query.about.len().to_string(),
            ..QueryResult::default()
        };
        let results = batch.queries.iter().map(answer).collect();
        async move { Ok(results) }.boxed()
    };
    let host = Arc::new(Host { query: Box::new(query), ..Host::default() });
    let mut stage = Setting { host, ..Setting::default() }.open().await;
    let shown = stage.show("[str(r) for r in llm_query_batched(['why?'], ['a', 'b', 'c'])]").await;
    assert_eq!(shown, "['1', '1', '1']");
    assert_eq!(stage.show("llm_query_batched(['why?'], [])").await, "[]");
    assert!(
        stage
            .fail("llm_query_batched(['a?', 'b?'], ['a', 'b', 'c'])")
            .await
            .contains("2 prompts, but 3 contexts")
    );
}

#[tokio::test]
async fn pieces_of_the_context_travel_by_reference() {
    let body = (0..2000).map(|n| format!("Zeile {n} über Flüsse\n")).collect::<Vec<_>>().concat();
    let bytes = u64::try_from(body.len()).unwrap();
    let mut stage = Setting { corpus: text(&body), ..Setting::default() }.open().await;
    let at = |chars: usize| {
        u64::try_from(body.char_indices().nth(chars).map_or(body.len(), |(at, _)| at)).unwrap()
    };
    let code = "chunk = context[100:5000]\n\
                llm_query(f'Count: {chunk} please')\n\
                llm_query('Q: ' + chunk)\n\
                llm_query('about', chunk)\n\
                llm_query(context)\n\
                rlm_query('deep', context, max_calls=5)\n\
                llm_query('short ' + context[:5])\n\
                many = [context[i:i + 2000] for i in range(0, 10000, 2000)]\n\
                rs = llm_query_batched([f'{i}: {c}' for i, c in enumerate(many)])";
    stage.show(code).await;
    let chunk = span(at(100), at(5000));
    let whole = span(0, bytes);
    let batches = stage.host.batches.lock().unwrap().clone();
    let prompts: Vec<_> = batches.iter().map(|batch| batch.queries[0].prompt.clone()).collect();
    let words = |text: &str| PromptPiece::text(text);
    assert_eq!(prompts[0], [words("Count: "), chunk.clone(), words(" please")]);
    assert_eq!(prompts[1], [words("Q: "), chunk.clone()]);
    assert_eq!((&prompts[2], &batches[2].queries[0].about), (&vec![words("about")], &vec![chunk]));
    assert_eq!(prompts[3], std::slice::from_ref(&whole));
    let deep = &batches[4].queries[0];
    assert_eq!((batches[4].kind, &deep.about, deep.max_calls), (ChildKind::Rlm, &vec![whole], Some(5)));
    assert_eq!(prompts[5], [words("short Zeile")]);
    for (number, query) in (0..).zip(&batches[6].queries) {
        let from = 2000 * number;
        assert_eq!(query.prompt, [words(&format!("{number}: ")), span(at(from), at(from + 2000))]);
    }
}

#[tokio::test]
async fn what_helpers_cut_from_a_large_context_travels_by_reference() {
    let body = "one line of a large text\n".repeat(400_000);
    let mut stage = Setting { corpus: text(&body), ..Setting::default() }.open().await;
    let code = "log = context\n\
                rs = llm_query_batched(['q'], chunk(100_000, src=log)[:3])\n\
                llm_query('q', peek(25, 5025, src=log))";
    stage.show(code).await;
    let batches = stage.host.batches.lock().unwrap().clone();
    let about: Vec<_> =
        batches.iter().flat_map(|batch| &batch.queries).flat_map(|query| &query.about).collect();
    let parts = [span(0, 100_000), span(100_000, 200_000), span(200_000, 300_000), span(25, 5_025)];
    assert_eq!(about, parts.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn long_texts_that_are_not_of_the_context_arrive_whole() {
    let mut stage = Stage::new().await;
    let code = "long = 'äöü ' * 100_000\nllm_query(long)\nrs = llm_query_batched([long + 'a', 'short', long + 'b'], long)";
    assert_eq!(stage.show(code).await, "");
    assert_eq!(stage.show("len(dedupe([long, long + 'x', long]))").await, "2");
    let long = "äöü ".repeat(100_000);
    let batches = stage.host.batches.lock().unwrap().clone();
    assert_eq!(batches[0].queries[0].prompt, [PromptPiece::text(long.as_str())]);
    let prompts: Vec<_> = batches[1].queries.iter().map(|query| query.prompt.clone()).collect();
    let expected = [format!("{long}a"), "short".to_owned(), format!("{long}b")];
    assert_eq!(prompts, expected.map(|text| vec![PromptPiece::text(text)]));
    assert!(batches[1].queries.iter().all(|query| query.about == [PromptPiece::text(long.as_str())]));
}

#[tokio::test]
async fn a_schema_gives_values_and_an_error_is_raised() {
    let query = |batch: headwater_protocol::repl::QueryBatch| {
        async move {
            let query = batch.queries.first().ok_or("empty")?;
            match query.schema {
                Some(_) => Ok(vec![QueryResult { text: "{\"n\": 3}".into(), ..QueryResult::default() }]),
                None => Err("the budget of 0 calls is used up".to_owned()),
            }
        }
        .boxed()
    };
    let host = Arc::new(Host { query: Box::new(query), ..Host::default() });
    let mut stage = Setting { host, ..Setting::default() }.open().await;
    assert_eq!(stage.show("llm_query('n?', schema={'type': 'object'})['n'] + 1").await, "4");
    assert!(stage.fail("llm_query('x')").await.contains("the budget of 0 calls is used up"));
    assert_eq!(
        stage.show("try:\n    sub_llm('x')\nexcept CallError as e:\n    r = 'caught'\nr").await,
        "'caught'"
    );
}

#[tokio::test]
async fn tools_plans_and_helpers_reach_the_host() {
    let tool = |(name, input): (String, Value)| {
        let is_error = name == "shell";
        async move { Ok(ToolAnswer { text: format!("{name} {input}"), data: json!([1]), is_error }) }.boxed()
    };
    let host = Arc::new(Host { tool: Box::new(tool), ..Host::default() });
    let mut stage = Setting { host, ..Setting::default() }.open().await;
    let table = [
        ("read('a.rs', limit=3)", "'read {\"path\":\"a.rs\",\"limit\":3}'"),
        ("ls().data", "[1]"),
        ("glob('*.rs')", "'glob {\"pattern\":\"*.rs\"}'"),
        ("edit('a', 'b', 'c')", "'edit {\"path\":\"a\",\"old\":\"b\",\"new\":\"c\"}'"),
        ("write('a', context[:3])", "'write {\"path\":\"a\",\"content\":\"The\"}'"),
        ("tool('todos', items=['x'])", "'todos {\"items\":[\"x\"]}'"),
        ("PLAN('aggregate', 'how many?', tau=100).run()", "{'task': 'aggregate'}"),
        ("budget()['calls_left']", "197"),
    ];
    for (code, expected) in table {
        assert_eq!(stage.show(code).await, expected, "{code}");
    }
    assert!(stage.fail("shell('ls')").await.contains("ToolError: shell"));
    let plans = stage.host.plans.lock().unwrap().clone();
    assert_eq!((plans[0].options.clone(), plans[0].is_run), (json!({"tau": 100}), true));
}

#[tokio::test]
async fn combinators_map_by_models_filter_by_code_and_reduce_by_either() {
    let query = |batch: QueryBatch| {
        let answer = |query: &ChildQuery| QueryResult {
            text: format!("{} about {} pieces", query.prompt.len(), query.about.len()),
            ..QueryResult::default()
        };
        let answers = batch.queries.iter().map(answer).collect();
        async move { Ok(answers) }.boxed()
    };
    let host = Arc::new(Host { query: Box::new(query), ..Host::default() });
    let mut stage = Setting { host, ..Setting::default() }.open().await;
    let table = [
        ("[str(r) for r in MAP('what?', ['a', 'b'])]", "['1 about 1 pieces', '1 about 1 pieces']"),
        ("len(MAP('what?', size=10)) == len(chunk(10))", "True"),
        (
            "FILTER('river stones', ['a road', 'the river', 'stones of a river', 'x'], k=2)",
            "['the river', 'stones of a river']",
        ),
        ("FILTER('nothing', ['a', 'b'])", "[]"),
        ("REDUCE(['3 apples', 'no', '-1.5', 2], 'sum')", "3.5"),
        ("REDUCE(['a', 'b', 'a'], 'union')", "['a', 'b']"),
        ("REDUCE(['x', '{\"x\": 2, \"y\": 1}', ['y']], 'counter')", "{'x': 3, 'y': 2}"),
        ("REDUCE(['yes', 'no', ' yes '], 'vote')", "'yes'"),
        ("REDUCE(['a', 'b'])", "'a\\nb'"),
        ("REDUCE([str(n) for n in range(9)], 'one sentence', k=3)", "'1 about 1 pieces'"),
        ("REDUCE([], 'one sentence'), REDUCE([], 'vote')", "('', None)"),
    ];
    for (code, expected) in table {
        assert_eq!(stage.show(code).await, expected, "{code}");
    }
}

#[tokio::test]
async fn waiting_is_not_running() {
    const BLOCK: Duration = Duration::from_secs(3);
    // The answer comes when a block that ran as long would be over.
    let query = |_batch| {
        async {
            tokio::time::timeout(BLOCK * 4 / 3, std::future::pending::<()>()).await.unwrap_err();
            Ok(vec![QueryResult { text: "late".into(), ..QueryResult::default() }])
        }
        .boxed()
    };
    let host = Arc::new(Host { query: Box::new(query), ..Host::default() });
    let limits = headwater_protocol::repl::ReplLimits { block: BLOCK, ..Default::default() };
    let mut stage = Setting { limits, host, ..Setting::default() }.open().await;
    let outcome = stage.run("llm_query('x')").await;
    assert_eq!((&outcome.error, outcome.shown.as_deref()), (&None, Some("'late'")));
    assert!(outcome.waited >= BLOCK && outcome.ran < BLOCK, "{outcome:?}");
}

#[tokio::test]
async fn requests_are_made_again_and_again_without_growing() {
    let mut stage = Stage::new().await;
    assert_eq!(stage.show("sum(len(llm_query(str(i))) for i in range(500))").await, "4000");
    assert_eq!(stage.host.batches.lock().unwrap().len(), 500);
}
