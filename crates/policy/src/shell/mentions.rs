//! Looks for catastrophic words in text that could not be read as commands.
//!
//! This is a net under the parser, not a parser: it may stop something harmless, and it stands in nobody's way
//! where a script was understood.

use super::ansi;

/// Places whose mention is enough.
const PLACES: &[&str] = &[
    "of=/dev/",
    "/dev/sd",
    "/dev/nvme",
    "/dev/mmcblk",
    "/dev/vd",
    "/dev/disk",
    "/dev/mapper",
    ".git/hooks",
    ".git/config",
    ".headwater",
    ".ssh/",
    "authorized_keys",
    ".bashrc",
    ".bash_profile",
    ".zshrc",
    ".profile",
    "/etc/passwd",
    "/etc/shadow",
    "/etc/sudoers",
    "/etc/cron",
    "sysrq-trigger",
    "rmtree",
    "rm_rf",
    "rmsync",
    "remove_dir_all",
    "remove-item",
    ":(){",
];

/// Programs whose mention is enough.
const PROGRAMS: &[&str] =
    &["wipefs", "shred", "blkdiscard", "sgdisk", "sudo", "doas", "pkexec", "filter-branch"];

/// What the text mentions of the catastrophic set.
pub(crate) fn catastrophic_mention(text: &str) -> Option<String> {
    let plain = unquoted(text);
    if let Some(place) = PLACES.iter().find(|place| plain.contains(*place)) {
        return Some((*place).to_owned());
    }
    let words = split(&plain);
    words.iter().enumerate().find_map(|(index, word)| {
        let rest = words.get(index + 1..).unwrap_or_default();
        // Editors run what follows a `!`.
        let program = base(word).trim_start_matches(['!', ':']);
        is_catastrophic(program, rest).then(|| program.to_owned())
    })
}

/// What deletes files in programs of other languages.
const DELETING: &[&str] = &[
    "os.remove",
    "unlink",
    "fs.rm",
    "promises.rm",
    "(fs).rm",
    "(os).remove",
    "file.delete",
    "file.remove",
    "file.rm",
    "files.delete",
    "fileutils",
    "deno.remove",
    "delete-file",
    "call delete(",
    "send2trash",
    "remove_file",
];

/// What the text of a program mentions that deletes files.
pub(crate) fn deletion_mention(text: &str) -> Option<String> {
    let plain = unquoted(text);
    if let Some(sign) = DELETING.iter().find(|sign| has_sign(&plain, sign)) {
        return Some((*sign).to_owned());
    }
    // What else has such a method: a table, a map, an object of a database.
    if plain.contains(".delete()") && ["file(", "path", "file:"].iter().any(|kind| plain.contains(kind)) {
        return Some(".delete()".to_owned());
    }
    let imported = plain.split_once("from os import").map(|(_, names)| names);
    if imported.is_some_and(|names| split(names).contains(&"remove")) {
        return Some("remove".to_owned());
    }
    let named = |word: &&str| {
        let program = base(word).trim_start_matches(['!', ':']);
        matches!(program, "rm" | "rimraf" | "trash-put" | "rm_f")
    };
    split(&plain).into_iter().find(named).map(str::to_owned)
}

/// Whether a sign stands there, a method as words of its own: `todos.remove(…)` is none of `os.remove`.
fn has_sign(plain: &str, sign: &str) -> bool {
    let is_part = |before: char| before.is_alphanumeric() || before == '_';
    let is_method = sign.contains('.') && sign.starts_with(char::is_alphabetic);
    plain.match_indices(sign).any(|(at, _)| {
        let before = plain.get(..at).and_then(|before| before.chars().next_back());
        !(is_method && before.is_some_and(is_part))
    })
}

fn is_catastrophic(program: &str, rest: &[&str]) -> bool {
    let has = |test: fn(&str) -> bool| rest.iter().any(|word| test(word));
    match program {
        "rm" => has(|word| word == "--recursive" || (is_cluster(word) && word.contains(['r', 'f']))),
        "push" => has(is_forced_push),
        "find" => has(|word| word == "-delete"),
        "clean" => has(|word| is_cluster(word) && word.contains('f')),
        "terraform" | "tofu" | "terragrunt" | "pulumi" => {
            has(|word| word.trim_start_matches('-') == "destroy")
        }
        "gh" | "kubectl" | "oc" | "helm" => has(|word| matches!(word, "delete" | "uninstall")),
        "docker" | "podman" => has(|word| word == "prune"),
        _ => program.starts_with("mkfs") || PROGRAMS.contains(&program),
    }
}

fn is_cluster(word: &str) -> bool {
    word.starts_with('-') && !word.starts_with("--")
}

fn is_forced_push(word: &str) -> bool {
    word == "-f"
        || word == "--mirror"
        || word == "--delete"
        || word.starts_with("--force")
        || word.starts_with('+')
}

/// The words of a text that is no script one can rely on, in lower case and without quotes.
pub(crate) fn loose_words(text: &str) -> Vec<String> {
    let plain = unquoted(text);
    let with_classes =
        plain.split(|character: char| character.is_whitespace() || ";|&(){}<>,`$=".contains(character));
    let words = split(&plain).into_iter().chain(with_classes.filter(|word| word.contains('[')));
    words.flat_map(|word| [word.to_owned(), base(word).to_owned()]).collect()
}

/// Lower case, without the signs that only hide a word.
fn unquoted(text: &str) -> String {
    let spaced = without_codes(text).replace("\\\n", "").replace("${IFS}", " ").replace("$IFS", " ");
    spaced
        .chars()
        .filter(|character| !matches!(character, '\'' | '"' | '\\'))
        .collect::<String>()
        .to_lowercase()
}

/// `\x72` and `\162` as the characters they stand for in `$'…'`.
fn without_codes(text: &str) -> String {
    let Some((head, tail)) = text.split_once("$'") else { return text.to_owned() };
    let mut decoded = head.to_owned();
    for segment in tail.split("$'") {
        let (inner, rest) = segment.split_once('\'').unwrap_or((segment, ""));
        decoded.push_str(&ansi::decode(inner).unwrap_or_else(|| inner.to_owned()));
        decoded.push_str(rest);
    }
    decoded
}

fn split(plain: &str) -> Vec<&str> {
    plain
        .split(|character: char| character.is_whitespace() || ";|&(){}[]<>,`$=".contains(character))
        .filter(|word| !word.is_empty())
        .collect()
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}
