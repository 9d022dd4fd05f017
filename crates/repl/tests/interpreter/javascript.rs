//! JavaScript of directives: what it computes, that it computes it again, and that it cannot break out, hang or swell.

use std::time::{Duration, Instant};

use headwater_protocol::cancel::Cancel;
use headwater_protocol::repl::{CellOutcome, ReplLimits};
use serde_json::{Value, json};

use crate::stage::{Setting, Stage, text};

async fn open(limit: Duration) -> Stage {
    let limits = ReplLimits { block: limit, ..ReplLimits::default() };
    Setting { limits, ..Setting::default() }.open_without_python().await
}

/// Runs code as a directive that binds `r`. Long quotes, so that it stands there as it is.
async fn run(stage: &mut Stage, code: &str) -> CellOutcome {
    stage.run(&format!("js r = \"\"\"{code}\"\"\"")).await
}

async fn result(stage: &mut Stage, code: &str) -> Value {
    let outcome = run(stage, code).await;
    assert_eq!(outcome.error, None, "{code}");
    stage.interpreter.value("r".to_owned()).await.unwrap().unwrap()
}

#[tokio::test]
async fn the_table_of_values() {
    let mut stage = open(Duration::from_mins(1)).await;
    stage.run("let word = \"river\"\njs numbers = \"[3, 1, 2]\"").await;
    let table = [
        ("1 + 1", json!(2)),
        ("0.5", json!(0.5)),
        ("const a = 2; a * 21", json!(42)),
        ("let n = 0; for (const x of numbers) n += x; n", json!(6)),
        ("if (numbers.length > 2) { return 'many'; }\nreturn 'few';", json!("many")),
        ("x = 5; x", json!(5)),
        ("word.toUpperCase() + context.split('\\n').length", json!("RIVER3")),
        ("context.match(/r\\w+/)[0]", json!("river")),
        ("undefined", Value::Null),
        ("(function () {})", Value::Null),
        ("new Map([['a', new Set([1])]])", json!({"a": [1]})),
        ("10n ** 20n", json!("100000000000000000000")),
        ("({big: 7n, nan: 0 / 0})", json!({"big": 7, "nan": null})),
        ("'😀'.slice(0, 1)", json!("\u{fffd}")),
        ("Promise.resolve(4).then(n => n + 1)", json!(5)),
        ("(async () => { let n = 0; for (let i = 0; i < 3; i++) n += await i; return n })()", json!(3)),
        ("JSON.parse('{\"k\": [1, 2]}').k", json!([1, 2])),
        ("peek(0, 3) + peek(-5)", json!("Theows.\n")),
        ("typeof llm_query + typeof require + typeof fetch + typeof process", json!("undefined".repeat(4))),
    ];
    for (code, expected) in table {
        assert_eq!(result(&mut stage, code).await, expected, "{code}");
    }
}

#[tokio::test]
async fn quotes_are_read_as_they_were_meant() {
    let mut stage = open(Duration::from_mins(1)).await;
    let table = [
        ("js r = \"context.split('\\n').length\"", json!(3)),
        ("js r = \"context.split(\\\"\\\\n\\\").length\"", json!(3)),
        ("js r = 'const a = 1;\\nreturn a'", json!(1)),
        ("js r = \"/\\d+/.test('a1')\"", json!(true)),
        ("js r = `'a\\tb'.length`", json!(3)),
    ];
    for (code, expected) in table {
        let outcome = stage.run(code).await;
        assert_eq!(outcome.error, None, "{code}");
        assert_eq!(stage.interpreter.value("r".to_owned()).await.unwrap(), Some(expected), "{code}");
    }
}

#[tokio::test]
async fn what_it_prints_is_shown() {
    let mut stage = open(Duration::from_mins(1)).await;
    let outcome = run(&mut stage, "console.log('a', 1, {b: [2]}); print(undefined); 3").await;
    assert_eq!(outcome.stdout, "a 1 {\"b\":[2]}\nundefined\nr = 3\n");
    let outcome = run(&mut stage, "for (let i = 0; i < 20000; i++) print('x'.repeat(99)); 1").await;
    assert_eq!(outcome.stdout_bytes, 20_000 * 100 + 6);
    assert!(outcome.stdout.len() < 9_000 && outcome.stdout.contains("characters left out"));
}

#[tokio::test]
async fn the_same_code_gives_the_same_values() {
    let code = "[Math.random(), Math.random(), Date.now(), new Date().getTime(), String(new Date(0)), \
                new Date(2024, 4, 1, 12).toISOString(), new Date('2024-05-01T12:00').toISOString(), \
                new Date('2024-05-01T12:00+02:00').getHours(), new Date('May 1, 2024 12:00').toString(), \
                new Date(0).getTimezoneOffset(), new Date(new Date(5)).getTime(), typeof performance, typeof WeakRef]";
    let mut first = open(Duration::from_mins(1)).await;
    let mut second = open(Duration::from_mins(1)).await;
    let values = result(&mut first, code).await;
    assert_eq!(values, result(&mut second, code).await);
    let expected = json!([
        0,
        0,
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "2024-05-01T12:00:00.000Z",
        "2024-05-01T12:00:00.000Z",
        10,
        "Wed, 01 May 2024 12:00:00 GMT",
        0,
        5,
        "undefined",
        "undefined"
    ]);
    assert_eq!(Value::Array(values.as_array().unwrap()[2..].to_vec()), expected);
    assert_ne!(values[0], values[1]);
    assert_ne!(values[0], result(&mut first, code).await[0], "another directive draws other numbers");
}

#[tokio::test]
async fn a_large_context_is_read_in_parts() {
    let body = "Fluß 😀 line\n".repeat(1_400_000);
    assert!(body.len() > 16 << 20);
    let setting = Setting { corpus: text(&body), ..Setting::default() };
    let mut stage = setting.open_without_python().await;
    let code = "[context.length, context.slice(5, 6), context.slice(-5), context.substring(3, 0), peek(24, 28), typeof context]";
    let expected = json!([body.chars().count(), "😀", "line\n", "Flu", "Fluß", "object"]);
    assert_eq!(result(&mut stage, code).await, expected);
    let error = run(&mut stage, "context + ''").await.error.unwrap();
    assert!(error.message.contains("read parts: slice(start, end)"), "{}", error.message);
    let error = stage.run("let all = context").await.error.unwrap();
    assert!(error.message.contains("at most 16 MB"), "{}", error.message);
}

/// What must come of an attack.
#[derive(Clone, Copy)]
enum End {
    /// An error with these words.
    Error(&'static str),
    /// A value, as JSON.
    Is(&'static str),
}
use End::{Error, Is};

const LATE: &str = "stopped after 0.5 s, the most a block may run";

/// A name, code, and what must come of it.
const ATTACKS: &[(&str, &str, End)] = &[
    ("endless loop", "while (true) {}", Error(LATE)),
    (
        "deep recursion",
        "(function f() { return f() + 1 })()",
        Error("RangeError: Maximum call stack size exceeded"),
    ),
    ("memory", "const a = []; while (true) a.push(new Array(1000).fill(a.length))", Error("out of memory")),
    ("a huge text", "'x'.repeat(1 << 28).length + 'y'.padStart(1 << 29).length", Error("out of memory")),
    ("a text that doubles", "let s = 'ab'; while (true) s += s", Error("")),
    ("a pattern that backtracks", "/^(a+)+$/.test('a'.repeat(40) + 'b')", Error(LATE)),
    (
        "polluted prototypes",
        "Object.prototype.evil = 1; Array.prototype.map = () => 'evil'; JSON.stringify = null; 1",
        Is("1"),
    ),
    (
        "nothing of that is left",
        "[({}).evil, [1].map(n => n), typeof JSON.stringify]",
        Is(r#"[null,[1],"function"]"#),
    ),
    (
        "eval and Function",
        "[eval('1 + 1'), new Function('return typeof process')(), (0, eval)('typeof require')]",
        Is(r#"[2,"undefined","undefined"]"#),
    ),
    (
        "waiting for memory",
        "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
        Error("ReferenceError: Atomics is not defined"),
    ),
    (
        "a proxy without end",
        "const p = new Proxy({}, {get: () => p, has: () => true}); for (let q = p; ; q = q.x) {}",
        Error(LATE),
    ),
    (
        "a proxy that pretends to be long",
        "new Proxy([], {get: (t, k) => k === 'length' ? 2 ** 53 - 1 : t[k]}).indexOf(1)",
        Error(LATE),
    ),
    ("a generator without end", "function* g() { while (true) yield 1 } [...g()]", Error("out of memory")),
    (
        "a generator that nobody keeps",
        "function* g() { while (true) yield 1 } for (const x of g()) {}",
        Error(LATE),
    ),
    ("import", "import('os').then(m => 'got it')", Error("")),
    ("import of a file", "import('/etc/passwd')", Error("")),
    ("no WebAssembly", "typeof WebAssembly", Is(r#""undefined""#)),
    ("a chain of promises", "const f = () => Promise.resolve().then(f); f()", Error("out of memory")),
    ("promises one after the other", "(async () => { while (true) await 0 })()", Error(LATE)),
    ("a promise that nothing keeps", "new Promise(() => {})", Error("nothing keeps")),
    ("a text with a trap", "({toString() { while (true) {} }}) + ''", Error(LATE)),
    ("an error with a trap", "throw {get message() { while (true) {} }, name: 'x'}", Error("")),
    ("a value with a trap", "({toJSON() { while (true) {} }})", Error(LATE)),
    ("a value with a getter", "({get a() { while (true) {} }})", Error(LATE)),
    ("a value in itself", "const a = {}; a.a = a; a", Error("TypeError: ")),
    ("a deep value", "let a = []; for (let i = 0; i < 100000; i++) a = [a]; a", Error("")),
    ("many values", "new Array(2000000).fill(0)", Error("a million values")),
    ("a long value", "'x'.repeat(20000000)", Error("at most 16 MB")),
    ("a deep text of JSON", "JSON.parse('['.repeat(1000000))", Error("")),
    ("a sparse array", "new Array(2 ** 32 - 1).indexOf(1)", Error(LATE)),
    ("a catcher", "while (true) { try { while (true) {} } catch (e) {} finally { continue } }", Error(LATE)),
    ("a sort without end", "[3, 2, 1].sort(() => { while (true) {} })", Error(LATE)),
    ("a number without end", "let n = 2n; while (true) n = n * n", Error("")),
];

#[tokio::test]
async fn attacks_end_cleanly() {
    let mut hasty = open(Duration::from_millis(500)).await;
    let mut patient = open(Duration::from_mins(5)).await;
    for (name, code, end) in ATTACKS {
        let stage = if matches!(end, Error(LATE)) { &mut hasty } else { &mut patient };
        let outcome = run(stage, code).await;
        match (end, outcome.error) {
            (Error(words), Some(error)) => {
                assert!(error.message.contains(words), "{name}: {}", error.message);
            }
            (Is(value), None) => {
                let found = stage.interpreter.value("r".to_owned()).await.unwrap();
                assert_eq!(found.unwrap().to_string(), *value, "{name}");
            }
            (Error(_) | Is(_), error) => panic!("{name}: {error:?} {}", outcome.stdout),
        }
        assert_eq!(result(&mut patient, "1 + 1").await, json!(2), "after {name}");
    }
}

#[tokio::test]
async fn an_operation_that_looks_at_no_limit_is_left_behind() {
    let mut stage = open(Duration::from_secs(3)).await;
    let began = Instant::now();
    let slow = "'a'.repeat(3000000).indexOf('a'.repeat(1500000) + 'b')";
    let error = run(&mut stage, slow).await.error.unwrap().message;
    assert!(error.contains("does not react") || error.contains("stopped after"), "{error}");
    assert!(began.elapsed() < Duration::from_mins(3), "the block waited for it");
    let error = run(&mut stage, "1").await.error.map(|error| error.message);
    assert!(error.is_none_or(|error| error.contains("does not react")));
    stage.run("let still = \"works\"").await;
    assert_eq!(stage.interpreter.value("still".to_owned()).await.unwrap(), Some(json!("works")));
}

#[tokio::test]
async fn it_is_cancelled_while_it_runs() {
    let mut stage = open(Duration::from_mins(5)).await;
    let cancel = Cancel::new();
    let stop = async {
        tokio::task::yield_now().await;
        cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(stage.run_until("js r = \"while (true) {}\"", cancel.clone()), stop);
    assert!(outcome.error.unwrap().message.starts_with("cancelled\n"));
    assert_eq!(result(&mut stage, "2").await, json!(2));
}
