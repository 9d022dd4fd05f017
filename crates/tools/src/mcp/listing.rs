//! What a server says that it has: its tools as it listed them last, kept on disk between sessions.
//!
//! A session's header is made of what is kept, so that no start waits for a server, and what a server says later changes
//! nothing that was sent.
//!
//! *Invariants:* everything is bounded, however much a server lists; the tools are sorted, each name once; what is kept of
//! one server is never taken for another's, or for the same one reached in another way.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::config::ServerConfig;
use super::words;

/// The shape of the files; another one is not read.
const FORMAT: u32 = 1;
/// The most tools that are kept of one server.
const MOST_TOOLS: usize = 2_000;
/// The longest name of a tool, in bytes; the protocol says 128.
const LONGEST_NAME: usize = 256;
/// The longest description that is kept, in bytes.
const LONGEST_DESCRIPTION: usize = 8 * 1024;
/// The largest schema that is kept, in bytes.
const MOST_SCHEMA: usize = 64 * 1024;
/// The largest file that is read or written, in bytes.
const MOST_FILE: u64 = 8 * 1024 * 1024;

/// A server's tools, and what else it says of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Listing {
    format: u32,
    fingerprint: String,
    /// The version of the protocol that was agreed on.
    pub(crate) protocol: Option<String>,
    /// What the server calls itself, with its version.
    pub(crate) implementation: Option<String>,
    /// By their names, sorted.
    pub(crate) tools: Vec<ListedTool>,
    /// What was left out, one sentence each.
    pub(crate) remarks: Vec<String>,
}

/// A tool as a server lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ListedTool {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: String,
    pub(crate) schema: Map<String, Value>,
    /// Whether the server says that it only reads.
    #[serde(default)]
    pub(crate) claims_to_read: bool,
}

impl ListedTool {
    /// What the server says of it; never empty.
    pub(crate) fn said(&self) -> &str {
        if self.description.is_empty() { "(the server says nothing of it)" } else { &self.description }
    }
}

/// A listing in the making, page by page.
#[derive(Debug, Default)]
pub(crate) struct Lister {
    tools: BTreeMap<String, ListedTool>,
    dropped: usize,
    odd: usize,
}

impl Lister {
    /// Takes a page of `tools/list`, as JSON: one tool that is no tool does not spoil the others.
    pub(crate) fn take(&mut self, page: &Value) {
        for tool in page.get("tools").and_then(Value::as_array).into_iter().flatten() {
            match listed(tool) {
                None => self.odd += 1,
                Some(tool) if self.tools.contains_key(&tool.name) => self.odd += 1,
                Some(_) if self.is_full() => self.dropped += 1,
                Some(tool) => drop(self.tools.insert(tool.name.clone(), tool)),
            }
        }
    }

    /// Whether no more are taken.
    pub(crate) fn is_full(&self) -> bool {
        self.tools.len() >= MOST_TOOLS
    }

    /// The listing of this server. `is_cut`: there were more pages.
    pub(crate) fn finish(self, config: &ServerConfig, is_cut: bool) -> Listing {
        let mut remarks = Vec::new();
        if is_cut || self.dropped > 0 {
            remarks.push(format!("It lists more than {MOST_TOOLS} tools; the others are left out."));
        }
        if self.odd > 0 {
            remarks
                .push(format!("{} of what it lists are no tools, or are listed twice; left out.", self.odd));
        }
        let tools = self.tools.into_values().collect();
        Listing { format: FORMAT, fingerprint: config.fingerprint(), tools, remarks, ..Listing::default() }
    }
}

/// A tool of a list, with what is too large left out.
fn listed(tool: &Value) -> Option<ListedTool> {
    let name = tool
        .get("name")
        .and_then(Value::as_str)
        .filter(|name| !name.is_empty() && name.len() <= LONGEST_NAME)?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let annotations = tool.get("annotations");
    let said = text(tool.get("description"));
    let titled = || {
        let title = text(tool.get("title"));
        if title.is_empty() {
            text(annotations.and_then(|annotations| annotations.get("title")))
        } else {
            title
        }
    };
    let description = if said.trim().is_empty() { titled() } else { said };
    let schema = tool.get("inputSchema").and_then(Value::as_object).cloned().unwrap_or_default();
    let is_small = super::json_bytes(&Value::Object(schema.clone())) <= MOST_SCHEMA;
    let hint = annotations.and_then(|annotations| annotations.get("readOnlyHint"));
    Some(ListedTool {
        name: name.to_owned(),
        description: words::tidy(&description, LONGEST_DESCRIPTION),
        schema: if is_small { schema } else { Map::new() },
        claims_to_read: hint.and_then(Value::as_bool).unwrap_or_default(),
    })
}

/// The directory of the kept listings.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    directory: Option<PathBuf>,
}

impl Shelf {
    /// The listings below this cache directory; without one nothing is kept.
    pub(crate) fn new(cache: Option<&Path>) -> Self {
        Self { directory: cache.map(|cache| cache.join("mcp")) }
    }

    /// What was kept of this server, if anything.
    pub(crate) fn read(&self, config: &ServerConfig) -> Option<Listing> {
        let file = File::open(self.path(config)?).ok()?;
        let mut text = String::new();
        file.take(MOST_FILE).read_to_string(&mut text).ok()?;
        let listing: Listing = serde_json::from_str(&text).ok()?;
        let is_its_own = listing.format == FORMAT && listing.fingerprint == config.fingerprint();
        is_its_own.then_some(listing)
    }

    /// Keeps a listing; blocking. One that is too large is not kept.
    pub(crate) fn write(&self, config: &ServerConfig, listing: &Listing) -> io::Result<()> {
        let Some((directory, path)) = self.directory.as_ref().zip(self.path(config)) else { return Ok(()) };
        let text = serde_json::to_vec(listing)?;
        if u64::try_from(text.len()).is_ok_and(|length| length > MOST_FILE) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        std::fs::create_dir_all(directory)?;
        // Written beside it and renamed: another process reads the old one or the new one.
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(&text)?;
        file.persist(path)?;
        Ok(())
    }

    fn path(&self, config: &ServerConfig) -> Option<PathBuf> {
        let name = config.fingerprint();
        Some(self.directory.as_ref()?.join(format!("{}.json", name.get(..32).unwrap_or(&name))))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::config::Reach;
    use super::*;

    fn config(url: &str) -> ServerConfig {
        ServerConfig::new("s", Reach::Http { url: url.to_owned(), headers: vec![] })
    }

    #[test]
    fn s7_one_odd_tool_does_not_spoil_the_list() {
        let mut lister = Lister::default();
        lister.take(&json!({"tools": [
            {"name": "b", "description": "B\u{200b}", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}},
            {"name": ""}, {"description": "no name"}, 5, {"name": "b"},
            {"name": "a", "title": "A", "inputSchema": null},
            {"name": "c", "inputSchema": {"description": "x".repeat(70_000)}},
        ]}));
        lister.take(&json!({"tools": "nonsense"}));
        let listing = lister.finish(&config("http://127.0.0.1/"), false);
        let names: Vec<(&str, &str, bool)> = listing
            .tools
            .iter()
            .map(|tool| (tool.name.as_str(), tool.description.as_str(), tool.claims_to_read))
            .collect();
        assert_eq!(names, [("a", "A", false), ("b", "B", true), ("c", "", false)]);
        assert!(listing.tools[2].schema.is_empty());
        assert_eq!(listing.remarks, ["4 of what it lists are no tools, or are listed twice; left out."]);
    }

    #[test]
    fn s7_ten_thousand_tools_are_cut() {
        let mut lister = Lister::default();
        let page: Vec<Value> = (0..10_000).map(|number| json!({"name": format!("t{number}")})).collect();
        lister.take(&json!({ "tools": page }));
        let listing = lister.finish(&config("http://127.0.0.1/"), false);
        assert_eq!(listing.tools.len(), MOST_TOOLS);
        assert_eq!(listing.remarks.len(), 1);
    }

    #[test]
    fn s7_what_is_kept_is_read_by_the_same_server_only() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(Some(folder.path()));
        let mut lister = Lister::default();
        lister.take(&json!({"tools": [{"name": "a"}]}));
        let (one, other) = (config("http://127.0.0.1/1"), config("http://127.0.0.1/2"));
        let listing = lister.finish(&one, false);
        assert_eq!(shelf.read(&one), None);
        shelf.write(&one, &listing).unwrap();
        assert_eq!(shelf.read(&one), Some(listing));
        assert_eq!(shelf.read(&other), None);
        std::fs::write(shelf.path(&one).unwrap(), "{\"half").unwrap();
        assert_eq!(shelf.read(&one), None);
    }
}
