//! Each predicate against real files and a real repository; commands through a runner that starts a shell.

use std::path::Path;
use std::process::Command;

use futures_util::future::BoxFuture;
use headwater_protocol::contract::RequiredOutput;
use headwater_protocol::views::ToolResults;
use serde_json::json;
use tempfile::TempDir;

use super::*;

/// Runs commands with a shell; the sandbox is the engine's matter.
struct Shell<'a>(&'a Path);

impl CommandRunner for Shell<'_> {
    fn run<'a>(&'a self, command: &'a str) -> BoxFuture<'a, Result<CommandEnd, String>> {
        Box::pin(async move {
            if command == "refused" {
                return Err("the card does not grant it".to_owned());
            }
            let output = Command::new("sh").args(["-c", command]).current_dir(self.0).output().unwrap();
            Ok(CommandEnd {
                code: output.status.code(),
                tail: String::from_utf8_lossy(&output.stdout).into_owned(),
            })
        })
    }
}

async fn found(directory: &Path, answer: &str, predicate: Predicate) -> Option<String> {
    let results = ToolResults::default();
    let place = CheckPlace { workspace: directory, answer, commands: &Shell(directory), results: &results };
    check(&predicate, &place).await.err()
}

fn workspace() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("full.json"), "{\"n\": 3}").unwrap();
    std::fs::write(directory.path().join("empty"), "").unwrap();
    std::fs::create_dir(directory.path().join("folder")).unwrap();
    directory
}

#[tokio::test]
async fn files_exist_when_they_hold_something_and_lie_inside() {
    let directory = workspace();
    std::os::unix::fs::symlink("/etc/passwd", directory.path().join("link")).unwrap();
    let table = [
        ("full.json", None),
        ("empty", Some("empty is empty")),
        ("absent", Some("absent is not there")),
        ("folder", Some("folder is no file")),
        ("link", Some("link lies outside of the workspace")),
        ("../../../../../../etc/passwd", Some("../../../../../../etc/passwd lies outside of the workspace")),
    ];
    for (path, expected) in table {
        let predicate = Predicate::FileExists { path: path.into() };
        assert_eq!(found(directory.path(), "", predicate).await.as_deref(), expected, "{path}");
    }
}

#[tokio::test]
async fn commands_end_with_code_0() {
    let directory = workspace();
    let table = [
        ("test -s full.json", None),
        ("echo one failed; exit 3", Some("`echo one failed; exit 3` ended with code 3: one failed")),
        ("kill -9 $$", Some("`kill -9 $$` was ended before its time")),
        ("refused", Some("`refused` did not run: the card does not grant it")),
    ];
    for (command, expected) in table {
        let predicate = Predicate::CommandExit0 { command: command.into() };
        assert_eq!(found(directory.path(), "", predicate).await.as_deref(), expected, "{command}");
    }
}

#[tokio::test]
async fn json_fits_its_schema() {
    let directory = workspace();
    let schema =
        json!({"type": "object", "properties": {"n": {"type": "integer", "minimum": 5}}, "required": ["n"]});
    let table = [
        (
            Some("full.json"),
            "",
            Some("full.json does not fit the schema: 3 is less than the minimum of 5 at /n"),
        ),
        (None, "{\"n\": 7}", None),
        (None, "```json\n{\"n\": 7}\n```", None),
        (None, "{}", Some("the answer does not fit the schema: \"n\" is a required property")),
        (None, "seven", Some("the answer is no JSON: expected value at line 1 column 1")),
        (Some("absent"), "", Some("absent is not there")),
    ];
    for (path, answer, expected) in table {
        let predicate = Predicate::JsonSchemaValid { path: path.map(Into::into), schema: schema.clone() };
        assert_eq!(found(directory.path(), answer, predicate).await.as_deref(), expected, "{answer}");
    }
    let elsewhere = json!({"$ref": "http://127.0.0.1:1/schema.json"});
    let predicate = Predicate::JsonSchemaValid { path: None, schema: elsewhere };
    let said = found(directory.path(), "{}", predicate).await.unwrap();
    assert!(said.starts_with("the schema cannot be used"), "{said}");
}

#[tokio::test]
async fn patterns_match_a_file_or_the_answer() {
    let directory = workspace();
    let table = [
        (Some("full.json"), "\"n\": \\d", None),
        (Some("full.json"), "^m", Some("/^m/ is not found in full.json")),
        (None, "^done$", None),
        (None, "(", Some("the pattern /(/ cannot be used")),
    ];
    for (path, pattern, expected) in table {
        let predicate = Predicate::RegexMatches { path: path.map(Into::into), pattern: pattern.into() };
        assert_eq!(
            found(directory.path(), "well\ndone\n", predicate).await.as_deref(),
            expected,
            "{pattern}"
        );
    }
}

#[tokio::test]
async fn the_tree_differs_from_its_last_commit() {
    let directory = workspace();
    let path = directory.path();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
        assert!(
            Command::new("git")
                .args(identity)
                .args(arguments)
                .current_dir(path)
                .output()
                .unwrap()
                .status
                .success()
        );
    };
    let diff = |below: Option<&str>| Predicate::DiffNonempty { path: below.map(Into::into) };
    assert!(found(path, "", diff(None)).await.unwrap().starts_with("git failed: "), "no repository");
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    let nothing = Some("nothing differs from the last commit anywhere");
    assert_eq!(found(path, "", diff(None)).await.as_deref(), nothing);
    std::fs::write(path.join("folder/new.txt"), "x").unwrap();
    for below in
        [None, Some("folder"), Some("folder/"), Some("folder/**"), Some("**/*.txt"), Some("folder/new.txt")]
    {
        assert_eq!(found(path, "", diff(below)).await, None, "{below:?}");
    }
    for below in ["src", "*.txt", "fold"] {
        assert!(found(path, "", diff(Some(below))).await.is_some(), "{below}");
    }
    let churn = super::super::git::churn(path).await;
    assert_eq!(churn.get("full.json"), Some(&1));
    assert!(super::super::git::churn(Path::new("/")).await.is_empty());
}

#[tokio::test]
async fn comparing_the_tree_runs_nothing_that_a_repository_within_configures() {
    let directory = tempfile::tempdir().unwrap();
    let (outer, inner) = (directory.path(), directory.path().join("inner"));
    let script =
        "set -e; export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
        mkdir -p inner; printf text >file; printf text >inner/file
        for place in inner .; do
            git -C $place init -q; git -C $place add file; git -C $place commit -qm one --no-gpg-sign
        done
        git add inner 2>/dev/null; git commit -qm two --no-gpg-sign
        printf next >inner/file; git -C inner config filter.trap.clean 'touch ../sprung; cat'
        echo '* filter=trap' >inner/.git/info/attributes";
    let made = Command::new("sh").args(["-c", script]).current_dir(outer).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    // The same size at another time: git must read the file to know whether it changed.
    let file = std::fs::File::options().write(true).open(inner.join("file")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    assert!(found(outer, "", Predicate::DiffNonempty { path: None }).await.is_some());
    assert!(!outer.join("sprung").exists(), "the filter of the repository within was run");
}

#[tokio::test]
async fn gaps_name_what_is_missing_and_no_claim_closes_one() {
    let directory = workspace();
    let output =
        |id: &str, predicate| RequiredOutput { id: id.into(), what: format!("The {id}."), predicate };
    let contract = TaskContract {
        goal: "g".into(),
        required_outputs: vec![
            output("report", Predicate::FileExists { path: "report.md".into() }),
            output("data", Predicate::FileExists { path: "full.json".into() }),
            output("answer", Predicate::AnswerNonempty),
            RequiredOutput {
                id: "unnamed".into(),
                what: "unnamed".into(),
                predicate: Predicate::FileExists { path: "other.md".into() },
            },
        ],
        ..TaskContract::default()
    };
    let commands = Shell(directory.path());
    let results = ToolResults::default();
    let (workspace, answer) = (directory.path(), " \n");
    let mut place = CheckPlace { workspace, answer, commands: &commands, results: &results };
    let named = |gaps: Vec<Gap>| gaps.into_iter().map(|gap| (gap.id, gap.found)).collect::<Vec<_>>();
    let report = ("report".to_owned(), "The report: report.md is not there".to_owned());
    let empty = ("answer".to_owned(), "The answer: the answer is empty".to_owned());
    let unnamed = ("unnamed".to_owned(), "other.md is not there".to_owned());
    assert_eq!(named(gaps(&contract, &place).await), [report.clone(), empty, unnamed.clone()]);
    for _ in 0..1_000 {
        place.answer = "Everything is done, the report is written and all tests pass.";
        assert_eq!(named(gaps(&contract, &place).await), [report.clone(), unnamed.clone()]);
    }
    assert_eq!(check_done(&DoneCheck::Human, &place).await, None);
    let matches = DoneCheck::Matches { pattern: "tests pass".into(), path: None };
    assert_eq!(check_done(&matches, &place).await, Some(Ok(())));
}
