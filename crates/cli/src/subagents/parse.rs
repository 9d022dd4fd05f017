//! One definition of a sub-agent: the head says what it may have, the rest is its prompt. Heads of other agents' files
//! are understood as far as they only narrow; names that mean nothing here are passed over.

use headwater_engine::subagents::{AgentDefinition, AgentModel, AgentTools};
use headwater_protocol::ModeId;

use crate::front_matter::{self, FrontMatter};

/// Tools of other agents, and ours that do the same.
const TOOLS: &[(&str, &[&str])] = &[
    ("read", &["read"]),
    ("notebookread", &["read"]),
    ("ls", &["list"]),
    ("bash", &["shell", "jobs"]),
    ("shell", &["shell", "jobs"]),
    ("bashoutput", &["jobs"]),
    ("killshell", &["jobs"]),
    ("multiedit", &["edit"]),
    ("notebookedit", &["edit"]),
    ("patch", &["edit"]),
    ("todowrite", &["todos"]),
    ("todoread", &["todos"]),
    ("webfetch", &["web_fetch"]),
    ("websearch", &["web_search"]),
];

/// Reads a definition; `stem` is the name of its file without the ending. `None` when there is nothing to tell it.
pub(super) fn parse(stem: &str, text: &str) -> Option<AgentDefinition> {
    let (head, body) = front_matter::split(text);
    let prompt = body.trim();
    if prompt.is_empty() {
        return None;
    }
    let first_line = prompt.lines().next().unwrap_or_default().trim_start_matches('#').trim();
    Some(AgentDefinition {
        name: name(head.first(&["name"]).as_deref().unwrap_or(stem)),
        description: head.first(&["description"]).unwrap_or_else(|| first_line.to_owned()),
        prompt: prompt.to_owned(),
        tools: tools(&head),
        model: model(&head.text("model")),
        mode: head.first(&["permissionMode", "permission-mode", "mode"]).and_then(|name| mode(&name)),
    })
}

/// A name without blanks and control characters: the model has to spell it.
fn name(written: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '.');
    let short: String = written.chars().take(64).collect();
    let words: Vec<&str> = short.split(|c| !is_plain(c)).filter(|word| !word.is_empty()).collect();
    words.join("-")
}

fn tools(head: &FrontMatter) -> AgentTools {
    let mut without: Vec<String> = ["disallowedTools", "disallowed-tools"]
        .iter()
        .filter_map(|name| head.list(name))
        .flatten()
        .flat_map(|tool| ours(plain(&tool)))
        .collect();
    let denied = [("tools", "false"), ("permission", "deny")];
    for (name, word) in denied {
        for (tool, _) in head.pairs(name).iter().filter(|(_, value)| value == word) {
            without.extend(ours(tool));
            // Who may not edit may not write either.
            without.extend((name == "permission" && tool == "edit").then(|| "write".to_owned()));
        }
    }
    let listed = if head.pairs("tools").is_empty() { head.list("tools") } else { None };
    let listed = listed.filter(|tools| !tools.is_empty() || is_empty_list(&head.text("tools")));
    let listed = listed.filter(|tools| !tools.iter().any(|tool| tool == "*"));
    AgentTools { only: listed.map(|tools| tools.iter().flat_map(|tool| granted(tool)).collect()), without }
}

/// Whether a value is a list with nothing in it: who writes that means no tools, and not that nothing was said of them.
fn is_empty_list(value: &str) -> bool {
    let inner = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|inner| inner.trim().is_empty())
}

/// Our tools of a name in a list. One that is allowed for some arguments only is not given at all: less than was
/// written is safe, more is not.
fn granted(tool: &str) -> Vec<String> {
    if tool.contains('(') { Vec::new() } else { ours(tool) }
}

/// The name without what stands in parentheses.
fn plain(tool: &str) -> &str {
    tool.split('(').next().unwrap_or_default()
}

fn ours(tool: &str) -> Vec<String> {
    let tool = tool.trim();
    let lower = tool.to_lowercase();
    match TOOLS.iter().find(|(theirs, _)| *theirs == lower) {
        Some((_, ours)) => ours.iter().map(|name| (*name).to_owned()).collect(),
        // Names of servers' tools keep their case.
        None if lower.starts_with("mcp__") => vec![tool.to_owned()],
        None => vec![lower],
    }
}

fn model(name: &str) -> AgentModel {
    match name {
        "" | "inherit" | "default" => AgentModel::Inherit,
        name => AgentModel::Named(name.to_owned()),
    }
}

fn mode(name: &str) -> Option<ModeId> {
    match name.trim().to_lowercase().as_str() {
        "plan" | "read-only" | "readonly" => Some(ModeId::Plan),
        "agent" | "default" | "acceptedits" | "dontask" => Some(ModeId::Agent),
        "yolo" | "bypasspermissions" => Some(ModeId::Yolo),
        _unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn s4_a_mode_is_known_however_it_is_spelled() {
        for (written, expected) in [
            ("Plan", Some(ModeId::Plan)),
            ("readOnly", Some(ModeId::Plan)),
            ("acceptEdits", Some(ModeId::Agent)),
            ("bypassPermissions", Some(ModeId::Yolo)),
            ("weather", None),
        ] {
            let text = format!("---\nmode: {written}\n---\nDo it.");
            assert_eq!(parse("a", &text).unwrap().mode, expected, "{written}");
        }
    }

    #[test]
    fn s4_an_empty_list_of_tools_means_none_and_no_list_means_all() {
        for (written, expected) in [
            ("tools: []", Some(Vec::new())),
            ("tools: [ ]", Some(Vec::new())),
            ("tools:", None),
            ("description: x", None),
            ("tools: [\"*\"]", None),
            ("tools: [Read]", Some(vec!["read".to_owned()])),
        ] {
            let text = format!("---\n{written}\n---\nDo it.");
            assert_eq!(parse("a", &text).unwrap().tools.only, expected, "{written}");
        }
    }

    #[test]
    fn s4_frontmatter_of_twenty_agent_files_parses() {
        let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/agents");
        let mut files: Vec<_> =
            std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert_eq!(files.len(), 20);
        let mut table = String::new();
        for file in files {
            let stem = file.file_stem().unwrap().to_str().unwrap();
            let found = parse(stem, &std::fs::read_to_string(&file).unwrap()).unwrap();
            let model = match &found.model {
                AgentModel::Inherit => "inherit",
                AgentModel::Named(name) => name,
            };
            let mode = found.mode.map_or("-", ModeId::name);
            let tools = found.tools.only.map_or("all".to_owned(), |tools| tools.join(" "));
            let without = found.tools.without.join(" ");
            let words: Vec<&str> = found.description.split_whitespace().take(4).collect();
            writeln!(
                table,
                "{} | {model} | {mode} | {tools} | {without} | {} | {} bytes",
                found.name,
                words.join(" "),
                found.prompt.len()
            )
            .unwrap();
        }
        insta::assert_snapshot!(table, @r"
        code-reviewer | inherit | - | read grep glob shell jobs |  | Reviews a change for | 76 bytes
        debugger | inherit | - | read edit shell jobs grep glob |  | Finds the cause of | 30 bytes
        test-writer | sonnet | - | all |  | Use this agent when | 47 bytes
        api-designer | inherit | - | read write glob |  | Use this agent to | 46 bytes
        docs-writer | haiku | - | read write edit |  | Writes and corrects documentation. | 34 bytes
        migration-planner | inherit | plan | read grep glob |  | Plans schema changes. Never | 43 bytes
        security-auditor | opus | - | read grep glob web_fetch |  | Audits code for injection, | 40 bytes
        architect | inherit | - | all |  | Weighs designs against each | 49 bytes
        fixer | inherit | agent | all |  | Fixes what it is | 28 bytes
        10-no-name | inherit | - | read grep glob list |  | Explains how a part | 58 bytes
        git-historian | inherit | - | read grep |  | Says why a line | 17 bytes
        ticket-reader | inherit | - | mcp__Tracker__get_issue mcp__Tracker__search read todos |  | Reads tickets and sums | 34 bytes
        researcher | inherit | - | all | write edit edit | Looks things up and | 19 bytes
        14-tool-map | vendor/large-model | - | all | write edit shell jobs | Reviews code without making | 23 bytes
        15-permission-map | inherit | - | all | edit write shell jobs | Plans work | 9 bytes
        perf-tuner | inherit | - | read edit shell jobs |  | Makes slow paths fast | 29 bytes
        db-admin | inherit | - | shell jobs read |  | Answers questions from the | 21 bytes
        windows-lines | inherit | - | read grep |  | Written on another system | 26 bytes
        Release-Manager-v2 | inherit | - | read shell jobs write |  | Cuts releases: tags, notes | 17 bytes
        20-no-head | inherit | - | all |  | Refactorer | 55 bytes
        ");
    }
}
