//! `contract`: says what the task must bring and what is not known; the harness checks it before "done" is believed.

use headwater_protocol::contract::{OutputDraft, RequiredOutput};
use headwater_protocol::events::{Uncertainty, UncertaintyKind, UncertaintyStatus};
use headwater_protocol::tool::{CONTRACT_TOOL, Declaration};
use headwater_protocol::{Access, Capability, Tool, ToolContext, ToolOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::report::{data, data_schema};
use crate::text::counted;

/// The most entries of a call.
const MOST: usize = 40;

/// Declares what a task must bring.
pub(super) struct Contract;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The task in one sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    goal: String,
    /// What must be there at the end; you may add later, never remove.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    outputs: Vec<OutputDraft>,
    /// What you assume or do not know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    uncertainties: Vec<Doubt>,
    /// How sure you are that it is done, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64")]
    confidence: Option<f64>,
}

/// Something that is assumed or not known.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Doubt {
    /// Short, unique.
    id: String,
    /// One sentence.
    text: String,
    /// You go on as if it were so.
    #[serde(default, skip_serializing_if = "is_false")]
    assumed: bool,
    /// Who or what would settle it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    resolver: String,
    /// It is settled now.
    #[serde(default, skip_serializing_if = "is_false")]
    resolved: bool,
}

/// The screen's shape `contract`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Shown<'a> {
    kind: &'static str,
    goal: &'a str,
    outputs: &'a [RequiredOutput],
    uncertainties: &'a [Uncertainty],
    confidence: Option<f64>,
}

impl Tool for Contract {
    type Input = Input;

    fn name(&self) -> &'static str {
        CONTRACT_TOOL
    }

    fn description(&self) -> &'static str {
        "Early in work of several steps: declare what must be there at the end and how it is checked. Also for what you \
         assume or do not know."
    }

    fn capability(&self) -> Capability {
        Capability::State
    }

    fn output_schema(&self) -> Option<serde_json::Value> {
        Some(data_schema::<Shown<'_>>())
    }

    fn access(&self, _input: &Input) -> Access {
        Access::Nothing
    }

    async fn run(&self, input: Input, _context: ToolContext) -> ToolOutcome {
        match declaration(input) {
            Ok((declaration, confidence)) => told(declaration, confidence),
            Err(text) => ToolOutcome::error(text),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
fn is_false(is: &bool) -> bool {
    !is
}

/// What the call declares, or why it declares nothing.
fn declaration(input: Input) -> Result<(Declaration, Option<f64>), String> {
    if input.outputs.len() > MOST || input.uncertainties.len() > MOST {
        return Err(format!("At most {MOST} outputs and {MOST} uncertainties; keep to what matters."));
    }
    if input.confidence.is_some_and(|sure| !(0.0..=1.0).contains(&sure)) {
        return Err("confidence is a number from 0 to 1.".to_owned());
    }
    let sentence = |why: String| format!("Not declared: {why}.");
    let outputs: Result<Vec<_>, _> = input.outputs.into_iter().map(OutputDraft::output).collect();
    let uncertainties: Result<Vec<_>, _> = input.uncertainties.iter().map(uncertainty).collect();
    let declaration = Declaration {
        goal: input.goal.trim().to_owned(),
        outputs: outputs.map_err(sentence)?,
        uncertainties: uncertainties.map_err(sentence)?,
    };
    if declaration == Declaration::default() && input.confidence.is_none() {
        return Err("Nothing is declared: give outputs, uncertainties or a confidence.".to_owned());
    }
    Ok((declaration, input.confidence))
}

fn uncertainty(doubt: &Doubt) -> Result<Uncertainty, String> {
    let (id, text) = (doubt.id.trim(), doubt.text.trim());
    if id.is_empty() || text.is_empty() {
        return Err("an uncertainty needs an id and a text".to_owned());
    }
    Ok(Uncertainty {
        id: id.to_owned(),
        kind: if doubt.assumed { UncertaintyKind::Assumption } else { UncertaintyKind::Unknown },
        text: text.to_owned(),
        resolver: doubt.resolver.trim().to_owned(),
        status: if doubt.resolved { UncertaintyStatus::Resolved } else { UncertaintyStatus::Open },
    })
}

fn told(declaration: Declaration, confidence: Option<f64>) -> ToolOutcome {
    let Declaration { goal, outputs, uncertainties } = &declaration;
    let count = |many: usize, what: &str| counted(many.try_into().unwrap_or(u64::MAX), what);
    let shown = data(&Shown { kind: "contract", goal, outputs, uncertainties, confidence });
    let mut text = format!(
        "Declared: {}, {}. The person sees it.",
        count(outputs.len(), "output"),
        count(uncertainties.len(), "uncertainty"),
    );
    if !outputs.is_empty() {
        text.push_str(" Each output is checked when you give your answer.");
    }
    ToolOutcome { declared: Some(Box::new(declaration)), ..ToolOutcome::text(text).with_data(shown) }
}
