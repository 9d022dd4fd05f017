//! Permission rules of the settings as the policy takes them.

use std::cell::OnceCell;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::Result;
use headwater_engine::sessions::ProjectRules;
use headwater_engine::withheld::{Bounds, Found, look};
use headwater_policy::{Effect, Layer, Policy, RuleTexts, Source, Withholding};

use crate::kept::kept;
use crate::output;
use crate::premises::Premises;
use crate::rule_consents::RuleConsent;
use crate::user_error::UserError;

/// The layers of the product, of the person's settings and of the trusted project's.
pub(crate) fn layers(premises: &Premises) -> Result<Vec<Layer>> {
    let layered = &premises.layered;
    Ok(vec![
        Layer::keeping(kept(premises)),
        layer(Source::User, &layered.user_rules)?,
        project_layer(premises)?.0,
    ])
}

/// The rules of the trusted project that set how much is asked and have no yes of the person: they do not hold.
pub(crate) fn waiting(premises: &Premises) -> Result<Vec<String>> {
    Ok(project_layer(premises)?.1)
}

/// What the person is told of them; nothing where none waits.
pub(crate) fn waiting_told(premises: &Premises) -> Result<Option<String>> {
    let waiting = waiting(premises)?;
    let rules = waiting.join(", ");
    Ok((!waiting.is_empty()).then(|| {
        format!(
            "the settings of this project would let everything of a kind run without a question, and do not without a yes of \
             yours: {rules} (`headwater policy approve` asks)"
        )
    }))
}

/// The rules of the trusted project that hold, and those that wait for a yes.
fn project_layer(premises: &Premises) -> Result<(Layer, Vec<String>)> {
    let layer = layer(Source::Project, &premises.layered.project_rules)?;
    let opening = layer.opening();
    let consent = RuleConsent::of(&premises.paths.state, &premises.workspace);
    if opening.is_empty() || consent.covers(&opening) {
        return Ok((layer, Vec::new()));
    }
    Ok((layer.without(&opening), opening))
}

/// Rules that can never match or never decide, one sentence each.
pub(crate) fn warnings(layers: &[Layer]) -> Vec<String> {
    Policy::new(layers.to_vec()).warnings()
}

/// Says of each file whether no rule withholds it from reading, by any of its names.
pub(crate) fn reader(premises: &Premises) -> Result<impl Fn(&Path) -> bool + use<>> {
    let (may_read, workspace) = (reader_by_name(premises)?, premises.workspace.clone());
    let (withholding, found) = (withholding(premises)?, OnceCell::new());
    Ok(move |path: &Path| {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let has_twin = real.metadata().is_ok_and(|found| found.nlink() > 1);
        let is_twin = || {
            let found: &Found = found.get_or_init(|| look(&withholding, &workspace, Bounds::of_commands()));
            found.twins.contains_key(&real)
        };
        may_read(path) && may_read(&real) && !(has_twin && is_twin())
    })
}

/// Says of each file whether no rule withholds it from reading by this name.
pub(crate) fn reader_by_name(premises: &Premises) -> Result<impl Fn(&Path) -> bool + use<>> {
    let policy = Policy::new(layers(premises)?);
    let (workspace, home) = (premises.workspace.clone(), std::env::home_dir());
    Ok(move |path: &Path| headwater_engine::may_read(&policy, path, &workspace, home.as_deref()))
}

/// The rules of a session that begins here now: those of the settings, and those given with "always in this project".
pub(crate) fn in_force(premises: &Premises) -> Result<Policy> {
    let mut policy = Policy::new(layers(premises)?);
    let given = ProjectRules::load(&premises.paths.state, &premises.workspace);
    if let Some(warning) = given.warning() {
        output::note(&output::without_controls(&format!("warning: {warning}")));
    }
    for rule in given.rules() {
        if let Err(error) = policy.add(Source::Project, Effect::Allow, rule) {
            output::note(&output::without_controls(&format!("warning: a stored rule is ignored: {error}")));
        }
    }
    Ok(policy)
}

/// What is withheld from every command, whatever it names.
pub(crate) fn withholding(premises: &Premises) -> Result<Withholding> {
    let (policy, home) = (in_force(premises)?, std::env::home_dir());
    Ok(headwater_engine::withholding(&policy, &premises.workspace, home.as_deref()))
}

fn layer(source: Source, texts: &RuleTexts) -> Result<Layer> {
    Layer::new(source, texts).map_err(|error| {
        let message =
            format!("a rule in [permissions] of the {} settings cannot be used: {error}", source.name());
        UserError::usage(message)
            .hint("A rule is written like `Bash(cargo test *)`, `Read(./.env)` or `Edit(src/**)`.")
            .into()
    })
}
