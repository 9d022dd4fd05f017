//! Sub-agents through the engine's own door: one that crashes, and definitions that a program makes.

use std::sync::Arc;

use headwater_engine::Start;
use headwater_engine::subagents::{AgentDefinition, AgentModel, AgentTools, Roster, SubagentSetup};
use headwater_protocol::{
    ApprovalDecision, Cancel, EndReason, Event, ModeId, ModelInfo, Projection, Provider, ProviderStream,
};
use headwater_testkit::{Recorded, Script, Turn};
use serde_json::{Value, json};

use crate::rig::{Rig, end, turn};

/// What stands in the system text of every sub-agent.
const BELOW: &str = "You are a sub-agent";

/// A model that panics when a sub-agent asks it, and is the real one for everybody else.
struct Fragile(Arc<dyn Provider>);

impl Provider for Fragile {
    fn vendor(&self) -> &str {
        self.0.vendor()
    }

    fn model(&self) -> &ModelInfo {
        self.0.model()
    }

    fn stream(&self, request: Projection, cancel: Cancel) -> ProviderStream {
        assert!(!request.system.contains(BELOW), "a fault for the test");
        self.0.stream(request, cancel)
    }
}

fn is_below(request: &Recorded) -> bool {
    request.messages().first().is_some_and(|system| system.to_string().contains(BELOW))
}

/// A model that hands out one task in its first answer.
fn handing_out(agent: &'static str) -> Script {
    Script::responder(move |_, request| {
        let has_result = request.messages().iter().any(|said| said["role"] == "tool");
        match (is_below(request), has_result) {
            (true, _) => Turn::text("My report."),
            (false, false) => {
                let input = json!({"description": "a task", "prompt": "Do it.", "agent": agent});
                Turn::text("").call("task", input)
            }
            (false, true) => Turn::text("On with it."),
        }
    })
}

#[tokio::test]
async fn d2_a_sub_agent_that_crashes_is_a_result_and_its_log_has_an_end() {
    let rig = Rig::new(handing_out("general"));
    let setup = rig.setup_in(&rig.workspace(), Start::New { parent: None });
    let mut running = headwater_engine::start(headwater_engine::EngineSetup {
        provider: Arc::new(Fragile(rig.provider())),
        subagents: Some(SubagentSetup::default()),
        ..setup
    })
    .unwrap();
    let ended = turn(&mut running, "go", &ApprovalDecision::Allow).await;
    assert_eq!((ended.reason, ended.text.as_str()), (EndReason::Done, "On with it."));
    end(&mut running).await;
    let records = rig.records(&running.session);
    let returned = records.iter().find_map(|record| {
        if let Event::SubagentReturned(returned) = &record.event { Some(returned) } else { None }
    });
    let returned = returned.unwrap();
    assert_eq!(returned.reason, EndReason::Error);
    assert!(
        returned.text.contains("it failed (the sub-agent crashed: a fault for the test)"),
        "{}",
        returned.text
    );
    let result = records
        .iter()
        .find_map(|record| if let Event::ToolReturned(result) = &record.event { Some(result) } else { None });
    assert_eq!(result.unwrap().text, returned.text);
    let own = rig.records(&returned.opened);
    assert!(matches!(own.last().unwrap().event, Event::TurnEnded(_)), "{:?}", own.last());
}

#[tokio::test]
async fn s4_a_definition_made_by_a_program_bounds_its_sub_agent() {
    let definition = AgentDefinition {
        name: "reader".into(),
        description: "Reads.".into(),
        prompt: "You read.".into(),
        tools: AgentTools {
            only: Some(vec!["read".into(), "shell".into(), "unheard_of".into()]),
            without: vec!["shell".into()],
        },
        model: AgentModel::Named("unknown-model".into()),
        mode: Some(ModeId::Yolo),
    };
    let rig = Rig::new(handing_out("reader"));
    let setup = rig.setup_in(&rig.workspace(), Start::New { parent: None });
    let subagents = SubagentSetup { roster: Roster::new(&[definition]), ..SubagentSetup::default() };
    let mut running =
        headwater_engine::start(headwater_engine::EngineSetup { subagents: Some(subagents), ..setup })
            .unwrap();
    turn(&mut running, "go", &ApprovalDecision::Allow).await;
    end(&mut running).await;
    let records = rig.records(&running.session);
    let started = records.iter().find_map(|record| {
        if let Event::SubagentStarted(started) = &record.event { Some(started) } else { None }
    });
    let started = started.unwrap();
    assert_eq!((started.mode, started.tools.as_slice()), (ModeId::Agent, ["read".to_owned()].as_slice()));
    assert_eq!(started.model, "llamacpp/scripted", "the session's own where the name means nothing");
    let asked = rig.requests().into_iter().find(is_below).unwrap();
    let tools: Vec<&Value> = asked.body["tools"].as_array().unwrap().iter().collect();
    assert_eq!(tools.len(), 1);
    assert!(asked.messages()[0].to_string().contains("You read."));
}
