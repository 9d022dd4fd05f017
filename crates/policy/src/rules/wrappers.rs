//! Programs that run another one given in their arguments.

/// How to find the inner command of a wrapper.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wrapper {
    /// The program, and its sub-command where only that one wraps.
    pub(crate) name: (&'static str, Option<&'static str>),
    /// Options that take the next word as their value.
    pub(crate) valued: &'static [&'static str],
    /// Operands before the inner command.
    pub(crate) operands: usize,
    /// Options with which it does something else than running the inner command; they are not understood.
    pub(crate) opaque: &'static [&'static str],
}

const fn wrapper(name: &'static str, valued: &'static [&'static str], operands: usize) -> Wrapper {
    Wrapper { name: (name, None), valued, operands, opaque: &[] }
}

const fn runner(
    name: &'static str,
    subcommand: &'static str,
    valued: &'static [&'static str],
    operands: usize,
) -> Wrapper {
    Wrapper { name: (name, Some(subcommand)), valued, operands, opaque: &["-c", "--call", "--command"] }
}

/// As many operands as there are: the inner command stands behind `--`.
const UNTIL_DASHES: usize = usize::MAX;

/// Options of runners that take no value. One that is in no list may take the next word, or not: it is not understood.
pub(crate) const PLAIN: &[&str] = &[
    "-q",
    "--quiet",
    "-v",
    "--verbose",
    "--silent",
    "-y",
    "--yes",
    "--no",
    "--frozen",
    "--locked",
    "--offline",
    "--isolated",
    "--exact",
    "--active",
    "--no-sync",
    "--no-project",
    "--no-config",
    "--no-cache",
    "--no-env-file",
    "--all-extras",
    "--all-groups",
    "--all-packages",
    "--dev",
    "--no-dev",
    "-m",
    "--module",
    "-s",
    "--script",
    "-r",
    "--recursive",
    "--parallel",
    "--if-present",
    "--workspaces",
    "--install",
    "--raw",
];

/// Options of `npm exec` and its like that take the next word.
const OF_NODE: &[&str] = &["-p", "--package", "-w", "--workspace", "--prefix", "-C", "--dir", "--filter"];

/// Options of `uv run` that take the next word.
const OF_UV: &[&str] = &[
    "-w",
    "--with",
    "--with-editable",
    "--with-requirements",
    "-p",
    "--python",
    "--package",
    "--extra",
    "--group",
    "--only-group",
    "--no-group",
    "--no-extra",
    "--env-file",
    "--directory",
    "--project",
    "--index",
    "--default-index",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "--cache-dir",
    "--color",
];

/// Every wrapper that is looked through.
pub(crate) const WRAPPERS: &[Wrapper] = &[
    wrapper("timeout", &["-s", "--signal", "-k", "--kill-after"], 1),
    wrapper("gtimeout", &["-s", "--signal", "-k", "--kill-after"], 1),
    wrapper("nice", &["-n", "--adjustment"], 0),
    wrapper("nohup", &[], 0),
    wrapper("time", &["-f", "--format", "-o", "--output"], 0),
    wrapper("stdbuf", &["-i", "-o", "-e", "--input", "--output", "--error"], 0),
    wrapper("setsid", &[], 0),
    wrapper("ionice", &["-c", "-n", "--class", "--classdata"], 0),
    wrapper("chrt", &[], 1),
    wrapper("taskset", &[], 1),
    wrapper("command", &[], 0),
    wrapper("builtin", &[], 0),
    wrapper("caffeinate", &["-t"], 0),
    wrapper("unbuffer", &[], 0),
    wrapper("busybox", &[], 0),
    wrapper("toybox", &[], 0),
    wrapper("winpty", &[], 0),
    wrapper("watch", &["-n", "--interval"], 0),
    wrapper(
        "sudo",
        &["-u", "--user", "-g", "--group", "-C", "-h", "-p", "-r", "-t", "-T", "-U", "-D", "-R"],
        0,
    ),
    wrapper("doas", &["-u", "-C"], 0),
    Wrapper {
        name: ("env", None),
        valued: &["-u", "--unset"],
        operands: 0,
        opaque: &["-S", "--split-string", "-C", "--chdir", "-P"],
    },
    Wrapper {
        name: ("xargs", None),
        valued: &[
            "-n",
            "-P",
            "-I",
            "-L",
            "-d",
            "-s",
            "-E",
            "-a",
            "--max-args",
            "--max-procs",
            "--replace",
            "--max-lines",
            "--delimiter",
            "--max-chars",
            "--arg-file",
            "-R",
            "-S",
            "-J",
        ],
        operands: 0,
        opaque: &[],
    },
    Wrapper {
        name: ("flock", None),
        valued: &["-w", "-E", "--timeout"],
        operands: 1,
        opaque: &["-c", "--command"],
    },
    Wrapper { name: ("strace", None), valued: &["-e", "-s", "-P", "-E"], operands: 0, opaque: &["-o", "-p"] },
    runner("poetry", "run", &["-C", "--directory", "-P", "--project"], 0),
    runner("pipenv", "run", &[], 0),
    runner("pdm", "run", &["-p", "--project", "--venv"], 0),
    runner("hatch", "run", &["-e", "--env"], 0),
    runner("rye", "run", &[], 0),
    runner("uv", "run", OF_UV, 0),
    runner("bundle", "exec", &["--gemfile"], 0),
    runner("npm", "exec", OF_NODE, 0),
    runner("npm", "x", OF_NODE, 0),
    runner("pnpm", "exec", OF_NODE, 0),
    runner("yarn", "exec", OF_NODE, 0),
    runner("rustup", "run", &[], 1),
    runner("direnv", "exec", &[], 1),
    runner("mise", "exec", &["-C", "--cd", "-j", "--jobs"], UNTIL_DASHES),
    runner("mise", "x", &["-C", "--cd", "-j", "--jobs"], UNTIL_DASHES),
];
