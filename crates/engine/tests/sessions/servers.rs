//! Tools of MCP servers under the rules: whether they are called by their names or through `mcp`.

use futures_util::StreamExt as _;
use headwater_engine::{Running, Start};
use headwater_policy::{Layer, RuleTexts, Source};
use headwater_protocol::audit::network_runs_without_consent;
use headwater_protocol::events::{ApprovalRequested, ResultStatus, ToolReturned};
use headwater_protocol::{
    ApprovalDecision, ApprovalScope, Event, MCP_TOOL, ModeId, Op, Record, SessionId, Update,
};
use headwater_testkit::{DEADLINE, McpProgram, Script, Turn};
use headwater_tools::mcp::{HEADER_TOKENS, McpServers, McpSetup, Reach, ServerConfig, ServerState};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::rig::{Rig, end};

const ECHO: &str = "mcp__s__echo";

/// A session with one server, `s`, whose `hang` the person vouches for.
struct Stage {
    rig: Rig,
    program: McpProgram,
    cache: TempDir,
}

impl Stage {
    fn new(script: Script) -> Self {
        Self { rig: Rig::new(script), program: McpProgram::new(&[]), cache: tempfile::tempdir().unwrap() }
    }

    /// Starts the server, and waits until it answers.
    async fn servers(&self) -> McpServers {
        let servers = self.begin();
        servers.settled(DEADLINE).await;
        assert!(servers.reports().iter().all(|report| report.state == ServerState::Ready));
        servers
    }

    /// Starts the server.
    fn begin(&self) -> McpServers {
        let (command, cwd) = (self.program.command(), self.program.directory().to_owned());
        let config = ServerConfig {
            read_only: vec!["shape".to_owned()],
            ..ServerConfig::new("s", Reach::Stdio { command, env: Vec::new(), cwd })
        };
        McpServers::start(McpSetup {
            servers: vec![config],
            env: headwater_sandbox::scrubbed_env(std::env::vars_os(), &[]),
            cache: Some(self.cache.path().to_owned()),
            tokens: None,
            header_tokens: HEADER_TOKENS,
            version: "0.0.0-test",
        })
    }

    fn start(&self, servers: &McpServers, mode: ModeId, rules: &RuleTexts) -> Running {
        let mut setup = self.rig.setup_in(&self.rig.workspace(), Start::New { parent: None });
        setup.tools.extend(servers.tools());
        setup.mode = Some(mode);
        setup.rules = vec![Layer::new(Source::User, rules).unwrap()];
        headwater_engine::start(setup).unwrap()
    }

    /// Whether the server was asked to run a tool.
    fn was_called(&self) -> bool {
        self.program.heard().iter().any(|method| method == "tools/call")
    }

    fn log(&self, id: &SessionId) -> Vec<Record> {
        self.rig.records(id)
    }
}

fn through(tool: &str, arguments: &Value) -> Value {
    json!({"action": "call", "tool": tool, "arguments": arguments})
}

/// A model that makes these calls, one a step, and is then done.
fn calling(calls: Vec<(&'static str, Value)>) -> Script {
    let turns = calls.into_iter().map(|(name, input)| Turn::text("").call(name, input));
    turns.fold(Script::new(), Script::turn).turn(Turn::text("Done."))
}

/// Plays a turn; what asks is answered with a yes of this scope. What was asked comes back.
async fn turn(running: &mut Running, scope: ApprovalScope) -> Vec<ApprovalRequested> {
    running.ops.send(Op::Submit { text: "go".into() }).await.unwrap();
    let mut asked = Vec::new();
    loop {
        let update = timeout(DEADLINE, running.updates.recv()).await.unwrap().unwrap();
        let Update::Record(record) = update else { continue };
        if let Event::ApprovalRequested(request) = &record.event {
            asked.push(request.clone());
            let call = request.call.clone();
            running.ops.send(Op::Approve { call, decision: ApprovalDecision::Allow, scope }).await.unwrap();
        } else if let Event::TurnEnded(_) = &record.event {
            return asked;
        }
    }
}

fn results(records: &[Record]) -> Vec<&ToolReturned> {
    let all = records.iter().filter_map(|record| {
        if let Event::ToolReturned(returned) = &record.event { Some(returned) } else { None }
    });
    all.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_a_deny_rule_binds_a_tool_by_its_name_and_through_mcp() {
    let arguments = json!({"text": "x"});
    let stage = Stage::new(calling(vec![(MCP_TOOL, through(ECHO, &arguments)), (ECHO, arguments)]));
    let servers = stage.servers().await;
    let rules =
        RuleTexts { deny: vec!["mcp__s__*".into()], allow: vec![ECHO.into()], ..RuleTexts::default() };
    let mut running = stage.start(&servers, ModeId::Yolo, &rules);
    assert_eq!(turn(&mut running, ApprovalScope::Once).await.len(), 0);
    end(&mut running).await;
    let records = stage.log(&running.session);
    let results = results(&records);
    assert_eq!(results.len(), 2);
    for result in results {
        assert_eq!(result.status, ResultStatus::Denied, "{}", result.text);
        assert!(result.text.contains("mcp__s__*"), "{}", result.text);
    }
    assert!(!stage.was_called());
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_what_nobody_vouches_for_asks_and_a_yes_for_the_session_is_for_that_tool() {
    let say = |text: &str| through(ECHO, &json!({ "text": text }));
    let other = through("mcp__s__env", &json!({"name": "LANG"}));
    let stage = Stage::new(calling(vec![
        (MCP_TOOL, say("one")),
        (ECHO, json!({"text": "two"})),
        (MCP_TOOL, say("three")),
        (MCP_TOOL, other),
    ]));
    let servers = stage.servers().await;
    let mut running = stage.start(&servers, ModeId::Agent, &RuleTexts::default());
    let asked = turn(&mut running, ApprovalScope::Session).await;
    let offers: Vec<_> = asked.iter().map(|request| request.offers.clone()).collect();
    assert_eq!(offers, [vec![ECHO.to_owned()], vec!["mcp__s__env".to_owned()]]);
    end(&mut running).await;
    let records = stage.log(&running.session);
    let results = results(&records);
    let texts: Vec<&str> = results.iter().map(|result| result.text.as_str()).take(3).collect();
    assert_eq!(texts, ["you said one", "you said two", "you said three"]);
    // As the model called them, so that its request and its result belong together.
    let names: Vec<&str> = results.iter().map(|result| result.name.as_str()).collect();
    assert_eq!(names, [MCP_TOOL, ECHO, MCP_TOOL, MCP_TOOL]);
    assert_eq!(network_runs_without_consent(&records), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_a_call_of_a_tool_that_nobody_knows_yet_waits_for_the_servers_and_is_judged() {
    let say = through(ECHO, &json!({"text": "late"}));
    let stage = Stage::new(calling(vec![(MCP_TOOL, say), (ECHO, json!({"text": "by name"}))]));
    let servers = stage.begin();
    let mut running = stage.start(&servers, ModeId::Agent, &RuleTexts::default());
    let asked = turn(&mut running, ApprovalScope::Session).await;
    assert_eq!(asked.len(), 1, "{asked:?}");
    end(&mut running).await;
    let records = stage.log(&running.session);
    let texts: Vec<&str> = results(&records).iter().map(|result| result.text.as_str()).collect();
    assert_eq!(texts, ["you said late", "you said by name"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_what_a_server_said_is_foreign_text_and_goes_back_to_nobody_else_unasked() {
    let stage = Stage::new(calling(vec![
        ("mcp__s__shape", json!({})),
        (MCP_TOOL, json!({"action": "search", "query": "echo"})),
        ("mcp__s__shape", json!({"again": "x"})),
        ("shell", json!({"command": "curl --max-time 1 http://127.0.0.1:9/"})),
    ]));
    let servers = stage.servers().await;
    let rules = RuleTexts { allow: vec!["Bash(curl *)".into()], ..RuleTexts::default() };
    let mut running = stage.start(&servers, ModeId::Agent, &rules);
    let asked = turn(&mut running, ApprovalScope::Once).await;
    assert_eq!(asked.len(), 1, "the second call of the server asks nothing, the network does: {asked:?}");
    assert!(asked[0].why.contains("the output of `mcp__s__shape`"), "{}", asked[0].why);
    end(&mut running).await;
    assert_eq!(network_runs_without_consent(&stage.log(&running.session)), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_plan_runs_what_the_person_vouches_for_and_nothing_else() {
    let stage = Stage::new(calling(vec![
        (MCP_TOOL, through(ECHO, &json!({"text": "x"}))),
        (ECHO, json!({"text": "y"})),
        (MCP_TOOL, through("mcp__s__shape", &json!({}))),
    ]));
    let servers = stage.servers().await;
    let rules = RuleTexts { allow: vec!["mcp__s__*".into()], ..RuleTexts::default() };
    let mut running = stage.start(&servers, ModeId::Plan, &rules);
    assert_eq!(turn(&mut running, ApprovalScope::Once).await.len(), 0);
    end(&mut running).await;
    let records = stage.log(&running.session);
    let results = results(&records);
    let statuses: Vec<ResultStatus> = results.iter().map(|result| result.status).collect();
    assert_eq!(statuses, [ResultStatus::Denied, ResultStatus::Denied, ResultStatus::Ran]);
    assert!(results[0].text.contains("a tool of a server that nobody vouches for is not part of plan mode"));
}

#[tokio::test(flavor = "multi_thread")]
async fn s7_the_header_stays_whatever_a_server_lists_meanwhile() {
    let grow = through("mcp__s__grow", &json!({"name": "newcomer"}));
    let late = through("mcp__s__newcomer", &json!({}));
    let script = Script::new()
        .turn(Turn::text("").call(MCP_TOOL, grow))
        .turn(Turn::text("Grown."))
        .turn(Turn::text("").call(MCP_TOOL, late))
        .turn(Turn::text("Done."));
    let stage = Stage::new(script);
    // The second session knows what the first one listed.
    stage.servers().await.close().await;
    let servers = stage.servers().await;
    let mut running = stage.start(&servers, ModeId::Yolo, &RuleTexts::default());
    turn(&mut running, ApprovalScope::Once).await;
    let is_there = || servers.reports()[0].tools.iter().any(|tool| tool.given == "newcomer");
    let mut changes = servers.changes();
    while !is_there() {
        timeout(DEADLINE, changes.next()).await.unwrap();
    }
    turn(&mut running, ApprovalScope::Once).await;
    end(&mut running).await;
    let requests = stage.rig.requests();
    let tools: Vec<&Value> = requests.iter().map(|request| &request.body["tools"]).collect();
    assert!(tools.len() == 4 && tools.iter().all(|listed| *listed == tools[0]), "{}", tools.len());
    let listed = tools[0].to_string();
    assert!(listed.contains(ECHO) && !listed.contains("newcomer"), "{listed}");
    let records = stage.log(&running.session);
    let newest = results(&records).last().unwrap().text.clone();
    assert!(newest.contains("there is no tool newcomer"), "the server was asked: {newest}");
}
