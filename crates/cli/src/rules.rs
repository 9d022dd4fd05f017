//! Permission rules of the settings as the policy takes them.

use std::path::Path;

use anyhow::Result;
use headwater_policy::{Layer, Policy, RuleTexts, Source};

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

/// Says of each file whether no rule withholds it from reading.
pub(crate) fn reader(premises: &Premises) -> Result<impl Fn(&Path) -> bool + use<>> {
    let policy = Policy::new(layers(&premises.layered)?);
    let (workspace, home) = (premises.workspace.clone(), std::env::home_dir());
    Ok(move |path: &Path| headwater_engine::may_read(&policy, path, &workspace, home.as_deref()))
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
