//! git, sub-command by sub-command.

use super::deleting;
use crate::judge::{Entry, Finding, Flag, Invocation, Risk, entry, group};
use crate::paths::Place;
use crate::shell::Word;
use headwater_protocol::Confinement;

const OUTPUT: Flag = Flag::new("--output", Risk::Local, "it writes its output to a file");
const EXT_DIFF: Flag = Flag::new("--ext-diff", Risk::Opaque, "it runs a configured program");
const TEXTCONV: Flag = Flag::new("--textconv", Risk::Opaque, "it runs a configured program");
const SHOWS: &[Flag] = &[OUTPUT, EXT_DIFF, TEXTCONV];

/// git itself, and programs around it.
pub(super) const FAMILY: &[Entry] = &[
    group(&["git"], SUBCOMMANDS)
        .valued(&["-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env", "--super-prefix"])
        .judge(global_options),
    entry(Risk::Catastrophic, &["git-filter-repo", "bfg"], "it rewrites the history"),
];

const SUBCOMMANDS: &[Entry] = &[
    entry(
        Risk::ReadOnly,
        &[
            "diff",
            "log",
            "show",
            "whatchanged",
            "shortlog",
            "diff-tree",
            "diff-index",
            "diff-files",
            "range-diff",
        ],
        "it only shows",
    )
    .flags(SHOWS),
    entry(
        Risk::ReadOnly,
        &[
            "status",
            "blame",
            "annotate",
            "ls-files",
            "ls-tree",
            "rev-parse",
            "describe",
            "cat-file",
            "merge-base",
            "name-rev",
            "for-each-ref",
            "rev-list",
            "count-objects",
            "check-ignore",
            "check-attr",
            "var",
            "version",
            "help",
            "show-ref",
            "show-branch",
            "merge-tree",
            "cherry",
            "fsck",
            "verify-commit",
            "verify-tag",
            "show-index",
        ],
        "it only shows",
    ),
    entry(Risk::ReadOnly, &["grep"], "it only searches").flags(&[
        Flag::new("-O", Risk::Opaque, "it opens a pager program"),
        Flag::new("--open-files-in-pager", Risk::Opaque, "it opens a pager program"),
    ]),
    entry(Risk::ReadOnly, &["branch"], "it lists branches").judge(branch),
    entry(Risk::ReadOnly, &["tag"], "it lists tags").judge(tag),
    entry(Risk::Local, &["remote"], "it shows or changes remotes").judge(remote),
    entry(Risk::Local, &["config"], "it shows or changes settings").judge(config),
    group(
        &["stash"],
        &[
            entry(Risk::ReadOnly, &["list", "show"], "it only shows").flags(SHOWS),
            entry(Risk::Destructive, &["drop", "clear"], "it throws stashed work away"),
        ],
    ),
    group(
        &["reflog"],
        &[entry(Risk::Destructive, &["expire", "delete"], "it forgets what work could be recovered from")],
    ),
    group(
        &["worktree"],
        &[
            entry(Risk::ReadOnly, &["list"], "it only lists"),
            entry(Risk::Destructive, &["remove", "prune"], "it deletes a work tree"),
            entry(Risk::Local, &["add", "move"], "it writes a work tree").judge(operands_inside),
        ],
    ),
    group(&["notes"], &[entry(Risk::ReadOnly, &["list", "show"], "it only shows")]),
    group(
        &["submodule"],
        &[
            entry(Risk::ReadOnly, &["status", "summary"], "it only shows"),
            entry(Risk::Network, &["add", "update", "init", "sync"], "it fetches other repositories"),
            entry(Risk::Opaque, &["foreach"], "it runs a text as a script"),
            entry(Risk::Destructive, &["deinit"], "it deletes work trees"),
        ],
    ),
    group(&["bisect"], &[entry(Risk::Opaque, &["run"], "it runs a command at every step")]),
    entry(
        Risk::Local,
        &[
            "add",
            "commit",
            "merge",
            "cherry-pick",
            "revert",
            "apply",
            "am",
            "format-patch",
            "bundle",
            "sparse-checkout",
            "commit-tree",
            "write-tree",
            "hash-object",
            "mktree",
            "mktag",
            "replace",
            "rerere",
            "pack-refs",
            "repack",
            "maintenance",
        ],
        "it changes the repository",
    ),
    entry(Risk::Local, &["mv"], "it moves tracked files").flags(&[
        Flag::new("-f", Risk::Destructive, "it overwrites what stands in the way"),
        Flag::new("--force", Risk::Destructive, "it overwrites what stands in the way"),
    ]),
    entry(Risk::Outside, &["init"], "it writes .git/config"),
    entry(Risk::Local, &["rebase"], "it moves commits").flags(&[
        Flag::new("-x", Risk::Opaque, "it runs a command at every step"),
        Flag::new("--exec", Risk::Opaque, "it runs a command at every step"),
    ]),
    entry(Risk::Local, &["reset"], "it moves the branch").flags(&[
        Flag::new("--hard", Risk::Destructive, "it throws uncommitted work away"),
        Flag::new("--merge", Risk::Destructive, "it throws uncommitted work away"),
        Flag::new("--keep", Risk::Destructive, "it may throw uncommitted work away"),
    ]),
    entry(Risk::Local, &["checkout"], "it changes the work tree").judge(checkout),
    entry(Risk::Local, &["switch"], "it changes the branch").judge(switch),
    entry(Risk::Local, &["restore"], "it changes files or the index").judge(restore),
    entry(Risk::Local, &["rm"], "it deletes tracked files").judge(deleting::of_index).flags(&[
        Flag::new("-f", Risk::Destructive, "it deletes changed files as well"),
        Flag::new("--force", Risk::Destructive, "it deletes changed files as well"),
    ]),
    entry(Risk::ReadOnly, &["clean"], "it lists untracked files").judge(clean),
    entry(Risk::Local, &["gc"], "it tidies the object store").flags(&[Flag::new(
        "--prune",
        Risk::Destructive,
        "it forgets what work could be recovered from",
    )]),
    entry(Risk::ReadOnly, &["prune"], "it says what would go").judge(prune),
    entry(
        Risk::Local,
        &["update-ref", "symbolic-ref", "update-index", "read-tree", "checkout-index"],
        "it changes the repository",
    )
    .flags(&[
        Flag::new("-d", Risk::Destructive, "it deletes a reference"),
        Flag::new("--reset", Risk::Destructive, "it throws uncommitted work away"),
        Flag::new("-f", Risk::Destructive, "it overwrites files"),
    ]),
    entry(Risk::Catastrophic, &["filter-branch", "filter-repo"], "it rewrites the history"),
    entry(Risk::Network, &["fetch", "pull", "ls-remote"], "it talks to another repository").flags(&[
        Flag::new("--upload-pack", Risk::Opaque, "it runs another program at the other end"),
        Flag::new("--force", Risk::Destructive, "it overwrites local references"),
    ]),
    entry(Risk::Network, &["clone"], "it fetches a repository").judge(clone_target).flags(&[
        Flag::new("--upload-pack", Risk::Opaque, "it runs another program at the other end"),
        Flag::new("-u", Risk::Opaque, "it runs another program at the other end"),
        Flag::new("-c", Risk::Opaque, "it sets configuration"),
        Flag::new("--config", Risk::Opaque, "it sets configuration"),
        Flag::new("--template", Risk::Opaque, "it installs hooks"),
    ]),
    entry(Risk::Publish, &["push"], "it publishes commits").judge(push),
    entry(
        Risk::Network,
        &["lfs", "send-email", "svn", "p4", "request-pull", "archive", "daemon", "imap-send", "credential"],
        "it may reach the network",
    ),
    entry(Risk::Opaque, &["difftool", "mergetool", "gui", "citool", "instaweb"], "it runs another program"),
];

/// Options before the sub-command: `-C` to elsewhere, and `-c`, which can make git run anything.
fn global_options(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let mut words = invocation.leading.iter();
    while let Some(word) = words.next() {
        let (name, value) = match word.text.split_once('=') {
            Some((name, value)) if name.starts_with("--") => {
                (name, Some(Word { text: value.to_owned(), ..word.clone() }))
            }
            _ => (word.text.as_str(), None),
        };
        match name {
            "-C" | "--work-tree" | "--git-dir" => {
                let directory = value.or_else(|| words.next().cloned());
                elsewhere(directory.as_ref(), invocation, findings);
            }
            "-c" | "--config-env" => {
                let setting = value.or_else(|| words.next().cloned());
                if !setting.is_some_and(|setting| is_harmless_setting(&setting)) {
                    findings.push(Finding::new(
                        Risk::Opaque,
                        "a setting on the command line can make git run anything",
                    ));
                }
            }
            "--exec-path" if word.text.contains('=') => {
                findings.push(Finding::new(Risk::Opaque, "git is told to run other programs"));
            }
            _ if name.starts_with("-c") => {
                findings.push(Finding::new(
                    Risk::Opaque,
                    "a setting on the command line can make git run anything",
                ));
            }
            _ => {}
        }
    }
}

fn elsewhere(directory: Option<&Word>, invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    match directory.map(|word| invocation.place(word)) {
        Some(Place::Inside | Place::Root | Place::Protected) => {}
        Some(_) | None => {
            findings.push(Finding::new(Risk::Outside, "it works on a repository outside the workspace"));
        }
    }
}

fn is_harmless_setting(setting: &Word) -> bool {
    const KEYS: &[&str] = &[
        "user.name",
        "user.email",
        "core.quotepath",
        "core.quotePath",
        "commit.gpgsign",
        "tag.gpgsign",
        "init.defaultBranch",
        "core.autocrlf",
        "merge.conflictStyle",
    ];
    let Some((key, value)) = setting.text.split_once('=').filter(|_| !setting.is_dynamic) else {
        return false;
    };
    KEYS.contains(&key)
        || ["color.", "advice.", "column."].iter().any(|prefix| key.starts_with(prefix))
        || (key == "core.pager" && matches!(value, "" | "cat"))
}

fn branch(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    if invocation.has_any(&["-D", "-M", "-C", "-f", "--force"]) {
        findings.push(Finding::new(Risk::Destructive, "it deletes or overwrites a branch by force"));
    }
    if invocation.has_any(&["-u", "--set-upstream-to", "--unset-upstream", "--edit-description"]) {
        findings.push(Finding::new(Risk::Outside, "it changes .git/config"));
    }
    let lists = invocation.has_any(&[
        "--list",
        "-a",
        "-r",
        "--all",
        "--remotes",
        "--contains",
        "--merged",
        "--no-merged",
        "--show-current",
        "--points-at",
    ]);
    let changes = invocation.has_any(&["-d", "-m", "-c", "-f", "--delete", "--move", "--copy", "--force"]);
    if changes || (!lists && invocation.operands().next().is_some()) {
        findings.push(Finding::new(Risk::Local, "it changes branches"));
    }
}

fn tag(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let lists = invocation.has_any(&["-l", "--list", "--contains", "--merged", "--points-at"]);
    if invocation.has_any(&["-d", "--delete", "-f", "--force"]) {
        findings.push(Finding::new(Risk::Destructive, "it deletes or moves a tag"));
    } else if !lists && (invocation.operands().next().is_some() || !invocation.arguments.is_empty()) {
        findings.push(Finding::new(Risk::Local, "it makes a tag"));
    }
}

fn remote(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    findings.push(match invocation.operands().next().map(|word| word.text.as_str()) {
        None | Some("get-url") => return readable(findings),
        Some("show" | "update" | "prune") => Finding::new(Risk::Network, "it talks to another repository"),
        Some(_) => {
            Finding::new(Risk::Catastrophic, "it changes .git/config, which is protected configuration")
        }
    });
}

/// Replaces the cautious risk of the row: what was asked for only shows.
fn readable(findings: &mut [Finding]) {
    if let Some(last) = findings.last_mut() {
        *last = Finding::new(Risk::ReadOnly, "it only shows");
    }
}

fn config(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    const READING: &[&str] = &["--get", "--get-all", "--get-regexp", "--get-urlmatch", "--list", "-l"];
    let has_reading = invocation.arguments.iter().any(|word| READING.contains(&word.text.as_str()));
    let first = invocation.operands().next().map(|word| word.text.as_str());
    let changes = invocation.has_any(&[
        "--add",
        "--unset",
        "--unset-all",
        "--replace-all",
        "--edit",
        "-e",
        "--remove-section",
        "--rename-section",
    ]);
    let is_single_name = invocation.operands().count() == 1 && first.is_some_and(|name| name.contains('.'));
    if !changes && (has_reading || is_single_name || matches!(first, Some("get" | "list"))) {
        return readable(findings);
    }
    findings
        .push(Finding::new(Risk::Catastrophic, "it changes the configuration of git, which is protected"));
}

/// `git checkout X` changes the branch, or throws away what was not committed of the file X: which of the two, only the
/// repository knows. What can hardly be a file passes; `git switch` says without doubt that a branch is meant.
fn checkout(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    const DISCARDING: &[&str] =
        &["-f", "--force", "-p", "--patch", "--ours", "--theirs", "--pathspec-from-file"];
    let takes_commit = invocation.has_any(&["-b", "-B", "--orphan", "--track", "-t", "--detach", "-d"]);
    let has_paths = invocation.arguments.iter().any(|word| word.text == "--")
        || (!takes_commit && invocation.operands().count() > 1);
    if has_paths || invocation.has_any(DISCARDING) {
        findings.push(Finding::new(Risk::Destructive, "it throws uncommitted work away"));
    } else if invocation.has("-B") {
        findings.push(Finding::new(Risk::Destructive, "it moves an existing branch"));
    } else if let Some(word) = invocation.operands().find(|word| !takes_commit && !is_surely_commit(word)) {
        let why = format!(
            "{} may be a file, whose uncommitted changes it throws away (git switch takes only branches)",
            word.text
        );
        findings.push(Finding::new(Risk::Destructive, why));
    }
}

/// Whether a word is a commit by its looks: HEAD, the usual branches, those of a remote, a version, a hash.
fn is_surely_commit(word: &Word) -> bool {
    const NAMES: &[&str] = &["HEAD", "ORIG_HEAD", "FETCH_HEAD", "-", "main", "master"];
    const PREFIXES: &[&str] = &["origin/", "upstream/", "refs/heads/", "refs/tags/", "refs/remotes/"];
    if word.is_dynamic || word.is_glob {
        return false;
    }
    let text = word.text.as_str();
    let base = text.split(['~', '^', '@']).next().unwrap_or(text);
    let is_hash = (7..=40).contains(&base.len())
        && base.chars().all(|letter| matches!(letter, '0'..='9' | 'a'..='f'))
        && base.contains(|letter: char| letter.is_ascii_digit());
    let number = base.strip_prefix('v').unwrap_or(base);
    let is_version = number.contains('.')
        && number.split('.').all(|part| !part.is_empty() && part.chars().all(|digit| digit.is_ascii_digit()));
    (base.is_empty() && text.starts_with('@'))
        || NAMES.contains(&base)
        || PREFIXES.iter().any(|prefix| base.starts_with(prefix))
        || is_hash
        || is_version
}

fn switch(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    if invocation.has_any(&["-f", "--force", "--discard-changes"]) {
        findings.push(Finding::new(Risk::Destructive, "it throws uncommitted work away"));
    } else if invocation.has_any(&["-C", "--force-create"]) {
        findings.push(Finding::new(Risk::Destructive, "it moves an existing branch"));
    }
}

fn restore(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let is_staged_only = invocation.has("--staged") && !invocation.has_any(&["--worktree", "-W"]);
    findings.push(if is_staged_only {
        Finding::new(Risk::Local, "it changes the index")
    } else {
        Finding::new(Risk::Destructive, "it throws uncommitted work away")
    });
}

/// Whether `git clean` only says what it would do. What follows `-e` and `--exclude` is a pattern, whatever letters are in
/// it: what makes a command harmless must be there for certain.
fn only_lists_untracked(arguments: &[Word]) -> bool {
    let mut words = arguments.iter().map(|word| word.text.as_str()).take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        let letters = word.strip_prefix('-').filter(|rest| !rest.starts_with('-')).unwrap_or_default();
        let (flags, pattern) = letters.split_once('e').map_or((letters, None), |(f, rest)| (f, Some(rest)));
        if word == "--dry-run" || flags.contains('n') {
            return true;
        }
        if pattern == Some("") || (word.starts_with("--e") && !word.contains('=')) {
            words.next();
        }
    }
    false
}

/// Ignored files are in no history: removing them cannot be made good again.
fn clean(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    if only_lists_untracked(invocation.arguments) {
        return;
    }
    findings.push(if invocation.has_any(&["-x", "-X"]) {
        Finding::new(Risk::Catastrophic, "it deletes ignored files, which no history has")
            .needing(Confinement::WorkspaceWrite)
    } else {
        Finding::new(Risk::Destructive, "it deletes untracked files")
    });
}

fn prune(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let is_dry = |word: &Word| matches!(word.text.as_str(), "-n" | "--dry-run");
    if !invocation.arguments.iter().any(is_dry) {
        findings.push(Finding::new(Risk::Destructive, "it forgets what work could be recovered from"));
    }
}

fn operands_inside(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    if invocation.operands().take(1).any(|word| invocation.place(word) >= Place::Outside) {
        findings.push(Finding::new(Risk::Outside, "it writes outside the workspace"));
    }
}

fn clone_target(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let mut operands = invocation.operands();
    if operands.next().is_some_and(|source| source.text.contains("::")) {
        findings.push(Finding::new(Risk::Opaque, "the address names a program to run"));
    }
    if operands.any(|word| invocation.place(word) >= Place::Outside) {
        findings.push(Finding::new(Risk::Outside, "it writes outside the workspace"));
    }
}

/// What others have already seen must not change under them.
fn push(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    const FORCING: &[&str] = &[
        "-f",
        "--force",
        "--force-with-lease",
        "--force-if-includes",
        "--mirror",
        "--delete",
        "-d",
        "--prune",
    ];
    let rewrites = |word: &Word| word.text.starts_with('+') || word.text.starts_with(':');
    if invocation.has_any(FORCING) || invocation.operands().any(rewrites) {
        findings.push(
            Finding::new(Risk::Catastrophic, "it overwrites or deletes what is published")
                .needing(Confinement::WorkspaceWriteNetwork),
        );
    }
    if invocation.has_any(&["--receive-pack", "--exec"]) {
        findings.push(Finding::new(Risk::Opaque, "it runs another program at the other end"));
    }
    if invocation.arguments.iter().any(|word| word.starts_dynamic) {
        findings.push(
            Finding::new(
                Risk::Catastrophic,
                "whether it overwrites what is published is only known when it runs",
            )
            .needing(Confinement::WorkspaceWriteNetwork),
        );
    }
}
