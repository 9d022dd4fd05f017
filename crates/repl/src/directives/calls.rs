//! The directives that ask the host: child models and plans.

use headwater_protocol::card::Tier;
use headwater_protocol::corpus::PromptPiece;
use headwater_protocol::repl::{ChildKind, ChildQuery, PlanRequest, QueryBatch, QueryResult};
use serde_json::Value;

use super::evaluation::{Asked, Reader, text};
use super::place::whole;
use super::references::References;
use super::runner::{Runner, Stop};
use super::syntax::Question;

/// Asks one child; its answer is a text.
pub(super) async fn query(
    runner: &mut Runner<'_>,
    kind: ChildKind,
    question: &Question,
) -> Result<Value, Stop> {
    let asked = read(runner, std::slice::from_ref(question), Way::Alone).await?;
    let results = ask(runner, kind, asked).await?;
    let Some(QueryResult { text, error, .. }) = results.into_iter().next() else {
        return Err(Stop::Failed("there is no answer".to_owned()));
    };
    error.map_or(Ok(Value::String(text)), |error| Err(Stop::Failed(error)))
}

/// Asks many children at once. The answers stand in the order of the questions, `null` where there is none.
pub(super) async fn batch(
    runner: &mut Runner<'_>,
    kind: ChildKind,
    questions: &[Question],
) -> Result<Value, Stop> {
    let asked = read(runner, questions, Way::Each).await?;
    if asked.is_empty() {
        return Ok(Value::Array(Vec::new()));
    }
    let results = ask(runner, kind, asked).await?;
    let failed = results.iter().filter(|result| result.error.is_some()).count();
    if let Some(first) = results.iter().find_map(|result| result.error.as_ref()) {
        runner.hints.push(format!("{failed} of {} questions have no answer (null): {first}", results.len()));
    }
    let answer = |result: QueryResult| result.error.map_or(Value::String(result.text), |_error| Value::Null);
    Ok(Value::Array(results.into_iter().map(answer).collect()))
}

/// Runs a plan; what it found is the value, what it cost is a remark.
pub(super) async fn plan(runner: &mut Runner<'_>, task: &str, question: &Question) -> Result<Value, Stop> {
    let mut asked = read(runner, std::slice::from_ref(question), Way::Alone).await?;
    let Asked { prompt, about } = asked.pop().unwrap_or(Asked { prompt: Vec::new(), about: None });
    let corpus = &runner.tools.desk.corpus;
    let words: Option<Vec<&str>> = prompt.iter().map(|piece| piece.resolve(corpus)).collect();
    let question = words.ok_or_else(|| "that part of the context does not exist".to_owned())?.concat();
    let request = PlanRequest {
        cell: runner.cell,
        is_run: true,
        task: task.to_owned(),
        question,
        over: about.unwrap_or_default(),
        options: Value::Object(serde_json::Map::new()),
    };
    let call = runner.tools.desk.host.plan(request);
    let mut value = runner.wait(call).await?;
    let Some(answer) = value.get_mut("answer").map(Value::take) else { return Ok(value) };
    let told = |name: &str| value.get(name).map(|found| format!("{name} {}", text(found.clone())));
    let told: Vec<String> = ["calls", "failed", "coverage"].into_iter().filter_map(told).collect();
    runner.hints.push(format!("The plan made it with {}.", told.join(", ")));
    Ok(answer)
}

/// Calls a tool; what it says is a text. `ls` is another name of `list`, as in Python.
pub(super) async fn tool(runner: &mut Runner<'_>, tool: &str, input: Value) -> Result<Value, Stop> {
    if !input.is_object() {
        return Err(Stop::Failed(
            "the input of a tool is an object, such as js makes: ({path: 'a.md'})".to_owned(),
        ));
    }
    let name = if tool == "ls" { "list" } else { tool };
    let call = runner.tools.desk.host.tool(name.to_owned(), input);
    let answer = runner.wait(call).await?;
    if answer.is_error { Err(Stop::Failed(answer.text)) } else { Ok(Value::String(answer.text)) }
}

/// How a list in a question is meant.
#[derive(Clone, Copy)]
enum Way {
    /// As a part of the one question.
    Alone,
    /// As a question for each of its items.
    Each,
}

/// The questions as they are asked, what is copied from the context by reference.
async fn read(runner: &mut Runner<'_>, questions: &[Question], way: Way) -> Result<Vec<Asked>, Stop> {
    let expressions: Vec<_> = questions.iter().flat_map(Question::expressions).collect();
    let variables = runner.named(&expressions).await?;
    let (corpus, cache) = (runner.tools.desk.corpus.clone(), std::sync::Arc::clone(&runner.tools.desk.cache));
    let questions = questions.to_vec();
    let work = move || {
        let reader = Reader { corpus: &corpus, cache: &cache, variables: &variables };
        let mut asked = Vec::new();
        for question in &questions {
            match way {
                Way::Alone => asked.push(reader.ask(question)?),
                Way::Each => asked.extend(reader.ask_each(question)?),
            }
        }
        let mut references = References::new(&corpus);
        let mut shorten = |Asked { prompt, about }| Asked {
            prompt: references.shorten(prompt),
            about: about.map(|about| references.shorten(about)),
        };
        Ok(asked.into_iter().map(&mut shorten).collect())
    };
    // It reads the whole context when it looks for copies of it.
    let read: Result<Result<_, String>, _> = tokio::task::spawn_blocking(work).await;
    Ok(read.map_err(|error| error.to_string())??)
}

async fn ask(runner: &mut Runner<'_>, kind: ChildKind, asked: Vec<Asked>) -> Result<Vec<QueryResult>, Stop> {
    let corpus = &runner.tools.desk.corpus;
    // A recursive child that is given no text of its own works on the whole context.
    let all = || -> Vec<PromptPiece> {
        let is_recursive = kind == ChildKind::Rlm;
        corpus.parts.iter().filter(|_| is_recursive).map(whole).collect()
    };
    let tier = if kind == ChildKind::Rlm { Tier::Strong } else { Tier::Cheap };
    let query = |Asked { prompt, about }: Asked| ChildQuery {
        prompt,
        about: about.unwrap_or_else(all),
        tier,
        ..ChildQuery::default()
    };
    let queries: Vec<ChildQuery> = asked.into_iter().map(query).collect();
    let count = queries.len();
    let call = runner.tools.desk.host.query(QueryBatch { cell: runner.cell, kind, queries });
    let results = runner.wait(call).await?;
    for note in results.iter().filter_map(|result| result.note.as_ref()) {
        if !runner.hints.contains(note) {
            runner.hints.push(note.clone());
        }
    }
    if results.len() == count { Ok(results) } else { Err(Stop::Failed("answers are missing".to_owned())) }
}
