//! Hooks around what a block calls: before the card and the rules look at a call, and behind its result.

use headwater_protocol::repl::ToolAnswer;
use headwater_protocol::{CallId, ToolCall};
use serde_json::Value;

use super::bench::Bench;
use crate::parts::RegisteredTool;

impl Bench {
    /// The arguments of a call as hooks want them. The error is one sentence that names the hook.
    pub(super) async fn hear_hooks(&self, tool: &RegisteredTool, input: Value) -> Result<Value, String> {
        if !self.hooks.are_there() {
            return Ok(input);
        }
        let heard = self.hooks.before(&unnumbered(tool, input), tool, &self.cancel).await;
        for ran in heard.records {
            self.record(ran).await?;
        }
        heard.input
    }

    /// The result of a call, with what hooks say to it behind its text.
    pub(super) async fn tell_hooks(
        &self,
        tool: &RegisteredTool,
        input: Value,
        mut answer: ToolAnswer,
    ) -> Result<ToolAnswer, String> {
        if self.hooks.are_there() {
            let result = (answer.text.as_str(), &answer.data, answer.is_error);
            let (records, said) =
                self.hooks.after(&unnumbered(tool, input), tool, result, &self.cancel).await;
            for ran in records {
                self.record(ran).await?;
            }
            if !said.is_empty() {
                answer.text = format!("{}\n\n{said}", answer.text);
            }
        }
        Ok(answer)
    }
}

/// A call gets its number when it runs, and not before: numbers are counted on the log.
fn unnumbered(tool: &RegisteredTool, input: Value) -> ToolCall {
    ToolCall { call: CallId::new(""), name: tool.spec.name.clone(), input, malformed: None }
}
