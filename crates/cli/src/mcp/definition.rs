//! One server of tools as its file describes it, before anything of it runs.
//!
//! *Invariants:* what a project describes is never merged with what the person describes, vouches for nothing, and is
//! bound to its content by a digest.

use std::path::{Path, PathBuf};

use headwater_engine::program_digests;
use headwater_protocol::projection::hex;
use headwater_tools::mcp::rule_for;
use sha2::{Digest as _, Sha256};

use super::config::filled_word;
use super::template;
use crate::settings::ServerSettings;

/// Who describes a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The person, in their own settings.
    Own,
    /// The project.
    Project,
}

/// A server as it is described.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Definition {
    /// Its name.
    pub name: String,
    /// Who describes it.
    pub origin: Origin,
    /// The file that does.
    pub source: PathBuf,
    /// What is said there.
    pub settings: ServerSettings,
    /// What is said there and does not hold here, one sentence each.
    pub remarks: Vec<String>,
}

/// A text in one line, in which nothing is hidden: a yes is to what is seen.
fn legible(text: &str) -> String {
    let shown = |sign: char| match sign {
        '\'' | '"' | '\\' => sign.to_string(),
        other => other.escape_debug().to_string(),
    };
    text.chars().map(shown).collect()
}

/// Whether rules cannot tell the tools of two servers apart: then only one of them can be there.
pub(crate) fn are_alike(one: &str, other: &str) -> bool {
    rule_for(one).eq_ignore_ascii_case(&rule_for(other))
}

/// What a server is reached by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way<'a> {
    /// A program and its arguments.
    Command(&'a [String]),
    /// An address.
    Url(&'a str),
}

impl Definition {
    /// What it is reached by; the error says what is missing.
    pub(crate) fn way(&self) -> Result<Way<'_>, String> {
        let ServerSettings { command, url, .. } = &self.settings;
        match (command.as_slice(), url) {
            ([], None) => Err("it has neither a command nor a url".to_owned()),
            ([], Some(url)) if url.starts_with("http://") || url.starts_with("https://") => Ok(Way::Url(url)),
            ([], Some(url)) => Err(format!("its url {} is none of http or https", legible(url))),
            (_, Some(_)) => Err("it has a command and a url; one of them is to go".to_owned()),
            (command, None) => Ok(Way::Command(command)),
        }
    }

    /// Whether it is started with a session, once it may be.
    pub(crate) fn is_enabled(&self) -> bool {
        self.settings.enabled.unwrap_or(true)
    }

    /// What is started or asked, in one line.
    pub(crate) fn target(&self) -> String {
        match self.way() {
            Ok(Way::Command(command)) => {
                let joined = shlex::try_join(command.iter().map(String::as_str));
                legible(&joined.unwrap_or_else(|_| command.join(" ")))
            }
            Ok(Way::Url(url)) => legible(url),
            Err(why) => why,
        }
    }

    /// What it gets of the person's, and what is said of it beside, one sentence each.
    pub(crate) fn given(&self) -> Vec<String> {
        let settings = &self.settings;
        let mut texts = Vec::new();
        if let Some(cwd) = &settings.cwd {
            texts.push(format!("is started in {cwd}"));
        }
        let mut names: Vec<&str> = settings.env.iter().map(String::as_str).collect();
        let written = settings.command.iter().chain(&settings.url);
        names.extend(written.flat_map(|text| template::names(text)));
        names.sort_unstable();
        names.dedup();
        if !names.is_empty() {
            texts.push(format!("is given the variables {}", names.join(", ")));
        }
        texts.extend(
            settings.headers.iter().map(|(name, value)| format!("is sent the header {name}: {value}")),
        );
        texts.extend(self.remarks.iter().cloned());
        texts.iter().map(|text| legible(text)).collect()
    }

    /// What a yes to it is to: all that is written of it, and the scripts of the project that its command names.
    pub(crate) fn digest(&self, workspace: &Path) -> String {
        let mut sum = Sha256::new();
        // A table of texts and numbers can always be written.
        let written = serde_json::to_string(&self.settings).unwrap_or_default();
        let cwd = Path::new(self.settings.cwd.as_deref().unwrap_or("."));
        // As it is run: a variable, or what stands in its place, may name a script too.
        let command: Vec<String> = self.settings.command.iter().map(|word| filled_word(word)).collect();
        for part in [self.name.as_str(), &written, &program_digests(&command, cwd, workspace)] {
            sum.update(part.as_bytes());
            sum.update([0]);
        }
        hex(&sum.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(settings: ServerSettings) -> Definition {
        Definition {
            name: "time".into(),
            origin: Origin::Project,
            source: ".mcp.json".into(),
            settings,
            remarks: Vec::new(),
        }
    }

    #[test]
    fn s7_a_server_has_one_way() {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let cases = [
            (texts(&[]), None, Err("neither")),
            (texts(&["a"]), Some("http://x"), Err("one of them is to go")),
            (texts(&[]), Some("ftp://x"), Err("none of http")),
            (texts(&["a", "b c"]), None, Ok("a 'b c'")),
            (texts(&["a", "b\n\u{1b}[2J\u{202e}\u{200b}ä"]), None, Ok(r"a 'b\n\u{1b}[2J\u{202e}\u{200b}ä'")),
            (texts(&[]), Some("https://x/mcp"), Ok("https://x/mcp")),
        ];
        for (command, url, expected) in cases {
            let url = url.map(str::to_owned);
            let found = definition(ServerSettings { command, url, ..ServerSettings::default() });
            match (found.way(), expected) {
                (Ok(_), Ok(target)) => assert_eq!(found.target(), target),
                (Err(why), Err(expected)) => assert!(why.contains(expected), "{why}"),
                (found, expected) => panic!("{found:?}, not {expected:?}"),
            }
        }
    }

    #[test]
    fn s7_a_yes_ends_with_every_change_of_a_server_and_of_its_scripts() {
        let workspace = tempfile::tempdir().unwrap();
        let script = workspace.path().join("server.py");
        std::fs::write(&script, "1").unwrap();
        let settings = ServerSettings {
            command: vec!["python3".into(), "server.py".into()],
            env: vec!["A".into()],
            ..ServerSettings::default()
        };
        let digest = |settings: &ServerSettings| definition(settings.clone()).digest(workspace.path());
        let first = digest(&settings);
        assert_eq!(digest(&settings), first);
        let others = [
            ServerSettings { env: vec!["A".into(), "B".into()], ..settings.clone() },
            ServerSettings { cwd: Some("x".into()), ..settings.clone() },
            ServerSettings { command: vec!["python3".into(), "other.py".into()], ..settings.clone() },
            ServerSettings { headers: [("A".into(), "b".into())].into(), ..settings.clone() },
        ];
        for other in others {
            assert_ne!(digest(&other), first, "{other:?}");
        }
        std::fs::write(&script, "2").unwrap();
        assert_ne!(digest(&settings), first);
        let usual = ServerSettings {
            command: vec!["python3".into(), "${HEADWATER_NOT_SET:-./server.py}".into()],
            ..settings
        };
        let second = digest(&usual);
        std::fs::write(&script, "3").unwrap();
        assert_ne!(digest(&usual), second);
    }

    #[test]
    fn s7_what_a_server_is_given_is_said() {
        let found = definition(ServerSettings {
            command: vec!["run".into(), "--token=${TOKEN}".into()],
            env: vec!["B".into(), "TOKEN".into()],
            headers: [("X-Key".into(), "${KEY}".into())].into(),
            ..ServerSettings::default()
        });
        assert_eq!(found.given(), ["is given the variables B, TOKEN", "is sent the header X-Key: ${KEY}",]);
    }
}
