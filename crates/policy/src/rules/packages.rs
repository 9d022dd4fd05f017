//! Package managers: they reach the network, and run what they fetch.

use super::clouds::gone;
use crate::judge::{Entry, Finding, Invocation, Risk, entry, group};

const FETCHES: &str = "it fetches packages and runs their scripts";
const PUBLISHES: &str = "it changes what is published";
const HIDDEN: &str = "what it runs is not looked through";

/// Package managers of languages and systems.
pub(super) const FAMILY: &[Entry] = &[
    group(&["npm", "pnpm", "yarn"], NODE)
        .valued(&["--prefix", "-C", "--dir", "--cwd", "-w", "--workspace", "--filter"])
        .judge(bare_install),
    entry(
        Risk::Network,
        &["npx", "bunx", "pnpx", "uvx", "pipx", "npm-check-updates", "corepack"],
        "it may fetch a program and run it",
    ),
    group(&["pip", "pip3", "conda", "mamba", "micromamba"], PYTHON),
    group(&["uv", "poetry", "pdm", "pipenv", "hatch", "rye"], PYTHON).subcommands(PROJECT),
    group(
        &["gem", "bundle", "bundler"],
        &[
            entry(Risk::ReadOnly, &["list", "show", "info", "env"], "it only shows"),
            entry(Risk::Opaque, &["exec"], HIDDEN),
            entry(Risk::Publish, &["push", "yank", "owner"], PUBLISHES),
            entry(Risk::Network, &["install", "update", "fetch", "add", "lock", "outdated"], FETCHES),
        ],
    ),
    group(
        &["composer"],
        &[entry(Risk::Network, &["install", "update", "require", "global", "create-project"], FETCHES)],
    ),
    entry(
        Risk::Publish,
        &["twine", "semantic-release", "lerna", "changeset", "goreleaser", "cargo-release", "np"],
        PUBLISHES,
    ),
    entry(
        Risk::ReadOnly,
        &[
            "apt", "apt-get", "aptitude", "dnf", "yum", "zypper", "apk", "pacman", "snap", "flatpak", "brew",
            "port", "nix-env", "nix", "winget", "choco", "scoop", "dpkg", "rpm",
        ],
        "it shows packages",
    )
    .judge(system),
];

const NODE: &[Entry] = &[
    entry(
        Risk::ReadOnly,
        &["ls", "list", "why", "root", "prefix", "bin", "explain", "help", "--version", "-v"],
        "it only shows",
    ),
    entry(
        Risk::Local,
        &[
            "run",
            "run-script",
            "test",
            "t",
            "start",
            "stop",
            "restart",
            "build",
            "lint",
            "pack",
            "version",
            "prune",
            "rebuild",
            "dev",
            "format",
            "typecheck",
        ],
        "it runs a script of the project",
    ),
    entry(
        Risk::Network,
        &[
            "install",
            "i",
            "ci",
            "add",
            "update",
            "up",
            "upgrade",
            "audit",
            "outdated",
            "view",
            "info",
            "show",
            "search",
            "create",
            "init",
            "dlx",
            "link",
            "remove",
            "uninstall",
            "rm",
            "import",
            "fetch",
            "ping",
            "doctor",
            "fund",
        ],
        FETCHES,
    ),
    entry(
        Risk::Publish,
        &[
            "publish",
            "deprecate",
            "dist-tag",
            "access",
            "owner",
            "team",
            "token",
            "login",
            "logout",
            "adduser",
            "profile",
            "org",
            "hook",
            "npm",
        ],
        PUBLISHES,
    ),
    entry(Risk::Opaque, &["exec", "x"], HIDDEN),
    entry(Risk::Publish, &["unpublish"], PUBLISHES).judge(gone),
    entry(Risk::Outside, &["config", "set"], "it changes the settings of the package manager"),
];

const PYTHON: &[Entry] = &[
    entry(
        Risk::ReadOnly,
        &["list", "show", "freeze", "check", "help", "debug", "inspect", "info"],
        "it only shows",
    ),
    entry(
        Risk::Network,
        &["install", "download", "wheel", "index", "search", "create", "env", "update", "upgrade"],
        FETCHES,
    ),
    entry(Risk::Local, &["uninstall", "remove", "cache"], "it removes packages"),
    entry(Risk::Outside, &["config"], "it changes the settings of the package manager"),
];

const PROJECT: &[Entry] = &[
    entry(Risk::ReadOnly, &["show", "tree", "check", "version", "help"], "it only shows"),
    entry(Risk::Local, &["build", "init", "new", "remove", "shell", "graph"], "it works in the project"),
    entry(
        Risk::Network,
        &[
            "add", "sync", "lock", "install", "update", "pip", "tool", "venv", "python", "self", "export",
            "env", "upgrade",
        ],
        FETCHES,
    ),
    entry(Risk::Opaque, &["run"], HIDDEN),
    entry(Risk::Publish, &["publish"], PUBLISHES),
    entry(Risk::Outside, &["config", "cache"], "it changes the settings of the package manager"),
];

/// `yarn` alone installs.
fn bare_install(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    if invocation.arguments.is_empty() {
        findings.push(Finding::new(Risk::Network, FETCHES));
    }
}

/// Whatever else a package manager of the system does changes the machine.
fn system(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    const SHOWING: &[&str] = &["list", "show", "search", "info", "policy", "depends", "rdepends"];
    let first = invocation.operands().next();
    if !first.is_some_and(|word| SHOWING.contains(&word.text.as_str())) && !invocation.arguments.is_empty() {
        findings.push(Finding::new(Risk::Privilege, "it changes the packages of this machine"));
    }
}
