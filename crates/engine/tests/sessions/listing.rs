//! Lists of sessions: what is read for them.

use std::path::Path;

use headwater_engine::SessionStore;
use headwater_protocol::events::{Header, SessionStarted, UsageReported, UserMessage};
use headwater_protocol::{Event, ModeId, ModelInfo, Record, SessionId, Timestamp, Usage, Usd};

/// Writes a session with these messages, last written to in minute `minute`.
fn write(store: &SessionStore, id: &str, workspace: &str, minute: u64, messages: &[&str]) {
    let started = SessionStarted {
        schema: 1,
        version: String::new(),
        workspace: workspace.to_owned(),
        vendor: "v".to_owned(),
        model: ModelInfo::unknown("m"),
        mode: ModeId::Agent,
        header: Header { system: "s".repeat(20_000).into(), tools: [].into() },
    };
    let mut events: Vec<Event> = vec![started.into()];
    for text in messages {
        events.push(UserMessage { text: (*text).to_owned() }.into());
        events.push(UsageReported { usage: Usage::default(), cost_usd: Some(Usd(0.5)), millis: 1 }.into());
    }
    let session = SessionId::from(id);
    let record = |(seq, event)| {
        let at = Timestamp::from_millis(1_000);
        let record = Record { seq, at, session: session.clone(), parent: None, event };
        format!("{}\n", record.to_line().unwrap())
    };
    let log: String = (0..).zip(events).map(record).collect();
    let path = store.transcript(&session);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, log).unwrap();
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(minute * 60);
    std::fs::File::options().append(true).open(&path).unwrap().set_modified(time).unwrap();
}

#[test]
fn a_list_tells_the_sessions_of_one_workspace_newest_first() {
    let state = tempfile::tempdir().unwrap();
    let store = SessionStore::new(state.path().to_owned());
    write(&store, "old", "/w/here", 1, &["first  words\nof it", "more"]);
    write(&store, "new", "/w/here", 3, &[]);
    write(&store, "other", "/w/there", 5, &["not mine"]);
    std::fs::create_dir_all(store.directory(&"empty".into())).unwrap();
    std::fs::create_dir_all(store.directory(&"broken".into())).unwrap();
    std::fs::write(store.transcript(&"broken".into()), "\n\nno record\n").unwrap();
    let here = store.list(Some(Path::new("/w/here"))).unwrap();
    let told: Vec<_> = here.iter().map(|s| (s.id.as_str(), s.title.as_str(), s.messages, s.cost)).collect();
    assert_eq!(told, [("new", "", 0, None), ("old", "first words", 2, Some(Usd(1.0)))]);
    assert_eq!(here[1].started, Timestamp::from_millis(1_000));
    assert_eq!(here[1].updated, Timestamp::from_millis(60_000));
    assert_eq!(store.list(None).unwrap().len(), 3);
    assert_eq!(store.newest(Path::new("/w/here")).unwrap(), Some("new".into()));
    assert_eq!(store.newest(Path::new("/w/nowhere")).unwrap(), None);
}
