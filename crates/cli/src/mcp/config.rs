//! From a description to what the client takes: variables filled in, deadlines as durations, paths absolute.

use std::path::Path;
use std::time::Duration;

use headwater_tools::mcp::{Reach, ServerConfig, check_name};

use super::definition::{Definition, Way};
use super::template::filled;

/// The variable that tells a program that a server of tools has started it: it starts none itself.
pub(crate) const WITHIN_SERVER: &str = "HEADWATER_WITHIN_SERVER";

/// What the client is to connect to. The error is a sentence without its full stop.
pub(crate) fn config(definition: &Definition, workspace: &Path) -> Result<ServerConfig, String> {
    check_name(&definition.name)?;
    let settings = &definition.settings;
    let reach = match definition.way()? {
        Way::Command(command) => Reach::Stdio {
            command: command.iter().map(|word| filled(word, variable)).collect::<Result<_, _>>()?,
            env: environment(&settings.env),
            cwd: workspace.join(settings.cwd.as_deref().unwrap_or(".")),
        },
        Way::Url(url) => Reach::Http {
            url: filled(url, variable)?,
            headers: settings
                .headers
                .iter()
                .map(|(name, value)| Ok((name.clone(), filled(value, variable)?)))
                .collect::<Result<_, String>>()?,
        },
    };
    let usual = ServerConfig::new(definition.name.clone(), reach);
    Ok(ServerConfig {
        is_enabled: definition.is_enabled(),
        start_timeout: settings.start_timeout.map_or(usual.start_timeout, seconds),
        call_timeout: settings.timeout.map_or(usual.call_timeout, seconds),
        allow: settings.tools.clone(),
        deny: settings.without_tools.clone(),
        read_only: settings.read_only.clone(),
        ..usual
    })
}

/// The address of a server, with its variables filled in.
pub(crate) fn filled_url(url: &str) -> Result<String, String> {
    filled(url, variable)
}

/// A word of a command as it is run; as it is written where a variable is missing, for then nothing is.
pub(super) fn filled_word(word: &str) -> String {
    filled(word, variable).unwrap_or_else(|_| word.to_owned())
}

/// The variables that it is given, as far as they are set.
fn environment(wanted: &[String]) -> Vec<(String, String)> {
    let named = wanted.iter().filter_map(|name| Some((name.clone(), variable(name)?)));
    named.chain([(WITHIN_SERVER.to_owned(), "1".to_owned())]).collect()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A time of the settings; one that no clock can hold counts as very long.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_hours(24))
}
