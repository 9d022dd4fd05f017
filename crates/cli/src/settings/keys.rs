//! The table of all settings: checks, error messages and the reference page derive from it.

/// One setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// Dotted path; `NAME` stands for a name the user chooses.
    pub path: &'static str,
    /// What value it takes.
    pub kind: Kind,
    /// What holds when it is not set, for the reference page.
    pub default: &'static str,
    /// Whether a project's own file may set it.
    pub in_project: bool,
    /// What it does, one sentence.
    pub about: &'static str,
}

/// What value a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A whole number, 0 or more.
    Whole,
    /// A number, 0 or more.
    Number,
    /// A number between 0 and 1, which is neither.
    Part,
    /// `true` or `false`.
    Flag,
    /// A list of texts.
    Texts,
    /// A list of permission rules: texts, or tables of a rule and its examples.
    Rules,
}

impl Kind {
    /// The kind in words, for errors and the reference page.
    pub(crate) fn in_words(self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Choice(choices) => {
                let quoted: Vec<String> = choices.iter().map(|choice| format!("\"{choice}\"")).collect();
                quoted.join(" or ")
            }
            Self::Whole => "a whole number, 0 or more".to_owned(),
            Self::Number => "a number, 0 or more".to_owned(),
            Self::Part => "a number above 0 and below 1".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Texts => "a list of texts".to_owned(),
            Self::Rules => "a list of rules".to_owned(),
        }
    }
}

const fn key(path: &'static str, kind: Kind, default: &'static str, about: &'static str) -> Key {
    Key { path, kind, default, in_project: true, about }
}

/// A setting that a project's own file can never set: it leads to other servers, to keys, or past the person.
const fn user_only(path: &'static str, kind: Kind, default: &'static str, about: &'static str) -> Key {
    Key { path, kind, default, in_project: false, about }
}

/// All settings, in the order of the reference page.
pub(crate) const KEYS: &[Key] = &[
    key(
        "provider",
        Kind::Text,
        "asked for at the first start",
        "The vendor: a known one, or a `[providers.NAME]` of yours.",
    ),
    key("model", Kind::Text, "the vendor's usual one", "The model, as the vendor spells it."),
    key(
        "child_model",
        Kind::Text,
        "the vendor's usual one, or the model itself",
        "The model of the children of Recursive mode, at the same vendor.",
    ),
    key(
        "output_style",
        Kind::Text,
        "default",
        "How the model writes: default, concise, explanatory, or a style of yours or of the project (docs/STYLES.md).",
    ),
    key(
        "fallback_model",
        Kind::Text,
        "none",
        "The model that stands in for the rest of a turn when the chosen one is overloaded, out of quota or out of reach.",
    ),
    key(
        "fallback_provider",
        Kind::Text,
        "the same vendor",
        "The vendor of the fallback model; it reads the conversation too.",
    ),
    user_only(
        "providers.NAME.wire",
        Kind::Choice(headwater_providers::wires::NAMES),
        "openai-chat",
        "The protocol the server speaks.",
    ),
    user_only(
        "providers.NAME.base_url",
        Kind::Text,
        "the vendor's own",
        "Where the server answers, up to and with `/v1`.",
    ),
    user_only(
        "providers.NAME.key_env",
        Kind::Text,
        "the vendor's own",
        "The environment variable that holds the key.",
    ),
    user_only(
        "providers.NAME.state",
        Kind::Choice(headwater_protocol::events::ServerState::NAMES),
        "stateless",
        "Whether the server keeps the conversation, so that only what is new is sent: docs/MODELS.md.",
    ),
    user_only(
        "providers.NAME.clears_results",
        Kind::Flag,
        "where the vendor's servers can",
        "Whether the server clears old results from the window, where it can clear what is to go: docs/MODELS.md.",
    ),
    key(
        "models.NAME.window",
        Kind::Whole,
        "32768 for an unknown model",
        "Tokens of prompt and answer together.",
    ),
    key(
        "models.NAME.max_output",
        Kind::Whole,
        "the server's own limit",
        "The longest answer to ask for, in tokens.",
    ),
    key("models.NAME.price.input", Kind::Number, "unknown", "US dollars per million prompt tokens."),
    key("models.NAME.price.output", Kind::Number, "unknown", "US dollars per million generated tokens."),
    key(
        "models.NAME.price.cache_read",
        Kind::Number,
        "as `input`",
        "US dollars per million prompt tokens from the cache.",
    ),
    key(
        "models.NAME.price.cache_write",
        Kind::Number,
        "as `input`",
        "US dollars per million prompt tokens that are written into the cache.",
    ),
    key(
        "models.NAME.text_calls",
        Kind::Flag,
        "false",
        "Whether the model writes its calls as text, which are then read from there.",
    ),
    key(
        "models.NAME.without_tools",
        Kind::Texts,
        "[]",
        "Built-in tools that the model is not given, such as \"todos\".",
    ),
    key(
        "models.NAME.weak_root",
        Kind::Flag,
        "true at local servers",
        "Whether it is led to plans as the root of Recursive mode, and shown less of a block's output.",
    ),
    key(
        "permissions.allow",
        Kind::Rules,
        "[]",
        "Calls that run without asking, such as `Bash(cargo test *)`.",
    ),
    key("permissions.ask", Kind::Rules, "[]", "Calls that always ask."),
    key("permissions.deny", Kind::Rules, "[]", "Calls that never run, whatever else allows them."),
    key(
        "permissions.after_foreign",
        Kind::Choice(headwater_policy::AfterForeign::NAMES),
        "ask",
        "What becomes of a call that would run and reaches the network, once the session has read text that may be foreign: it \
         asks, it runs (for runs without a person, who accept that such text may send things away), or it never runs. A \
         project can only make it stricter.",
    ),
    key(
        "limits.max_steps",
        Kind::Whole,
        "100",
        "Model requests a turn may make. A project can only lower this and the other limits.",
    ),
    key("limits.max_cost", Kind::Number, "none", "US dollars a session may cost."),
    key(
        "limits.max_approval",
        Kind::Whole,
        "none",
        "Seconds a question waits for the person, also across processes: then a call does not run, and a question of the \
         model's counts as not answered.",
    ),
    key("limits.max_time", Kind::Whole, "none", "Seconds a turn may take, waiting for a person not counted."),
    key(
        "tools.NAME.attempts",
        Kind::Whole,
        "3",
        "How often a call is attempted in all, within 30 s, when the tool fails only for now and that does no harm. \
         A name that ends in `*` means all tools that begin like this. A project can only make this and the other bounds of \
         tools tighter.",
    ),
    key(
        "tools.NAME.breaker",
        Kind::Whole,
        "5",
        "Results in a row that failed for now, after which the tool is left alone for a while.",
    ),
    key(
        "tools.NAME.rest",
        Kind::Number,
        "30",
        "Seconds the tool is left alone; then one call tries whether it works again.",
    ),
    key("tools.NAME.max_calls", Kind::Whole, "none", "Calls of the tool that a turn may make."),
    key(
        "tools.NAME.max_time",
        Kind::Number,
        "none",
        "Seconds that the calls of the tool may take in a turn, together.",
    ),
    key("recursive.max_depth", Kind::Whole, "1", "Levels of recursive completions below the root."),
    key("recursive.max_children", Kind::Whole, "200", "Calls of child models a mission may make."),
    key("recursive.max_iterations", Kind::Whole, "20", "Answers of the root."),
    key(
        "recursive.parallel",
        Kind::Whole,
        "16",
        "Children asked at once to begin with; it adapts to the server.",
    ),
    key(
        "recursive.block_timeout",
        Kind::Number,
        "120",
        "Seconds a block may run, waiting for children not counted.",
    ),
    user_only(
        "hooks.claude",
        Kind::Flag,
        "false",
        "Whether the hooks in `~/.claude/settings.json` run here too.",
    ),
    key(
        "mcp.NAME.command",
        Kind::Texts,
        "none",
        "The program of an MCP server and its arguments; `${VARIABLE}` stands for a variable of the environment. \
         A server that a project names waits for your yes (docs/MCP.md).",
    ),
    key("mcp.NAME.url", Kind::Text, "none", "Where an MCP server answers over HTTP, instead of a command."),
    key(
        "mcp.NAME.env",
        Kind::Texts,
        "[]",
        "Names of variables of the environment that the server is given; credentials among them only by their names.",
    ),
    key(
        "mcp.NAME.headers.NAME",
        Kind::Text,
        "none",
        "A header for a server over HTTP, such as `Bearer ${VARIABLE}`.",
    ),
    key("mcp.NAME.cwd", Kind::Text, "the workspace", "The directory the server is started in."),
    key("mcp.NAME.enabled", Kind::Flag, "true", "Whether the server is started with a session."),
    key(
        "mcp.NAME.start_timeout",
        Kind::Number,
        "30",
        "Seconds the server may take until it answers for the first time; nothing waits for it meanwhile.",
    ),
    key(
        "mcp.NAME.timeout",
        Kind::Number,
        "120",
        "Seconds a call may stay without an answer or a sign of progress.",
    ),
    key(
        "mcp.NAME.tools",
        Kind::Texts,
        "all",
        "The tools that are taken from the server, by its own names for them.",
    ),
    key("mcp.NAME.without_tools", Kind::Texts, "[]", "Tools that are not taken from the server."),
    user_only(
        "mcp.NAME.read_only",
        Kind::Texts,
        "[]",
        "Tools for which you vouch that they change nothing: they run in Plan too; `*` means all of the server.",
    ),
    key("agents.enabled", Kind::Flag, "true", "Whether the model may hand tasks to sub-agents."),
    key("agents.parallel", Kind::Whole, "4", "Sub-agents that work at once; more wait for their turn."),
    key("agents.max_steps", Kind::Whole, "50", "Model requests a sub-agent may make."),
    key(
        "agents.max_time",
        Kind::Whole,
        "900",
        "Seconds a sub-agent may work, waiting for its turn and for a person not counted.",
    ),
    key(
        "agents.models.NAME",
        Kind::Text,
        "the session's model",
        "What a model's name in the definition of a sub-agent means here.",
    ),
    key(
        "context.compact_at",
        Kind::Part,
        "0.85",
        "The part of the model's window from which older messages make room; less than 0.2 counts as 0.2.",
    ),
    key("context.keep", Kind::Part, "0.10", "The part of the window that the newest messages keep."),
    key(
        "context.externalize_over",
        Kind::Whole,
        "8000",
        "Tokens of a result from which it is stored and shortened when room is needed.",
    ),
    key("network.connect_timeout", Kind::Number, "10", "Seconds to wait for a connection."),
    key(
        "network.first_byte_timeout",
        Kind::Number,
        "90, longer for local servers",
        "Seconds to wait for the first piece of an answer.",
    ),
    key(
        "network.idle_timeout",
        Kind::Number,
        "120",
        "Seconds of silence after which an answer counts as cut.",
    ),
    key(
        "network.heartbeat_timeout",
        Kind::Number,
        "600",
        "Seconds a server may send signs of life without any piece of an answer.",
    ),
    key(
        "network.attempts",
        Kind::Whole,
        "5",
        "How often a request is made in all while nothing of an answer arrives.",
    ),
    key(
        "network.backoff",
        Kind::Number,
        "1",
        "Seconds before the second attempt, doubled for each further one.",
    ),
    key("network.max_retry_after", Kind::Number, "60", "The longest wait a server may ask for, in seconds."),
    user_only(
        "telemetry.enabled",
        Kind::Flag,
        "false",
        "Whether traces of sessions are sent to an OpenTelemetry collector.",
    ),
    user_only(
        "telemetry.otlp_endpoint",
        Kind::Text,
        "http://localhost:4318",
        "Where the collector answers OTLP over HTTP; `OTEL_EXPORTER_OTLP_ENDPOINT` wins over it.",
    ),
    user_only(
        "telemetry.content",
        Kind::Flag,
        "false",
        "Whether traces hold prompts, answers, arguments and results too.",
    ),
    user_only(
        "output.redact",
        Kind::Flag,
        "true",
        "Whether secrets are taken out of what reaches logs, the screen and models.",
    ),
    key(
        "output.secret_patterns",
        Kind::Texts,
        "[]",
        "Regular expressions of what counts as a secret here, beside credentials and the known shapes of tokens.",
    ),
    user_only(
        "status_line.command",
        Kind::Text,
        "none",
        "A command that is told of the session in JSON, and whose first line of output stands above the status line \
         (docs/HOOKS.md).",
    ),
    user_only("status_line.padding", Kind::Whole, "0", "Columns left free at either side of that line."),
    user_only("status_line.timeout", Kind::Number, "10", "Seconds until that command is ended."),
    key("ui.theme", Kind::Choice(&["dark", "light"]), "dark", "The theme of the screen."),
    key(
        "ui.screen",
        Kind::Choice(&["full", "inline", "plain"]),
        "full",
        "The whole terminal, its own scrollback with a footer, or plain lines for screen readers.",
    ),
    key("ui.mouse", Kind::Choice(&["wheel", "off"]), "wheel", "Whether the wheel scrolls the transcript."),
    user_only(
        "keys.ACTION",
        Kind::Texts,
        "see /keys",
        "The keys of an action of the screen, such as `[\"ctrl+t\"]`.",
    ),
];
