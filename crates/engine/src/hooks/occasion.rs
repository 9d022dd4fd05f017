//! What hooks are run for: a point of the session, and what is to be known of it.

use std::path::Path;

use headwater_protocol::{Access, AnyTool, CallId, Capability, HookPoint, ToolCall};
use serde_json::{Map, Value, json};

use super::condition::Looked;
use super::matcher::Matcher;
use super::vocabulary;

/// What hooks are run for.
#[derive(Clone, Debug)]
pub(crate) struct Occasion {
    point: HookPoint,
    /// What a matcher is compared with; empty where there is nothing to choose.
    pub(super) names: Vec<String>,
    /// What hooks are told beside what they are always told.
    pub(super) facts: Map<String, Value>,
    /// The call it is about.
    pub(super) call: Option<CallId>,
    touched: Option<Touched>,
}

/// What the call would touch.
#[derive(Clone, Debug)]
struct Touched {
    tool: String,
    capability: Capability,
    access: Access,
}

impl Occasion {
    /// A point of the session.
    pub(crate) fn new(point: HookPoint) -> Self {
        Self { point, names: Vec::new(), facts: Map::new(), call: None, touched: None }
    }

    /// A point of this kind, which matchers choose by, and which hooks are told by this name.
    pub(crate) fn of_kind(point: HookPoint, told_as: &str, kind: &str) -> Self {
        let mut occasion = Self::new(point).with(told_as, kind);
        occasion.names.push(kind.to_owned());
        occasion
    }

    /// A point of a call.
    pub(crate) fn of_call(
        point: HookPoint,
        call: &ToolCall,
        tool: (&dyn AnyTool, Capability),
        workspace: &Path,
    ) -> Self {
        let (tool, capability) = tool;
        let theirs = vocabulary::name_of(&call.name);
        let mut occasion = Self::new(point)
            .with("tool_name", theirs)
            .with("tool_input", vocabulary::told(&call.name, &call.input, workspace))
            .with("tool_use_id", call.call.as_str());
        occasion.names = vec![theirs.to_owned(), call.name.clone()];
        occasion.call = Some(call.call.clone());
        let touched = |access| Touched { tool: call.name.clone(), capability, access };
        occasion.touched = tool.access(&call.input).ok().map(touched);
        occasion
    }

    /// Where it is.
    pub(crate) fn point(&self) -> HookPoint {
        self.point
    }

    /// Tells hooks this too.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// Tells hooks the message of the person, by both names under which it is looked for.
    #[must_use]
    pub(crate) fn with_prompt(self, prompt: &str) -> Self {
        self.with("prompt", prompt).with("user_prompt", prompt)
    }

    /// Tells hooks what a call has brought, in the form of its tool.
    #[must_use]
    pub(crate) fn with_response(self, call: &ToolCall, text: &str, data: &Value) -> Self {
        let told = vocabulary::told(&call.name, &call.input, Path::new(""));
        let response = match call.name.as_str() {
            "shell" => json!({"stdout": text, "stderr": "", "interrupted": false, "data": data}),
            "write" | "edit" => {
                json!({"filePath": told.get("file_path"), "success": true, "text": text, "data": data})
            }
            _ => json!({"text": text, "data": data}),
        };
        self.with("tool_response", response)
    }

    pub(super) fn is_for(&self, matcher: &Matcher) -> bool {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        matcher.includes(&names)
    }

    /// What the call would touch; `None` where it is about no call, or the arguments are wrong.
    pub(super) fn looked<'a>(&'a self, workspace: &'a Path, home: Option<&'a Path>) -> Option<Looked<'a>> {
        let Touched { tool, capability, access } = self.touched.as_ref()?;
        Some(Looked { tool, capability: *capability, access, workspace, home })
    }
}

/// The arguments of a call that a hook wants instead, as the tool takes them; `None` where it only repeats what it was told.
pub(crate) fn wanted_input(call: &ToolCall, wanted: &Value, workspace: &Path) -> Option<Value> {
    let is_new = *wanted != vocabulary::told(&call.name, &call.input, workspace);
    is_new.then(|| vocabulary::taken(&call.name, wanted))
}
