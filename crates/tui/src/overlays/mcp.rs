//! Servers of tools: each with how it is and what it brings. One that waits for a yes is shown whole: what a person says
//! yes to must be on the screen.

use headwater_protocol::{ServerLine, ServerStatus, ServerWord};

use super::{Line, Overlay, Pick};
use crate::text::sanitize;
use crate::theme::Slot;

/// Characters of a text on one line of the page.
const COLUMNS: usize = 72;
/// Names of tools that are shown for each server.
const TOOLS: usize = 40;

/// The page of all.
pub(crate) fn servers(servers: &[ServerLine]) -> Overlay {
    let mut lines = Vec::new();
    if servers.iter().any(|server| server.asks.is_some()) {
        lines.push(Line::of(
            Slot::Warn,
            "This project brings servers that wait for your yes: choose one, or /mcp yes NAME",
        ));
        lines.push(Line::default());
    }
    lines.extend(servers.iter().flat_map(entry));
    if servers.is_empty() {
        lines.push(Line::of(
            Slot::Dim,
            "No MCP servers: `headwater mcp add` adds one of yours, and the project brings none.",
        ));
    } else {
        lines.push(Line::default());
        lines.push(Line::of(Slot::Dim, "Look again").picking(Pick::LookAtServers));
    }
    Overlay::new("MCP servers", "Enter choose · / filter · Esc close", lines)
}

/// The page of one, with what can be said to it: no is what an Enter too many says.
pub(crate) fn server(server: &ServerLine) -> Overlay {
    let mut lines = shown(server);
    lines.push(Line::default());
    lines.push(Line::of(Slot::Ok, "Leave it as it is").picking(Pick::LookAtServers));
    let says = |word: ServerWord| Pick::SteerServer { name: server.name.clone(), word };
    match (&server.asks, &server.status) {
        (Some(digest), _) => {
            lines.push(Line::of(
                Slot::Text,
                "It runs as you, outside the sandbox; its calls ask as other calls do.",
            ));
            lines.push(Line::of(
                Slot::Text,
                "Your yes is to this, and the scripts it names; a change of either asks again.",
            ));
            let yes = says(ServerWord::Approve { digest: digest.clone() });
            lines.push(Line::of(Slot::Warn, "Yes, start this server of the project").picking(yes));
        }
        (None, ServerStatus::Off | ServerStatus::Failed(_) | ServerStatus::NeedsLogin) => {
            lines.push(Line::of(Slot::Text, "Connect it for this session").picking(says(ServerWord::Enable)));
        }
        (None, ServerStatus::Starting | ServerStatus::Ready) => {
            lines.push(
                Line::of(Slot::Text, "Switch it off for this session").picking(says(ServerWord::Disable)),
            );
        }
        (None, ServerStatus::Waiting) => {}
    }
    Overlay::new(format!("MCP server {}", sanitize(&server.name)), "Enter choose · Esc close", lines)
}

/// One server on the page of all: its name and state to choose, then all there is to know.
fn entry(server: &ServerLine) -> Vec<Line> {
    let mut lines = shown(server);
    if let Some(head) = lines.first_mut() {
        head.pick = Some(Pick::ConsiderServer(Box::new(server.clone())));
    }
    lines
}

fn shown(server: &ServerLine) -> Vec<Line> {
    let slot = match &server.status {
        ServerStatus::Ready => Slot::Ok,
        ServerStatus::Failed(_) => Slot::Error,
        ServerStatus::Waiting | ServerStatus::NeedsLogin => Slot::Warn,
        ServerStatus::Starting | ServerStatus::Off => Slot::Dim,
    };
    let tools = match server.tools.len() {
        0 => String::new(),
        1 => "  1 tool".to_owned(),
        count => format!("  {count} tools"),
    };
    let head = Line::of(slot, sanitize(&server.name).into_owned())
        .and(Slot::Text, format!("  {}", sanitize(&server.status.in_words())))
        .and(Slot::Dim, tools);
    let texts = std::iter::once((Slot::Text, server.target.clone()))
        .chain(server.given.iter().map(|text| (Slot::Text, text.clone())))
        .chain(tools_of(server).map(|text| (Slot::Dim, text)))
        .chain(std::iter::once((Slot::Dim, server.source.clone())));
    let lines = texts.flat_map(|(slot, text)| {
        let pieces = pieces(&sanitize(&text)).into_iter();
        pieces.map(move |piece| Line::of(slot, format!("    {piece}"))).collect::<Vec<_>>()
    });
    std::iter::once(head).chain(lines).collect()
}

/// The names of its tools, as many as a page bears.
fn tools_of(server: &ServerLine) -> Option<String> {
    let names: Vec<&str> = server.tools.iter().take(TOOLS).map(String::as_str).collect();
    let more = server.tools.len().saturating_sub(TOOLS);
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    (!names.is_empty()).then(|| format!("{}{rest}", names.join(" ")))
}

/// A text in pieces that fit.
fn pieces(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().map(|c| if c == '\n' { ' ' } else { c }).collect();
    characters.chunks(COLUMNS).map(|piece| piece.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(status: ServerStatus, asks: Option<&str>) -> ServerLine {
        ServerLine {
            name: "time".into(),
            target: format!("sh {}", "x".repeat(COLUMNS)),
            given: vec!["is given the variable TOKEN".into()],
            source: ".mcp.json".into(),
            status,
            tools: (0..=TOOLS).map(|number| format!("mcp__time__t{number}")).collect(),
            asks: asks.map(str::to_owned),
        }
    }

    fn texts(page: &Overlay) -> Vec<String> {
        page.shown().into_iter().map(Line::text).collect()
    }

    #[test]
    fn s7_a_server_is_shown_whole_before_a_yes() {
        let page = servers(&[line(ServerStatus::Waiting, Some("d"))]);
        let shown = texts(&page);
        assert!(shown[0].contains("wait for your yes"), "{shown:?}");
        assert_eq!(shown[2], "time  waits for your yes  41 tools");
        assert_eq!(shown[3..5], [format!("    sh {}", "x".repeat(COLUMNS - 3)), "    xxx".to_owned()]);
        assert_eq!(shown[5], "    is given the variable TOKEN");
        assert!(shown.iter().any(|text| text.contains("and 1 more")), "{shown:?}");
        assert!(matches!(page.chosen(), Some(Pick::ConsiderServer(_))));
    }

    #[test]
    fn s7_an_enter_too_many_says_nothing_to_a_server() {
        let cases = [
            (ServerStatus::Waiting, Some("d"), "Yes, start this server"),
            (ServerStatus::Ready, None, "Switch it off"),
            (ServerStatus::Off, None, "Connect it"),
            (ServerStatus::Failed("gone".into()), None, "Connect it"),
        ];
        for (status, asks, says) in cases {
            let page = server(&line(status, asks));
            assert_eq!(page.chosen(), Some(Pick::LookAtServers));
            assert!(texts(&page).iter().any(|text| text.contains(says)), "{says}");
        }
    }
}
