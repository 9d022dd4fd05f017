//! Sub-agents: followed in their lines, asked about by name, kept out of the conversation.

use headwater_protocol::events::{
    ApprovalGiven, RequestSent, SubagentReturned, SubagentStarted, ToolCalled, TurnStarted, UsageReported,
    UserMessage,
};
use headwater_protocol::update::Waiting;
use headwater_protocol::{
    ApprovalDecision, ApprovalScope, Approver, Delta, EndReason, ModeId, Op, Tokens, ToolCall, Usage, Usd,
};
use serde_json::json;

use super::stage::Stage;

impl Stage {
    /// A session with a turn that runs.
    pub(crate) fn begin(&mut self) -> &mut Self {
        self.session().turn("go")
    }

    /// A call hands a task to a sub-agent with this session.
    pub(crate) fn agent_starts(&mut self, session: &str, number: u32, agent: &str, title: &str) -> &mut Self {
        let call = format!("task-{session}");
        let input = json!({"description": title, "prompt": format!("{title}, please."), "agent": agent});
        let request = ToolCall { call: call.as_str().into(), name: "task".into(), input, malformed: None };
        self.record(ToolCalled { request });
        self.record(SubagentStarted {
            call: call.as_str().into(),
            opened: session.into(),
            number,
            agent: agent.into(),
            title: title.into(),
            model: "local/qwen2.5-coder".into(),
            mode: ModeId::Agent,
            tools: vec!["grep".into()],
            foreign: None,
        });
        self.record_of(session, Some("s1"), UserMessage { text: format!("{title}, please.") });
        self.record_of(session, Some("s1"), TurnStarted { turn: 1, mode: ModeId::Agent });
        let sent = RequestSent { turn: 1, step: 1, digest: String::new(), tokens: Tokens(1) };
        self.record_of(session, Some("s1"), sent)
    }

    /// A sub-agent calls a tool.
    pub(crate) fn agent_asks(&mut self, session: &str, tool: &str, pattern: &str) -> &mut Self {
        let call = format!("{session}-call");
        let input = json!({ "pattern": pattern });
        let request = ToolCall { call: call.as_str().into(), name: tool.into(), input, malformed: None };
        self.record_of(session, Some("s1"), ToolCalled { request })
    }

    /// A sub-agent comes back.
    pub(crate) fn agent_returns(&mut self, session: &str, reason: EndReason, text: &str) -> &mut Self {
        self.record(SubagentReturned {
            call: format!("task-{session}").as_str().into(),
            opened: session.into(),
            reason,
            text: text.into(),
            steps: 1,
            usage: Usage::default(),
            cost_usd: None,
            millis: 2_500,
            foreign: None,
        })
    }
}

#[test]
fn d2_a_task_is_queued_then_followed_then_done() {
    let mut stage = Stage::small();
    stage.begin();
    let input = json!({"description": "Find the callers", "prompt": "p", "agent": "explore"});
    let request = ToolCall { call: "task-a".into(), name: "task".into(), input, malformed: None };
    stage.record(ToolCalled { request }).delta(Delta::ToolStarted { call: "task-a".into() });
    assert!(stage.screen().contains("● explore Find the callers"), "{}", stage.screen());
    assert!(stage.screen().contains("queued"));
    let mut stage = Stage::small();
    stage.begin().agent_starts("a", 1, "explore", "Find the callers");
    stage.agent_asks("a", "grep", "parse_date").wait(1_200);
    let screen = stage.screen();
    assert!(screen.contains("step 1 · grep parse_date · 1.2s"), "{screen}");
    assert!(screen.contains("· 1 sub-agent"), "{screen}");
    let usage = Usage { input: Tokens(12_000), cached: Tokens(0), output: Tokens(400), ..Usage::default() };
    stage.record_of("a", Some("s1"), UsageReported { usage, cost_usd: Some(Usd(0.01)), millis: 1 });
    let retry = Waiting::Retry {
        attempt: 1,
        after: std::time::Duration::from_secs(2),
        reason: "429: too many requests".into(),
    };
    let delta = Box::new(Delta::Waiting { on: retry });
    stage.delta(Delta::Within { session: "a".into(), delta });
    let screen = stage.screen();
    assert!(screen.contains("asks again: 429: too many r… · 12"), "{screen}");
    stage.agent_returns("a", EndReason::Done, "Three callers.");
    assert!(stage.screen().contains("✓ explore Find the callers"), "{}", stage.screen());
    // Nothing of it counts for the conversation's own window.
    assert_eq!(stage.app.status.budget.last_estimate, Tokens(0));
    assert_eq!(stage.app.status.phase.turn, 1);
}

#[test]
fn d2_a_card_names_the_sub_agent_that_asks_and_goes_when_it_is_answered_or_over() {
    let mut stage = Stage::small();
    stage.begin().agent_starts("a", 1, "explore", "Look").agent_starts("b", 2, "general", "Fix");
    for session in ["b", "a"] {
        stage.agent_asks(session, "shell", "x");
        let mut asked = headwater_protocol::events::ApprovalRequested {
            call: format!("{session}-call").as_str().into(),
            rule: "r".into(),
            why: "it reaches the network".into(),
            offers: vec![],
            effect: "e".into(),
            is_catastrophic: false,
            input: None,
        };
        asked.effect.push('!');
        stage.record_of(session, Some("s1"), asked);
    }
    let screen = stage.screen();
    assert!(screen.contains("APPROVE? ── general: shell ── 1 of 2"), "{screen}");
    assert!(screen.contains("waits for you: shell x"), "{screen}");
    stage.wait(400).types("y");
    assert!(matches!(&stage.ops()[..], [Op::Approve { call, .. }] if call.as_str() == "b-call"));
    let given = ApprovalGiven {
        call: "b-call".into(),
        decision: ApprovalDecision::Allow,
        scope: ApprovalScope::Once,
        by: Approver::Person,
        rules: vec![],
    };
    stage.record_of("b", Some("s1"), given);
    assert!(stage.screen().contains("APPROVE? ── explore: shell ── 1 of 1"), "{}", stage.screen());
    stage.agent_returns("a", EndReason::Interrupted, "cancelled");
    assert!(!stage.screen().contains("APPROVE?"), "{}", stage.screen());
}

#[test]
fn complaint_10_a_hundred_sub_agents_at_work_leave_time_for_thirty_frames_a_second() {
    let mut stage = Stage::new(120, 40, crate::theme::ColorDepth::Mono);
    stage.begin();
    let sessions: Vec<String> = (1..=100).map(|number| format!("n{number}")).collect();
    for (session, number) in sessions.iter().zip(1..) {
        stage.agent_starts(session, number, "explore", "Look");
    }
    let (frames, began) = (60, std::time::Instant::now());
    for frame in 0..frames {
        for session in &sessions {
            stage.agent_asks(session, "grep", &format!("word {frame}"));
        }
        let screen = stage.wait(33).screen();
        assert!(
            screen.contains(&format!("grep word {frame}")) && screen.contains("100 sub-agents"),
            "{screen}"
        );
    }
    let a_frame = began.elapsed() / frames;
    assert!(a_frame < std::time::Duration::from_millis(33), "{a_frame:?} for a hundred records and a frame");
}
