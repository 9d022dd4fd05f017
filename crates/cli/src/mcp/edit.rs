//! Changes the servers of the person's `config.toml`, and leaves everything else in it as it is: comments, order, spaces.

use std::path::Path;

use anyhow::{Context as _, Result};
use headwater_engine::regular_file;
use toml_edit::{Array, DocumentMut, Item, Table, Value};

use crate::paths::make_private;
use crate::settings::ServerSettings;
use crate::trust::write_private;
use crate::user_error::UserError;

/// Adds a server, or replaces the one of this name.
pub(crate) fn add(file: &Path, name: &str, settings: &ServerSettings) -> Result<()> {
    let mut document = read(file)?;
    let servers = table_of(&mut document, file)?;
    servers.insert(name, Item::Table(written(settings)));
    write(file, &document)
}

/// Removes a server; whether there was one.
pub(crate) fn remove(file: &Path, name: &str) -> Result<bool> {
    let mut document = read(file)?;
    let servers = table_of(&mut document, file)?;
    let was_there = servers.remove(name).is_some();
    if servers.is_empty() {
        document.remove("mcp");
    }
    if was_there {
        write(file, &document)?;
    }
    Ok(was_there)
}

fn read(file: &Path) -> Result<DocumentMut> {
    let text = match regular_file::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
    };
    text.parse().with_context(|| format!("{} cannot be changed", file.display()))
}

/// The table of servers, made if there is none.
fn table_of<'a>(document: &'a mut DocumentMut, file: &Path) -> Result<&'a mut dyn toml_edit::TableLike> {
    let mut fresh = Table::new();
    fresh.set_implicit(true);
    let item = document.entry("mcp").or_insert(Item::Table(fresh));
    item.as_table_like_mut()
        .ok_or_else(|| UserError::usage(format!("mcp in {} is no table", file.display())).into())
}

fn written(settings: &ServerSettings) -> Table {
    let mut table = Table::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            table.insert(key, toml_edit::value(value));
        }
    };
    let list = |texts: &[String]| (!texts.is_empty()).then(|| Value::from(Array::from_iter(texts)));
    put("command", list(&settings.command));
    put("url", settings.url.as_deref().map(Value::from));
    put("env", list(&settings.env));
    put("cwd", settings.cwd.as_deref().map(Value::from));
    put("enabled", settings.enabled.map(Value::from));
    put("start_timeout", settings.start_timeout.map(Value::from));
    put("timeout", settings.timeout.map(Value::from));
    put("tools", settings.tools.as_deref().map(|texts| Value::from(Array::from_iter(texts))));
    put("without_tools", list(&settings.without_tools));
    put("read_only", list(&settings.read_only));
    if !settings.headers.is_empty() {
        let headers = settings.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        table.insert("headers", toml_edit::value(headers.collect::<toml_edit::InlineTable>()));
    }
    table
}

fn write(file: &Path, document: &DocumentMut) -> Result<()> {
    if let Some(directory) = file.parent() {
        make_private(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    }
    // A link to where the person keeps their settings stays one.
    write_private(&file.canonicalize().unwrap_or_else(|_| file.to_owned()), &document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s7_a_server_comes_and_goes_and_leaves_the_rest_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("config.toml");
        let text =
            "# mine\nmodel = \"x\" # why\n\n[mcp.old] # keep\ncommand = [\"a\"]\n\n[limits]\nmax_steps = 3\n";
        std::fs::write(&file, text).unwrap();
        let settings = ServerSettings {
            command: vec!["npx".into(), "-y".into(), "it".into()],
            env: vec!["TOKEN".into()],
            headers: [("X-A".into(), "${A}".into())].into(),
            timeout: Some(5.0),
            ..ServerSettings::default()
        };
        add(&file, "new.one", &settings).unwrap();
        let found = std::fs::read_to_string(&file).unwrap();
        for line in text.lines() {
            assert!(found.contains(line), "{line} is gone: {found}");
        }
        let table: toml::Table = toml::from_str(&found).unwrap();
        let written: ServerSettings = table["mcp"]["new.one"].clone().try_into().unwrap();
        assert_eq!(written, settings);
        assert!(remove(&file, "new.one").unwrap() && !remove(&file, "new.one").unwrap());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        assert!(remove(&file, "old").unwrap());
        assert!(!std::fs::read_to_string(&file).unwrap().contains("mcp"));
    }

    #[test]
    fn s7_the_first_server_makes_the_file() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("deep/config.toml");
        let settings =
            ServerSettings { url: Some("http://127.0.0.1:1/mcp".into()), ..ServerSettings::default() };
        add(&file, "x", &settings).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "[mcp.x]\nurl = \"http://127.0.0.1:1/mcp\"\n");
    }
}
