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
    "import remove",
    "unlink",
    "fs.rm",
    "promises.rm",
    "file.delete",
    "file.remove",
    "file.rm",
    "files.delete",
    ".delete()",
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
    if let Some(sign) = DELETING.iter().find(|sign| plain.contains(*sign)) {
        return Some((*sign).to_owned());
    }
    let named = |word: &&str| {
        let program = base(word).trim_start_matches(['!', ':']);
        matches!(program, "rm" | "rimraf" | "trash-put" | "rm_f")
    };
    split(&plain).into_iter().find(named).map(str::to_owned)
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
