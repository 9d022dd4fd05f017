//! What stands around a command: the variables it sees, its redirects, the secrets it names.

use crate::paths::{Ground, Place, is_secret, place_of, resolved};
use crate::shell::{Assignment, Redirect, RedirectKind, Unit, Word};

use super::program::program_name;
use super::risk::{Finding, Risk};
use super::targets::write_finding;

/// Variables that make programs run or load something else.
const DANGEROUS: &[&str] = &[
    "PATH",
    "BASH_ENV",
    "ENV",
    "PROMPT_COMMAND",
    "SHELLOPTS",
    "BASHOPTS",
    "PS4",
    "HOME",
    "SHELL",
    "CDPATH",
    "PAGER",
    "MANPAGER",
    "EDITOR",
    "VISUAL",
    "BROWSER",
    "LESSOPEN",
    "LESSCLOSE",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
    "PYTHONSTARTUP",
    "PYTHONHOME",
    "NODE_OPTIONS",
    "PERL5OPT",
    "PERL5LIB",
    "RUBYOPT",
    "RUBYLIB",
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
    "GCONV_PATH",
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RSYNC_RSH",
    "TAR_OPTIONS",
    "GREP_OPTIONS",
    "MAKEFLAGS",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_EXTERNAL_DIFF",
    "GIT_PAGER",
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "GIT_ASKPASS",
    "GIT_EXEC_PATH",
    "GIT_PROXY_COMMAND",
    "GIT_TEMPLATE_DIR",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
];

/// Beginnings of such variables.
const DANGEROUS_PREFIXES: &[&str] = &["LD_", "DYLD_", "GIT_CONFIG", "BASH_FUNC_", "npm_config_"];

/// Values with which such a variable does nothing.
const HARMLESS_VALUES: &[&str] = &["", "cat", "true", ":", "less"];

/// Judges what stands around the command of a unit.
pub(super) fn judge_surroundings(unit: &Unit, ground: &Ground<'_>, findings: &mut Vec<Finding>) {
    findings.extend(unit.assignments().iter().filter_map(assignment));
    findings.extend(declared(unit));
    findings.extend(unit.simple.redirects.iter().map(|redirect| redirected(redirect, unit, ground)));
    findings.extend(evaluated(unit));
    let read = unit.simple.redirects.iter().map(|redirect| &redirect.target);
    let set = unit.assignments().iter().map(|assignment| &assignment.value);
    for word in unit.words().iter().skip(1).chain(read).chain(set) {
        if names_secret(word, unit, ground) {
            let why = format!("{} is a place of keys and tokens", word.text);
            findings
                .push(Finding::around(Risk::Outside, why).needing(headwater_protocol::Confinement::ReadOnly));
        }
    }
}

/// Builtins evaluate array indices that arrive as text, substitutions in them included; the text may be pieced together
/// so that only the whole word shows it.
fn evaluated(unit: &Unit) -> Option<Finding> {
    const EVALUATING: &[&str] =
        &["let", "unset", "declare", "typeset", "local", "readonly", "export", "read"];
    const TESTING: &[&str] = &["test", "[", "[[", "printf", "wait", "getopts"];
    let program = program_name(unit.words());
    let hides = |word: &Word| {
        let is_evaluated = EVALUATING.contains(&program) || (TESTING.contains(&program) && !word.is_dynamic);
        is_evaluated && (word.text.contains("[$(") || word.text.contains("[`"))
    };
    let is_hidden = unit.words().iter().skip(1).any(hides);
    is_hidden.then(|| Finding::around(Risk::Opaque, "a command may hide in an array index"))
}

/// What builtins set whose words are no plain assignments: `export "PATH=…"`, `export $X`, `read PATH`.
fn declared(unit: &Unit) -> Vec<Finding> {
    let (program, words) = (program_name(unit.words()), unit.words().get(1..).unwrap_or_default());
    if !matches!(program, "export" | "declare" | "typeset" | "local" | "readonly" | "read") {
        return Vec::new();
    }
    let finding = |word: &Word| {
        let (name, value) = word.text.split_once('=').unwrap_or((word.text.as_str(), "?"));
        let value = Word { text: value.to_owned(), ..word.clone() };
        let sets = program == "read" || word.text.contains('=');
        let declared = Assignment { name: name.trim_end_matches('+').to_owned(), value };
        if word.starts_dynamic {
            return Some(Finding::around(Risk::Opaque, "which variable it sets is only known when it runs"));
        }
        assignment(&declared).filter(|_| sets)
    };
    words.iter().filter_map(finding).collect()
}

fn assignment(assignment: &Assignment) -> Option<Finding> {
    let name = assignment.name.as_str();
    let is_dangerous =
        DANGEROUS.contains(&name) || DANGEROUS_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let is_harmless =
        !assignment.value.is_dynamic && HARMLESS_VALUES.contains(&assignment.value.text.as_str());
    (is_dangerous && !(is_harmless && name != "PATH" && name != "HOME"))
        .then(|| Finding::around(Risk::Opaque, format!("setting {name} makes programs behave differently")))
}

fn redirected(redirect: &Redirect, unit: &Unit, ground: &Ground<'_>) -> Finding {
    if redirect.target.text.starts_with("/dev/tcp/") || redirect.target.text.starts_with("/dev/udp/") {
        return Finding::around(Risk::Network, "a redirect opens a network connection");
    }
    let place = place_of(&redirect.target, &unit.simple.directories, ground);
    match redirect.kind {
        RedirectKind::Reads if place == Place::Device => {
            Finding::around(Risk::Outside, format!("it reads the device {}", redirect.target.text))
        }
        RedirectKind::Reads => Finding::around(Risk::ReadOnly, "it reads a file"),
        RedirectKind::Writes if redirect.target.is_dynamic && only_redirects(unit) => {
            let why = format!("it empties {}, which is only known when it runs", redirect.target.text);
            Finding::around(Risk::Destructive, why)
        }
        // A rule for the command covers what it prints into the workspace, but not what it prints elsewhere.
        RedirectKind::Writes => {
            let finding = write_finding(&redirect.target, place);
            Finding { is_coverable: finding.risk <= Risk::Local, ..finding }
        }
    }
}

/// `> FILE` and `: > FILE`: nothing is printed, so the file is only emptied. The redirect of a whole loop is none of these.
fn only_redirects(unit: &Unit) -> bool {
    let text = unit.simple.text.trim_start_matches(|digit: char| digit.is_ascii_digit());
    match unit.words() {
        [] => text.starts_with(['>', '&']),
        [only] => matches!(only.text.as_str(), ":" | "true"),
        _ => false,
    }
}

/// Whether a word, or what follows `=` or `@` in it, is a place of secrets, or a pattern that may match one.
fn names_secret(word: &Word, unit: &Unit, ground: &Ground<'_>) -> bool {
    file_words(word).iter().any(|candidate| {
        let is_process = candidate.text.starts_with("/proc/");
        let literal =
            Word { is_glob: false, is_dynamic: candidate.is_dynamic && !is_process, ..candidate.clone() };
        let paths = resolved(&literal, &unit.simple.directories, ground).unwrap_or_default();
        paths.into_iter().flatten().any(|path| is_secret(&path, ground))
    })
}

/// The file names a word may hold: itself, and what follows `=`, `@` or `:`.
pub(crate) fn file_words(word: &Word) -> Vec<Word> {
    let mut found = vec![word.clone()];
    for separator in ['=', '@', ':'] {
        if let Some((_, value)) = word.text.split_once(separator) {
            let has_tilde = word.has_tilde || value.starts_with('~');
            found.push(Word { text: value.to_owned(), has_tilde, ..word.clone() });
        }
    }
    found
}
