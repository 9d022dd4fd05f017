//! Takes wrappers off: `timeout 5 cmd`, `env X=1 cmd`, `xargs cmd`, `find -exec cmd`, `bash -c '…'`.

use std::path::Path;

use crate::judge::{first_operand, program_name};
use crate::rules::{PLAIN, SHELLS, WRAPPERS, Wrapper};

use super::script::{MAX_NESTING, Start, read_nested};
use super::simple::{Assignment, Simple, Stdin};
use super::unit::{Unit, units};
use super::word::Word;

/// More layers than this are not looked through.
const MAX_LAYERS: usize = 8;

/// Adds the unit of this command and those of the commands it runs.
pub(super) fn unwrap(
    simple: Simple,
    home: Option<&Path>,
    found: &mut Vec<Unit>,
    problem: &mut Option<String>,
) {
    let mut unit = Unit { layers: vec![simple.words.clone()], simple, problem: None };
    while let Some(wrapper) = wrapper_of(unit.words()) {
        if unit.layers.len() > MAX_LAYERS {
            unit.problem = Some("too many commands are wrapped in one another".to_owned());
            break;
        }
        match peel(wrapper, &mut unit) {
            Ok(Some(inner)) => unit.layers.push(inner),
            Ok(None) => break,
            Err(reason) => {
                unit.problem = Some(reason);
                break;
            }
        }
    }
    if program_name(unit.words()) == "find" {
        find_exec(&unit, home, found, problem);
    }
    nested_script(&mut unit, home, found, problem);
    found.push(unit);
}

fn wrapper_of(words: &[Word]) -> Option<&'static Wrapper> {
    let program = program_name(words);
    let fits = |wrapper: &&Wrapper| wrapper.name.1.is_none() || subcommand(wrapper, words).is_some();
    WRAPPERS.iter().filter(|wrapper| wrapper.name.0 == program).find(fits)
}

/// Where the sub-command that makes a wrapper of a program stands behind its name.
fn subcommand(wrapper: &Wrapper, words: &[Word]) -> Option<usize> {
    let behind = words.get(1..).unwrap_or_default();
    let position = first_operand(behind, wrapper.valued)?;
    let name = behind.get(position).map(|word| word.text.as_str());
    (wrapper.name.1.is_some() && name == wrapper.name.1).then_some(position)
}

/// Whether a layer runs what is inside of it with the tools of the project: `npm exec`, `uv run`.
pub(crate) fn is_runner(layer: &[Word]) -> bool {
    wrapper_of(layer).is_some_and(|wrapper| wrapper.name.1.is_some())
}

/// The command inside of a wrapper; `None` when there is none.
fn peel(wrapper: &Wrapper, unit: &mut Unit) -> Result<Option<Vec<Word>>, String> {
    let name = wrapper.name.0;
    let start = subcommand(wrapper, unit.words()).map_or(1, |position| position + 2);
    let mut words = unit.words().iter().skip(start).peekable();
    let mut assignments = Vec::new();
    let mut operands = wrapper.operands;
    while let Some(word) = words.peek() {
        if word.starts_dynamic {
            return Err(format!("what {name} runs is only known when it runs"));
        }
        if word.text == "--" {
            words.next();
            break;
        }
        if is_query(name, &word.text) {
            return Ok(None);
        }
        if wrapper.opaque.iter().any(|flag| is_flag(&word.text, flag)) || !is_known(wrapper, word) {
            return Err(format!("{name} {} is not looked through", word.text));
        }
        if word.is_option() {
            let takes_value = takes_value(&word.text, wrapper.valued);
            words.next();
            if takes_value {
                words.next();
            }
        } else if let Some((variable, value)) =
            word.text.split_once('=').filter(|_| matches!(name, "env" | "sudo" | "time"))
        {
            let value = Word { text: value.to_owned(), ..(*word).clone() };
            assignments.push(Assignment { name: variable.to_owned(), value });
            words.next();
        } else if matches!((name, word.text.as_str()), ("time", "!") | ("env", "-")) {
            words.next();
        } else if operands > 0 {
            operands -= 1;
            words.next();
        } else {
            break;
        }
    }
    let mut inner: Vec<Word> = words.cloned().collect();
    unit.simple.assignments.extend(assignments);
    if name == "xargs" && !inner.is_empty() {
        fill_in(&mut inner, unit.words());
        unit.simple.stdin = Stdin::Inherited;
    }
    Ok((!inner.is_empty()).then_some(inner))
}

/// Whether it is certain what follows a runner's option.
fn is_known(wrapper: &Wrapper, word: &Word) -> bool {
    let text = word.text.as_str();
    let has_value = text.starts_with("--") && text.contains('=');
    let is_glued = |valued: &&str| valued.len() == 2 && text.starts_with(valued);
    wrapper.name.1.is_none()
        || !word.is_option()
        || has_value
        || PLAIN.contains(&text)
        || wrapper.valued.contains(&text)
        || wrapper.valued.iter().any(is_glued)
}

/// Whether an option's value is the next word: of `-0I` it is, of `-I%` it is not.
fn takes_value(option: &str, valued: &[&str]) -> bool {
    let is_valued = |letter: char| valued.contains(&format!("-{letter}").as_str());
    match option.strip_prefix('-').filter(|letters| !letters.starts_with('-')) {
        Some(letters) => letters.find(is_valued).is_some_and(|at| letters.len() == at + 1),
        None => valued.contains(&option),
    }
}

/// What `xargs` reads stands behind the command, and in place of the mark that `-I` names.
fn fill_in(inner: &mut Vec<Word>, outer: &[Word]) {
    let options = outer.get(1..outer.len().saturating_sub(inner.len())).unwrap_or_default();
    let mut marks = vec!["{}"];
    let mut options = options.iter().map(|word| word.text.as_str()).peekable();
    while let Some(option) = options.next() {
        let letters = option.strip_prefix('-').filter(|letters| !letters.starts_with('-'));
        let short = letters.and_then(|letters| letters.split_once(['I', 'J', 'i'])).map(|(_, mark)| mark);
        let mark = option.strip_prefix("--replace=").or(short);
        marks.extend(mark.filter(|mark| !mark.is_empty()).or(mark.and(options.peek().copied())));
    }
    for word in inner.iter_mut().filter(|word| marks.iter().any(|mark| word.text.contains(mark))) {
        *word = Word::unknown(word.text.clone());
    }
    inner.push(Word::unknown("{}"));
}

fn is_flag(word: &str, flag: &str) -> bool {
    word == flag
        || (flag.starts_with("--")
            && word.starts_with("--")
            && word.len() > 2
            && flag.starts_with(before_equals(word)))
        || (flag.len() == 2 && !word.starts_with("--") && word.starts_with(flag))
}

fn before_equals(word: &str) -> &str {
    word.split('=').next().unwrap_or(word)
}

/// `command -v ls` looks a program up; `sudo -l` and `sudo -k` run nothing.
fn is_query(name: &str, option: &str) -> bool {
    name == "command" && matches!(option, "-v" | "-V")
}

/// The commands which `find` runs, with `{}` standing for anything below its starting points.
fn find_exec(unit: &Unit, home: Option<&Path>, found: &mut Vec<Unit>, problem: &mut Option<String>) {
    let words = unit.words();
    let starts: Vec<&Word> = words
        .iter()
        .skip(1)
        .take_while(|word| !word.is_option() && !matches!(word.text.as_str(), "(" | "!"))
        .collect();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if !matches!(word.text.as_str(), "-exec" | "-execdir" | "-ok" | "-okdir") {
            continue;
        }
        let command = rest.by_ref().take_while(|word| !matches!(word.text.as_str(), ";" | "+"));
        let command: Vec<Word> = command.flat_map(|word| placed(word, &starts)).collect();
        let simple = Simple {
            words: command,
            assignments: Vec::new(),
            redirects: Vec::new(),
            stdin: Stdin::Inherited,
            fed: None,
            ..unit.simple.clone()
        };
        unwrap(simple, home, found, problem);
    }
}

fn placed(word: &Word, starts: &[&Word]) -> Vec<Word> {
    match (word.text.as_str(), starts) {
        ("{}", []) => vec![Word::below(&Word::literal("."))],
        ("{}", starts) => starts.iter().map(|start| Word::below(start)).collect(),
        (text, _) if text.contains("{}") => vec![Word::unknown(text)],
        _ => vec![word.clone()],
    }
}

/// The script of `bash -c '…'`, read as one of its own.
fn nested_script(unit: &mut Unit, home: Option<&Path>, found: &mut Vec<Unit>, problem: &mut Option<String>) {
    let Some(code) = code_of(unit.words()) else { return };
    if code.is_dynamic || code.text.contains("{}") {
        unit.problem = Some("the script it runs is only known when it runs".to_owned());
        return;
    }
    let nesting = unit.simple.nesting + 1;
    if nesting > MAX_NESTING {
        unit.problem = Some("scripts are nested too deeply".to_owned());
        return;
    }
    let start = Start { home, directories: &unit.simple.directories, nesting };
    let (mut inner, inner_problem) = units(read_nested(&code.text, &start), home);
    for nested in &mut inner {
        if nested.simple.stdin == Stdin::Inherited {
            nested.simple.stdin = unit.simple.stdin;
        }
        nested.simple.functions.extend(unit.simple.functions.iter().cloned());
    }
    found.extend(inner);
    if let Some(reason) = inner_problem {
        problem.get_or_insert(reason);
    }
}

/// The word after `-c` of a shell, also in a cluster such as `-lc`.
pub(crate) fn code_of(words: &[Word]) -> Option<&Word> {
    if !SHELLS.contains(&program_name(words)) {
        return None;
    }
    let mut rest = words.iter().skip(1);
    let mut has_code = false;
    while let Some(word) = rest.next() {
        if word.starts_dynamic {
            return Some(word);
        }
        if matches!(word.text.as_str(), "-" | "--") {
            return rest.next().filter(|_| has_code);
        }
        if !(word.is_option() || word.text.starts_with('+')) {
            return has_code.then_some(word);
        }
        has_code |= !word.text.starts_with("--") && word.text.contains('c');
        let takes_value = !word.text.starts_with("--") && word.text.ends_with(['o', 'O']);
        if takes_value || matches!(word.text.as_str(), "--rcfile" | "--init-file") {
            rest.next();
        }
    }
    None
}
