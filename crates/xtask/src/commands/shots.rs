//! `shots`: takes the pictures of the documentation: the real binary in a terminal, against a scripted model server or
//! with the demo's scripted models.
//!
//! The answers are scripted and everything else is real, times included; so a picture is looked at, not compared.

use super::Command;
use crate::Repository;
use anyhow::{Context as _, Result, ensure};
use cargo_metadata::MetadataCommand;
use headwater_testkit::terminal::svg;
use headwater_testkit::{ModelServer, Script, Terminal, Turn, Workspace};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

pub(super) const COMMAND: Command = Command {
    name: "shots",
    summary: "take the pictures in assets/, of the binary named or a fresh one",
    run,
};

/// Columns and rows of the pictures.
const SIZE: (u16, u16) = (100, 30);
/// Those of pictures of missions, which have more to show.
const WIDE: (u16, u16) = (120, 44);
const MODEL: &str = "qwen3-coder-30b";
const SETTLING: Duration = Duration::from_millis(600);

/// One picture.
struct Scene {
    file: &'static str,
    /// Arguments of the program.
    arguments: &'static [&'static str],
    prompt: &'static str,
    models: Models,
    size: (u16, u16),
    /// What is waited for, and the keys that follow then.
    keys: &'static [(&'static str, &'static str)],
    /// What is on the screen when the picture is taken.
    until: &'static str,
}

/// Who answers.
enum Models {
    /// A server with these answers.
    Server(fn() -> Script),
    /// The demo's own.
    Demo,
}

const SCENES: &[Scene] = &[
    Scene {
        file: "assets/screenshot.svg",
        arguments: &[],
        prompt: "the sum of three numbers is wrong: find out why, fix it, and push a branch",
        models: Models::Server(fix_and_push),
        size: SIZE,
        keys: &[],
        until: "APPROVE?",
    },
    Scene {
        file: "assets/plan.svg",
        arguments: &["--mode", "plan"],
        prompt: "how would you make `add` accept numbers from a pipe?",
        models: Models::Server(plan),
        size: SIZE,
        keys: &[],
        until: "Tab switches",
    },
    Scene {
        file: "assets/mission-card.svg",
        arguments: MISSION,
        prompt: MISSION_QUESTION,
        models: Models::Demo,
        size: WIDE,
        keys: &[],
        until: "[Enter] approve",
    },
    Scene {
        file: "assets/mission-tree.svg",
        arguments: MISSION,
        prompt: MISSION_QUESTION,
        models: Models::Demo,
        size: WIDE,
        keys: &[
            ("[Enter] approve", "<Enter>"),
            ("pieces = chunk", "<C-t>"),
            ("/42", "<Down><Down><Down><Down><Down><Enter>"),
        ],
        until: "#28",
    },
];

/// Arguments of the mission that is shown.
const MISSION: &[&str] = &["--provider", "demo", "--mode", "recursive"];
/// Its question.
const MISSION_QUESTION: &str = "which requests failed, why, by component?";

fn run(repository: &Repository, arguments: &[String], out: &mut dyn Write) -> Result<ExitCode> {
    let binary = match arguments.first() {
        Some(path) => std::path::absolute(path)?,
        None => built(repository.root())?,
    };
    for scene in SCENES {
        let picture = scene.take(&binary)?;
        std::fs::write(repository.root().join(scene.file), picture).with_context(|| scene.file)?;
        writeln!(out, "{}", scene.file)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The binary of these sources.
fn built(root: &Path) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = std::process::Command::new(cargo);
    let status = build.current_dir(root).args(["build", "--quiet", "--package", "headwater-cli"]).status()?;
    ensure!(status.success(), "the binary cannot be built");
    let metadata = MetadataCommand::new().manifest_path(root.join("Cargo.toml")).no_deps().exec()?;
    Ok(metadata.target_directory.join("debug/headwater").into())
}

impl Scene {
    /// Plays the scene and returns its picture.
    fn take(&self, binary: &Path) -> Result<String> {
        let workspace = Workspace::for_binary(binary).with_failing_test();
        let server = match self.models {
            Models::Server(answers) => Some(ModelServer::start(answers())),
            Models::Demo => None,
        };
        if let Some(server) = &server {
            workspace.home_file("config.toml", settings(&server.base_url()));
        }
        let mut command = workspace.command();
        command.env("COLORTERM", "truecolor").args(self.arguments).arg(self.prompt);
        let terminal = Terminal::start(&command, self.size.0, self.size.1);
        for (shown, keys) in self.keys {
            terminal.wait_for_text(shown);
            terminal.keys(keys);
        }
        terminal.wait_for_text(self.until);
        // Colours of code come from another thread a moment after the code, and nothing on the screen says that they
        // are there.
        std::thread::sleep(SETTLING);
        let picture = svg::render(&terminal.screen(), &svg::SvgOptions::default());
        let has_path = ["headwater-work-", "headwater-demo-"].iter().any(|path| picture.contains(path));
        ensure!(!has_path, "{}: a temporary path is on the screen", self.file);
        Ok(picture)
    }
}

fn settings(base_url: &str) -> String {
    format!(
        "provider = \"local\"\nmodel = \"{MODEL}\"\n\n[providers.local]\nwire = \"openai-chat\"\nbase_url = \"{base_url}\"\n\n\
         [models.\"{MODEL}\"]\nwindow = 65536\nprice = {{ input = 0.2, output = 0.8, cache_read = 0.02 }}\n"
    )
}

/// A fix that is checked, and a step for which a person is asked.
fn fix_and_push() -> Script {
    let test = json!({"command": "sh tests/run.sh"});
    Script::new()
        .turn(
            Turn::text("I look at the script and run its test.")
                .thinking("First see what is there, then what the test says.")
                .call("read", json!({"path": "src/add.sh"}))
                .call("shell", test.clone())
                .usage(3_412, 0, 61),
        )
        .turn(
            Turn::text("The loop names `\"$1\"` and `\"$2\"`, so a third number is **never added**.")
                .call(
                    "edit",
                    json!({
                        "path": "src/add.sh",
                        "old": "for number in \"$1\" \"$2\"; do",
                        "new": "for number in \"$@\"; do",
                    }),
                )
                .call("shell", test)
                .usage(3_905, 3_412, 118),
        )
        .turn(
            Turn::text("Both tests pass now. I put the change on a branch and push it.")
                .call(
                    "shell",
                    json!({"command": "git switch -c fix-add && git commit -qam 'Count every argument' && git push origin fix-add"}),
                )
                .usage(4_377, 3_905, 94),
        )
}

/// An investigation that ends in steps.
fn plan() -> Script {
    Script::new()
        .turn(
            Turn::text("I read the script and its tests first.")
                .call("read", json!({"path": "src/add.sh"}))
                .call("read", json!({"path": "tests/run.sh"}))
                .call("grep", json!({"pattern": "add ", "path": "."}))
                .usage(3_390, 0, 72),
        )
        .turn(Turn::text(PLAN).usage(4_120, 3_390, 240))
}

const PLAN: &str = "`add` loops over its arguments and never looks at standard input.\n\n\
    1. **Fix the loop first**: it sums only two numbers (`src/add.sh:5`); a test for three exists and fails.\n\
    2. **Read a pipe** when there are no arguments: `while read -r number`.\n\
    3. **Add two tests**: numbers from a pipe, and an empty pipe, which gives `0`.\n\n\
    | file | change |\n|---|---|\n| `src/add.sh` | about 8 lines |\n| `tests/run.sh` | 2 checks |\n\n\
    Nothing was written. Tab switches to Agent mode, where I can do it.";
