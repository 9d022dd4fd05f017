//! One question over one generated context: a recursive completion.

use anyhow::Result;
use headwater_engine::corpus::{ContextSource, ContextStore, LoadedContext, load};
use headwater_engine::{CompletionSetup, CompletionStart};

use super::super::sets::{Parameters, Truth, problem};
use super::follow::{Followed, follow};
use super::stage::Stage;
use crate::session::VERSION;
use crate::{missions, output_policy, vendors};

/// What the context is called.
const NAME: &str = "generated.txt";

/// Makes the context and asks the question; also says what would have been right.
pub(super) async fn run(stage: &Stage, parameters: Parameters) -> Result<(Followed, Truth)> {
    let premises = &stage.premises;
    let contexts = ContextStore::new(&premises.paths.state);
    let workspace = premises.workspace.clone();
    let prepared = tokio::task::spawn_blocking(move || {
        let made = problem(parameters);
        let reader = Box::new(std::io::Cursor::new(made.context));
        let source = ContextSource::Text { name: NAME.to_owned(), reader };
        load(&contexts, &workspace, vec![source], &|_| false)
            .map(|loaded| (loaded, made.question, made.truth))
    });
    let (LoadedContext { corpus, .. }, question, truth) = prepared.await??;
    let (root, _) = vendors::connect(premises).await?;
    let child = vendors::connect_child(premises, &root).await?;
    let settings = premises.settings();
    let running = headwater_engine::complete(CompletionSetup {
        store: premises.store(&output_policy::redactor(premises)?),
        start: CompletionStart::New(corpus),
        workspace: premises.workspace.clone(),
        root,
        child,
        fallback: vendors::fallback(premises),
        repl: headwater_repl::python_repl(Some(stage.bench.probe.clone())),
        budget: missions::budget(&stage.globals, settings),
        parallel: missions::parallel(settings),
        limits: missions::limits(settings),
        thresholds: settings.context.into(),
        seed: parameters.seed,
        version: VERSION,
    })?;
    Ok((follow(running, question).await, truth))
}
