//! The variables that directives read and bind: those of the worker, or where there is none those of the host.

use std::collections::{HashMap, HashSet};

use headwater_protocol::repl::{ReplError, Variable};
use serde_json::Value;

use super::host_variables::HostVariables;
use crate::session::Session;

/// Where the variables are.
pub(super) enum Scope {
    /// In a Python worker.
    Worker(Box<Session>),
    /// Here.
    Host(HostVariables),
}

impl Scope {
    /// The value of a variable; `None` when it is not bound.
    pub(super) async fn get(&mut self, name: &str) -> Result<Option<Value>, ReplError> {
        match self {
            Self::Worker(session) => session.find(name.to_owned()).await,
            Self::Host(variables) => Ok(variables.get(name).cloned()),
        }
    }

    /// The values of those variables that are bound.
    pub(super) async fn get_all(
        &mut self,
        names: HashSet<&str>,
    ) -> Result<HashMap<String, Value>, ReplError> {
        let mut found = HashMap::new();
        for name in names {
            if let Some(value) = self.get(name).await? {
                found.insert(name.to_owned(), value);
            }
        }
        Ok(found)
    }

    /// Binds a variable.
    pub(super) async fn set(&mut self, name: &str, value: Value) -> Result<(), ReplError> {
        match self {
            Self::Worker(session) => session.bind(name, value).await,
            Self::Host(variables) => {
                variables.set(name, value).await;
                Ok(())
            }
        }
    }

    /// All variables.
    pub(super) async fn list(&mut self) -> Result<Vec<Variable>, ReplError> {
        match self {
            Self::Worker(session) => session.list().await,
            Self::Host(variables) => Ok(variables.list()),
        }
    }

    /// Remarks for the next outcome.
    pub(super) fn remarks(&mut self) -> Vec<String> {
        match self {
            Self::Worker(session) => session.take_remarks(),
            Self::Host(variables) => std::mem::take(&mut variables.remarks),
        }
    }
}
