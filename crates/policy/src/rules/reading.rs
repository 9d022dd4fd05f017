//! Programs that read, show, search and compare.

use super::languages::{fed, mentioned};
use crate::judge::{Entry, Finding, Flag, Invocation, Risk, Targets, delete_finding, entry, write_finding};
use crate::shell::Word;

/// Readers, with the options that make writers of them.
pub(super) const FAMILY: &[Entry] = &[
    entry(
        Risk::ReadOnly,
        &[
            "cat",
            "head",
            "tail",
            "tac",
            "nl",
            "wc",
            "cut",
            "paste",
            "tr",
            "fold",
            "fmt",
            "expand",
            "unexpand",
            "comm",
            "diff",
            "cmp",
            "diff3",
            "sdiff",
            "grep",
            "egrep",
            "fgrep",
            "zgrep",
            "ls",
            "dir",
            "vdir",
            "stat",
            "du",
            "df",
            "basename",
            "dirname",
            "realpath",
            "readlink",
            "which",
            "whereis",
            "whoami",
            "id",
            "groups",
            "uname",
            "arch",
            "nproc",
            "uptime",
            "free",
            "cal",
            "seq",
            "sleep",
            "yes",
            "factor",
            "expr",
            "bc",
            "md5sum",
            "sha1sum",
            "sha256sum",
            "sha512sum",
            "b2sum",
            "cksum",
            "sum",
            "base64",
            "base32",
            "od",
            "hexdump",
            "strings",
            "nm",
            "objdump",
            "readelf",
            "size",
            "ldd",
            "jq",
            "column",
            "rev",
            "numfmt",
            "tsort",
            "join",
            "look",
            "zcat",
            "bzcat",
            "xzcat",
            "zdiff",
            "tput",
            "locale",
            "getconf",
            "ps",
            "pgrep",
            "pstree",
            "lsof",
            "hostid",
            "tty",
            "logname",
            "users",
            "who",
            "w",
            "lscpu",
            "lsblk",
            "lsmem",
            "info",
            "cloc",
            "tokei",
            "scc",
            "eza",
            "exa",
            "pwdx",
            "cargo-tree",
            "mktemp",
        ],
        "it only reads",
    ),
    entry(Risk::ReadOnly, &["less", "more", "most", "bat", "batcat"], "it only shows").flags(&[
        Flag::new("-o", Risk::Local, "less may write a log file"),
        Flag::new("-O", Risk::Local, "less may write a log file"),
        Flag::new("--pager", Risk::Local, "it runs another program to show"),
    ]),
    entry(Risk::ReadOnly, &["man"], "it only shows").flags(&[
        Flag::new("-P", Risk::Opaque, "it runs another program to show"),
        Flag::new("--pager", Risk::Opaque, "it runs another program to show"),
        Flag::new("-H", Risk::Opaque, "it runs another program to show"),
        Flag::new("--html", Risk::Opaque, "it runs another program to show"),
    ]),
    entry(Risk::ReadOnly, &["file"], "it only looks").flags(&[
        Flag::new("-C", Risk::Local, "it writes a file"),
        Flag::new("--compile", Risk::Local, "it writes a file"),
    ]),
    entry(Risk::ReadOnly, &["date"], "it shows the time").judge(date).flags(&[
        Flag::new("-s", Risk::Privilege, "it sets the clock of the machine"),
        Flag::new("--set", Risk::Privilege, "it sets the clock of the machine"),
    ]),
    entry(Risk::ReadOnly, &["rg", "ripgrep", "ag", "ack"], "it only searches").flags(&[
        Flag::new("--pre", Risk::Opaque, "it runs another program on every file"),
        Flag::new("--hostname-bin", Risk::Opaque, "it runs another program"),
        Flag::new("--pager", Risk::Opaque, "it runs another program"),
    ]),
    entry(Risk::ReadOnly, &["sort"], "it only sorts").judge(output).flags(&[
        Flag::new("-o", Risk::Local, "it writes its output to a file"),
        Flag::new("--output", Risk::Local, "it writes its output to a file"),
        Flag::new("--compress-program", Risk::Opaque, "it runs another program"),
    ]),
    entry(Risk::ReadOnly, &["uniq"], "it only filters").judge(second_operand_is_written),
    entry(Risk::ReadOnly, &["tree"], "it only lists").judge(output).flags(&[Flag::new(
        "-o",
        Risk::Local,
        "it writes a file",
    )]),
    entry(Risk::ReadOnly, &["hostname"], "it shows the name").judge(any_operand_changes),
    entry(Risk::ReadOnly, &["xxd"], "it shows bytes").judge(second_operand_is_written),
    entry(Risk::ReadOnly, &["yq"], "it reads").judge(in_place).flags(&[
        Flag::new("-i", Risk::Local, "it changes the file"),
        Flag::new("--inplace", Risk::Local, "it changes the file"),
    ]),
    entry(Risk::ReadOnly, &["find", "gfind"], "it only searches").judge(find),
    entry(Risk::ReadOnly, &["fd", "fdfind"], "it only searches").flags(&[
        Flag::new("-x", Risk::Opaque, "it runs a command for every match"),
        Flag::new("-X", Risk::Opaque, "it runs a command for all matches"),
        Flag::new("--exec", Risk::Opaque, "it runs a command for every match"),
        Flag::new("--exec-batch", Risk::Opaque, "it runs a command for all matches"),
    ]),
    entry(Risk::ReadOnly, &["sed", "gsed"], "it only edits the stream").judge(sed).flags(&[
        Flag::new("-i", Risk::Local, "it changes the files"),
        Flag::new("--in-place", Risk::Local, "it changes the files"),
        Flag::new("-f", Risk::Local, "its script is in a file"),
        Flag::new("--file", Risk::Local, "its script is in a file"),
        Flag::new("-s", Risk::ReadOnly, "files apart"),
    ]),
    entry(Risk::ReadOnly, &["awk", "gawk", "mawk", "nawk"], "it only filters").judge(awk).flags(&[
        Flag::new("-f", Risk::Local, "its program is in a file"),
        Flag::new("-i", Risk::Local, "it may change the files"),
        Flag::new("-l", Risk::Local, "it loads a library"),
        Flag::new("-E", Risk::Local, "its program is in a file"),
        Flag::new("--file", Risk::Local, "its program is in a file"),
        Flag::new("--include", Risk::Local, "it loads another program"),
    ]),
    entry(Risk::Local, &["tee"], "it writes files").targets(Targets::Written),
    entry(Risk::Local, &["split", "csplit"], "it writes files"),
];

fn second_operand_is_written(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    findings.extend(invocation.operands().skip(1).map(|word| write_finding(word, invocation.place(word))));
}

/// The file behind `-o` is written.
fn output(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let mut words = invocation.arguments.iter();
    while let Some(word) = words.next() {
        let glued = word.text.strip_prefix("--output=").or_else(|| word.text.strip_prefix("-o"));
        let target = match glued {
            Some(path) if !path.is_empty() => Some(Word { text: path.to_owned(), ..word.clone() }),
            Some(_) => words.next().cloned(),
            None if word.text == "--output" => words.next().cloned(),
            None => None,
        };
        findings.extend(target.map(|target| write_finding(&target, invocation.place(&target))));
    }
}

fn any_operand_changes(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    if invocation.operands().next().is_some() {
        findings.push(Finding::new(Risk::Privilege, "it changes the name of the machine"));
    }
}

/// A bare run of digits is a time to set; `-d TEXT` and `+FORMAT` only show one.
fn date(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let is_time =
        |word: &Word| word.text.len() >= 8 && word.text.starts_with(|first: char| first.is_ascii_digit());
    let shows = invocation.has_any(&["-d", "--date", "-r", "--reference"]);
    if !shows && invocation.operands().any(is_time) {
        findings.push(Finding::new(Risk::Privilege, "it sets the clock of the machine"));
    }
}

/// `-delete` below the starting points; what `-exec` runs is judged as a command of its own.
fn find(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let words = invocation.arguments;
    for (option, file) in words.iter().zip(words.iter().skip(1)) {
        if matches!(option.text.as_str(), "-fprint" | "-fprint0" | "-fprintf" | "-fls") {
            findings.push(write_finding(file, invocation.place(file)));
        }
    }
    if !words.iter().any(|word| word.text == "-delete") {
        return;
    }
    let starts: Vec<&Word> = words.iter().take_while(|word| !word.is_option()).collect();
    let deletes_everything =
        words.iter().all(|word| !word.is_option() || matches!(word.text.as_str(), "-delete" | "-depth"));
    let here = Word::literal(".");
    for start in if starts.is_empty() { vec![&here] } else { starts } {
        let target = if deletes_everything { start.clone() } else { Word::below(start) };
        findings.push(delete_finding(&target, invocation, true));
    }
}

/// With `-i` the files are written where they lie.
fn in_place(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    if invocation.has_any(&["-i", "--in-place", "--inplace"]) {
        findings.extend(invocation.operands().map(|word| write_finding(word, invocation.place(word))));
    }
}

/// A script that only prints lines or substitutes text writes nothing.
fn sed(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    if invocation.has_any(&["-i", "--in-place"]) {
        let scripts = sed_scripts(invocation);
        let files =
            invocation.operands().filter(|word| !scripts.iter().any(|script| std::ptr::eq(*script, *word)));
        findings.extend(files.map(|word| write_finding(word, invocation.place(word))));
    }
    fed(invocation, findings);
    let has_expression = invocation.has_any(&["-e", "--expression"]);
    let script = invocation.operands().next();
    let is_plain = !has_expression && script.is_some_and(|word| !word.is_dynamic && is_plain_sed(&word.text));
    if !is_plain {
        findings.push(Finding::new(Risk::Local, "its script may write files"));
        mentioned(invocation, findings);
    }
}

/// The words that are scripts and name no file: what follows `-e`, else the first. Where an option is not known to leave
/// it at that, or a word may turn out to be several, none is.
fn sed_scripts<'a>(invocation: &Invocation<'a>) -> Vec<&'a Word> {
    let is_cluster = |text: &str, ends: &str| {
        let letters = text.strip_prefix('-').and_then(|letters| letters.strip_suffix(ends));
        letters.is_some_and(|letters| letters.chars().all(|letter| "nErsuz".contains(letter)))
    };
    let is_simple = |text: &str| {
        let (head, _suffix) = text.split_once('i').unwrap_or((text, ""));
        is_cluster(head, "")
            || text == "--in-place"
            || text.starts_with("--in-place=")
            || matches!(text, "--quiet" | "--silent" | "--regexp-extended" | "--posix" | "--null-data")
    };
    let mut words = invocation.arguments.iter();
    let mut scripts = Vec::new();
    while let Some(word) = words.by_ref().find(|word| word.is_option() || word.starts_dynamic) {
        if word.text == "--expression" || is_cluster(&word.text, "e") {
            scripts.extend(words.next());
        } else if word.starts_dynamic || !is_simple(&word.text) {
            return Vec::new();
        }
    }
    if scripts.is_empty() {
        scripts.extend(invocation.operands().next());
    }
    scripts.retain(|script| !script.is_dynamic && !script.is_glob);
    scripts
}

fn is_plain_sed(script: &str) -> bool {
    let address = |text: &str| {
        text.chars()
            .all(|character| character.is_ascii_digit() || matches!(character, ',' | '$' | '~' | '+' | ' '))
    };
    if let Some(lines) = script.strip_suffix(['p', 'd', 'q']) {
        return address(lines);
    }
    let Some(rest) = script.strip_prefix('s') else { return false };
    let Some(separator) = rest.chars().next().filter(char::is_ascii_punctuation) else { return false };
    let pieces: Vec<&str> = rest.split(separator).collect();
    let flags = pieces.last().copied().unwrap_or("w");
    pieces.len() == 4
        && !rest.contains(['\\', ';', '\n'])
        && flags.chars().all(|flag| matches!(flag, 'g' | 'p' | 'i' | 'I' | '0'..='9'))
}

/// A program that calls nothing and redirects nothing writes nothing.
fn awk(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    fed(invocation, findings);
    let is_plain = invocation.arguments.iter().all(|word| {
        !word.is_dynamic
            && !word.text.contains("system")
            && !word.text.contains(['|', '>', '@'])
            && !word.text.contains("getline")
    });
    if !is_plain {
        findings.push(Finding::new(Risk::Local, "its program may write files or run commands"));
        mentioned(invocation, findings);
    }
}
