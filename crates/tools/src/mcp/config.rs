//! What a person says of a server: how it is reached, how long it may take, which of its tools are wanted.

use std::path::PathBuf;
use std::time::Duration;

use headwater_protocol::MCP_PREFIX;

use super::check::StartCheck;
use super::naming;
use crate::digest;

/// How long a server may take until it answers for the first time, unless settings say otherwise.
pub const START_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a call may stay without an answer or a sign of progress, unless settings say otherwise.
pub const CALL_TIMEOUT: Duration = Duration::from_mins(2);
/// The longest name of a server, in characters: all of it stands in the names of its tools, so that rules can say it.
pub const LONGEST_NAME: usize = 32;

/// A server as settings describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// Its name; see [`check_name`].
    pub name: String,
    /// How it is reached.
    pub reach: Reach,
    /// Whether it is started with the session.
    pub is_enabled: bool,
    /// How long it may take to answer for the first time.
    pub start_timeout: Duration,
    /// How long a call may stay without an answer or a sign of progress.
    pub call_timeout: Duration,
    /// Which of its tools are wanted, by the names it gives them, with `*` for any part; absent means all.
    pub allow: Option<Vec<String>>,
    /// Which are not, in the same words; this goes before `allow`.
    pub deny: Vec<String>,
    /// The tools of which the person says that they only read, in the same words. What a server says of that counts for
    /// nothing.
    pub read_only: Vec<String>,
    /// What is asked each time before it is started; absent where it always may.
    pub check: Option<StartCheck>,
}

/// How a server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// A program that speaks on its standard streams.
    Stdio {
        /// The program and its arguments.
        command: Vec<String>,
        /// What stands in its environment besides what every command gets: what was declared for it, secrets among that.
        env: Vec<(String, String)>,
        /// Where it starts, an absolute path.
        cwd: PathBuf,
    },
    /// An address that speaks Streamable HTTP.
    Http {
        /// The address, `http` or `https`.
        url: String,
        /// What is sent with every request, secrets among that.
        headers: Vec<(String, String)>,
    },
}

impl ServerConfig {
    /// A server with the usual deadlines, all of its tools, none of them vouched for.
    pub fn new(name: impl Into<String>, reach: Reach) -> Self {
        Self {
            name: name.into(),
            reach,
            is_enabled: true,
            start_timeout: START_TIMEOUT,
            call_timeout: CALL_TIMEOUT,
            allow: None,
            deny: Vec::new(),
            read_only: Vec::new(),
            check: None,
        }
    }

    /// Whether a tool is wanted, by the name that the server gives it.
    pub fn wants(&self, tool: &str) -> bool {
        let is_allowed = self.allow.as_ref().is_none_or(|allowed| is_any_of(allowed, tool));
        is_allowed && !is_any_of(&self.deny, tool)
    }

    /// Whether the person says of a tool that it only reads.
    pub fn vouches_for(&self, tool: &str) -> bool {
        is_any_of(&self.read_only, tool)
    }

    /// What tells this server from another one of the same name: how it is reached, without any secret.
    pub(crate) fn fingerprint(&self) -> String {
        let mut parts = vec![self.name.as_str()];
        match &self.reach {
            Reach::Stdio { command, env, cwd } => {
                parts.push("stdio");
                parts.extend(command.iter().map(String::as_str));
                parts.push(cwd.to_str().unwrap_or_default());
                parts.extend(env.iter().map(|(name, _)| name.as_str()));
            }
            Reach::Http { url, headers } => {
                parts.extend(["http", url]);
                parts.extend(headers.iter().map(|(name, _)| name.as_str()));
            }
        }
        digest::of(parts.join("\0").as_bytes())
    }
}

/// Whether a server may have this name: letters, digits, `-`, `_` and `.`, at most [`LONGEST_NAME`]. The error is a
/// sentence.
pub fn check_name(name: &str) -> Result<(), String> {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    if name.is_empty() {
        return Err("a server needs a name".to_owned());
    }
    if !name.chars().all(is_plain) {
        let begin: String = name.chars().take(LONGEST_NAME).collect();
        return Err(format!("the name of a server has letters, digits, `-`, `_` and `.` only: {begin:?}"));
    }
    if name.len() > LONGEST_NAME {
        let begin = name.get(..LONGEST_NAME).unwrap_or_default();
        return Err(format!("the name of a server has at most {LONGEST_NAME} characters: {begin}…"));
    }
    Ok(())
}

/// What a permission rule says for all tools of a server: `mcp__server__*`.
pub fn rule_for(server: &str) -> String {
    format!("{MCP_PREFIX}{}__*", naming::plain_server(server))
}

fn is_any_of(patterns: &[String], tool: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, tool))
}

/// Whether a name matches a pattern in which `*` stands for any part.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut rest) = name.strip_prefix(head) else { return false };
    let mut pieces = tail.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        let Some(found) = rest.find(piece) else { return false };
        rest = rest.get(found + piece.len()..).unwrap_or_default();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(allow: Option<&[&str]>, deny: &[&str]) -> ServerConfig {
        let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let reach = Reach::Http { url: "http://127.0.0.1/".to_owned(), headers: vec![] };
        ServerConfig { allow: allow.map(texts), deny: texts(deny), ..ServerConfig::new("s", reach) }
    }

    #[test]
    fn s7_tools_are_wanted_by_pattern_and_a_no_goes_first() {
        type Row<'a> = (Option<&'a [&'a str]>, &'a [&'a str], &'a str, bool);
        let table: [Row<'_>; 8] = [
            (None, &[], "read", true),
            (Some(&[]), &[], "read", false),
            (Some(&["read"]), &[], "read", true),
            (Some(&["read"]), &[], "read_all", false),
            (Some(&["read*"]), &[], "read_all", true),
            (Some(&["*"]), &["*_all"], "read_all", false),
            (None, &["re*d*"], "read", false),
            (None, &["re*x*"], "read", true),
        ];
        for (allow, deny, tool, expected) in table {
            assert_eq!(config(allow, deny).wants(tool), expected, "{allow:?} {deny:?} {tool}");
        }
    }

    #[test]
    fn s7_a_server_is_told_from_another_without_its_secrets() {
        let http = |url: &str, value: &str| {
            let headers = vec![("x-key".to_owned(), value.to_owned())];
            ServerConfig::new("s", Reach::Http { url: url.to_owned(), headers }).fingerprint()
        };
        assert_eq!(http("https://a/", "one"), http("https://a/", "two"));
        assert_ne!(http("https://a/", "one"), http("https://b/", "one"));
        assert!(check_name("git.hub-1_x").is_ok());
        for wrong in ["", "a b", "ä", &"x".repeat(33)] {
            assert!(check_name(wrong).is_err(), "{wrong}");
        }
        assert_eq!(rule_for("git.hub"), "mcp__git_hub__*");
    }
}
