//! The table of secrets and of what only looks like one.

use headwater_protocol::events::{
    AssistantBlock, AssistantMessage, Header, ResultStatus, SessionStarted, ToolCalled, ToolReturned,
    UserMessage,
};
use headwater_protocol::{
    Event, MalformedInput, ModeId, ModelInfo, Record, Redact as _, StopSignal, Timestamp, ToolCall,
};
use serde_json::json;

use crate::{KnownSecret, Redactor};

/// Put together when the test runs, so that no scanner of repositories takes it for a real one.
fn made(parts: &[&str]) -> String {
    parts.concat()
}

pub(super) fn redactor() -> Redactor {
    let secrets = [
        KnownSecret::new("DEPLOY_TOKEN", "hv9Q2mZ-x81k.Lw"),
        KnownSecret::new("DB_PASSWORD", "p@ss w/rd&42\"'"),
        KnownSecret::new("DATABASE_URL", "postgres://app:tr0ub4dor&3@db:5432/app"),
        KnownSecret::new("LONG_TOKEN", "Zq3".repeat(40)),
        KnownSecret::new("SIGNING_KEY", "-----BEGIN KEY-----\nMIIBVgIBADANBgkqhkiG9w0B\n-----END KEY-----"),
        KnownSecret::new("AUTH_MODE", "required"),
        KnownSecret::new("KEY_COUNT", "100000"),
        KnownSecret::new("KEY_FILE", "/home/ada/.config/app/key.pem"),
        KnownSecret::new("AUTH_URL", "https://login.example.org/realms/main"),
        KnownSecret::new("SHORT_KEY", "abc1234"),
    ];
    Redactor::new(&secrets, &[]).unwrap()
}

#[test]
fn p5_known_values_are_found_in_every_form_they_are_written_in() {
    let redactor = redactor();
    let token = "hv9Q2mZ-x81k.Lw";
    let table = [
        ("as it is", format!("a {token} b"), "a [redacted: DEPLOY_TOKEN] b"),
        ("within a word", format!("x{token}y"), "x[redacted: DEPLOY_TOKEN]y"),
        ("twice", format!("{token}{token}"), "[redacted: DEPLOY_TOKEN][redacted: DEPLOY_TOKEN]"),
        ("wrapped", "hv9Q2mZ-x8\n  1k.Lw.".to_owned(), "[redacted: DEPLOY_TOKEN]."),
        ("a literal in two parts", "\"hv9Q2mZ-\" + \"x81k.Lw\"".to_owned(), "\"[redacted: DEPLOY_TOKEN]\""),
        ("quoted", r#"{"p":"p@ss w/rd&42\"'"}"#.to_owned(), r#"{"p":"[redacted: DB_PASSWORD]"}"#),
        ("escaped", r#"p@ss\ w/rd\&42\"\'"#.to_owned(), "[redacted: DB_PASSWORD]"),
        ("percent", "?p=p%40ss%20w%2Frd%2642%22%27&q".to_owned(), "?p=[redacted: DB_PASSWORD]&q"),
        ("percent, small", "p%40ss%20w%2frd%2642%22%27".to_owned(), "[redacted: DB_PASSWORD]"),
        ("hexadecimal", "68763951326d5a2d7838316b2e4c77".to_owned(), "[redacted: DEPLOY_TOKEN]"),
        ("a password of an address", "psql tr0ub4dor&3".to_owned(), "psql [redacted: DATABASE_URL]"),
        ("a line of several", "MIIBVgIBADANBgkqhkiG9w0B".to_owned(), "[redacted: SIGNING_KEY]"),
    ];
    for (name, text, expected) in table {
        assert_eq!(redactor.redact(&text), expected, "{name}");
    }
}

#[test]
fn p5_known_values_are_found_in_base64_at_any_alignment_and_wrapped() {
    use base64::Engine as _;
    let redactor = redactor();
    let encode = |text: String| base64::engine::general_purpose::STANDARD.encode(text);
    for before in ["", "u", "me", "me:", "user:"] {
        for after in ["", "\n", "xy"] {
            let text = encode(format!("{before}hv9Q2mZ-x81k.Lw{after}"));
            let redacted = redactor.redact(&text);
            assert!(redacted.contains("[redacted: DEPLOY_TOKEN]"), "{before}{after}: {redacted}");
            assert!(redacted.len() - "[redacted: DEPLOY_TOKEN]".len() <= 14, "{redacted}");
        }
    }
    let long = encode("Zq3".repeat(40));
    let wrapped: Vec<&str> = [&long[..76], &long[76..152], &long[152..]].to_vec();
    let redacted = redactor.redact(&wrapped.join("\n")).into_owned();
    assert!(redacted.starts_with("[redacted: LONG_TOKEN]") && redacted.len() < 40, "{redacted}");
}

#[test]
fn p5_the_shapes_of_tokens_are_found() {
    let lower = "abcdefghij0123456789abcdefghij0123456789";
    let table = [
        (made(&["sk-", &lower[..32]]), "api key"),
        (made(&["sk-", "proj-", lower, "-x_Y"]), "OpenAI key"),
        (made(&["sk-", "ant-api03-", lower, "-AA"]), "Anthropic key"),
        (made(&["sk-", "or-v1-", lower, lower]), "OpenRouter key"),
        (made(&["ghp", "_", &lower[..36]]), "github token"),
        (made(&["github_", "pat_", &lower[..22], "_", lower, &lower[..19]]), "github token"),
        (made(&["glpat", "-", &lower[..20]]), "gitlab token"),
        (made(&["AKIA", "IOSFODNN7EXAMPLE"]), "AWS key id"),
        (made(&["AIza", &lower[..35]]), "Google key"),
        (made(&["xoxb", "-123456789012-", lower]), "Slack token"),
        (made(&["sk_", "live_", &lower[..24]]), "Stripe key"),
        (made(&["npm", "_", &lower[..36]]), "npm token"),
        (made(&["pypi-", "AgE", lower, lower]), "PyPI token"),
        (made(&["eyJ", "hbGciOiJIUzI1NiJ9.", "eyJ", "zdWIiOiIxMjM0In0.", lower]), "web token"),
    ];
    let redactor = Redactor::new(&[], &[]).unwrap();
    for (token, name) in table {
        let mark = format!("[redacted: {name}]");
        for (before, after) in [
            ("", ""),
            ("key=", "\n"),
            ("\"", "\","),
            ("backup_", ".txt"),
            ("\u{1b}[01;31m\u{1b}[K", "\u{1b}[m"),
        ] {
            let text = format!("{before}{token}{after}");
            assert_eq!(redactor.redact(&text), format!("{before}{mark}{after}"), "{text:?}");
        }
    }
}

#[test]
fn p5_what_stands_around_a_credential_stays() {
    let redactor = Redactor::new(&[], &[]).unwrap();
    let key = made(&["-----BEGIN RSA PRIV", "ATE KEY-----\n"]);
    let end = made(&["-----END RSA PRIV", "ATE KEY-----"]);
    let body = "MIIEpAIBAAKCAQEA7b0Vf3aZ1s2d3f4g5h6j7k8l9q0w1e2r3t4y5u6i7o8p9a0s\n".repeat(3);
    let table = [
        (
            "curl -H 'Authorization: Bearer abcDEF1234567890abcdef99' x".to_owned(),
            "curl -H 'Authorization: Bearer [redacted: credentials of a request]' x".to_owned(),
        ),
        (
            "git clone https://me:hunter22@host/x".into(),
            "git clone https://me:[redacted: password of a URL]@host/x".into(),
        ),
        (format!("a\n{key}{body}{end}\nb"), "a\n[redacted: private key]\nb".into()),
        (
            format!("{}{end}", key.replace('\n', "\\n") + &body.replace('\n', "\\n")),
            "[redacted: private key]".into(),
        ),
        (format!("{key}{body}"), "[redacted: private key]".into()),
    ];
    for (text, expected) in table {
        assert_eq!(redactor.redact(&text), expected, "{text:?}");
    }
}

#[test]
fn p5_what_only_looks_like_a_secret_stays() {
    let redactor = redactor();
    let pixels =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let table = [
        "commit 8b6bb7f0c2d4e1a9b3c5d7e9f1a2b3c4d5e6f7a8",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "550e8400-e29b-41d4-a716-446655440000",
        pixels,
        "the sk- prefix, sk-fading-circle-container-item-with-name, class=\"sk-estimator-id-1\"",
        "task-abcdefghij0123456789abcdefghij01",
        "risk-adjusted, disk-0123456789abcdef0123456789abcdef",
        "Bearer authentication, Bearer $TOKEN, Bearer <YOUR_TOKEN>, Bearer AuthenticationSchemeDefaults.Name",
        "https://example.org/a:b@c, https://host:8080/x, https://${USER}:${PASS}@host, git@github.com:a/b.git",
        "ghp_short, npm_config_registry, npm_lifecycle_event_of_the_package_manager_now, hf_hub_download",
        "AKIA is a prefix, MAKIAIOSFODNN7EXAMPLE",
        "if text.contains(\"-----BEGIN PRIVATE KEY-----\") && text.contains(\"-----END PRIVATE KEY-----\") {",
        "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n-----END CERTIFICATE-----",
        "eyJhbGciOiJIUzI1NiJ9 alone",
        "required 100000 /home/ada/.config/app/key.pem https://login.example.org/realms/main abc1234",
        "postgres://localhost/app",
        "[redacted: DEPLOY_TOKEN]",
    ];
    for text in table {
        assert_eq!(redactor.redact(text), text);
    }
}

#[test]
fn p5_patterns_of_the_settings_count_and_a_broken_one_is_named() {
    let redactor = Redactor::new(&[], &[r"ACME-\d{6}".to_owned(), "a.".to_owned()]).unwrap();
    let once = redactor.redact("id ACME-123456 an").into_owned();
    assert_eq!(once, "id [redacted: a pattern of the settings] [redacted: a pattern of the settings]");
    assert_eq!(redactor.redact(&once), once);
    let error = Redactor::new(&[], &["(".to_owned()]).unwrap_err().to_string();
    assert!(error.contains("\"(\"") && error.contains("output.secret_patterns"), "{error}");
}

fn record(event: impl Into<Event>) -> Record {
    let (at, event) = (Timestamp::from_millis(1_795_233_600_000), event.into());
    Record { seq: 3, at, session: "s".into(), parent: None, event }
}

#[test]
fn p5_a_record_loses_its_secrets_and_nothing_else() {
    let redactor = redactor();
    let secret = "hv9Q2mZ-x81k.Lw";
    let input =
        json!({"command": format!("echo {secret}"), "deep": [{secret: secret}], "call": secret, "n": 1});
    let malformed = Some(MalformedInput { raw: format!("{{{secret}"), error: "x".into() });
    let request = ToolCall { call: "c1".into(), name: "shell".into(), input, malformed };
    let returned = ToolReturned {
        call: "c1".into(),
        name: "shell".into(),
        is_error: false,
        status: ResultStatus::Ran,
        text: secret.into(),
        data: json!({"tail": secret, "kind": "shell"}),
        reminders: vec![secret.into()],
        blobs: vec![],
        files: vec![],
        millis: 4,
    };
    let events: [Event; 3] =
        [ToolCalled { request }.into(), returned.into(), UserMessage { text: secret.into() }.into()];
    for event in events {
        let before = record(event);
        let after = redactor.record(before.clone()).unwrap();
        let line = after.to_line().unwrap();
        assert!(!line.contains(secret) && line.contains("[redacted: DEPLOY_TOKEN]"), "{line}");
        let expected = before.to_line().unwrap().replace(secret, "[redacted: DEPLOY_TOKEN]");
        assert_eq!(line, expected, "nothing else changed");
        assert_eq!(redactor.record(after.clone()).unwrap(), after);
    }
}

#[test]
fn p5_blocks_of_a_message_still_cover_its_text() {
    let redactor = redactor();
    let text = "é hv9Q2mZ-x81k.Lw fin".to_owned();
    let cut = "é hv9Q2m".len();
    let blocks = vec![
        AssistantBlock::Text { bytes: cut },
        AssistantBlock::Thinking { text: "so hv9Q2mZ-x81k.Lw".into(), signature: Some("signed".into()) },
        AssistantBlock::Text { bytes: text.len() - cut },
    ];
    let said = AssistantMessage { text, blocks, origin: "v/m".into(), stop: StopSignal::EndTurn };
    let redacted = redactor.record(record(said)).unwrap();
    let Event::AssistantMessage(said) = redacted.event else { panic!("a message") };
    assert_eq!(said.text, "é [redacted: DEPLOY_TOKEN] fin");
    let thought = AssistantBlock::Thinking { text: "so [redacted: DEPLOY_TOKEN]".into(), signature: None };
    let first = "é [redacted: DEPLOY_TOKEN]".len();
    let expected = [AssistantBlock::Text { bytes: first }, thought, AssistantBlock::Text { bytes: 4 }];
    assert_eq!(said.blocks, expected);
}

#[test]
fn p5_a_secret_that_is_a_word_of_a_list_of_ours_breaks_no_record() {
    let redactor = Redactor::new(&[KnownSecret::new("ODD_KEY", "end_turn")], &[]).unwrap();
    let said = AssistantMessage {
        text: "end_turn".into(),
        blocks: vec![AssistantBlock::Text { bytes: 8 }],
        origin: "v/m".into(),
        stop: StopSignal::EndTurn,
    };
    let Event::AssistantMessage(said) = redactor.record(record(said)).unwrap().event else {
        panic!("a message")
    };
    assert_eq!((said.text.as_str(), said.stop), ("[redacted: ODD_KEY]", StopSignal::EndTurn));
}

#[test]
fn p5_a_private_key_is_looked_for_up_to_the_next_one_only() {
    // A text that begins keys and ends none would be read anew from each of them to its end.
    let (begin, end) =
        (made(&["-----BEGIN ", "RSA PRIVATE KEY-----"]), made(&["-----END ", "RSA PRIVATE KEY-----"]));
    let key = format!("{begin}\nProc-Type: 4,ENCRYPTED\n\n{}\n{end}", "MIIE".repeat(16));
    let text = format!("{begin} and more\n{key} after");
    assert_eq!(redactor().redact(&text), format!("{begin} and more\n[redacted: private key] after"));
    // A patch that removes one has a hyphen before each line.
    let removed = key.lines().map(|line| format!("-{line}")).collect::<Vec<_>>().join("\n");
    assert_eq!(redactor().redact(&removed), "-[redacted: private key]");
}

#[test]
fn p5_a_session_can_be_found_again_whose_directory_is_named_like_a_secret() {
    let redactor = Redactor::new(&[KnownSecret::new("KEY", "my-project")], &[]).unwrap();
    let started = SessionStarted {
        schema: 2,
        version: String::new(),
        workspace: "/home/me/my-project".into(),
        vendor: "v".into(),
        model: ModelInfo::unknown("m"),
        mode: ModeId::Agent,
        header: Header { system: "in my-project".into(), tools: [].into() },
    };
    let Event::SessionStarted(started) = redactor.record(record(started)).unwrap().event else {
        panic!("a start")
    };
    assert_eq!(started.workspace, "/home/me/my-project");
    assert_eq!(&*started.header.system, "in [redacted: KEY]");
}
