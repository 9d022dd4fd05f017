//! Which of our tools the name in a rule means.

/// The tools a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tools {
    /// These, by our names.
    Ours(&'static [&'static str]),
    /// Tools of MCP servers: a name in which `*` stands for any part.
    Mcp(String),
    /// A name that no tool has.
    Unknown(String),
}

const FAMILIES: &[(&str, &[&str])] = &[
    ("bash", &["shell"]),
    ("shell", &["shell"]),
    ("read", &["read", "list", "glob", "grep", "skill"]),
    ("list", &["list"]),
    ("ls", &["list"]),
    ("glob", &["glob"]),
    ("grep", &["grep"]),
    ("skill", &["skill"]),
    ("edit", &["edit", "write"]),
    ("multiedit", &["edit", "write"]),
    ("write", &["write"]),
    ("delete", &["delete"]),
    ("todos", &["todos"]),
    ("todowrite", &["todos"]),
    ("ask_user", &["ask_user"]),
    ("askuserquestion", &["ask_user"]),
    ("task", &["task"]),
    ("agent", &["task"]),
    ("webfetch", &["web_fetch"]),
    ("web_fetch", &["web_fetch"]),
];

impl Tools {
    /// Reads the name of a rule.
    pub(crate) fn named(name: &str) -> Self {
        let lower = name.to_lowercase();
        // The tool by which tools of servers are called stands for all of them.
        if lower == "mcp" {
            return Self::Mcp("mcp*".to_owned());
        }
        if let Some(rest) = lower.strip_prefix("mcp__") {
            // Other agents name a server alone and mean all of its tools.
            let is_server = !rest.is_empty() && !rest.contains("__") && !rest.contains('*');
            return Self::Mcp(if is_server { lower + "__*" } else { lower });
        }
        FAMILIES
            .iter()
            .find(|(family, _)| *family == lower)
            .map_or_else(|| Self::Unknown(name.to_owned()), |(_, tools)| Self::Ours(tools))
    }

    /// Whether the tool of this name is meant.
    pub(crate) fn include(&self, tool: &str) -> bool {
        match self {
            Self::Ours(tools) => tools.iter().any(|name| name.eq_ignore_ascii_case(tool)),
            Self::Mcp(pattern) => super::words::matches_glob(pattern, &tool.to_lowercase()),
            Self::Unknown(name) => name == tool,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s7_a_rule_that_names_a_server_alone_means_all_of_its_tools() {
        for (rule, tool, expected) in [
            ("mcp", "mcp__git__push", true),
            ("mcp", "mcp", true),
            ("mcp", "shell", false),
            ("mcp__git", "mcp__git__push", true),
            ("mcp__Git", "mcp__git__push", true),
            ("mcp__git", "mcp__github__push", false),
            ("mcp__git*", "mcp__github__push", true),
            ("mcp__git__push", "mcp__git__push_all", false),
            ("mcp__", "mcp__git__push", false),
        ] {
            assert_eq!(Tools::named(rule).include(tool), expected, "{rule} {tool}");
        }
    }
}
