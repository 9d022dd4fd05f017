//! The grammar, case by case.

use serde_json::Value;

use super::parser::{Dialect, dialect, parse};
use super::syntax::{Act, Base, Expression, Question, Step, Term};

/// A block as it was understood: a directive a line, names bare, constants as JSON.
fn understood(code: &str) -> String {
    match parse(code) {
        Ok(directives) => directives.iter().map(|it| act(&it.act)).collect::<Vec<_>>().join("\n"),
        Err(mistake) => format!("line {}: {}", mistake.line, mistake.message),
    }
}

fn act(act: &Act) -> String {
    match act {
        Act::Let { name, value } => format!("let {name} {}", expression(value)),
        Act::Js { name, code } => {
            format!("js {name} {}", Value::from(code.resolved.as_str()))
        }
        Act::Query { name, kind, question: asked } => format!("{kind:?} {name} {}", question(asked)),
        Act::Batch { name, kind, questions } => {
            let all: Vec<String> = questions.iter().map(question).collect();
            format!("{kind:?}s {name} {}", all.join(" | "))
        }
        Act::Plan { name, task, question: asked } => format!("plan {name} {task} {}", question(asked)),
        Act::Tool { name, tool, input } => format!("tool {name} {tool} {}", expression(input)),
        Act::Final(value) => format!("final {}", expression(value)),
        Act::FinalVar(name) => format!("final_var {name}"),
    }
}

fn question(question: &Question) -> String {
    let over = question.over.as_ref().map(|over| format!(" over {}", expression(over)));
    format!("{}{}", expression(&question.words), over.unwrap_or_default())
}

fn expression(terms: &Expression) -> String {
    terms.iter().map(term).collect::<Vec<_>>().join(" + ")
}

fn term(term: &Term) -> String {
    let base = match &term.base {
        Base::Constant(value) => value.to_string(),
        Base::Name(name) => name.clone(),
    };
    let end = |end: &Option<i64>| end.map(|end| end.to_string()).unwrap_or_default();
    let step = |step: &Step| match step {
        Step::At(at) => format!("[{at}]"),
        Step::Key(key) => format!("[{key:?}]"),
        Step::Range(from, to) => format!("[{}:{}]", end(from), end(to)),
    };
    format!("{base}{}", term.steps.iter().map(step).collect::<String>())
}

/// A name, a block, and what is understood of it.
const BLOCKS: &[(&str, &str, &str)] = &[
    ("a text", r#"let a = "x""#, r#"let a "x""#),
    ("escapes", r#"let a = "q\"q \n \t \\ \u00fc \d""#, r#"let a "q\"q \n \t \\ ü \\d""#),
    ("single quotes", "let a = 'it\\'s \"so\"'", r#"let a "it's \"so\"""#),
    ("long quotes are verbatim", "let a = \"\"\"x \\n\n\"y\" \"\"\"", r#"let a "x \\n\n\"y\" ""#),
    ("backticks are verbatim", "js a = `context.split('\\n')`", r#"js a "context.split('\\n')""#),
    (
        "numbers and words",
        "let a = -1.5e3\nlet b = true\nlet c = None",
        "let a -1500.0\nlet b true\nlet c null",
    ),
    ("joined", "let a = \"x\" + b + 3", "let a \"x\" + b + 3"),
    ("joined over lines", "let a = \"x\" +\n    b", "let a \"x\" + b"),
    (
        "brackets",
        r#"let a = context[0:5] + b[-1]["k"][:] + c[ 2 : ]"#,
        r#"let a context[0:5] + b[-1]["k"][:] + c[2:]"#,
    ),
    ("a question", "llm_query a = \"how many? \" + context", "Llm a \"how many? \" + context"),
    (
        "a question over a text",
        "rlm_query a = \"why?\" over context[0:9]",
        "Rlm a \"why?\" over context[0:9]",
    ),
    ("over as a name", "llm_query a = overall", "Llm a overall"),
    ("a batch", "llm_query_batched a = \"x\" | b | c + \"y\"", "Llms a \"x\" | b | c + \"y\""),
    (
        "a batch over lines",
        "rlm_query_batched a = \"x\" over b\n  | \"y\" over c\n  | d",
        "Rlms a \"x\" over b | \"y\" over c | d",
    ),
    ("a plan", "plan total = aggregate \"how many errors?\"", "plan total aggregate \"how many errors?\""),
    ("a plan over a text", "plan t = search 'x' over part", "plan t search \"x\" over part"),
    ("a tool", "tool out = write args", "tool out write args"),
    ("an answer", "FINAL(\"a (b) \" + c)", "final \"a (b) \" + c"),
    ("an answer over lines", "FINAL(\n  a +\n  b\n)", "final a + b"),
    ("a variable as the answer", "FINAL_VAR(a)\nFINAL_VAR(\"b\")", "final_var a\nfinal_var b"),
    (
        "comments and blank lines",
        "# first\n\n// second\n  let a = \"x\" # third\n\nFINAL(a); // fourth\n",
        "let a \"x\"\nfinal a",
    ),
    ("windows line ends", "let a = \"x\"\r\nFINAL(a)\r\n", "let a \"x\"\nfinal a"),
    ("nothing", "\n# only this\n", ""),
    ("no end of a text", "let a = \"x", "line 1: the text that begins with \" has no end"),
    (
        "no value",
        "let a =\nlet b = 1",
        "line 1: a quoted text, a number or the name of a variable is missing",
    ),
    ("no name", "let = 1", "line 1: a name is missing"),
    ("no sign", "let a 1", "line 1: `=` is missing behind `a`"),
    ("a word of blocks", "let context = \"x\"", "line 1: `context` cannot be bound: choose another name"),
    ("something behind", "let a = \"x\" b", "line 1: `b` cannot stand here"),
    ("code without quotes", "js a = 1 + 1", "line 1: the code of `js` stands in quotes: js name = \"…\""),
    (
        "python behind a directive",
        "let a = \"x\"\nprint(a)",
        "line 2: `print(a)` is no directive, and a block is either directives or Python",
    ),
    ("prose as the answer", "FINAL(It is 42)", "line 1: `)` is missing"),
    (
        "a computed place",
        "let a = b[n:n+1]",
        "line 1: brackets hold [a:b], [n] or [\"key\"], with numbers written out",
    ),
    ("no name of a variable", "FINAL_VAR(1)", "line 1: FINAL_VAR takes the name of a variable"),
];

#[test]
fn the_table_of_directives() {
    for (name, code, expected) in BLOCKS {
        assert_eq!(understood(code), *expected, "{name}");
    }
}

#[test]
fn the_blocks_of_the_reference_are_directives() {
    let page = include_str!("../../../../docs/reference/directives.md");
    let blocks: Vec<&str> =
        page.split("```repl\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        assert_eq!(dialect(block), Dialect::Directives);
        parse(block).unwrap();
    }
}

#[test]
fn a_block_is_in_one_dialect() {
    let table = [
        ("let a = \"x\"", Dialect::Directives),
        ("# so\n\n  llm_query a = b", Dialect::Directives),
        ("let a = 'never ends", Dialect::Directives),
        ("FINAL(a)\nlet b = 1", Dialect::Directives),
        ("FINAL(a)", Dialect::Both),
        ("# so\nFINAL_VAR(\"a\")", Dialect::Both),
        ("FINAL(len(a))", Dialect::Python),
        ("x = 1", Dialect::Python),
        ("let = 3", Dialect::Python),
        ("plan == 3", Dialect::Python),
        ("js = 'x'\nFINAL(js)", Dialect::Python),
        ("s = '''\nlet a = \"x\"\n'''", Dialect::Python),
        ("", Dialect::Python),
    ];
    for (code, expected) in table {
        assert_eq!(dialect(code), expected, "{code}");
    }
}

proptest::proptest! {
    #[test]
    fn whatever_is_written_is_read_to_its_end(code in "(let |js |FINAL|\\(|\\)|a|=|\"|'|`|\\\\|\\n|é|\\[|:|\\]|1|\\+|\\||over | )*") {
        understood(&code);
        dialect(&code);
    }
}
