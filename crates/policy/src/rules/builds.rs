//! Compilers, build tools and test runners.

use super::languages::fed;
use crate::judge::{Entry, Finding, Flag, Invocation, Risk, delete_finding, entry, group, write_finding};
use crate::shell::Word;

const INSTALLS: &str = "it fetches packages";
const HIDDEN: &str = "what it runs is not looked through";

/// What builds, checks and tests.
pub(super) const FAMILY: &[Entry] = &[
    group(&["cargo"], CARGO).valued(&["--config", "-Z", "-C", "--color"]).judge(cargo),
    entry(
        Risk::Local,
        &[
            "rustc",
            "rustfmt",
            "rustdoc",
            "clippy-driver",
            "cargo-clippy",
            "cargo-fmt",
            "cargo-nextest",
            "rust-analyzer",
            "trunk",
            "mdbook",
        ],
        "it builds",
    ),
    group(
        &["rustup"],
        &[
            entry(Risk::ReadOnly, &["show", "which", "doc"], "it only shows"),
            entry(
                Risk::Network,
                &["update", "install", "toolchain", "component", "target", "self", "default", "override"],
                "it changes the toolchains",
            ),
            entry(Risk::Opaque, &["run"], HIDDEN),
        ],
    ),
    group(&["mise", "direnv"], &[entry(Risk::Opaque, &["exec", "x"], HIDDEN)]),
    group(
        &["go"],
        &[
            entry(Risk::ReadOnly, &["version", "env", "list", "doc", "help"], "it only shows").flags(&[
                Flag::new("-w", Risk::Outside, "it changes the settings of go"),
                Flag::new("-u", Risk::Network, INSTALLS),
            ]),
            entry(Risk::Network, &["get", "install", "mod", "work"], INSTALLS),
        ],
    ),
    entry(Risk::Local, &["make", "gmake", "ninja", "just", "task", "rake"], "it builds").judge(fed).flags(&[
        Flag::new("--eval", Risk::Opaque, "it runs a text as a recipe"),
        Flag::new("-E", Risk::Opaque, "it runs a text as a recipe"),
    ]),
    entry(Risk::Local, &["cmake"], "it builds").judge(cmake),
    entry(
        Risk::Local,
        &[
            "ctest",
            "meson",
            "bazel",
            "buck",
            "buck2",
            "scons",
            "gradle",
            "./gradlew",
            "mvn",
            "ant",
            "sbt",
            "mix",
            "dune",
            "stack",
            "cabal",
            "zig",
            "swift",
            "xcodebuild",
            "dotnet",
            "msbuild",
            "autoconf",
            "automake",
            "configure",
            "gcc",
            "g++",
            "cc",
            "c++",
            "clang",
            "clang++",
            "ld",
            "as",
            "javac",
            "java",
            "kotlinc",
            "scalac",
            "ghc",
            "tsc",
            "esbuild",
            "webpack",
            "vite",
            "rollup",
            "babel",
            "swc",
        ],
        "it builds",
    ),
    entry(
        Risk::Local,
        &[
            "pytest",
            "py.test",
            "tox",
            "nox",
            "mypy",
            "pyright",
            "ruff",
            "black",
            "isort",
            "flake8",
            "pylint",
            "bandit",
            "coverage",
            "unittest",
            "jest",
            "vitest",
            "mocha",
            "ava",
            "tap",
            "playwright",
            "cypress",
            "eslint",
            "prettier",
            "biome",
            "stylelint",
            "rspec",
            "rubocop",
            "phpunit",
            "golangci-lint",
            "gofmt",
            "goimports",
            "staticcheck",
            "shellcheck",
            "shfmt",
            "clang-format",
            "clang-tidy",
            "cppcheck",
            "valgrind",
            "gdb",
            "lldb",
            "hyperfine",
            "perf",
            "bats",
            "pre-commit",
            "sphinx-build",
            "pandoc",
            "protoc",
            "buf",
        ],
        "it checks or tests",
    ),
];

const CARGO: &[Entry] = &[
    entry(
        Risk::ReadOnly,
        &[
            "tree",
            "metadata",
            "version",
            "locate-project",
            "pkgid",
            "read-manifest",
            "verify-project",
            "help",
        ],
        "it only shows",
    ),
    entry(
        Risk::Local,
        &[
            "build",
            "b",
            "check",
            "c",
            "test",
            "t",
            "run",
            "r",
            "bench",
            "doc",
            "d",
            "clippy",
            "fmt",
            "fix",
            "clean",
            "expand",
            "nextest",
            "llvm-cov",
            "fuzz",
            "miri",
            "insta",
            "machete",
            "deny",
            "new",
            "init",
            "package",
            "vendor",
            "generate-lockfile",
            "rustc",
            "rustdoc",
            "xtask",
            "hack",
            "mutants",
            "tarpaulin",
        ],
        "it builds",
    ),
    entry(
        Risk::Network,
        &[
            "install",
            "uninstall",
            "add",
            "update",
            "fetch",
            "search",
            "info",
            "audit",
            "outdated",
            "binstall",
            "upgrade",
        ],
        INSTALLS,
    ),
    entry(Risk::Local, &["remove", "rm"], "it changes the manifest"),
    entry(Risk::Publish, &["publish", "yank", "owner", "login", "logout"], "it changes what is published"),
];

/// `--config` can name a program that cargo runs instead of another.
fn cargo(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    if invocation
        .leading
        .iter()
        .chain(invocation.arguments)
        .take_while(|word| word.text != "--")
        .any(|word| word.text.starts_with("--config"))
    {
        findings
            .push(Finding::new(Risk::Opaque, "a setting on the command line can make cargo run anything"));
    }
}

/// `cmake -E` is a small set of file commands, and runs others.
fn cmake(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let mut words = invocation.arguments.iter().skip_while(|word| word.text != "-E").skip(1);
    let Some(verb) = words.next() else { return };
    let operands: Vec<&Word> = words.filter(|word| !word.is_option()).collect();
    match verb.text.as_str() {
        "rm" | "remove" | "remove_directory" => {
            let is_recursive = verb.text == "remove_directory" || invocation.has_any(&["-r", "-R"]);
            let deleted = |word: &&Word| delete_finding(word, invocation, is_recursive);
            findings.extend(operands.iter().map(deleted));
        }
        "touch" | "touch_nocreate" | "make_directory" | "rename" => {
            findings.extend(operands.iter().map(|word| write_finding(word, invocation.place(word))));
        }
        "copy"
        | "copy_if_different"
        | "copy_directory"
        | "copy_directory_if_different"
        | "create_symlink"
        | "create_hardlink" => {
            findings.extend(operands.last().map(|word| write_finding(word, invocation.place(word))));
        }
        "echo" | "echo_append" | "cat" | "compare_files" | "sleep" | "true" | "false" | "capabilities"
        | "environment" | "md5sum" | "sha1sum" | "sha256sum" | "sha512sum" | "tar" => {}
        _ => findings.push(Finding::new(Risk::Opaque, "what it runs is not looked through")),
    }
}
