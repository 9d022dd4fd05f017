//! Servers found, their models, their windows.

use headwater_protocol::Tokens;
use headwater_providers::{
    Catalogue, Found, Http, Overlay, VendorSettings, discover, learn_window, list_models,
};
use headwater_testkit::{ModelServer, Script};

use crate::kit::{connection, network};

#[tokio::test]
async fn servers_that_answer_are_found_with_their_models() {
    let server = ModelServer::start(Script::new().models(["one", "two"]));
    let nowhere = headwater_testkit::server::refused_base_url();
    let at = |url: &str| VendorSettings { base_url: Some(url.to_owned()), ..VendorSettings::default() };
    let providers = [("ollama", server.base_url()), ("llamacpp", nowhere.clone()), ("lmstudio", nowhere)];
    let providers = providers.map(|(name, url)| (name.to_owned(), at(&url))).into();
    let catalogue = Catalogue::new(Overlay { providers, ..Overlay::default() }).unwrap();
    let found = discover(&catalogue, &Http::new(&network())).await;
    let models = vec!["one".to_owned(), "two".to_owned()];
    assert_eq!(found, [Found { vendor: "ollama".to_owned(), base_url: server.base_url(), models }]);
}

#[tokio::test]
async fn models_are_listed_and_errors_are_named() {
    let server = ModelServer::start(Script::new().models(["one"]));
    assert_eq!(list_models(&connection(&server.base_url())).await.unwrap(), ["one"]);
    assert_eq!(server.other_requests()[0].header("authorization"), Some("Bearer sk-secret"));
    let wrong = connection(&server.base_url().replace("/v1", "/v2"));
    assert_eq!(list_models(&wrong).await.unwrap_err().kind(), "not_understood");
    let nowhere = connection(&headwater_testkit::server::refused_base_url());
    assert_eq!(list_models(&nowhere).await.unwrap_err().kind(), "unreachable");
}

#[tokio::test]
async fn a_window_that_nobody_tells_stays_unknown() {
    let server = ModelServer::start(Script::new());
    assert_eq!(learn_window(&connection(&server.base_url())).await, None::<Tokens>);
    assert_eq!(server.other_requests()[0].path, "/v1/models", "it was asked");
}
