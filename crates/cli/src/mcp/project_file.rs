//! `.mcp.json`: the servers that a project brings, in the form in which other agents know it.
//!
//! Values of variables are not taken: a project names what its servers need, and the person's environment holds it.

use std::collections::BTreeMap;
use std::path::Path;

use headwater_engine::regular_file;
use serde::Deserialize;
use serde_json::Value;

use super::definition::{Definition, Origin};
use super::template;
use crate::settings::ServerSettings;

/// The file, in the workspace.
pub(crate) const NAME: &str = ".mcp.json";

/// The most bytes of it that are read.
const MOST: u64 = 1024 * 1024;

/// The file as it is written.
#[derive(Deserialize)]
struct File {
    #[serde(default, rename = "mcpServers")]
    servers: BTreeMap<String, Value>,
}

/// One server as it is written; what is not known of it changes nothing here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    #[serde(rename = "type")]
    kind: Option<String>,
    command: Option<String>,
    args: Vec<String>,
    env: BTreeMap<String, Value>,
    url: Option<String>,
    headers: BTreeMap<String, String>,
    cwd: Option<String>,
    disabled: bool,
}

/// What a file holds: servers, and what cannot be used, one sentence each.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) servers: Vec<Definition>,
    pub(crate) warnings: Vec<String>,
}

/// Reads the file of a workspace; one that is not there holds nothing.
pub(crate) fn read(workspace: &Path) -> Found {
    let path = workspace.join(NAME);
    let unusable = |why: &str| Found {
        servers: Vec::new(),
        warnings: vec![format!("The MCP servers in {} cannot be used: {why}.", path.display())],
    };
    if path.metadata().is_ok_and(|found| found.len() > MOST) {
        return unusable("the file is larger than any such file");
    }
    match regular_file::read_to_string(&path) {
        Ok(text) => parse(&text, &path).unwrap_or_else(|why| unusable(&why)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Found::default(),
        Err(error) => unusable(&error.to_string()),
    }
}

fn parse(text: &str, path: &Path) -> Result<Found, String> {
    let file: File = serde_json::from_str(text).map_err(|error| format!("it is no such JSON: {error}"))?;
    let mut found = Found::default();
    for (name, value) in file.servers {
        match serde_json::from_value::<Written>(value) {
            Ok(written) => found.servers.push(definition(name, written, path)),
            Err(error) => found
                .warnings
                .push(format!("The MCP server {name:?} in {} cannot be used: {error}.", path.display())),
        }
    }
    Ok(found)
}

fn definition(name: String, written: Written, path: &Path) -> Definition {
    let mut remarks: Vec<String> =
        written.env.iter().filter_map(|(name, value)| not_taken(name, value)).collect();
    if let Some(kind) = written.kind.as_deref().filter(|kind| !KINDS.contains(kind)) {
        remarks.push(format!("the type \"{kind}\" is not known here, and is tried as HTTP or a command"));
    }
    let settings = ServerSettings {
        command: written.command.into_iter().chain(written.args).collect(),
        url: written.url,
        env: written.env.into_keys().filter(|name| template::is_name(name)).collect(),
        headers: written.headers,
        cwd: written.cwd,
        enabled: written.disabled.then_some(false),
        ..ServerSettings::default()
    };
    Definition { name, origin: Origin::Project, source: path.to_owned(), settings, remarks }
}

/// How other agents name the ways to a server that there are here too.
const KINDS: &[&str] = &["stdio", "http", "streamable-http", "streamableHttp"];

/// Why the value of a variable is not taken; nothing where it only hands the variable on.
fn not_taken(name: &str, value: &Value) -> Option<String> {
    let is_handed_on =
        value.as_str().is_some_and(|text| text == format!("${{{name}}}") || text == format!("${name}"));
    (!is_handed_on).then(|| {
        format!("the value that the file has for {name} is not taken: set {name} in your environment if it is needed")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s7_the_file_of_other_agents_is_read() {
        let text = r#"{"mcpServers": {
            "a": {"type": "stdio", "command": "npx", "args": ["-y", "x"], "env": {"TOKEN": "${TOKEN}", "LEVEL": "debug"}},
            "b": {"type": "http", "url": "https://b.example/mcp", "headers": {"Authorization": "Bearer ${B}"}},
            "c": {"type": "sse", "url": "https://c.example/sse", "disabled": true, "autoApprove": ["x"]},
            "d": {"command": 3}
        }, "other": 1}"#;
        let found = parse(text, Path::new("/w/.mcp.json")).unwrap();
        let [a, b, c] = found.servers.as_slice() else { panic!("{found:?}") };
        assert_eq!(a.settings.command, ["npx", "-y", "x"]);
        assert_eq!(a.settings.env, ["LEVEL", "TOKEN"]);
        assert!(a.remarks.len() == 1 && a.remarks[0].contains("LEVEL"), "{:?}", a.remarks);
        assert_eq!(b.settings.headers["Authorization"], "Bearer ${B}");
        assert!(!c.is_enabled() && c.remarks[0].contains("\"sse\""));
        assert!(c.settings.read_only.is_empty());
        assert!(found.warnings[0].contains("\"d\""), "{:?}", found.warnings);
        assert!(parse("{\"mcpServers\": []}", Path::new("x")).is_err());
        assert!(parse("{}", Path::new("x")).unwrap().servers.is_empty());
    }
}
