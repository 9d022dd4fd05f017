//! Slash commands: those of the program that make sense without its screen, and every `*.md` of the person.

use agent_client_protocol_schema::v1::{
    AvailableCommand, AvailableCommandInput, AvailableCommandsUpdate, SessionUpdate, UnstructuredCommandInput,
};
use headwater_tui::UserCommand;

/// What a prompt means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::acp) enum Typed {
    /// A message to the model.
    Message(String),
    /// `/compact`: with what the summary is to keep.
    Compact(String),
    /// `/context`.
    Usage,
    /// `/cost`.
    Cost,
    /// `/mission`: the card that waits is put before the person again.
    Mission,
}

/// A command of the program: its name, its argument, what it does.
const OWN: [(&str, &str, &str); 4] = [
    ("compact", "what to keep", "summarize the older messages"),
    ("context", "", "where the tokens of the next request are"),
    ("cost", "", "what the session has used and cost"),
    ("mission", "", "ask again about the mission card that waits"),
];

/// The commands of a session.
pub(in crate::commands::acp) struct Commands {
    of_person: Vec<UserCommand>,
}

impl Commands {
    /// Those of the program, and these.
    pub(in crate::commands::acp) fn new(mut of_person: Vec<UserCommand>) -> Self {
        of_person.retain(|command| OWN.iter().all(|(name, ..)| *name != command.name));
        Self { of_person }
    }

    /// What a prompt means: a command where it begins with one, a message otherwise.
    pub(in crate::commands::acp) fn read(&self, text: String) -> Typed {
        let Some(line) = text.strip_prefix('/') else { return Typed::Message(text) };
        let end = line.find(char::is_whitespace).unwrap_or(line.len());
        let (name, arguments) = line.split_at(end);
        let arguments = arguments.trim();
        match name {
            "compact" => Typed::Compact(arguments.to_owned()),
            "context" => Typed::Usage,
            "cost" => Typed::Cost,
            "mission" => Typed::Mission,
            _ => {
                let written = self.of_person.iter().find(|command| command.name == name);
                Typed::Message(written.map_or_else(|| text.clone(), |command| command.prompt(arguments)))
            }
        }
    }

    /// The list for the client.
    pub(in crate::commands::acp) fn update(&self) -> SessionUpdate {
        let own = OWN.iter().map(|(name, argument, what)| shown(name, what, argument));
        let written = self.of_person.iter();
        let written = written.map(|own| shown(&own.name, &own.description, &own.argument_hint));
        SessionUpdate::AvailableCommandsUpdate(AvailableCommandsUpdate::new(own.chain(written).collect()))
    }
}

fn shown(name: &str, what: &str, argument: &str) -> AvailableCommand {
    let input = (!argument.is_empty())
        .then(|| AvailableCommandInput::Unstructured(UnstructuredCommandInput::new(argument)));
    AvailableCommand::new(name, what).input(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_a_command_only_where_it_begins_with_one() {
        let written = |name: &str, body: &str| UserCommand {
            name: name.into(),
            description: String::new(),
            argument_hint: String::new(),
            body: body.into(),
        };
        let commands = Commands::new(vec![written("review", "Review $1."), written("cost", "never")]);
        let message = |text: &str| Typed::Message(text.to_owned());
        let table = [
            ("/compact the names", Typed::Compact("the names".into())),
            ("/context", Typed::Usage),
            ("/cost", Typed::Cost),
            ("/mission\n", Typed::Mission),
            ("/review a.rs", message("Review a.rs.")),
            ("/etc/hosts: what is in it?", message("/etc/hosts: what is in it?")),
            (" /cost", message(" /cost")),
            ("say /cost", message("say /cost")),
        ];
        for (text, expected) in table {
            assert_eq!(commands.read(text.to_owned()), expected, "{text}");
        }
    }
}
