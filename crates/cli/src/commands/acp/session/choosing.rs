//! Choosing mode and model.

use agent_client_protocol_schema::v1::{Error, SetSessionConfigOptionResponse, SetSessionModeResponse};
use headwater_protocol::{Event, ModeId, Op, Record};

use super::Session;
use crate::commands::acp::errors::{refused, untimely};
use crate::commands::acp::updates::{MODE, MODEL};
use crate::commands::acp::wire::Reply;

impl Session {
    /// Another mode; during a turn it holds from the next one on.
    pub(super) async fn set_mode(&mut self, mode: ModeId, reply: Reply) {
        let outcome = self.change_mode(mode).map(|()| SetSessionModeResponse::new());
        reply.give(outcome).await;
    }

    fn change_mode(&mut self, mode: ModeId) -> Result<(), Error> {
        if !self.tell(Op::SetMode(mode)) {
            return Err(untimely("The session takes no more now; try again."));
        }
        self.choices.mode = Some(mode).filter(|mode| *mode != self.state.session.mode);
        Ok(())
    }

    /// An option is set.
    pub(super) async fn choose(&mut self, option: &str, value: &str, reply: Reply) {
        match option {
            MODE => {
                let mode = value.parse::<ModeId>().map_err(|error| refused(&error.to_string()));
                let outcome = mode.and_then(|mode| self.change_mode(mode)).map(|()| self.chosen());
                reply.give(outcome).await;
            }
            MODEL => self.choose_model(value, reply).await,
            _ => {
                let error =
                    refused(&format!("There is no option \"{option}\"; the options are {MODE} and {MODEL}."));
                reply.give::<()>(Err(error)).await;
            }
        }
    }

    async fn choose_model(&mut self, model: &str, reply: Reply) {
        let why = if model.trim().is_empty() {
            refused("A model has a name.")
        } else if self.prompt.is_some() || self.model_chosen.is_some() {
            untimely("The model is changed between prompts; wait for this one, or cancel it.")
        } else if self.tell(Op::SetModel { model: model.to_owned() }) {
            // The engine says whether it can be reached.
            self.model_chosen = Some(reply);
            return;
        } else {
            untimely("The session takes no more now; try again.")
        };
        reply.give::<()>(Err(why)).await;
    }

    /// Takes in what the engine made of a choice.
    pub(super) async fn hear_choice(&mut self, record: &Record) {
        if matches!(record.event, Event::ModeChanged(_)) {
            self.choices.mode = None;
        } else if matches!(record.event, Event::ModelChanged(_))
            && let Some(reply) = self.model_chosen.take()
        {
            reply.give(Ok(self.chosen())).await;
        }
    }

    fn chosen(&self) -> SetSessionConfigOptionResponse {
        let session = &self.state.session;
        let model = session.model.as_ref().map_or("", |model| model.name.as_str());
        SetSessionConfigOptionResponse::new(self.choices.options(session.mode, model))
    }
}
