//! What every request carries: names, descriptions and schemas of all tools.

use headwater_protocol::{Access, ToolSpec};
use serde_json::json;

use crate::stage::Stage;

fn specs() -> Vec<ToolSpec> {
    Stage::new().tools.iter().map(|tool| tool.spec()).collect()
}

#[tokio::test]
async fn the_tools_are_few_and_their_order_is_fixed() {
    let names: Vec<String> = specs().into_iter().map(|spec| spec.name).collect();
    let expected =
        ["read", "write", "edit", "list", "glob", "grep", "shell", "jobs", "todos", "contract", "ask_user"];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn all_specifications_together_cost_little() {
    let bytes: usize = specs()
        .iter()
        .map(|spec| {
            // As a request carries them.
            json!({"type": "function", "function": {
                "name": spec.name, "description": spec.description, "parameters": spec.input_schema,
            }})
            .to_string()
            .len()
        })
        .sum();
    // The aim is 3,000 tokens of four bytes; 8 KB keep the first request within 14 KB.
    assert!(bytes <= 8 * 1024, "{bytes} bytes");
}

#[tokio::test]
async fn every_argument_is_documented_or_says_it_by_its_name() {
    let undocumented: Vec<String> = specs()
        .iter()
        .flat_map(|spec| {
            let properties = spec.input_schema["properties"].as_object().unwrap().clone();
            let bare = properties.into_iter().filter(|(_, schema)| schema.get("description").is_none());
            bare.map(|(argument, _)| format!("{}.{argument}", spec.name)).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(undocumented, ["grep.ignore_case", "jobs.action"]);
}

#[tokio::test]
async fn what_a_call_would_touch_is_read_from_its_input() {
    let stage = Stage::new();
    let access = |tool: &str, input| stage.tool(tool).access(&input);
    let read = |path: &str| Ok(Access::Read(vec![path.into()]));
    let write = |path: &str| Ok(Access::Write(vec![path.into()]));
    assert_eq!(access("read", json!({"path": "../x"})), read("../x"));
    assert_eq!(access("read", json!({"path": "blob:call-1"})), Ok(Access::Nothing));
    assert_eq!(access("write", json!({"path": "a", "content": ""})), write("a"));
    assert_eq!(access("edit", json!({"path": "a", "old": "", "new": ""})), write("a"));
    assert_eq!(access("list", json!({})), read("."));
    assert_eq!(access("glob", json!({"pattern": "*", "path": "src"})), read("src"));
    assert_eq!(access("grep", json!({"pattern": "x"})), read("."));
    assert_eq!(access("shell", json!({"command": "ls"})), Ok(Access::Run { command: "ls".into() }));
    assert_eq!(access("jobs", json!({"action": "list"})), Ok(Access::Nothing));
    assert_eq!(access("ask_user", json!({"question": "?"})), Ok(Access::Ask));
    assert!(access("read", json!({"file": "x"})).unwrap_err().contains("path"));
}

#[tokio::test]
async fn the_schema_of_an_optional_argument_is_plain() {
    let read = &specs()[0].input_schema;
    insta::assert_snapshot!(serde_json::to_string_pretty(read).unwrap(), @r#"
    {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "path": {
          "type": "string",
          "description": "File in the workspace, or `blob:<id>` for stored output."
        },
        "offset": {
          "type": "integer",
          "description": "First line, from 1.",
          "minimum": 0
        },
        "limit": {
          "type": "integer",
          "description": "Number of lines, default 2000.",
          "minimum": 0
        }
      },
      "required": [
        "path"
      ]
    }
    "#);
}
