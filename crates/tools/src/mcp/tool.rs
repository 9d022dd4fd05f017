//! A tool of a server, as the engine knows tools.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use headwater_protocol::{Access, AnyTool, Capability, ToolContext, ToolOutcome, ToolSpec};
use serde_json::{Map, Value};

use super::call;
use super::listing::ListedTool;
use super::naming::tool_name;
use super::schema::{Tamed, tame};
use super::server::Server;
use super::words;

/// What a wire writes around a tool, in bytes: about as much on each.
const WRAPPING: usize = 80;

/// The longest description that stands in every request, in bytes.
const LONGEST_DESCRIPTION: usize = 1_000;

/// A tool of a server.
pub(super) struct ServerTool {
    server: Arc<Server>,
    /// The name that the server gives it.
    given: String,
    spec: ToolSpec,
    tamed: Tamed,
}

impl ServerTool {
    /// The tool as it is listed.
    pub(super) fn new(server: &Arc<Server>, listed: &ListedTool) -> Self {
        let tamed = tame(&listed.schema);
        let spec = ToolSpec {
            name: tool_name(&server.config.name, &listed.name),
            description: words::tidy(listed.said(), LONGEST_DESCRIPTION),
            input_schema: tamed.schema.clone(),
            // What a server says of its own tools is no reason to let them pass; what the person says is.
            capability: if server.config.vouches_for(&listed.name) {
                Capability::Read
            } else {
                Capability::Write
            },
        };
        Self { server: Arc::clone(server), given: listed.name.clone(), spec, tamed }
    }

    /// The bytes it takes of every request.
    pub(super) fn bytes(&self) -> usize {
        WRAPPING
            + self.spec.name.len()
            + self.spec.description.len()
            + super::json_bytes(&self.spec.input_schema)
    }

    /// Its name, for the order.
    pub(super) fn name(&self) -> &str {
        &self.spec.name
    }
}

impl AnyTool for ServerTool {
    fn spec(&self) -> ToolSpec {
        self.spec.clone()
    }

    fn access(&self, input: &Value) -> Result<Access, String> {
        arguments(input).map(|_| Access::Nothing)
    }

    fn run(&self, input: Value, context: ToolContext) -> BoxFuture<'_, ToolOutcome> {
        Box::pin(async move {
            match arguments(&input) {
                Ok(arguments) => {
                    call::call(&self.server, &self.given, self.tamed.given(arguments), context).await
                }
                Err(error) => ToolOutcome::error(format!("Wrong arguments: {error}")),
            }
        })
    }
}

/// The arguments of a call; none at all are an empty object.
fn arguments(input: &Value) -> Result<Map<String, Value>, String> {
    match input {
        Value::Object(arguments) => Ok(arguments.clone()),
        Value::Null => Ok(Map::new()),
        _ => Err("the arguments must be an object".to_owned()),
    }
}
