//! `/mcp`: lists the servers of tools; says yes to one that the project brings, switches one on or off for this session.

use headwater_protocol::{Op, Query, ServerWord};

use super::Command;
use crate::app::{App, Effect};

pub(super) const COMMAND: Command = Command {
    name: "mcp",
    arguments: "[yes|on|off NAME]",
    summary: "the MCP servers and their tools; say yes to those of the project",
    run,
};

fn run(app: &mut App, arguments: &str) -> Vec<Effect> {
    let look = vec![Effect::Send(Op::Query(Query::Servers))];
    let Some((word, name)) = arguments.split_once(char::is_whitespace) else { return look };
    let name = name.trim().to_owned();
    let word = match word {
        "on" => ServerWord::Enable,
        "off" => ServerWord::Disable,
        // A yes is to what was shown: before that there is nothing to say yes to.
        "yes" => match app.servers_shown.get(&name).cloned() {
            Some(digest) => ServerWord::Approve { digest },
            None => return look,
        },
        _ => return look,
    };
    vec![Effect::Send(Op::SteerServer { name, word })]
}
