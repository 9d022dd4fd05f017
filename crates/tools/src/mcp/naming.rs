//! Names for the tools of servers: `mcp__server__tool`, as every wire takes them.
//!
//! A name is made from server and tool alone, so that it is the same in every session, whatever else is there. Where both
//! can stand in it as they are, they do; otherwise what is left of them, and a digest of both.
//!
//! *Invariants:* at most [`LONGEST`] characters of `[a-zA-Z0-9_-]`; different pairs get different names (as surely as the
//! digest tells them apart: 50 bits); all tools of a server share the beginning that a permission rule names.

use headwater_protocol::MCP_PREFIX;
use sha2::{Digest as _, Sha256};

use super::config::LONGEST_NAME;

/// The longest name that every vendor takes, in characters.
pub(super) const LONGEST: usize = 64;
/// The characters of a digest: 5 bits each.
const DIGEST_CHARACTERS: usize = 10;
/// What a digest is written with; no letter stands twice, and none looks like a digit.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// The name by which the model calls a tool of a server.
pub fn tool_name(server: &str, tool: &str) -> String {
    let prefix = format!("{MCP_PREFIX}{}__", plain_server(server));
    let kept = plain(tool);
    let is_faithful = plain_server(server) == server && kept == tool;
    if is_faithful && prefix.len() + tool.len() <= LONGEST && !tool.is_empty() && !ends_like_a_digest(tool) {
        return prefix + tool;
    }
    let digest = digest(server, tool);
    let room = LONGEST.saturating_sub(prefix.len() + DIGEST_CHARACTERS + 1);
    let kept: String = kept.chars().take(room).collect();
    format!("{prefix}{kept}_{digest}")
}

/// What stands of a server's name in the names of its tools. Two underscores in a row end it, so that it has none and
/// does not end in one.
pub(crate) fn plain_server(server: &str) -> String {
    let mut kept = String::new();
    for character in plain(server).chars().take(LONGEST_NAME) {
        if character != '_' || !kept.ends_with('_') {
            kept.push(character);
        }
    }
    let kept = kept.trim_end_matches('_');
    if kept.is_empty() { "server".to_owned() } else { kept.to_owned() }
}

fn plain(text: &str) -> String {
    let is_plain = |character: &char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    text.chars().map(|character| if is_plain(&character) { character } else { '_' }).collect()
}

/// Whether a tool's own name ends as a digest does: then it gets one too, so that none can pass for another.
fn ends_like_a_digest(tool: &str) -> bool {
    let Some((_, end)) = tool.rsplit_once('_') else { return false };
    end.len() == DIGEST_CHARACTERS && end.bytes().all(|byte| ALPHABET.contains(&byte))
}

fn digest(server: &str, tool: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update((server.len() as u64).to_be_bytes());
    hasher.update(server.as_bytes());
    hasher.update(tool.as_bytes());
    let letter = |byte: u8| ALPHABET.get(usize::from(byte & 31)).copied().unwrap_or(b'a');
    hasher.finalize().iter().take(DIGEST_CHARACTERS).map(|byte| char::from(letter(*byte))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn s7_names_stay_what_they_are_where_they_can() {
        let long = "x".repeat(60);
        let table = [
            ("github", "create_issue", "mcp__github__create_issue"),
            ("a", "_b", "mcp__a___b"),
            ("git-hub", "Read-All", "mcp__git-hub__Read-All"),
            ("a", "b__c", "mcp__a__b__c"),
        ];
        for (server, tool, expected) in table {
            assert_eq!(tool_name(server, tool), expected);
        }
        let changed = [
            ("a_", "b"),
            ("a__b", "c"),
            ("a.b", "c"),
            ("a", "b.c"),
            ("a", "b/c"),
            ("a", ""),
            ("", "b"),
            ("ä", "ö"),
            ("a", &long),
            (&long, "b"),
            ("a", "b_abcdefghij"),
        ];
        for (server, tool) in changed {
            let name = tool_name(server, tool);
            let (rest, digest) = name.rsplit_once('_').unwrap();
            assert!(digest.len() == DIGEST_CHARACTERS && rest.starts_with("mcp__"), "{name}");
            assert!(name.len() <= LONGEST, "{name}");
        }
    }

    #[test]
    fn s7_a_tool_cannot_take_the_name_of_another() {
        let honest = tool_name("a", "b.c");
        let copied = honest.strip_prefix("mcp__a__").unwrap();
        assert_ne!(tool_name("a", copied), honest);
        assert_ne!(tool_name("a_b", "c"), tool_name("a.b", "c"));
        assert_ne!(tool_name("a", "b__c"), tool_name("a__b", "c"));
    }

    fn part() -> impl Strategy<Value = String> {
        prop_oneof!["[ab_]{0,4}", "[a-zA-Z0-9_.-]{0,12}", "\\PC{0,70}", "[a_]{25,70}", "[ab]_[a-k2-9]{10}"]
    }

    proptest! {
        #[test]
        fn s7_names_are_legal_stable_and_of_one_pair_each(pairs in prop::collection::vec((part(), part()), 1..60)) {
            let mut given: BTreeMap<String, (String, String)> = BTreeMap::new();
            for (server, tool) in pairs {
                let name = tool_name(&server, &tool);
                prop_assert!(name.len() <= LONGEST && name.starts_with(MCP_PREFIX), "{}", name);
                prop_assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)), "{}", name);
                prop_assert!(name.starts_with(&format!("{MCP_PREFIX}{}__", plain_server(&server))), "{}", name);
                prop_assert_eq!(&tool_name(&server, &tool), &name);
                let pair = (server, tool);
                if let Some(other) = given.insert(name, pair.clone()) {
                    prop_assert_eq!(other, pair);
                }
            }
        }
    }
}
