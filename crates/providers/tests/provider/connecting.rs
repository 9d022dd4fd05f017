//! Keys, addresses, redirects, one connection for many requests.

use headwater_protocol::{Block, Message, ProviderError, Tokens};
use headwater_providers::{Catalogue, Connection, Http, Key, Network, Overlay, connect};
use headwater_testkit::{Fault, ModelServer, Script, Turn};
use serde_json::json;

use crate::kit::{ask, connection, projection, provider, send, server};

fn refused(connection: Connection) -> ProviderError {
    connect(connection).err().expect("no connection")
}

fn of_vendor(name: &str) -> Connection {
    let catalogue = Catalogue::new(Overlay::default()).unwrap();
    let vendor = catalogue.vendor(name).unwrap().clone();
    let model = catalogue.model(&vendor, vendor.default_model.as_deref().unwrap_or("any"));
    let network = Network::default();
    let http = Http::new(&network);
    Connection { vendor, base_url: None, model, key: None, network, seed: 1, http }
}

#[test]
fn a_missing_key_says_which_and_where_to_get_one() {
    let error = refused(of_vendor("deepseek")).to_string();
    insta::assert_snapshot!(error, @"There is no key for DeepSeek: set DEEPSEEK_API_KEY or run `headwater login deepseek`; keys: https://platform.deepseek.com/api_keys.");
    let blank = Connection { key: Some(Key::new(" \n")), ..of_vendor("openai") };
    assert_eq!(refused(blank).kind(), "unauthorized");
    let broken = Connection { key: Some(Key::new("sk-\u{7}")), ..of_vendor("openai") };
    assert!(refused(broken).to_string().contains("characters that no key has"));
    let local = Connection { base_url: Some("http://127.0.0.1:9/v1".to_owned()), ..of_vendor("deepseek") };
    assert!(connect(local).is_ok(), "a server on this machine may need none");
}

#[test]
fn an_address_must_be_one() {
    let cases = [
        (None, "give one with --base-url"),
        (Some("box:80"), "begins with http"),
        (Some("??"), "no address"),
    ];
    for (base_url, expected) in cases {
        let error = refused(Connection { base_url: base_url.map(str::to_owned), ..of_vendor("custom") });
        assert_eq!(error.kind(), "unreachable");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn one_connection_serves_all_requests() {
    let server = ModelServer::start(Script::new().turn(Turn::text("Hi").deltas_of(1)).repeat_last());
    let provider = provider(&server);
    for _ in 0..21 {
        assert!(ask(&*provider).await.finished().is_some());
    }
    assert_eq!((server.requests().len(), server.connections()), (21, 1));
}

#[tokio::test]
async fn refusals_leave_the_connection_usable() {
    let server = server([Turn::fault(Fault::Overloaded { code: 503 }), Turn::text("Hi")]);
    assert_eq!(ask(&*provider(&server)).await.text(), "Hi");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_redirect_is_followed_at_home_only() {
    let other = server([Turn::text("never")]);
    let away = format!("{}/chat/completions", other.base_url());
    let server = server([Turn::fault(Fault::Redirect { to: away.clone() })]);
    let came = ask(&*provider(&server)).await;
    let (kind, sentence) = came.failure();
    assert_eq!(kind, "not_understood");
    assert!(sentence.contains(&away), "{sentence}");
    assert_eq!(other.requests().len(), 0, "the key did not travel");

    let home = Fault::Redirect { to: "/v1/chat/completions".to_owned() };
    let server = crate::kit::server([Turn::fault(home), Turn::text("Hi")]);
    assert_eq!(ask(&*provider(&server)).await.text(), "Hi");
    assert_eq!(server.requests()[1].header("authorization"), Some("Bearer sk-secret"));
}

/// A server that speaks no TLS stands for every broken certificate: no retry makes it better.
#[tokio::test]
async fn an_insecure_connection_is_refused_at_once() {
    let server = server([Turn::text("never")]);
    let came = ask(&*connect(connection(&server.base_url().replace("http://", "https://"))).unwrap()).await;
    let (kind, sentence) = came.failure();
    assert_eq!((kind, came.retries(), server.requests().len()), ("unreachable", 0, 0), "{sentence}");
    assert!(sentence.contains("not secure") || sentence.contains("certificates"), "{sentence}");
}

#[tokio::test]
async fn the_data_of_vendors_reaches_the_request() {
    let asked = |vendor: &'static str, model: &'static str| async move {
        let server = crate::kit::server([Turn::text("Hi")]);
        let mut connection = of_vendor(vendor);
        let catalogue = Catalogue::new(Overlay::default()).unwrap();
        connection.model = catalogue.model(&connection.vendor, model);
        connection.base_url = Some(server.base_url());
        let provider = connect(connection).unwrap();
        let said = vec![Block::Text { text: "Hm.".to_owned() }];
        let answer = Message::Assistant { blocks: said, origin: "other/model".to_owned() };
        let mut request = projection(vec![Message::user("Hello"), answer, Message::user("And?")]);
        request.hints.max_output = Some(Tokens(100));
        assert!(send(&*provider, request).await.finished().is_some());
        server.requests()[0].body.clone()
    };
    let body = asked("openai", "gpt-5.5").await;
    assert_eq!((&body["max_completion_tokens"], &body["reasoning_effort"]), (&json!(100), &json!("none")));
    let body = asked("deepseek", "deepseek-flash").await;
    assert_eq!((&body["max_tokens"], &body["messages"][2]["reasoning_content"]), (&json!(100), &json!("")));
    let body = asked("ollama", "qwen3").await;
    assert_eq!(body["messages"][2], json!({"role": "assistant", "content": "Hm."}));
}

#[tokio::test]
async fn a_password_in_the_address_is_not_shown() {
    let url = headwater_testkit::server::refused_base_url().replace("http://", "http://me:hidden@");
    let came = ask(&*connect(connection(&url)).unwrap()).await;
    let (kind, sentence) = came.failure();
    assert!(kind == "unreachable" && !sentence.contains("hidden"), "{sentence}");
}

#[test]
fn a_provider_says_who_it_is() {
    let provider = connect(of_vendor("llamacpp")).unwrap();
    assert_eq!((provider.vendor(), provider.model().name.as_str()), ("llamacpp", "any"));
    assert!(provider.model().price.is_some(), "a server of one's own costs nothing");
}
