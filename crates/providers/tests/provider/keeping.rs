//! Servers that keep the conversation (HARNESS M1): what is new is sent, anything else is sent whole, and what a server
//! says it keeps is never believed over what was sent.

use std::sync::Arc;

use headwater_protocol::events::{ConversationKept, ResendCause, ServerState};
use headwater_protocol::{Block, Message, Projection, Provider, ToolCall};
use headwater_providers::{Catalogue, Overlay, VendorSettings};
use headwater_testkit::{Call, Fault, ModelServer, Recorded, Script, Turn};
use serde_json::json;

use crate::kit::{Came, connection, converse, projection, send, tool};

const KEEPING: [ServerState; 2] = [ServerState::Append, ServerState::Opaque];

fn overlay(server: &ModelServer, state: ServerState) -> Overlay {
    let settings = VendorSettings {
        base_url: Some(server.base_url()),
        wire: Some("openai-responses".to_owned()),
        state: Some(state),
        ..VendorSettings::default()
    };
    Overlay { providers: [("scripted".to_owned(), settings)].into(), ..Overlay::default() }
}

/// A conversation over a server in this state.
struct Talk {
    server: ModelServer,
    provider: Arc<dyn Provider>,
    request: Projection,
    kept: Option<ConversationKept>,
}

impl Talk {
    fn begin(state: ServerState, turns: impl IntoIterator<Item = Turn>) -> Self {
        let server = ModelServer::start(Script::new().turns(turns));
        let mut connection = connection(&server.base_url());
        connection.vendor =
            Catalogue::new(overlay(&server, state)).unwrap().vendor("scripted").unwrap().clone();
        let provider = headwater_providers::connect(connection).unwrap();
        let mut request = projection(Vec::new());
        request.tools = Arc::new([tool("read")]);
        Self { server, provider, request, kept: None }
    }

    fn add(&mut self, message: Message) {
        self.request.messages.push(Arc::new(message));
    }

    /// Asks, and takes the answer into the conversation as the log would.
    async fn ask(&mut self) -> Came {
        let handle = self.kept.as_ref().map(|kept| kept.handle.as_str());
        let came = converse(&*self.provider, self.request.clone(), handle).await;
        self.kept = came.kept().cloned();
        self.add(answer(&came));
        came
    }

    fn last(&self) -> Recorded {
        self.server.requests().pop().unwrap()
    }
}

/// What was said since it was last begun again.
fn answer(came: &Came) -> Message {
    let mut whole = Came::default();
    for delta in &came.deltas {
        if let headwater_protocol::ModelDelta::Resent { .. } = delta {
            whole = Came::default();
        }
        whole.deltas.push(delta.clone());
    }
    let mut blocks = Vec::new();
    if !whole.text().is_empty() {
        blocks.push(Block::Text { text: whole.text() });
    }
    for call in whole.calls() {
        let parts: Vec<&str> = call.splitn(4, ' ').collect();
        let input = serde_json::from_str(parts[3]).unwrap();
        blocks.push(Block::Call(ToolCall {
            call: parts[1].into(),
            name: parts[2].into(),
            input,
            malformed: None,
        }));
    }
    Message::Assistant { blocks, origin: "scripted/scripted-model".to_owned() }
}

fn result(call: &str, text: &str) -> Message {
    Message::ToolResult { call: call.into(), name: "read".into(), text: text.to_owned(), is_error: false }
}

/// The three steps of a conversation with a call.
async fn three_steps(state: ServerState) -> Talk {
    let reading = Turn::text("Reading.").with_call(Call::new("read", json!({"path": "a", "limit": 3})));
    let mut talk = Talk::begin(state, [reading, Turn::text("It says hello."), Turn::text("Bye.")]);
    talk.add(Message::user("Read a."));
    talk.ask().await;
    talk.add(result("call_0_0", "hello"));
    talk.ask().await;
    talk.add(Message::user("Thanks."));
    talk.ask().await;
    talk
}

#[tokio::test]
async fn m1_three_adapters_hold_the_same_conversation() {
    let sent =
        |talk: &Talk| talk.server.requests().iter().map(|request| request.input().len()).collect::<Vec<_>>();
    let stateless = three_steps(ServerState::Stateless).await;
    assert_eq!(sent(&stateless), [1, 4, 6], "everything, every time");
    assert!(stateless.server.kept().is_empty() && stateless.kept.is_none());
    for state in KEEPING {
        let talk = three_steps(state).await;
        assert_eq!(sent(&talk), [1, 1, 1], "{state:?}: only what is new");
        let kept = talk.kept.as_ref().unwrap();
        assert_eq!((kept.state, kept.sent, kept.kept), (state, 1, 7));
        // The server was shown what the log would have sent, item by item.
        let whole = stateless.last().input().to_vec();
        let shown = talk.server.kept().into_values().max_by_key(Vec::len).unwrap();
        let said = |items: &[serde_json::Value]| {
            items
                .iter()
                .map(|item| (item["type"].clone(), item["call_id"].clone(), item["output"].clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(said(&shown[..6]), said(&whole), "{state:?}");
        for request in talk.server.requests() {
            assert_eq!(request.body["store"], true);
            assert!(
                request.body["instructions"].is_string() && request.body["tools"].is_array(),
                "they are not kept"
            );
        }
        let begun = talk.server.other_requests().len();
        assert_eq!(begun, usize::from(state == ServerState::Append), "one conversation");
    }
}

#[tokio::test]
async fn m1_a_server_that_has_lost_its_state_is_sent_the_whole_once_and_nobody_notices() {
    for state in KEEPING {
        let mut talk = three_steps_then(state, [Turn::text("Again."), Turn::text("On.")]).await;
        talk.server.forget();
        talk.add(Message::user("And now?"));
        let came = talk.ask().await;
        assert_eq!(
            (came.error.clone(), came.resent(), came.retries()),
            (None, vec![ResendCause::Unknown], 0)
        );
        assert_eq!(came.text(), "Again.");
        let requests = talk.server.requests();
        assert_eq!(requests.len(), 5, "{state:?}: one was refused, one was whole");
        assert_eq!(requests[4].input().len(), 7);
        talk.add(Message::user("And then?"));
        let came = talk.ask().await;
        assert_eq!(
            (came.resent().len(), talk.last().input().len()),
            (0, 1),
            "{state:?}: it goes on from the new one"
        );
    }
}

/// The three steps, with answers for more; one more than is asked for, as a refused request takes none of the script.
async fn three_steps_then<const N: usize>(state: ServerState, more: [Turn; N]) -> Talk {
    let mut turns = vec![Turn::text("Reading."), Turn::text("It says hello."), Turn::text("Bye.")];
    // The script goes by the number of the request, and the refused one has a number.
    turns.extend(more.iter().take(1).cloned());
    turns.extend(more);
    let mut talk = Talk::begin(state, turns);
    for words in ["Read a.", "And?", "Thanks."] {
        talk.add(Message::user(words));
        talk.ask().await;
    }
    talk
}

/// What happens to a conversation between two requests.
type Change = fn(&mut Talk);

#[tokio::test]
async fn m1_what_is_not_continued_word_for_word_is_sent_whole() {
    for state in KEEPING {
        let changes: [(&str, Change); 5] = [
            ("edited", |talk| talk.request.messages[1] = Arc::new(Message::user("[cleared]"))),
            ("rewound", |talk| talk.request.messages.truncate(2)),
            ("other instructions", |talk| talk.request.system = "You are another.".into()),
            ("other tools", |talk| talk.request.tools = Arc::new([tool("write")])),
            ("no handle of ours", |talk| {
                if let Some(kept) = &mut talk.kept {
                    kept.handle = "resp_2".to_owned();
                }
            }),
        ];
        for (name, change) in changes {
            let mut talk = three_steps_then(state, [Turn::text("Afresh.")]).await;
            let before = talk.server.kept().len();
            change(&mut talk);
            talk.add(Message::user("Next."));
            let came = talk.ask().await;
            assert!(
                came.error.is_none() && came.resent().is_empty(),
                "{state:?}, {name}: nothing went wrong"
            );
            let last = talk.last();
            assert_eq!(last.input().len(), talk.request.messages.len() - 1, "{state:?}, {name}");
            assert!(last.body["previous_response_id"].is_null(), "{state:?}, {name}");
            assert!(talk.server.kept().len() > before, "{state:?}, {name}: it is another conversation there");
        }
    }
}

#[tokio::test]
async fn m1_another_server_of_the_same_names_is_not_taken_for_the_first() {
    for state in KEEPING {
        let mut talk = three_steps_then(state, [Turn::text("Here.")]).await;
        let other = Talk::begin(state, [Turn::text("There.")]);
        talk.add(Message::user("Next."));
        let handle = talk.kept.as_ref().map(|kept| kept.handle.as_str());
        let came = converse(&*other.provider, talk.request.clone(), handle).await;
        assert_eq!((came.text().as_str(), other.last().input().len()), ("There.", 7), "{state:?}");
    }
}

#[tokio::test]
async fn m1_an_answer_to_something_else_than_was_sent_is_thrown_away() {
    for state in KEEPING {
        let long = "words ".repeat(2_000);
        let mut talk = Talk::begin(
            state,
            [
                Turn::text("Noted."),
                Turn::text("What do you mean?").deltas_of(4),
                Turn::text("The words."),
                Turn::text("Yes."),
            ],
        );
        talk.add(Message::user(long));
        talk.ask().await;
        talk.server.shows_nothing_kept(true);
        talk.add(Message::user("What did I say?"));
        let came = talk.ask().await;
        assert_eq!((came.error.clone(), came.resent()), (None, vec![ResendCause::Differs]), "{state:?}");
        assert!(matches!(talk.request.messages.last().unwrap().as_ref(), Message::Assistant { blocks, .. }
            if *blocks == [Block::Text { text: "The words.".into() }]));
        assert_eq!(talk.last().input().len(), 3, "the second time it was whole");
        talk.server.shows_nothing_kept(false);
        talk.add(Message::user("Sure?"));
        let came = talk.ask().await;
        assert_eq!((came.text().as_str(), came.resent().len()), ("Yes.", 0));
    }
}

#[tokio::test]
async fn m1_a_failed_attempt_is_made_again_and_nothing_is_added_twice() {
    for state in KEEPING {
        let mut talk =
            three_steps_then(state, [Turn::text("x").with_fault(Fault::Overloaded { code: 503 })]).await;
        // The request behind it in the script is the same one again.
        talk.add(Message::user("Next."));
        let came = talk.ask().await;
        assert_eq!(came.retries(), 4, "{came:?}");
        let cut = Turn::text("This breaks off").deltas_of(4).with_fault(Fault::CutBeforeAnything);
        let mut talk = Talk::begin(state, [Turn::text("One."), cut, Turn::text("Two.")]);
        talk.add(Message::user("1"));
        talk.ask().await;
        talk.add(Message::user("2"));
        let came = talk.ask().await;
        assert_eq!((came.text().as_str(), came.retries()), ("Two.", 1), "{state:?}: {came:?}");
        let shown = talk.server.kept().into_values().max_by_key(Vec::len).unwrap();
        let mine = shown.iter().filter(|item| item["role"] == "user").count();
        assert_eq!(mine, 2, "{state:?}: {shown:?}");
    }
}

#[tokio::test]
async fn m1_a_server_without_conversations_is_sent_everything() {
    let mut talk = Talk::begin(ServerState::Append, [Turn::text("One."), Turn::text("Two.")]);
    talk.server.begins_no_conversation();
    talk.add(Message::user("1"));
    let came = talk.ask().await;
    assert_eq!((came.text().as_str(), came.resent()), ("One.", vec![ResendCause::Unknown]));
    assert_eq!((talk.kept.clone(), talk.last().body["store"].as_bool()), (None, Some(false)));
}

#[tokio::test]
async fn m1_what_is_no_message_of_the_conversation_is_kept_nowhere() {
    for state in KEEPING {
        let mut talk = Talk::begin(state, [Turn::text("One."), Turn::text("A summary.")]);
        talk.add(Message::user("1"));
        talk.ask().await;
        let before = talk.server.kept();
        let came = send(&*talk.provider, talk.request.clone()).await;
        assert_eq!((came.text().as_str(), came.kept()), ("A summary.", None));
        assert_eq!(talk.server.kept(), before, "{state:?}");
    }
}

#[test]
fn m1_only_what_wire_and_vendor_offer_can_be_chosen() {
    let chosen = |name: &str, settings: VendorSettings| {
        let overlay = Overlay { providers: [(name.to_owned(), settings)].into(), ..Overlay::default() };
        Catalogue::new(overlay).map(drop).map_err(|error| error.to_string())
    };
    let state = |wire: Option<&str>, state| VendorSettings {
        wire: wire.map(str::to_owned),
        state: Some(state),
        base_url: Some("http://127.0.0.1:9/v1".to_owned()),
        ..VendorSettings::default()
    };
    for kept in KEEPING {
        assert_eq!(chosen("openai-responses", state(None, kept)), Ok(()));
        assert_eq!(chosen("mine", state(Some("openai-responses"), kept)), Ok(()));
        let error = chosen("anthropic", state(None, kept)).unwrap_err();
        assert!(error.ends_with("it can: stateless"), "{error}");
        assert!(chosen("mine", state(None, kept)).is_err());
    }
    assert_eq!(chosen("anthropic", state(None, ServerState::Stateless)), Ok(()));
}
