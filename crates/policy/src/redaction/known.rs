//! Which values are secrets: a credential's name is not enough, its value must be one too.

/// Shorter values would be found everywhere.
const SHORTEST: usize = 8;
/// Longer ones are files, whose lines are secrets each by itself.
const LONGEST: usize = 16 * 1024;
/// A line of a value of several lines counts from this length on.
const SHORTEST_LINE: usize = 16;

/// Values of credentials that say nothing: settings, placeholders, words of their own.
const COMMON: &[&str] = &[
    "administrator",
    "anonymous",
    "automatic",
    "changeme",
    "change-me",
    "change_me",
    "credentials",
    "default",
    "development",
    "disabled",
    "encrypted",
    "external",
    "internal",
    "keychain",
    "localhost",
    "optional",
    "password",
    "passw0rd",
    "placeholder",
    "postgres",
    "production",
    "readonly",
    "read-only",
    "redacted",
    "required",
    "service-account",
    "undefined",
    "username",
    "your-api-key",
    "your_api_key",
];

/// A secret that is known by its value.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownSecret {
    /// What stands in its place: the name of the variable, as a rule.
    pub name: String,
    /// The value.
    pub value: String,
}

impl std::fmt::Debug for KnownSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KnownSecret").field("name", &self.name).finish_non_exhaustive()
    }
}

impl KnownSecret {
    /// A secret of this name.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }

    /// The texts that give it away: the value, the password of an address, each line of several. None when the value
    /// is a path, a number, a word or an address without a password.
    pub(super) fn telling(&self) -> Vec<&str> {
        let value = self.value.trim();
        if value.len() > LONGEST {
            return Vec::new();
        }
        if value.contains('\n') {
            let lines = value.lines().map(str::trim);
            return lines.filter(|line| line.len() >= SHORTEST_LINE && !line.starts_with("-----")).collect();
        }
        match password_of(value) {
            Some(password) => vec![password].into_iter().filter(|password| is_telling(password)).collect(),
            None if is_plain_address(value) || !is_telling(value) => Vec::new(),
            None => vec![value],
        }
    }
}

fn is_telling(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_number = value.len() < 16 && value.chars().all(|c| c.is_ascii_digit() || ".:,-_".contains(c));
    value.len() >= SHORTEST
        && !COMMON.contains(&lower.as_str())
        && !is_number
        && !is_path(value)
        && value.chars().any(|c| !value.starts_with(c))
}

/// The password in a URL.
fn password_of(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("://")?;
    let (account, _) = rest.split(['/', '?', '#']).next()?.rsplit_once('@')?;
    account.split_once(':').map(|(_, password)| password)
}

/// An address that leads somewhere and opens nothing: no account, no long segment, no query.
fn is_plain_address(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    !rest.contains(['@', '?'])
        && rest.split('/').all(|segment| segment.len() < SHORTEST_LINE || segment.contains('.'))
}

/// Paths are named after what they lead to; what looks like one and is random is none.
fn is_path(value: &str) -> bool {
    let starts = ["/", "~/", "./", "../"].iter().any(|start| value.starts_with(start));
    let is_name =
        |part: &str| part.len() < 32 && part.chars().all(|c| c.is_alphanumeric() || "._- @%".contains(c));
    starts && value.trim_start_matches(['~', '.']).split('/').all(is_name)
}
