//! The grammar of directives, one a line; a quoted text may run over several lines.
//!
//! ```text
//! let NAME = EXPR                        js NAME = "code"
//! llm_query NAME = ASK                   rlm_query NAME = ASK
//! llm_query_batched NAME = ASK | ASK…    rlm_query_batched NAME = ASK | ASK…
//! plan NAME = TASK ASK                   tool NAME = TOOL EXPR
//! FINAL(EXPR)                            FINAL_VAR(NAME)
//! ASK  = EXPR, or EXPR over EXPR
//! EXPR = TERM, or TERM + TERM…
//! TERM = "text", a number, true, false, null, or NAME with [a:b], [n], ["key"] behind it
//! ```

use headwater_protocol::repl::ChildKind;
use serde_json::Value;

use super::scanner::Scanner;
use super::syntax::{Act, Base, Directive, Expression, Mistake, Question, Step, Term};

/// The words that bind a name.
const BINDING: [&str; 8] =
    ["let", "js", "llm_query", "rlm_query", "llm_query_batched", "rlm_query_batched", "plan", "tool"];

/// Names that mean something in blocks and cannot be bound.
const TAKEN: [&str; 14] = [
    "context",
    "_out",
    "llm_query",
    "llm_query_batched",
    "rlm_query",
    "rlm_query_batched",
    "sub_llm",
    "sub_query",
    "llm_batch",
    "FINAL",
    "FINAL_VAR",
    "SUBMIT",
    "finalize",
    "over",
];

/// In which language a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Its first line binds a name as no Python does.
    Directives,
    /// Only `FINAL(…)` and `FINAL_VAR(…)`, which both have.
    Both,
    /// Anything else.
    Python,
}

/// In which language `code` is.
pub(crate) fn dialect(code: &str) -> Dialect {
    let mut scanner = Scanner::new(code);
    scanner.pass_lines();
    if begins_binding(scanner.rest()) {
        return Dialect::Directives;
    }
    match parse(code) {
        Ok(directives) if directives.is_empty() => Dialect::Python,
        Ok(directives) if directives.iter().any(|directive| directive.act.binds().is_some()) => {
            Dialect::Directives
        }
        Ok(_) => Dialect::Both,
        Err(_) => Dialect::Python,
    }
}

/// Whether a line begins like a directive that binds a name.
pub(crate) fn begins_binding(line: &str) -> bool {
    let mut scanner = Scanner::new(line);
    scanner.pass_blanks(false);
    let is_word = scanner.name().is_some_and(|word| BINDING.contains(&word));
    scanner.pass_blanks(false);
    is_word && scanner.name().is_some() && {
        scanner.pass_blanks(false);
        scanner.take("=") && !scanner.take("=")
    }
}

/// The directives of a block, all of them.
pub(crate) fn parse(code: &str) -> Result<Vec<Directive>, Mistake> {
    let mut scanner = Scanner::new(code);
    let mut directives = Vec::new();
    loop {
        scanner.pass_lines();
        if scanner.rest().is_empty() {
            return Ok(directives);
        }
        let line = scanner.line();
        let act = directive(&mut scanner)?;
        scanner.pass_end()?;
        directives.push(Directive { line, act });
    }
}

fn directive(scanner: &mut Scanner<'_>) -> Result<Act, Mistake> {
    let start: String = scanner.rest().lines().next().unwrap_or_default().chars().take(40).collect();
    let Some(word) = scanner.name() else { return no_directive(scanner, &start) };
    match word {
        "FINAL" => Ok(Act::Final(in_parentheses(scanner, |scanner| expression(scanner, true))?)),
        "FINAL_VAR" => Ok(Act::FinalVar(in_parentheses(scanner, variable)?)),
        "let" => Ok(Act::Let { name: bound(scanner)?, value: expression(scanner, false)? }),
        "js" => {
            let name = bound(scanner)?;
            let Some(code) = scanner.quoted()? else {
                return scanner.mistake("the code of `js` stands in quotes: js name = \"…\"");
            };
            Ok(Act::Js { name, code: code.into() })
        }
        "llm_query" | "rlm_query" => {
            Ok(Act::Query { name: bound(scanner)?, kind: kind(word), question: question(scanner)? })
        }
        "llm_query_batched" | "rlm_query_batched" => {
            Ok(Act::Batch { name: bound(scanner)?, kind: kind(word), questions: questions(scanner)? })
        }
        "plan" => {
            let name = bound(scanner)?;
            let Some(task) = scanner.name() else {
                return scanner.mistake("a plan begins with its task: plan name = aggregate \"question\"");
            };
            scanner.pass_blanks(false);
            Ok(Act::Plan { name, task: task.to_owned(), question: question(scanner)? })
        }
        "tool" => {
            let name = bound(scanner)?;
            let Some(tool) = scanner.name() else {
                return scanner.mistake("the name of a tool is missing: tool name = read input");
            };
            scanner.pass_blanks(false);
            Ok(Act::Tool { name, tool: tool.to_owned(), input: expression(scanner, false)? })
        }
        _ => no_directive(scanner, &start),
    }
}

fn no_directive<T>(scanner: &Scanner<'_>, start: &str) -> Result<T, Mistake> {
    scanner.mistake(format!("`{}` is no directive, and a block is either directives or Python", start.trim()))
}

fn kind(word: &str) -> ChildKind {
    if word.starts_with("rlm") { ChildKind::Rlm } else { ChildKind::Llm }
}

/// The name that is bound, and the sign behind it.
fn bound(scanner: &mut Scanner<'_>) -> Result<String, Mistake> {
    scanner.pass_blanks(false);
    let Some(name) = scanner.name() else { return scanner.mistake("a name is missing") };
    if TAKEN.contains(&name) || name.starts_with("__") {
        return scanner.mistake(format!("`{name}` cannot be bound: choose another name"));
    }
    scanner.pass_blanks(false);
    if !scanner.take("=") {
        return scanner.mistake(format!("`=` is missing behind `{name}`"));
    }
    scanner.pass_blanks(false);
    Ok(name.to_owned())
}

fn questions(scanner: &mut Scanner<'_>) -> Result<Vec<Question>, Mistake> {
    let mut questions = vec![question(scanner)?];
    loop {
        scanner.pass_blanks(false);
        // A list may go on in lines that begin with the sign.
        let rest = scanner.rest().trim_start();
        if !rest.starts_with('|') {
            return Ok(questions);
        }
        scanner.pass_blanks(true);
        scanner.take("|");
        scanner.pass_blanks(true);
        questions.push(question(scanner)?);
    }
}

fn question(scanner: &mut Scanner<'_>) -> Result<Question, Mistake> {
    let words = expression(scanner, false)?;
    scanner.pass_blanks(false);
    let is_over = scanner.rest().strip_prefix("over").is_some_and(|rest| rest.starts_with([' ', '\t']));
    if !is_over {
        return Ok(Question { words, over: None });
    }
    scanner.take("over");
    scanner.pass_blanks(false);
    Ok(Question { words, over: Some(expression(scanner, false)?) })
}

fn expression(scanner: &mut Scanner<'_>, is_bracketed: bool) -> Result<Expression, Mistake> {
    let mut terms = vec![term(scanner)?];
    loop {
        scanner.pass_blanks(is_bracketed);
        if !scanner.take("+") {
            return Ok(terms);
        }
        scanner.pass_blanks(true);
        terms.push(term(scanner)?);
    }
}

fn term(scanner: &mut Scanner<'_>) -> Result<Term, Mistake> {
    if let Some(quoted) = scanner.quoted()? {
        return Ok(Term { base: Base::Constant(Value::String(quoted.resolved)), steps: Vec::new() });
    }
    if let Some(number) = scanner.number() {
        return Ok(Term { base: Base::Constant(number), steps: Vec::new() });
    }
    let Some(name) = scanner.name() else {
        return scanner.mistake("a quoted text, a number or the name of a variable is missing");
    };
    let base = match name {
        "true" | "True" => Base::Constant(Value::Bool(true)),
        "false" | "False" => Base::Constant(Value::Bool(false)),
        "null" | "None" => Base::Constant(Value::Null),
        _ => Base::Name(name.to_owned()),
    };
    let mut steps = Vec::new();
    while scanner.take("[") {
        steps.push(step(scanner)?);
    }
    Ok(Term { base, steps })
}

fn step(scanner: &mut Scanner<'_>) -> Result<Step, Mistake> {
    scanner.pass_blanks(true);
    let step = if let Some(key) = scanner.quoted()? {
        Step::Key(key.resolved)
    } else {
        let start = scanner.whole();
        scanner.pass_blanks(true);
        if scanner.take(":") {
            scanner.pass_blanks(true);
            Step::Range(start, scanner.whole())
        } else if let Some(at) = start {
            Step::At(at)
        } else {
            return scanner.mistake("brackets hold [a:b], [n] or [\"key\"], with numbers written out");
        }
    };
    scanner.pass_blanks(true);
    if scanner.take("]") { Ok(step) } else { scanner.mistake("`]` is missing") }
}

fn variable(scanner: &mut Scanner<'_>) -> Result<String, Mistake> {
    let name = match scanner.quoted()? {
        Some(quoted) => Some(quoted.resolved),
        None => scanner.name().map(str::to_owned),
    };
    match name {
        Some(name) => Ok(name),
        None => scanner.mistake("FINAL_VAR takes the name of a variable"),
    }
}

fn in_parentheses<T>(
    scanner: &mut Scanner<'_>,
    inside: impl FnOnce(&mut Scanner<'_>) -> Result<T, Mistake>,
) -> Result<T, Mistake> {
    scanner.pass_blanks(false);
    if !scanner.take("(") {
        return scanner.mistake("`(` is missing");
    }
    scanner.pass_blanks(true);
    let found = inside(scanner)?;
    scanner.pass_blanks(true);
    if scanner.take(")") { Ok(found) } else { scanner.mistake("`)` is missing") }
}
