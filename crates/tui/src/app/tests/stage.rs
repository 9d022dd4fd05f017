//! A stage for tests: an app, a clock that only moves when told, keys in the notation of the keymap.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use headwater_protocol::events::{
    ApprovalRequested, AssistantBlock, AssistantMessage, Header, SessionStarted, ToolCalled, TurnEnded,
    TurnStarted, UsageReported, UserMessage,
};
use headwater_protocol::{
    Capability, Conductor, Confinement, Delta, EndReason, Event, ModeId, ModeSpec, ModelInfo, Op, Posture,
    Record, StopSignal, Timestamp, Tokens, ToolCall, Update, Usage, Usd,
};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use serde_json::json;
use tokio::sync::mpsc;

use crate::app::{App, Effect, Msg, update};
use crate::setup::{Mouse, Presenter, ScreenSetup, UserCommand};
use crate::theme::ColorDepth;
use crate::view::view;

pub(crate) struct Stage {
    pub(crate) app: App,
    now: Instant,
    seq: u64,
    /// Everything the app asked for, oldest first.
    pub(crate) effects: Vec<Effect>,
}

fn mode(id: ModeId, label: &'static str, summary: &'static str) -> ModeSpec {
    ModeSpec {
        id,
        label,
        summary,
        prompt: "",
        tools: &[Capability::Read],
        ceiling: Confinement::ReadOnly,
        posture: Posture::Never,
        conductor: Conductor::Turns,
    }
}

pub(crate) fn setup(color: ColorDepth) -> ScreenSetup {
    let (ops, _) = mpsc::channel(1);
    let (_, updates) = mpsc::channel(1);
    ScreenSetup {
        ops,
        updates,
        presenter: Presenter::Full,
        theme: "dark".into(),
        color,
        mouse: Mouse::On,
        keys: std::collections::BTreeMap::new(),
        workspace: "/home/ada/parser".into(),
        history_file: None,
        editor: "vi".into(),
        has_reflow: true,
        is_tmux: false,
        prompt: None,
        mode: ModeId::Agent,
        model: "qwen2.5-coder".into(),
        modes: vec![
            mode(ModeId::Plan, "PLAN", "read-only: investigate and hand over a plan"),
            mode(ModeId::Agent, "AGENT", "all tools; asks where it matters"),
            mode(ModeId::Yolo, "YOLO", "all tools; asks only before catastrophes"),
            mode(ModeId::Recursive, "RECURSIVE", "missions"),
        ],
        sandbox_status: vec![
            (ModeId::Plan, "read-only · no network".into()),
            (ModeId::Agent, "workspace-write · no network".into()),
            (ModeId::Yolo, "workspace-write · network".into()),
            (ModeId::Recursive, "read-only · no network".into()),
        ],
        notices: Vec::new(),
        skills: Vec::new(),
        styles: Vec::new(),
        doctor: Vec::new(),
        commands: vec![UserCommand {
            name: "review".into(),
            description: "review a file".into(),
            argument_hint: "FILE".into(),
            body: "Review $1.".into(),
        }],
    }
}

impl Stage {
    pub(crate) fn new(width: u16, height: u16, color: ColorDepth) -> Self {
        let now = Instant::now();
        let app = App::new(&setup(color), now, Rect::new(0, 0, width, height));
        Self { app, now, seq: 0, effects: Vec::new() }
    }

    pub(crate) fn small() -> Self {
        Self::new(80, 24, ColorDepth::Mono)
    }

    /// Takes in a message; what it asked for.
    pub(crate) fn take(&mut self, msg: Msg) -> Vec<Effect> {
        let effects = update(&mut self.app, self.now, msg);
        self.effects.extend(effects.iter().cloned());
        effects
    }

    pub(crate) fn wait(&mut self, milliseconds: u64) -> &mut Self {
        self.now += Duration::from_millis(milliseconds);
        self.take(Msg::Tick);
        self
    }

    /// Types a text.
    pub(crate) fn types(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            self.take(Msg::Key(KeyEvent::new(KeyCode::Char(character), KeyModifiers::NONE)));
        }
        self
    }

    /// Presses a key; what it asked for.
    pub(crate) fn press(&mut self, key: &str) -> Vec<Effect> {
        let (modifiers, code) = match key {
            "tab" => (KeyModifiers::NONE, KeyCode::Tab),
            "shift+tab" => (KeyModifiers::SHIFT, KeyCode::BackTab),
            "enter" => (KeyModifiers::NONE, KeyCode::Enter),
            "alt+enter" => (KeyModifiers::ALT, KeyCode::Enter),
            "esc" => (KeyModifiers::NONE, KeyCode::Esc),
            "up" => (KeyModifiers::NONE, KeyCode::Up),
            "down" => (KeyModifiers::NONE, KeyCode::Down),
            "left" => (KeyModifiers::NONE, KeyCode::Left),
            "right" => (KeyModifiers::NONE, KeyCode::Right),
            "backspace" => (KeyModifiers::NONE, KeyCode::Backspace),
            "pageup" => (KeyModifiers::NONE, KeyCode::PageUp),
            "f1" => (KeyModifiers::NONE, KeyCode::F(1)),
            control => {
                let letter = control.strip_prefix("ctrl+").and_then(|rest| rest.chars().next());
                (KeyModifiers::CONTROL, KeyCode::Char(letter.expect("a key of the list")))
            }
        };
        self.take(Msg::Key(KeyEvent::new(code, modifiers)))
    }

    /// The engine appends a record.
    pub(crate) fn record(&mut self, event: impl Into<Event>) -> &mut Self {
        self.record_of("s1", None, event)
    }

    /// The engine appends a record to a session.
    pub(crate) fn record_of(
        &mut self,
        session: &str,
        parent: Option<&str>,
        event: impl Into<Event>,
    ) -> &mut Self {
        let at = Timestamp::from_millis(1_795_233_600_000 + i64::try_from(self.seq).unwrap() * 1_000);
        let parent = parent.map(Into::into);
        let record = Record { seq: self.seq, at, session: session.into(), parent, event: event.into() };
        self.seq += 1;
        self.take(Msg::Engine(Update::Record(Arc::new(record))));
        self
    }

    pub(crate) fn delta(&mut self, delta: Delta) -> &mut Self {
        self.take(Msg::Engine(Update::Delta(delta)));
        self
    }

    /// A session in agent mode with a known model.
    pub(crate) fn session(&mut self) -> &mut Self {
        let model =
            ModelInfo { window: Tokens(32_768), is_known: true, ..ModelInfo::unknown("qwen2.5-coder") };
        self.record(SessionStarted {
            schema: 1,
            version: "0.1.0".into(),
            workspace: "/home/ada/parser".into(),
            vendor: "local".into(),
            model,
            mode: ModeId::Agent,
            header: Header { system: "".into(), tools: [].into() },
        })
    }

    pub(crate) fn turn(&mut self, text: &str) -> &mut Self {
        self.record(UserMessage { text: text.into() });
        self.record(TurnStarted { turn: 1, mode: ModeId::Agent })
    }

    pub(crate) fn answer(&mut self, text: &str) -> &mut Self {
        self.record(AssistantMessage {
            text: text.into(),
            blocks: vec![AssistantBlock::Text { bytes: text.len() }],
            origin: "local/qwen2.5-coder".into(),
            stop: StopSignal::EndTurn,
        });
        let usage =
            Usage { input: Tokens(13_000), cached: Tokens(9_000), output: Tokens(800), ..Usage::default() };
        self.record(UsageReported { usage, cost_usd: Some(Usd(0.0042)), millis: 2_000 })
    }

    pub(crate) fn end(&mut self) -> &mut Self {
        self.record(TurnEnded { turn: 1, reason: EndReason::Done, text: String::new(), denied: 0, steps: 1 })
    }

    pub(crate) fn call(&mut self, id: &str, command: &str) -> &mut Self {
        let request = ToolCall {
            call: id.into(),
            name: "shell".into(),
            input: json!({ "command": command }),
            malformed: None,
        };
        self.record(ToolCalled { request })
    }

    pub(crate) fn asks(&mut self, id: &str, offers: &[&str], is_catastrophic: bool) -> &mut Self {
        self.record(ApprovalRequested {
            call: id.into(),
            rule: "shell: unknown command".into(),
            why: "`cargo fuzz` is in no allow rule.".into(),
            offers: offers.iter().map(|offer| (*offer).to_owned()).collect(),
            effect: "may write outside the workspace".into(),
            is_catastrophic,
            input: None,
        })
    }

    /// The ops that were sent, oldest first.
    pub(crate) fn ops(&self) -> Vec<Op> {
        let op = |effect: &Effect| if let Effect::Send(op) = effect { Some(op.clone()) } else { None };
        self.effects.iter().filter_map(op).collect()
    }

    /// The screen as it would be drawn, and its cursor.
    pub(crate) fn draw(&mut self) -> (Buffer, Option<Position>) {
        let _jobs = self.app.prepare();
        let mut buffer = Buffer::empty(self.app.area);
        let cursor = view(&self.app, &mut buffer);
        (buffer, cursor)
    }

    /// The characters of the screen.
    pub(crate) fn screen(&mut self) -> String {
        let (buffer, _) = self.draw();
        text_of(&buffer)
    }
}

/// The characters of a buffer, a line per row; what a wide character covers is left out.
pub(crate) fn text_of(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in buffer.area.rows() {
        let mut line = String::new();
        let mut covered = 0;
        for column in row.columns() {
            let symbol = buffer[(column.x, row.y)].symbol();
            if covered == 0 {
                line.push_str(symbol);
                covered = crate::text::width(symbol).max(1);
            }
            covered -= 1;
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
