//! A tool that says more than one result may: what is too long is stored, and the model reads it in pages.

use std::sync::Arc;

use headwater_engine::Start;
use headwater_protocol::{
    Access, ApprovalDecision, Capability, EndReason, Event, Tool, ToolContext, ToolOutcome,
};
use headwater_testkit::{Script, Turn};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::rig::{Rig, end, turn};

/// Says as many lines as it is asked for, whatever the cap.
struct Talkative;

#[derive(Deserialize, JsonSchema)]
struct Input {
    /// Lines.
    lines: usize,
}

fn said(lines: usize) -> String {
    (1..=lines)
        .flat_map(|line| ["line ".to_owned(), line.to_string(), " of what there is to say\n".to_owned()])
        .collect()
}

impl Tool for Talkative {
    type Input = Input;

    fn name(&self) -> &'static str {
        "talk"
    }

    fn description(&self) -> &'static str {
        "Talks."
    }

    fn capability(&self) -> Capability {
        Capability::Read
    }

    fn access(&self, _input: &Input) -> Access {
        Access::Nothing
    }

    async fn run(&self, input: Input, _context: ToolContext) -> ToolOutcome {
        ToolOutcome::text(said(input.lines))
    }
}

#[tokio::test]
async fn m3_d1_no_tool_hands_on_more_than_the_cap_and_the_rest_is_read_in_pages() {
    let script = Script::responder(|index, request| match index {
        0 => Turn::text("").call("talk", json!({"lines": 10})).call("talk", json!({"lines": 200_000})),
        1 => {
            let seen = request.body.to_string();
            let pointer = seen.split("read blob:").nth(1).and_then(|rest| rest.split(' ').next());
            let path = format!("blob:{}", pointer.unwrap_or("none"));
            Turn::text("").call("read", json!({"path": path, "offset": 123_456, "limit": 1}))
        }
        _ => Turn::text("Done."),
    });
    let rig = Rig::new(script);
    let mut setup = rig.setup_in(&rig.workspace(), Start::New { parent: None });
    setup.tools.push(Arc::new(Talkative));
    let mut running = headwater_engine::start(setup).unwrap();
    let ended = turn(&mut running, "talk", &ApprovalDecision::Allow).await;
    assert_eq!(ended.reason, EndReason::Done);
    let session = running.session.clone();
    end(&mut running).await;
    let returned: Vec<_> = rig
        .records(&session)
        .into_iter()
        .filter_map(
            |record| if let Event::ToolReturned(returned) = record.event { Some(returned) } else { None },
        )
        .collect();
    let [short, long, page] = returned.as_slice() else { panic!("{} results", returned.len()) };
    assert!(short.text == said(10) && short.blobs.is_empty());
    // The most that any window is given, and the line between beginning and end.
    assert!(long.text.len() <= 40_000 + 400, "{} bytes", long.text.len());
    assert!(
        long.text.starts_with("line 1 of") && long.text.ends_with("line 200000 of what there is to say\n")
    );
    let stored = rig.store().directory(&session).join("blobs").join(long.blobs[0].id.as_str());
    let whole = std::fs::read_to_string(stored).unwrap();
    assert_eq!((whole.as_str(), long.blobs[0].bytes.0), (said(200_000).as_str(), whole.len() as u64));
    assert_eq!(long.blobs[0].sha256, headwater_protocol::projection::hex(&Sha256::digest(whole.as_bytes())));
    assert!(page.text.contains("line 123456 of what there is to say"), "{}", page.text);
}
