//! One run of JavaScript in an engine of its own: limits, what it finds, its value.

use std::cell::RefCell;
use std::rc::Rc;

use rquickjs::context::{EvalOptions, intrinsic};
use rquickjs::{Context, Ctx, Function, Object, Runtime, Value};
use serde_json::Value as Json;

use super::errors::raised;
use super::request::{JsEnding, JsOutcome, JsRequest, mentioned};
use super::texts;
use super::thread::Brake;
use crate::directives::syntax::Code;

/// Memory of code beyond what it is given, in bytes.
const MEMORY: usize = 64 << 20;
/// Stack of code, in bytes.
const STACK: usize = 1 << 20;
/// The most that variables may be together, as JSON, in bytes.
pub(in crate::directives) const LARGEST_GIVEN: usize = 16 << 20;
/// The largest value that code may leave, as JSON, in bytes.
const LARGEST_VALUE: usize = 16 << 20;
/// The most values within it; each takes far more memory than it takes text.
const MOST_VALUES: usize = 1_000_000;

/// What code finds of the language: no clock, no references to what is collected at some time.
type Offered = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::Proxy,
    intrinsic::MapSet,
    intrinsic::TypedArrays,
    intrinsic::Promise,
);

/// What code said while it ran.
#[derive(Default)]
struct Said {
    printed: String,
    printed_bytes: u64,
    answer: Option<JsEnding>,
}

/// Runs code; `None` when the brake stopped it.
pub(super) fn evaluate(request: JsRequest, brake: &Brake) -> Option<JsOutcome> {
    let said = Rc::new(RefCell::new(Said::default()));
    let ending = run(request, brake, &said).unwrap_or_else(|error| JsEnding::Failed(error.to_string()));
    let Said { printed, printed_bytes, answer } = said.take();
    // The answer stops the code by its brake.
    match answer {
        Some(ending) => Some(JsOutcome { printed, printed_bytes, ending }),
        None if brake.holds() => None,
        None => Some(JsOutcome { printed, printed_bytes, ending }),
    }
}

fn run(request: JsRequest, brake: &Brake, said: &Rc<RefCell<Said>>) -> rquickjs::Result<JsEnding> {
    let variables = Json::Object(request.variables.clone()).to_string();
    let code = request.code.clone();
    let runtime = Runtime::new()?;
    runtime.set_memory_limit(memory(&request, variables.len()));
    runtime.set_max_stack_size(STACK);
    let interrupt = brake.clone();
    runtime.set_interrupt_handler(Some(Box::new(move || interrupt.holds())));
    let context = Context::custom::<Offered>(&runtime)?;
    context.with(|ctx| {
        let write = match prepare(&ctx, request, variables, (brake, said)) {
            Ok(write) => write,
            Err(_error) => return Ok(JsEnding::Failed(raised(&ctx))),
        };
        let value = match value_of(&ctx, &code) {
            Ok(value) => value,
            Err(message) => return Ok(JsEnding::Failed(message)),
        };
        Ok(match settled(&ctx, value, brake) {
            Ok(value) => conclude(&ctx, &write, value),
            Err(message) => JsEnding::Failed(message),
        })
    })
}

/// The limit: what it is given comes on top, a text at two bytes a character.
fn memory(request: &JsRequest, variables: usize) -> usize {
    let is_used = mentions_context(request) && texts::is_copied(&request.corpus);
    let context = if is_used { request.corpus.bytes() } else { 0 };
    MEMORY.saturating_add(context.saturating_mul(2)).saturating_add(variables.saturating_mul(8))
}

fn mentions_context(request: &JsRequest) -> bool {
    mentioned(&request.code.resolved).contains("context")
}

/// Puts everything into place; returns what writes a value as JSON.
fn prepare<'js>(
    ctx: &Ctx<'js>,
    request: JsRequest,
    variables: String,
    (brake, said): (&Brake, &Rc<RefCell<Said>>),
) -> rquickjs::Result<Function<'js>> {
    let host = Object::new(ctx.clone())?;
    host.set("seed", request.seed)?;
    host.set("variables", variables)?;
    host.set("shape", texts::shape(&request.corpus))?;
    host.set("parts", texts::described(&request.corpus, &request.cache))?;
    host.set("isContextUsed", mentions_context(&request))?;
    host.set("isContextCopied", texts::is_copied(&request.corpus))?;
    offer_words(ctx, &host, (brake, said), request.kept)?;
    let corpus = request.corpus.clone();
    let whole = move |index: String| -> Option<String> {
        corpus.parts.get(index.parse::<usize>().ok()?).map(|part| part.text.as_str().to_owned())
    };
    host.set("whole", Function::new(ctx.clone(), whole)?)?;
    let cut = move |index: String, start: String, end: String| {
        texts::cut(&request.corpus, &request.cache, [&index, &start, &end])
    };
    host.set("cut", Function::new(ctx.clone(), cut)?)?;
    let prelude: Function<'js> = ctx.eval(include_str!("prelude.js"))?;
    prelude.call((host,))
}

/// What code says: words, the answer.
fn offer_words<'js>(
    ctx: &Ctx<'js>,
    host: &Object<'js>,
    (brake, said): (&Brake, &Rc<RefCell<Said>>),
    kept: usize,
) -> rquickjs::Result<()> {
    let hears = Rc::clone(said);
    let print = move |text: String| {
        let mut said = hears.borrow_mut();
        said.printed_bytes = said.printed_bytes.saturating_add(text.len() as u64).saturating_add(1);
        let room = kept.saturating_sub(said.printed.len());
        said.printed.extend(text.chars().take(room));
        said.printed.extend((text.len() < room).then_some('\n'));
    };
    host.set("print", Function::new(ctx.clone(), print)?)?;
    let (hears, stops) = (Rc::clone(said), brake.clone());
    let answer = move |json: String| {
        let ending = read(&json).map_or_else(JsEnding::Failed, JsEnding::Answer);
        hears.borrow_mut().answer.get_or_insert(ending);
        stops.pull();
    };
    host.set("answer", Function::new(ctx.clone(), answer)?)?;
    let (hears, stops) = (Rc::clone(said), brake.clone());
    let answer = move |name: String| {
        hears.borrow_mut().answer.get_or_insert(JsEnding::AnswerVariable(name));
        stops.pull();
    };
    host.set("answerVariable", Function::new(ctx.clone(), answer)?)
}

/// The value of the first reading of the code that is JavaScript. One that is not was not run.
fn value_of<'js>(ctx: &Ctx<'js>, code: &Code) -> Result<Value<'js>, String> {
    let first = value_of_reading(ctx, &code.resolved);
    let is_readable = !first.as_ref().is_err_and(|error| error.starts_with("SyntaxError"));
    if is_readable || code.resolved == code.verbatim {
        return first;
    }
    value_of_reading(ctx, &code.verbatim).or(first)
}

fn value_of_reading<'js>(ctx: &Ctx<'js>, code: &str) -> Result<Value<'js>, String> {
    let result = value_of_script(ctx, code.to_owned());
    if result.as_ref().is_err_and(|error| error.contains("return not in a function")) {
        return value_of_script(ctx, format!("(function () {{{code}\n}})()"));
    }
    result
}

fn value_of_script<'js>(ctx: &Ctx<'js>, code: String) -> Result<Value<'js>, String> {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some("js".to_owned());
    ctx.eval_with_options(code, options).map_err(|_raised| raised(ctx))
}

/// The value that a promise comes to; what waits to be run is run.
fn settled<'js>(ctx: &Ctx<'js>, value: Value<'js>, brake: &Brake) -> Result<Value<'js>, String> {
    while !brake.holds() && ctx.execute_pending_job() {}
    let Some(promise) = value.as_promise() else { return Ok(value) };
    match promise.result::<Value<'js>>() {
        Some(Ok(value)) => Ok(value),
        Some(Err(_raised)) => Err(raised(ctx)),
        None => Err("the code waits for a promise that nothing keeps".to_owned()),
    }
}

fn conclude<'js>(ctx: &Ctx<'js>, write: &Function<'js>, value: Value<'js>) -> JsEnding {
    match write.call::<_, Option<String>>((value,)) {
        Ok(json) => {
            json.map_or(Ok(Json::Null), |json| read(&json)).map_or_else(JsEnding::Failed, JsEnding::Value)
        }
        Err(_raised) => JsEnding::Failed(raised(ctx)),
    }
}

/// A value that code left.
fn read(json: &str) -> Result<Json, String> {
    if json.len() > LARGEST_VALUE || values(json) > MOST_VALUES {
        return Err("the value is too large: at most 16 MB of JSON, and a million values in it".to_owned());
    }
    serde_json::from_str(json).map_err(|error| format!("the value cannot be taken over ({error})"))
}

/// How many values JSON holds, at most.
fn values(json: &str) -> usize {
    let (mut count, mut is_text, mut is_escaped) = (1_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_text,
            b'"' => is_text = !is_text,
            b',' | b'[' | b'{' if !is_text => count = count.saturating_add(1),
            _ => {}
        }
    }
    count
}
