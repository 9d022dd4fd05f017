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
        if lower.starts_with("mcp__") {
            return Self::Mcp(lower);
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
