//! The environment a child process gets: the parent's, without anything that looks like a credential.

use std::ffi::OsString;

/// Words that make a variable a credential wherever they stand in its name.
const SECRET_WORDS: &[&str] = &[
    "KEY",
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "CREDENTIAL",
    "PRIVATE",
    "COOKIE",
    "SESSION_ID",
    "APIKEY",
    "AUTH",
    "DSN",
    "CONNECTION_STRING",
    "WEBHOOK",
];

/// Prefixes of families of variables that carry credentials under harmless looking names.
const SECRET_PREFIXES: &[&str] =
    &["AWS_", "AZURE_", "ARM_", "GOOGLE_", "GCP_", "GCLOUD_", "VAULT_", "OP_", "BW_", "NPM_CONFIG__"];

/// Variables that hold a credential, or lead to one, and that no word above catches.
const SECRET_NAMES: &[&str] = &[
    "DATABASE_URL",
    "REDIS_URL",
    "MONGODB_URI",
    "PGPASS",
    "PGPASSFILE",
    "NETRC",
    "KUBECONFIG",
    "PYPI_PASS",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
];

/// Variables that pass although a word above stands in their name: they hold paths, numbers or choices.
const HARMLESS: &[&str] = &[
    "SSH_AUTH_SOCK",
    "XAUTHORITY",
    "KEYBOARD",
    "XKB_DEFAULT_LAYOUT",
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_AUTHOR_DATE",
    "TOKENIZERS_PARALLELISM",
];

/// Variables by which a shell would run code of its own before the script, or which would change how it reads it.
const SHELL_HOOKS: &[&str] =
    &["BASH_ENV", "ENV", "PROMPT_COMMAND", "SHELLOPTS", "BASHOPTS", "PS4", "CDPATH", "GLOBIGNORE"];

/// The variables of `parent` a child may have: all but credentials (names with KEY, TOKEN, SECRET, PASSWORD and the
/// like, the families of the clouds), those that make a shell run other code first, and names or values that are not
/// UTF-8. A name in `keep` always passes: the person declared it.
pub fn scrubbed_env(
    parent: impl Iterator<Item = (OsString, OsString)>,
    keep: &[&str],
) -> Vec<(String, String)> {
    parent
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, value)| keep.contains(&name.as_str()) || is_harmless(name, value))
        .collect()
}

/// The variables of `parent` that hold credentials by their names; those in `also` count as well. The families of the
/// clouds hold regions and project names too, which are none.
pub fn secret_env(
    parent: impl Iterator<Item = (OsString, OsString)>,
    also: &[&str],
) -> Vec<(String, String)> {
    let is_secret = |name: &str| {
        let upper = name.to_ascii_uppercase();
        let has_word = SECRET_WORDS.iter().any(|word| upper.contains(word));
        let is_named = has_word || SECRET_NAMES.contains(&upper.as_str());
        also.contains(&name) || (is_named && !HARMLESS.contains(&upper.as_str()))
    };
    parent
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, value)| is_secret(name) || has_password_in_url(value))
        .collect()
}

/// Whether a variable may be handed to a child without having been declared.
fn is_harmless(name: &str, value: &str) -> bool {
    let name = name.to_ascii_uppercase();
    if name.is_empty() || name.starts_with("BASH_FUNC_") || SHELL_HOOKS.contains(&name.as_str()) {
        return false;
    }
    HARMLESS.contains(&name.as_str()) || !(is_secret_name(&name) || has_password_in_url(value))
}

fn is_secret_name(name: &str) -> bool {
    SECRET_NAMES.contains(&name)
        || SECRET_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// Whether a value is a URL with a password in it, such as `https_proxy=http://me:word@proxy`.
fn has_password_in_url(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(name: &str, value: &str) -> bool {
        !scrubbed_env([(OsString::from(name), OsString::from(value))].into_iter(), &[]).is_empty()
    }

    #[test]
    fn credentials_are_dropped_and_the_rest_passes() {
        let table = [
            ("PATH", "/usr/bin", true),
            ("HOME", "/home/me", true),
            ("LANG", "C.UTF-8", true),
            ("TERM", "xterm-256color", true),
            ("CARGO_HOME", "/home/me/.cargo", true),
            ("SSH_AUTH_SOCK", "/run/agent", true),
            ("GIT_AUTHOR_NAME", "Me", true),
            ("https_proxy", "http://proxy:3128", true),
            ("OPENAI_API_KEY", "sk-1", false),
            ("GITHUB_TOKEN", "ghp", false),
            ("gh_token", "ghp", false),
            ("MY_SECRET_THING", "x", false),
            ("DB_PASSWORD", "x", false),
            ("GOOGLE_APPLICATION_CREDENTIALS", "/x.json", false),
            ("AWS_PROFILE", "prod", false),
            ("DATABASE_URL", "postgres://localhost/x", false),
            ("https_proxy", "http://me:word@proxy:3128", false),
            ("BASH_ENV", "/tmp/evil", false),
            ("BASH_FUNC_ls%%", "() { :; }", false),
        ];
        for (name, value, expected) in table {
            assert_eq!(passes(name, value), expected, "{name}={value}");
        }
    }

    #[test]
    fn s9_credentials_are_named_and_what_clouds_call_their_regions_is_none() {
        let table = [
            ("OPENAI_API_KEY", "sk-1", true),
            ("AWS_SECRET_ACCESS_KEY", "x", true),
            ("DATABASE_URL", "postgres://localhost/x", true),
            ("https_proxy", "http://me:word@proxy:3128", true),
            ("MINE", "x", true),
            ("AWS_REGION", "eu-central-1", false),
            ("SSH_AUTH_SOCK", "/run/agent", false),
            ("PATH", "/usr/bin", false),
        ];
        for (name, value, expected) in table {
            let parent = [(OsString::from(name), OsString::from(value))].into_iter();
            assert_eq!(!secret_env(parent, &["MINE"]).is_empty(), expected, "{name}");
        }
    }

    #[test]
    fn a_declared_credential_passes() {
        let parent =
            [("GITHUB_TOKEN", "ghp"), ("OTHER_TOKEN", "x")].map(|(name, value)| (name.into(), value.into()));
        let kept = scrubbed_env(parent.into_iter(), &["GITHUB_TOKEN"]);
        assert_eq!(kept, [("GITHUB_TOKEN".to_owned(), "ghp".to_owned())]);
    }
}
