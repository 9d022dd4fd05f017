//! What our tools and their arguments are called in the hooks of other agents, and back.

use std::path::Path;

use serde_json::{Map, Number, Value};

/// How one tool is told to hooks.
struct Translation {
    ours: &'static str,
    theirs: &'static str,
    arguments: &'static [(&'static str, &'static str, Shape)],
}

/// How the value of an argument differs.
#[derive(Clone, Copy)]
enum Shape {
    /// Not at all.
    Same,
    /// Theirs is absolute.
    Path,
    /// Ours is in seconds, theirs in milliseconds.
    Time,
}

use Shape::{Path as Place, Same, Time};

const TOOLS: &[Translation] = &[
    tool(
        "shell",
        "Bash",
        &[
            ("command", "command", Same),
            ("timeout_s", "timeout", Time),
            ("background", "run_in_background", Same),
        ],
    ),
    tool("read", "Read", &[("path", "file_path", Place)]),
    tool("write", "Write", &[("path", "file_path", Place)]),
    tool(
        "edit",
        "Edit",
        &[
            ("path", "file_path", Place),
            ("old", "old_string", Same),
            ("new", "new_string", Same),
            ("all", "replace_all", Same),
        ],
    ),
    tool("glob", "Glob", &[("path", "path", Place)]),
    tool("grep", "Grep", &[("path", "path", Place), ("mode", "output_mode", Same)]),
    tool("list", "LS", &[("path", "path", Place)]),
    tool("todos", "TodoWrite", &[]),
    tool("ask_user", "AskUserQuestion", &[]),
    tool("task", "Task", &[("agent", "subagent_type", Same)]),
    tool("web_fetch", "WebFetch", &[]),
    tool("web_search", "WebSearch", &[]),
];

const fn tool(
    ours: &'static str,
    theirs: &'static str,
    arguments: &'static [(&'static str, &'static str, Shape)],
) -> Translation {
    Translation { ours, theirs, arguments }
}

/// The name by which hooks know a tool; one that they do not know keeps its own.
pub(super) fn name_of(tool: &str) -> &str {
    translation(tool).map_or(tool, |translation| translation.theirs)
}

/// The arguments of a call as hooks read them.
pub(super) fn told(tool: &str, input: &Value, workspace: &Path) -> Value {
    let Some(object) = input.as_object() else { return input.clone() };
    let arguments = translation(tool).map_or(&[][..], |translation| translation.arguments);
    let renamed = object.iter().map(|(name, value)| match arguments.iter().find(|(ours, ..)| ours == name) {
        Some((_, theirs, shape)) => ((*theirs).to_owned(), out(*shape, value, workspace)),
        None => (name.clone(), value.clone()),
    });
    Value::Object(renamed.collect())
}

/// The arguments that a hook wants instead, as our tool takes them.
pub(super) fn taken(tool: &str, input: &Value) -> Value {
    let Some(object) = input.as_object() else { return input.clone() };
    let arguments = translation(tool).map_or(&[][..], |translation| translation.arguments);
    let renamed: Map<String, Value> = object
        .iter()
        .map(|(name, value)| match arguments.iter().find(|(_, theirs, _)| theirs == name) {
            Some((ours, _, shape)) => ((*ours).to_owned(), back(*shape, value)),
            None => (name.clone(), value.clone()),
        })
        // What only describes the call in their form is no argument here.
        .filter(|(name, _)| !(tool == "shell" && name == "description"))
        .collect();
    Value::Object(renamed)
}

fn translation(tool: &str) -> Option<&'static Translation> {
    TOOLS.iter().find(|translation| translation.ours == tool)
}

fn out(shape: Shape, value: &Value, workspace: &Path) -> Value {
    match (shape, value) {
        (Shape::Path, Value::String(path)) => {
            Value::String(workspace.join(path).to_string_lossy().into_owned())
        }
        (Shape::Time, Value::Number(seconds)) => {
            seconds.as_u64().map_or(value.clone(), |seconds| Value::from(seconds.saturating_mul(1_000)))
        }
        (Shape::Same | Shape::Path | Shape::Time, _) => value.clone(),
    }
}

fn back(shape: Shape, value: &Value) -> Value {
    match (shape, value) {
        (Shape::Time, Value::Number(millis)) => millis
            .as_u64()
            .map_or(value.clone(), |millis| Value::Number(Number::from(millis.div_ceil(1_000)))),
        (Shape::Same | Shape::Path | Shape::Time, _) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn b7_calls_are_told_in_the_words_that_recorded_hooks_read() {
        let table = [
            (
                "shell",
                "Bash",
                json!({"command": "ls", "timeout_s": 3, "background": true}),
                json!({"command": "ls", "timeout": 3000, "run_in_background": true}),
            ),
            (
                "write",
                "Write",
                json!({"path": "a/b.py", "content": "x"}),
                json!({"file_path": "/w/a/b.py", "content": "x"}),
            ),
            (
                "edit",
                "Edit",
                json!({"path": "/w/a", "old": "1", "new": "2", "all": true}),
                json!({"file_path": "/w/a", "old_string": "1", "new_string": "2", "replace_all": true}),
            ),
            ("read", "Read", json!({"path": "a", "offset": 2}), json!({"file_path": "/w/a", "offset": 2})),
            ("mcp__a__b", "mcp__a__b", json!({"path": "a"}), json!({"path": "a"})),
        ];
        for (tool, name, ours, theirs) in table {
            assert_eq!(name_of(tool), name);
            let translated = told(tool, &ours, Path::new("/w"));
            assert_eq!(translated, theirs, "{tool}");
            assert_eq!(
                told(tool, &taken(tool, &translated), Path::new("/w")),
                theirs,
                "{tool} there and back"
            );
        }
        assert_eq!(
            taken("shell", &json!({"command": "ls", "description": "Lists"})),
            json!({"command": "ls"})
        );
    }
}
