//! Permission rules of the settings as the policy takes them.

use std::cell::OnceCell;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::Result;
use headwater_engine::sessions::ProjectRules;
use headwater_engine::withheld::{Bounds, Found, look};
use headwater_policy::{Effect, Layer, Policy, RuleTexts, Source, Withholding};

use crate::output;
use crate::premises::Premises;
use crate::settings::Layered;
use crate::user_error::UserError;

/// The layers of the person's settings and of the trusted project's.
pub(crate) fn layers(layered: &Layered) -> Result<Vec<Layer>> {
    Ok(vec![layer(Source::User, &layered.user_rules)?, layer(Source::Project, &layered.project_rules)?])
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
    let policy = Policy::new(layers(&premises.layered)?);
    let (workspace, home) = (premises.workspace.clone(), std::env::home_dir());
    Ok(move |path: &Path| headwater_engine::may_read(&policy, path, &workspace, home.as_deref()))
}

/// The rules of a session that begins here now: those of the settings, and those given with "always in this project".
pub(crate) fn in_force(premises: &Premises) -> Result<Policy> {
    let mut policy = Policy::new(layers(&premises.layered)?);
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
