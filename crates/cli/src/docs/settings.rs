//! The page of all settings, written from the table.

use std::fmt::Write as _;

use crate::settings::KEYS;

const HEAD: &str = "\
# Settings

Written from the table of settings (`crates/cli/src/settings/keys.rs`); a test keeps this page current.

Layers, the last wins: defaults < your `config.toml` < the project's `.headwater/config.toml` (only once the directory is
trusted) < `HEADWATER_PROVIDER`, `HEADWATER_MODEL`, `HEADWATER_BASE_URL` < flags, `-c KEY=VALUE` among them. Lists of rules join,
and a deny holds whoever wrote it. `headwater doctor` says where your `config.toml` lies. A setting marked *yours only* is an
error in a project's file.

| Setting | Value | Default | What it does |
|---|---|---|---|
";

/// The whole page, in Markdown.
pub(super) fn page() -> String {
    let mut page = HEAD.to_owned();
    for key in KEYS {
        let mark = if key.in_project { "" } else { " *Yours only.*" };
        let kind = key.kind.in_words();
        writeln!(page, "| `{}` | {kind} | {} | {}{mark} |", key.path, key.default, key.about).unwrap();
    }
    page
}
