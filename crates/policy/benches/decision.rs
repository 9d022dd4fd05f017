//! What a decision costs: the aim is 0.2 ms for a command of 105 characters.

use std::path::Path;

use headwater_policy::{Layer, Policy, Question, RuleTexts, Source, Withheld};
use headwater_protocol::{Access, Capability, Conductor, Confinement, ModeId, ModeSpec, Posture};

const COMMAND: &str = "cd crates/tools && cargo test -q -p parse 2>&1 | grep -v '^warning' | head -n 40 && git status --short -uno;";

fn main() {
    divan::main();
}

#[divan::bench]
fn decide(bencher: divan::Bencher<'_, '_>) {
    let texts = RuleTexts {
        allow: vec!["Bash(cargo test *)".into(), "Bash(npm run *)".into()],
        ask: vec!["Bash(git push *)".into()],
        deny: vec!["Read(./.env)".into(), "Read(./secrets/**)".into(), "WebFetch(domain:*.internal)".into()],
        after_foreign: None,
    };
    let policy =
        Policy::new(vec![Layer::new(Source::User, &texts).unwrap_or_else(|error| unreachable!("{error}"))]);
    let mode = ModeSpec {
        id: ModeId::Agent,
        label: "AGENT",
        summary: "",
        prompt: "",
        tools: &[Capability::Shell],
        ceiling: Confinement::WorkspaceWrite,
        posture: Posture::WhenUnsure,
        conductor: Conductor::Turns,
    };
    let access = Access::Run { command: COMMAND.to_owned() };
    let question = Question {
        tool: "shell",
        capability: Capability::Shell,
        access: &access,
        mode: &mode,
        workspace: Path::new("/work/app"),
        home: Some(Path::new("/home/ada")),
        is_sandboxed: true,
        taint: None,
        withheld: Withheld::default(),
        at_stake: None,
    };
    bencher.bench_local(|| policy.decide(divan::black_box(&question)));
}
