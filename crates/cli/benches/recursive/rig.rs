//! What the measures start from: a workspace with a context of 40 MB, a root that says blocks, children that answer.

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use headwater_testkit::workspace::{Finished, spawn};
use headwater_testkit::{ModelServer, Recorded, Script, Turn, Workspace};

/// How long a measured program may take before it counts as stuck.
pub(crate) const DEADLINE: Duration = Duration::from_mins(2);
/// The context: as many bytes as characters, 10 million tokens.
const CONTEXT_BYTES: usize = 40_000_000;
/// What it is called in the workspace.
const CONTEXT: &str = "context.txt";
/// What only the prompt of a root speaks of.
const ROOT_MARK: &str = "llm_query_batched(";
/// A window for every prompt that is measured, and a root that needs no addenda for weak ones.
const MODEL: [&str; 4] =
    ["-c", "models.\"scripted\".window=2000000", "-c", "models.\"scripted\".weak_root=false"];

/// A workspace with the context, and how often is measured.
pub(crate) struct Rig {
    /// Runs of each measure.
    pub(crate) runs: usize,
    workspace: Workspace,
}

/// One run, with what the server saw of it.
pub(crate) struct Run {
    /// Start to end.
    pub(crate) wall: Duration,
    /// The requests of the root, in order.
    pub(crate) roots: Vec<Recorded>,
    /// The requests of its children, in order of arrival.
    pub(crate) children: Vec<Recorded>,
    pub(crate) finished: Finished,
}

impl Rig {
    /// Writes the context.
    pub(crate) fn set(runs: usize) -> Result<Self> {
        let workspace = workspace();
        let mut text = String::with_capacity(CONTEXT_BYTES + 128);
        let mut number = 0;
        while text.len() < CONTEXT_BYTES {
            number += 1;
            let (component, millis) = (number % 37, number % 911);
            writeln!(
                text,
                "{number:08} 2031-03-04 11:22:33 component-{component:02} request served in {millis} ms"
            )?;
        }
        text.truncate(CONTEXT_BYTES);
        std::fs::write(workspace.path().join(CONTEXT), text).context("the context")?;
        Ok(Self { runs, workspace })
    }

    /// `headwater rlm` over the context, in a home of its own.
    pub(crate) fn rlm(&self, server: &ModelServer) -> Command {
        let mut command = self.workspace.command();
        command.arg("rlm").arg("--context").arg(self.context());
        command.args(["--provider", "llamacpp", "--model", "scripted", "--base-url", &server.base_url()]);
        command.args(MODEL).args(["--json", "--max-calls", "1000", "what is it about?"]);
        command
    }

    /// The file with the context.
    pub(crate) fn context(&self) -> std::path::PathBuf {
        self.workspace.path().join(CONTEXT)
    }

    /// Where the sessions of the runs lie.
    pub(crate) fn sessions(&self) -> std::path::PathBuf {
        self.workspace.headwater_home().join("sessions")
    }

    /// Runs these blocks one a turn, against children that answer after `latency`.
    pub(crate) fn run(&self, blocks: &[String], latency: Duration) -> Result<Run> {
        let server = ModelServer::start(script(blocks, latency, None));
        let mut command = self.rlm(&server);
        let began = Instant::now();
        let finished = spawn(&mut command).finish(DEADLINE);
        let wall = began.elapsed();
        ensure!(finished.code == Some(0), "{command:?} ended with {:?}: {}", finished.code, finished.stderr);
        let (roots, children) = server.requests().into_iter().partition(is_root);
        Ok(Run { wall, roots, children, finished })
    }
}

/// An empty workspace for the binary under test.
pub(crate) fn workspace() -> Workspace {
    Workspace::for_binary(env!("CARGO_BIN_EXE_headwater"))
}

/// A server whose root says these blocks, and then waits at the gate if there is one; the last block is said again.
pub(crate) fn script(
    blocks: &[String],
    latency: Duration,
    gate: Option<(usize, headwater_testkit::Gate)>,
) -> Script {
    let blocks = blocks.to_vec();
    let mut said = 0;
    Script::responder(move |_, request| {
        if !is_root(request) {
            return Turn::text("fine").first_byte_after(latency);
        }
        let place = said;
        said += 1;
        let text = blocks.get(place).or(blocks.last()).cloned().unwrap_or_default();
        let turn = Turn::text(text);
        match &gate {
            Some((held, gate)) if *held == place => turn.hold_after(0, gate),
            Some(_) | None => turn,
        }
    })
}

/// Code in the fence that runs it.
pub(crate) fn block(code: &str) -> String {
    format!("The next step.\n\n```repl\n{code}\n```\n")
}

/// Whether a request is the root's.
pub(crate) fn is_root(request: &Recorded) -> bool {
    request.messages().first().is_some_and(|first| first["content"].to_string().contains(ROOT_MARK))
}

/// From the end of each answer to the beginning of the next request: what the program does with a turn.
pub(crate) fn gaps(roots: &[Recorded]) -> Vec<Duration> {
    let pairs = roots.iter().zip(roots.iter().skip(1));
    pairs.filter_map(|(one, next)| Some(next.at.saturating_duration_since(one.finished_at?))).collect()
}

/// How many requests were out at once, at most.
pub(crate) fn in_flight(requests: &[Recorded]) -> usize {
    let mut events: Vec<(Instant, i64)> = requests
        .iter()
        .flat_map(|request| [(request.at, 1), (request.finished_at.unwrap_or(request.at), -1)])
        .collect();
    events.sort();
    let mut now = 0;
    let most = events.iter().map(|(_, step)| {
        now += step;
        now
    });
    most.max().and_then(|most| usize::try_from(most).ok()).unwrap_or(0)
}
