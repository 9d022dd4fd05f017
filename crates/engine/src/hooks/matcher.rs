//! What of a point a hook is for: names in a list, a pattern, or everything.

use regex::Regex;

/// Which names a hook is for.
#[derive(Clone, Debug)]
pub(super) struct Matcher {
    text: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Everything,
    Names(Vec<String>),
    Pattern(Regex),
    /// Why it is no pattern.
    Broken(String),
}

impl Matcher {
    /// Reads a matcher: empty and `*` are for everything; letters, digits, `_`, `-` and `|` make a list of names; the
    /// rest is a regular expression that may match anywhere in the name.
    pub(super) fn parse(text: &str) -> Self {
        let text = text.trim();
        let is_list = text.chars().all(|c| c.is_ascii_alphanumeric() || "_-| ,".contains(c));
        let kind = if text.is_empty() || text == "*" {
            Kind::Everything
        } else if is_list {
            Kind::Names(text.split(['|', ',']).map(|name| name.trim().to_owned()).collect())
        } else {
            match Regex::new(text) {
                Ok(pattern) => Kind::Pattern(pattern),
                Err(error) => {
                    let why = error.to_string();
                    let why = why.lines().last().unwrap_or_default().trim();
                    Kind::Broken(format!("its matcher \"{text}\" is no pattern ({why})"))
                }
            }
        };
        Self { text: text.to_owned(), kind }
    }

    /// As it is written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Why it matches nothing.
    pub(super) fn problem(&self) -> Option<&str> {
        match &self.kind {
            Kind::Broken(why) => Some(why),
            Kind::Everything | Kind::Names(_) | Kind::Pattern(_) => None,
        }
    }

    /// Whether one of these names is meant. Where there is none, every matcher is for it.
    pub(super) fn includes(&self, names: &[&str]) -> bool {
        names.is_empty()
            || match &self.kind {
                Kind::Everything => true,
                Kind::Names(wanted) => names.iter().any(|name| wanted.iter().any(|one| one == name)),
                Kind::Pattern(pattern) => names.iter().any(|name| pattern.is_match(name)),
                Kind::Broken(_) => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b7_matchers_are_lists_patterns_or_everything() {
        let table = [
            ("", "Bash", true),
            ("*", "mcp__a__b", true),
            ("Bash", "Bash", true),
            ("Bash", "BashOutput", false),
            ("Edit|Write|MultiEdit", "Write", true),
            ("Edit | Write", "Write", true),
            ("Edit|Write", "Read", false),
            ("mcp__memory__.*", "mcp__memory__add", true),
            ("mcp__.*__write.*", "mcp__files__write_all", true),
            ("mcp__memory__.*", "mcp__other__add", false),
            ("^Bash$", "Bash", true),
            ("^(Edit|Write)$", "Edit", true),
            ("Notebook.*", "Bash", false),
            ("(", "Bash", false),
        ];
        for (matcher, name, expected) in table {
            assert_eq!(Matcher::parse(matcher).includes(&[name]), expected, "{matcher:?} {name}");
        }
        assert!(Matcher::parse("shell").includes(&["Bash", "shell"]));
        assert!(Matcher::parse("anything").includes(&[]), "a point without names has no choice");
    }
}
