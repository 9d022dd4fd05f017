//! The servers of tools that an editor brings for a session: they are the person's, as those of the settings are.

use std::path::Path;

use agent_client_protocol_schema::v1::McpServer;
use headwater_tools::mcp::{LONGEST_NAME, Reach, ServerConfig, check_name};

use crate::mcp::{WITHIN_SERVER, are_alike};

/// What is connected to, and a sentence for each that is not. `own` are the names of those of the settings.
pub(super) fn configured(
    servers: &[McpServer],
    own: &[&String],
    workspace: &Path,
) -> (Vec<ServerConfig>, Vec<String>) {
    let (mut configs, mut left_out): (Vec<ServerConfig>, _) = (Vec::new(), Vec::new());
    for server in servers {
        match config(server, workspace) {
            Ok(config) if own.iter().any(|known| are_alike(known, &config.name)) => left_out.push(format!(
                "The MCP server \"{}\" of the editor is left out: the settings have one of that name.",
                config.name
            )),
            Ok(config) if configs.iter().any(|known| are_alike(&known.name, &config.name)) => left_out
                .push(format!("A second MCP server of the editor named \"{}\" is left out.", config.name)),
            Ok(config) => configs.push(config),
            Err(why) => left_out.push(why),
        }
    }
    (configs, left_out)
}

fn config(server: &McpServer, workspace: &Path) -> Result<ServerConfig, String> {
    let (name, reach) = match server {
        McpServer::Stdio(program) => {
            let words = std::iter::once(program.command.to_string_lossy().into_owned());
            let env = program.env.iter().map(|variable| (variable.name.clone(), variable.value.clone()));
            let reach = Reach::Stdio {
                command: words.chain(program.args.iter().cloned()).collect(),
                env: env.chain([(WITHIN_SERVER.to_owned(), "1".to_owned())]).collect(),
                cwd: workspace.to_owned(),
            };
            (&program.name, reach)
        }
        McpServer::Http(address) => {
            let headers = address.headers.iter().map(|header| (header.name.clone(), header.value.clone()));
            (&address.name, Reach::Http { url: address.url.clone(), headers: headers.collect() })
        }
        McpServer::Sse(address) => {
            return Err(format!(
                "The MCP server \"{}\" of the editor is left out: it speaks SSE, which MCP has given up.",
                address.name
            ));
        }
        _ => return Err("An MCP server of the editor is left out: its transport is not known.".to_owned()),
    };
    let plain = plain(name);
    check_name(&plain)
        .map_err(|why| format!("The MCP server \"{name}\" of the editor is left out: {why}."))?;
    Ok(ServerConfig::new(plain, reach))
}

/// The name as rules can say it.
fn plain(name: &str) -> String {
    let plain =
        |letter: char| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '-' };
    name.trim().chars().take(LONGEST_NAME).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use agent_client_protocol_schema::v1::{McpServerHttp, McpServerSse, McpServerStdio};

    use super::*;

    #[test]
    fn an_editors_servers_get_names_that_rules_can_say() {
        let stdio = |name: &str| McpServer::Stdio(McpServerStdio::new(name, "/bin/true"));
        let servers = [
            stdio("my server"),
            stdio("my-server"),
            stdio("My.server"),
            stdio("mine"),
            stdio(""),
            McpServer::Http(McpServerHttp::new("docs", "https://x.org/mcp")),
            McpServer::Sse(McpServerSse::new("old", "https://x.org/sse")),
        ];
        let own = ["Mine".to_owned()];
        let (configs, left_out) = configured(&servers, &own.iter().collect::<Vec<_>>(), Path::new("/w"));
        let names: Vec<&str> = configs.iter().map(|config| config.name.as_str()).collect();
        assert_eq!(names, ["my-server", "My.server", "docs"]);
        assert_eq!(left_out.len(), 4, "{left_out:?}");
    }
}
