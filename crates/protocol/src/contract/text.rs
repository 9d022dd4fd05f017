//! A contract as TOML, which a person writes and edits: reading it with an error that names the line and the nearest
//! key, and writing it.

use super::{ContractDraft, TaskContract};

/// What stands above a contract that is opened in an editor.
const HEAD: &str = "\
# What must hold before \"done\" is believed. Kinds of checks, and what they take:
#   file_exists (path)            command_exit_0 (command)
#   regex_matches (pattern, path) json_schema_valid (schema, path)
#   diff_nonempty (path)          tool_result_passed (tool, command)
#   answer_nonempty
# Without a path, a pattern and a schema are about the answer. A contract
# without outputs asks for nothing.

";

/// Why a text is no contract.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ContractTextError {
    /// The line, from 1; the first where none is known.
    pub line: usize,
    /// One sentence.
    pub message: String,
}

/// Reads a contract.
pub fn parse(text: &str) -> Result<TaskContract, ContractTextError> {
    let draft: ContractDraft = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        ContractTextError { line, message: with_nearest(error.message()) }
    })?;
    draft.contract().map_err(|message| {
        // Such an error names the output it is about.
        let id = message.split('"').nth(1).filter(|id| !id.is_empty());
        let line = id.and_then(|id| text.lines().position(|line| line.contains(id))).map_or(1, |at| at + 1);
        ContractTextError { line, message }
    })
}

/// Writes a contract as [`parse`] reads it, with a head that says what can stand in it.
pub fn write(contract: &TaskContract) -> String {
    // A draft has texts, numbers and lists of them, all of which TOML has.
    let body = toml::to_string_pretty(&ContractDraft::from(contract)).unwrap_or_default();
    format!("{HEAD}{body}")
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// `unknown field `gaol`, expected one of …` as a sentence with the nearest name; other messages as they are.
fn with_nearest(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let is_unknown = message.starts_with("unknown field") || message.starts_with("unknown variant");
    let Some(wrong) = quoted.next().filter(|_| is_unknown) else {
        return message.lines().collect::<Vec<_>>().join(" ");
    };
    let what = if message.starts_with("unknown field") { "key" } else { "kind of check" };
    let similarity = |name: &str| strsim::jaro_winkler(name, wrong);
    let nearest = quoted.max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
    let nearest = nearest.map_or_else(String::new, |name| format!("; did you mean \"{name}\"?"));
    format!("there is no {what} \"{wrong}\"{nearest}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Acceptability, Predicate, RequiredOutput};

    fn output(id: &str, predicate: Predicate) -> RequiredOutput {
        RequiredOutput { id: id.into(), what: format!("The {id}"), predicate }
    }

    #[test]
    fn z2_a_contract_is_read_as_it_is_written() {
        let path = || Some("out/a.json".to_owned());
        let predicates = [
            Predicate::FileExists { path: "a b.md".into() },
            Predicate::CommandExit0 { command: "printf '\"x\"\\n' && make test".into() },
            Predicate::JsonSchemaValid { path: path(), schema: serde_json::json!({"enum": [null, 1]}) },
            Predicate::JsonSchemaValid { path: None, schema: serde_json::json!(true) },
            Predicate::RegexMatches { path: path(), pattern: "^\\d+$".into() },
            Predicate::RegexMatches { path: None, pattern: "done".into() },
            Predicate::DiffNonempty { path: path() },
            Predicate::DiffNonempty { path: None },
            Predicate::AnswerNonempty,
            Predicate::ToolResultPassed { tool: "shell".into(), command: Some("cargo test".into()) },
            Predicate::ToolResultPassed { tool: "write".into(), command: None },
        ];
        let outputs = predicates.into_iter().enumerate().map(|(n, one)| output(&format!("o{n}"), one));
        let contract = TaskContract {
            goal: "A \"goal\"".into(),
            required_outputs: outputs.collect(),
            must_ask: vec!["Which port?".into()],
            acceptability: Acceptability { max_unknowns: 2, min_confidence: Some(0.5) },
        };
        assert_eq!(parse(&write(&contract)), Ok(contract));
        assert_eq!(parse(&write(&TaskContract::default())), Ok(TaskContract::default()));
    }

    #[test]
    fn z2_other_spellings_are_understood() {
        let text = "[[required_outputs]]\nid = 'a'\ntype = 'regex_in_file'\npath = 'x'\npattern = 'y'\n\
                    [[required_outputs]]\nid = 'b'\npredicate = { kind = 'regex_in_file', path = 'x', pattern = 'y' }\n";
        let contract = parse(text).unwrap();
        let expected = Predicate::RegexMatches { path: Some("x".into()), pattern: "y".into() };
        assert!(contract.required_outputs.iter().all(|output| output.predicate == expected), "{contract:?}");
    }

    #[test]
    fn z2_what_is_no_contract_is_said_in_one_sentence_with_its_line() {
        let table = [
            ("gaol = 'x'", "line 1: there is no key \"gaol\"; did you mean \"goal\"?"),
            (
                "goal = 'x'\n[[outputs]]\nid = 'a'\nkind = 'file_exist'\npath = 'p'",
                "line 4: there is no kind of check \"file_exist\"; did you mean \"file_exists\"?",
            ),
            (
                "[[outputs]]\nid = 'a'\nkind = 'file_exists'\npaht = 'p'",
                "line 4: there is no key \"paht\"; did you mean \"path\"?",
            ),
            (
                "\n[[outputs]]\nid = 'tests'\nkind = 'command_exit_0'",
                "line 3: output \"tests\": command_exit_0 needs a command",
            ),
            (
                "[[outputs]]\nid = 'a'\nkind = 'file_exists'\npath = 'p'\ncommand = 'c'",
                "line 2: output \"a\": file_exists takes no command",
            ),
            ("[[outputs]]\nid = 'a'", "line 2: output \"a\": it has no kind, which says how it is checked"),
            (
                "[[outputs]]\nid='a'\nkind='answer_nonempty'\n[[outputs]]\nid='a'\nkind='answer_nonempty'",
                "line 2: two outputs are called \"a\"",
            ),
            ("[acceptability]\nmin_confidence = 7", "line 1: min_confidence is a number from 0 to 1"),
            ("must_ask = ['']", "line 1: a question of must_ask is empty"),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text).unwrap_err().to_string(), expected, "{text}");
        }
        let broken = parse("goal = \n").unwrap_err();
        assert!(broken.line == 1 && !broken.message.is_empty() && !broken.message.contains('\n'), "{broken}");
    }
}
