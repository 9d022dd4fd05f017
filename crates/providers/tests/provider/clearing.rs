//! Servers that clear old results (HARNESS V1, S5, P2): the request by the letter, what the answer says, and what becomes of
//! a refusal.

use std::sync::Arc;

use headwater_protocol::{Clearing, Message, ModelDelta, Projection, Provider, ServerCleared, Tokens};
use headwater_providers::{Catalogue, Overlay, VendorSettings};
use headwater_testkit::{CLEARED, Fault, ModelServer, Recorded, Turn};

use crate::body::{call, result, text};
use crate::kit::{Came, connection, projection, send, server, tool};

const PLACEHOLDER: &str = "[1 byte was cleared.]";

fn catalogue(settings: &str) -> Result<Catalogue, String> {
    let overlay: Overlay = toml::from_str(settings).map_err(|error| error.to_string())?;
    Catalogue::new(overlay).map_err(|error| error.to_string())
}

fn provider(server: &ModelServer, clears: bool) -> Arc<dyn Provider> {
    let settings = VendorSettings {
        base_url: Some(server.base_url()),
        wire: Some("anthropic".to_owned()),
        clears_results: Some(clears),
        ..VendorSettings::default()
    };
    let overlay = Overlay { providers: [("scripted".to_owned(), settings)].into(), ..Overlay::default() };
    let catalogue = Catalogue::new(overlay).unwrap();
    let mut connection = connection(&server.base_url());
    connection.vendor = catalogue.vendor("scripted").unwrap().clone();
    connection.model = catalogue.model(&connection.vendor, "m");
    assert_eq!(connection.model.info.clears_results, clears);
    headwater_providers::connect(connection).unwrap()
}

/// Two uses, of which the first is cleared.
fn request() -> Projection {
    let said =
        |id: &str| Message::Assistant { blocks: vec![text("Look."), call(id, false)], origin: "v/m".into() };
    let messages = vec![
        Message::user("Read."),
        said("c1"),
        result("c1", PLACEHOLDER, false),
        said("c2"),
        result("c2", "two", false),
    ];
    let whole = vec![(2, Arc::new(result("c1", &"one ".repeat(100), false)))];
    let exclude = vec!["mcp.list".to_owned()];
    let clearing = Some(Clearing { keep: 1, cleared: 1, exclude, whole });
    Projection { tools: Arc::new([tool("read")]), clearing, ..projection(messages) }
}

fn cleared(came: &Came) -> Vec<ServerCleared> {
    let one =
        |delta: &ModelDelta| if let ModelDelta::Cleared(one) = delta { Some(one.clone()) } else { None };
    came.deltas.iter().filter_map(one).collect()
}

fn usage(came: &Came) -> headwater_protocol::Usage {
    let usage = |delta: &ModelDelta| if let ModelDelta::Usage(usage) = delta { Some(*usage) } else { None };
    came.deltas.iter().rev().find_map(usage).unwrap()
}

fn results(request: &Recorded) -> Vec<String> {
    let blocks = request.seen().iter().flat_map(|message| message["content"].as_array().unwrap());
    let results = blocks.filter(|block| block["type"] == "tool_result");
    results.map(|block| block["content"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn v1_s5_a_request_that_leaves_clearing_to_the_server_by_the_letter() {
    let server = server([Turn::text("Done."), Turn::text("Done.")]);
    let came = send(&*provider(&server, true), request()).await;
    assert_eq!((came.error.as_ref(), came.text().as_str()), (None, "Done."));
    assert_eq!(cleared(&came), [ServerCleared::Results(1)]);
    assert!(usage(&came).cleared > Tokens(0) && usage(&came).input > Tokens(0), "{:?}", usage(&came));
    let sent = server.requests().pop().unwrap();
    assert_eq!(sent.header("anthropic-beta"), Some("context-management-2025-06-27"));
    assert_eq!(results(&sent), [CLEARED, "two"]);
    let raw = String::from_utf8(sent.raw.to_vec()).unwrap();
    let (messages, behind) = raw.split_once("],\"context_management\":").unwrap();
    assert_eq!(
        behind,
        r#"{"edits":[{"type":"clear_tool_uses_20250919","trigger":{"type":"tool_uses","value":1},"keep":{"type":"tool_uses","value":1},"exclude_tools":["mcp_list"]}]}}"#
    );
    assert!(messages.contains(&"one ".repeat(100)) && !messages.contains(PLACEHOLDER));

    // The same where the server does not clear, and where there is nothing to clear.
    let local = send(&*provider(&server, false), request()).await;
    assert_eq!((cleared(&local), usage(&local).cleared), (Vec::new(), Tokens(0)));
    let sent = server.requests().pop().unwrap();
    assert_eq!((sent.header("anthropic-beta"), sent.body.get("context_management")), (None, None));
    assert_eq!(results(&sent), [PLACEHOLDER, "two"]);
}

#[tokio::test]
async fn v1_s5_a_refused_request_is_sent_once_more_with_the_results_cleared_here() {
    let refusal = || Turn::fault(Fault::BadRequest { message: "context_management: no such field".into() });
    for fault in [refusal(), Turn::fault(Fault::WindowExceeded)] {
        let server = server([fault, Turn::text("Done.")]);
        let came = send(&*provider(&server, true), request()).await;
        assert_eq!((came.error.as_ref(), came.text().as_str()), (None, "Done."));
        assert!(matches!(cleared(&came).as_slice(), [ServerCleared::Refused(_)]), "{:?}", came.deltas);
        let [first, second] = &server.requests()[..] else { panic!("two requests") };
        assert!(first.body.get("context_management").is_some());
        assert_eq!((second.body.get("context_management"), second.header("anthropic-beta")), (None, None));
        assert_eq!(results(second), [PLACEHOLDER, "two"]);
    }
    // A request that is wrong either way is refused, and nobody blames the clearing.
    let server = server([refusal(), refusal()]);
    let came = send(&*provider(&server, true), request()).await;
    assert!(came.error.is_some() && cleared(&came).is_empty(), "{:?}", came.deltas);
    assert_eq!(server.requests().len(), 2);
    // What passes by itself says nothing of it.
    let server = crate::kit::server([Turn::fault(Fault::Overloaded { code: 529 }), Turn::text("Done.")]);
    let came = send(&*provider(&server, true), request()).await;
    assert_eq!(cleared(&came), [ServerCleared::Results(1)]);
    assert!(server.requests().iter().all(|request| request.body.get("context_management").is_some()));
}

#[tokio::test]
async fn d7_what_the_server_is_to_clear_stands_behind_the_messages() {
    let server = server([Turn::text("Done."), Turn::text("Done."), Turn::text("Done.")]);
    let provider = provider(&server, true);
    send(&*provider, Projection { messages: request().uncleared(), clearing: None, ..request() }).await;
    send(&*provider, request()).await;
    let mut longer = request();
    longer.messages.push(Arc::new(Message::user("Go on.")));
    longer.clearing.as_mut().unwrap().keep = 1;
    send(&*provider, longer).await;
    let requests = server.requests();
    let raw: Vec<&[u8]> = requests.iter().map(|request| &request.raw[..]).collect();
    // An edit that the server makes leaves the bytes as they were.
    assert!(raw[1].starts_with(raw[0].strip_suffix(b"]}").unwrap()));
    let shared = raw[1].iter().zip(raw[2]).take_while(|(a, b)| a == b).count();
    let last = raw[1].windows(5).rposition(|window| window == b"\"two\"").unwrap();
    assert!(shared > last, "{shared} of {last}");
}

#[test]
fn p2_clearing_is_what_a_vendors_servers_can_do_and_nothing_that_is_guessed() {
    let clears = |settings: &str, name: &str| {
        let catalogue = catalogue(settings)?;
        let vendor = catalogue.vendor(name).map_err(|error| error.to_string())?;
        Ok::<bool, String>(catalogue.model(vendor, "m").info.clears_results)
    };
    let own = "[providers.mine]\nbase_url = 'http://127.0.0.1:9/v1'\nwire = 'anthropic'\n";
    let table = [
        ("the vendor's own", String::new(), "anthropic", Ok(true)),
        ("not wanted", "[providers.anthropic]\nclears_results = false".into(), "anthropic", Ok(false)),
        (
            "elsewhere",
            "[providers.anthropic]\nbase_url = 'http://127.0.0.1:9/v1'".into(),
            "anthropic",
            Ok(false),
        ),
        ("another vendor", String::new(), "openai", Ok(false)),
        ("somebody's own", own.into(), "mine", Ok(false)),
        ("somebody's own that can", format!("{own}clears_results = true"), "mine", Ok(true)),
        (
            "text calls",
            format!("{own}clears_results = true\n[models.m]\ntext_calls = true"),
            "mine",
            Ok(false),
        ),
    ];
    for (name, settings, vendor, expected) in table {
        assert_eq!(clears(&settings, vendor), expected, "{name}");
    }
    let error = catalogue("[providers.openai]\nclears_results = true").unwrap_err();
    assert_eq!(
        error,
        "provider \"openai\" cannot clear results: the wire openai-chat has no way to ask for it"
    );
}
