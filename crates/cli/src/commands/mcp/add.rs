//! `headwater mcp add NAME …`: writes a server into the person's settings.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;

use crate::mcp::{self, Definition, Origin, Way, is_variable};
use crate::output;
use crate::premises::Premises;
use crate::settings::ServerSettings;
use crate::user_error::UserError;

/// The server.
#[derive(Debug, Args)]
pub(crate) struct AddArguments {
    /// Its name: it stands in the names of its tools.
    #[arg(value_name = "NAME")]
    name: String,
    /// Where it answers, when it is no program.
    #[arg(long, value_name = "URL", conflicts_with = "command")]
    url: Option<String>,
    /// The name of a variable of your environment that it is given; repeatable.
    #[arg(long, value_name = "VARIABLE")]
    env: Vec<String>,
    /// A header for a server over HTTP, such as `Authorization: Bearer ${TOKEN}`; repeatable.
    #[arg(long, value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// The directory it is started in.
    // `--cwd` is where this program works.
    #[arg(long = "in", value_name = "DIR")]
    directory: Option<String>,
    /// Seconds a call of it may take.
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<f64>,
    /// A tool of it for which you vouch that it changes nothing; `*` for all; repeatable.
    #[arg(long, value_name = "TOOL")]
    read_only: Vec<String>,
    /// Replace the server of this name.
    #[arg(long = "replace")]
    is_replacing: bool,
    /// The program and its arguments, behind `--`.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub(super) fn run(own: &AddArguments, premises: &Premises) -> Result<u8> {
    mcp::check_name(&own.name).map_err(UserError::usage)?;
    let settings = settings(own)?;
    let is_known = premises.settings().mcp.contains_key(&own.name);
    if is_known && !own.is_replacing {
        let error = UserError::usage(format!("there is an MCP server \"{}\" already", own.name));
        return Err(error.hint("--replace puts this one into its place.").into());
    }
    let file = premises.paths.config_file();
    mcp::add(&file, &own.name, &settings)?;
    output::print(&format!("The MCP server {} is kept in {}.\n", own.name, file.display()))?;
    output::note(&format!("`headwater mcp probe {}` says whether it answers.", own.name));
    Ok(0)
}

fn settings(own: &AddArguments) -> Result<ServerSettings> {
    if let Some(name) = own.env.iter().find(|name| !is_variable(name)) {
        let error = UserError::usage(format!("\"{name}\" is no name of a variable"));
        return Err(error
            .hint("Values are not kept in settings: set the variable in your environment.")
            .into());
    }
    let settings = ServerSettings {
        command: own.command.clone(),
        url: own.url.clone(),
        env: own.env.clone(),
        headers: own.header.iter().map(|text| header(text)).collect::<Result<BTreeMap<_, _>>>()?,
        cwd: own.directory.clone(),
        timeout: own.timeout,
        read_only: own.read_only.clone(),
        ..ServerSettings::default()
    };
    let definition = Definition {
        name: own.name.clone(),
        origin: Origin::Own,
        source: std::path::PathBuf::new(),
        settings,
        remarks: Vec::new(),
    };
    let is_wrong = match definition.way() {
        Ok(Way::Command(_)) if !own.header.is_empty() => Some("headers are for servers over HTTP".to_owned()),
        Ok(_) => None,
        Err(why) => Some(why),
    };
    if let Some(why) = is_wrong {
        let error = UserError::usage(format!("the MCP server \"{}\" cannot be added: {why}", own.name));
        return Err(error
            .hint("headwater mcp add NAME -- COMMAND …, or headwater mcp add NAME --url URL")
            .into());
    }
    Ok(definition.settings)
}

/// `NAME: VALUE`. A credential belongs into the environment, not into a file.
fn header(text: &str) -> Result<(String, String)> {
    let Some((name, value)) = text.split_once(':').map(|(name, value)| (name.trim(), value.trim())) else {
        return Err(UserError::usage(format!("the header \"{text}\" has no value"))
            .hint("NAME: VALUE")
            .into());
    };
    if name.eq_ignore_ascii_case("authorization") && !value.contains("${") {
        let error = UserError::usage("a credential is not kept in settings");
        return Err(error
            .hint("Set a variable, and name it: --header 'Authorization: Bearer ${NAME}'")
            .into());
    }
    Ok((name.to_owned(), value.to_owned()))
}
