//! Services elsewhere: clouds, infrastructure as code, forges, databases. What is deleted there is in no history here.

use headwater_protocol::Confinement;

use crate::judge::{Entry, Finding, Invocation, Risk, entry};
use crate::shell::Word;

/// Clients of services that keep something.
pub(super) const FAMILY: &[Entry] = &[
    entry(
        Risk::Publish,
        &[
            "aws",
            "gcloud",
            "gsutil",
            "bq",
            "s3cmd",
            "rclone",
            "az",
            "terraform",
            "tofu",
            "terragrunt",
            "pulumi",
            "cdk",
            "sam",
            "eksctl",
            "heroku",
            "fly",
            "flyctl",
            "vercel",
            "netlify",
            "wrangler",
            "doctl",
            "firebase",
            "supabase",
            "ansible",
            "ansible-playbook",
            "serverless",
            "railway",
        ],
        "it changes services elsewhere",
    )
    .judge(cloud),
    entry(Risk::Network, &["gh", "glab", "hub"], "it talks to a forge").judge(forge),
    entry(
        Risk::Network,
        &["psql", "mysql", "mariadb", "mongosh", "mongo", "redis-cli", "clickhouse-client"],
        "it talks to a database",
    )
    .judge(database),
    entry(Risk::Network, &["dropdb"], "it talks to a database").judge(gone),
];

/// Verbs which take away what no history has, wherever in the first words they stand.
const DELETING: &[&str] =
    &["destroy", "down", "delete", "del", "deletefile", "remove", "rm", "rb", "purge", "teardown"];

/// How such verbs begin, where they are one word with what they are about: `aws ec2 terminate-instances`.
const DELETING_PREFIXES: &[&str] = &["delete-", "terminate-", "purge-"];

/// How such verbs end: `heroku apps:destroy`.
const DELETING_SUFFIXES: &[&str] = &[":destroy", ":delete", ":remove", ":reset"];

/// The words in which the verb is looked for: `gcloud compute instances delete`, `aws --profile x s3 rb`.
const VERB_WITHIN: usize = 4;

/// What deletes somewhere else, where nobody here can take it back.
pub(super) fn gone(_: &Invocation<'_>, findings: &mut Vec<Finding>) {
    findings.push(
        Finding::new(Risk::Catastrophic, "it deletes what stands elsewhere, and what no history here has")
            .needing(Confinement::WorkspaceWriteNetwork),
    );
}

fn cloud(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let is_deleting = |word: &Word| {
        let text = word.text.as_str();
        DELETING.contains(&text)
            || DELETING_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
            || DELETING_SUFFIXES.iter().any(|suffix| text.ends_with(suffix))
    };
    let only_plans = invocation.operands().next().is_some_and(|verb| verb.text == "plan");
    let has_flag =
        invocation.arguments.iter().any(|word| matches!(word.text.as_str(), "-destroy" | "--destroy"));
    // `aws s3 sync --delete` deletes what only the other side has.
    let mirrors = invocation.arguments.iter().any(|word| word.text == "--delete");
    let has_verb = invocation.operands().take(VERB_WITHIN).any(is_deleting);
    if has_verb || mirrors || (has_flag && !only_plans) {
        gone(invocation, findings);
    }
}

/// Reading from a forge needs the network; anything else shows something to others, and deleting cannot be undone.
fn forge(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    let mut operands = invocation.operands().map(|word| word.text.as_str());
    let (topic, verb) = (operands.next(), operands.next());
    findings.push(match (topic, verb) {
        (Some("status" | "browse" | "search"), _)
        | (
            _,
            Some(
                "list" | "view" | "status" | "diff" | "checks" | "checkout" | "clone" | "watch" | "download",
            ),
        ) => Finding::new(Risk::Network, "it reads from a forge"),
        _ => Finding::new(Risk::Publish, "it changes something on a forge"),
    });
    if deletes_on_forge(invocation) {
        gone(invocation, findings);
    }
}

/// `gh repo delete`, `gh -R a/b release delete v1`, `gh api -X DELETE …`. Caches come back by themselves.
fn deletes_on_forge(invocation: &Invocation<'_>) -> bool {
    const OWN: &[&str] = &["cache", "alias"];
    let words: Vec<&str> = invocation.operands().take(3).map(|word| word.text.as_str()).collect();
    let deletes = words.iter().position(|word| *word == "delete");
    let topic = deletes.and_then(|at| at.checked_sub(1)).and_then(|before| words.get(before));
    let is_api = words.contains(&"api");
    let is_method = |word: &Word| {
        let method = word.text.strip_prefix("--method=").or_else(|| word.text.strip_prefix("-X"));
        method.unwrap_or(&word.text).eq_ignore_ascii_case("delete")
    };
    (deletes.is_some() && !topic.is_some_and(|topic| OWN.contains(topic)))
        || (is_api && invocation.arguments.iter().any(is_method))
}

/// Statements that drop everything.
fn database(invocation: &Invocation<'_>, findings: &mut Vec<Finding>) {
    const DROPPING: &[&str] = &["drop database", "drop schema", "dropdatabase", "flushall", "flushdb"];
    let drops = |word: &Word| {
        let statement = word.text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        DROPPING.iter().any(|dropping| statement.contains(dropping))
    };
    if invocation.arguments.iter().any(drops) {
        gone(invocation, findings);
    }
}
