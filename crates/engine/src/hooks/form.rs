//! The form of a file of hooks, as other agents write it (ECOSYSTEM, "Hooks JSON"). One entry that cannot be used keeps
//! nothing else from being read, and it is said what is wrong with it.

use std::time::Duration;

use headwater_protocol::HookPoint;
use serde_json::{Map, Value};

use super::condition::Condition;
use super::matcher::Matcher;

/// How long a hook may run unless it says otherwise.
const USUAL_TIMEOUT: Duration = Duration::from_mins(1);
/// How long, where the screen waits for what it draws.
const USUAL_DRAWING: Duration = Duration::from_secs(10);
/// The most columns left free beside a status line.
const MOST_PADDING: u16 = 20;
/// The longest it may ask for.
const LONGEST_TIMEOUT: Duration = Duration::from_hours(1);

/// A file of hooks, read.
#[derive(Debug, Default)]
pub(super) struct HookFile {
    /// Its hooks in their order.
    pub(super) hooks: Vec<Definition>,
    /// Whether it switches hooks off.
    pub(super) is_disabling: bool,
    /// What cannot be used, one sentence each.
    pub(super) problems: Vec<String>,
}

/// One hook as it is written.
#[derive(Clone, Debug)]
pub(super) struct Definition {
    /// Where it runs.
    pub(super) point: HookPoint,
    /// What of that point it is for.
    pub(super) matcher: Matcher,
    /// The calls it is for, as a permission rule says it.
    pub(super) condition: Option<Condition>,
    /// What it runs, for bash.
    pub(super) script: String,
    /// When it is ended.
    pub(super) timeout: Duration,
    /// Whether it runs once a session.
    pub(super) is_once: bool,
    /// Whether nothing waits for it.
    pub(super) is_async: bool,
    /// Variables of the environment that it gets although they look like credentials.
    pub(super) variables: Vec<String>,
    /// All that the file says of it, for a digest.
    pub(super) written: String,
    /// Columns left free beside what it has drawn.
    pub(super) padding: u16,
    /// Why it cannot run.
    pub(super) problem: Option<String>,
}

/// The command of a status line, as the settings name it.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusLine {
    /// What is run, for bash.
    pub command: String,
    /// Columns left free beside the line.
    pub padding: Option<u16>,
    /// Seconds until it is ended.
    pub timeout: Option<f64>,
}

impl StatusLine {
    pub(super) fn file(&self) -> HookFile {
        let line =
            serde_json::json!({"command": self.command, "padding": self.padding, "timeout": self.timeout});
        let mut file = HookFile::default();
        file.status_line(&line);
        file
    }
}

/// Reads a file of hooks. The error says what is wrong with the whole of it.
pub(super) fn parse(text: &str) -> Result<HookFile, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON ({error})"))?;
    let Some(settings) = value.as_object() else { return Err("it is no JSON object".to_owned()) };
    let mut file = HookFile { is_disabling: is_set(settings, "disableAllHooks"), ..HookFile::default() };
    if let Some(line) = settings.get("statusLine") {
        file.status_line(line);
    }
    match settings.get("hooks") {
        // Some files have the points at the top.
        None | Some(Value::Null) => {
            let is_point = |name: &str| serde_json::from_value::<HookPoint>(name.into()).is_ok();
            let points = settings.iter().filter(|(name, _)| is_point(name));
            points.for_each(|(name, groups)| file.point(name, groups));
        }
        Some(Value::Object(points)) => points.iter().for_each(|(name, groups)| file.point(name, groups)),
        Some(_) => return Err("its \"hooks\" is no object of points".to_owned()),
    }
    Ok(file)
}

impl HookFile {
    /// Takes the command of a status line.
    fn status_line(&mut self, line: &Value) {
        match line.as_object() {
            Some(line) => self.hooks.push(definition(HookPoint::StatusLine, &Matcher::parse(""), line)),
            None => self.problems.push("its \"statusLine\" is no object".to_owned()),
        }
    }

    fn point(&mut self, name: &str, groups: &Value) {
        let named = serde_json::from_value::<HookPoint>(Value::String(name.to_owned())).ok();
        // The status line has a form of its own, beside the hooks.
        let Some(point) = named.filter(|point| *point != HookPoint::StatusLine) else {
            return self.problems.push(format!("hooks do not run at \"{name}\" here"));
        };
        let Some(groups) = groups.as_array() else {
            return self.problems.push(format!("the hooks of {name} are no list"));
        };
        for group in groups {
            let Some(hooks) = group.get("hooks").and_then(Value::as_array) else {
                self.problems.push(format!("an entry of {name} has no list \"hooks\""));
                continue;
            };
            let matcher = Matcher::parse(text_of(group, "matcher").unwrap_or_default());
            for hook in hooks {
                match hook.as_object() {
                    Some(hook) => self.hooks.push(definition(point, &matcher, hook)),
                    None => self.problems.push(format!("a hook of {name} is no object")),
                }
            }
        }
    }
}

fn definition(point: HookPoint, matcher: &Matcher, hook: &Map<String, Value>) -> Definition {
    let text = |name: &str| hook.get(name).and_then(Value::as_str);
    let script = script_of(text("command").unwrap_or_default(), hook.get("args"));
    let condition = text("if").map(Condition::parse);
    let problem = match text("type").unwrap_or("command") {
        "command" if script.trim().is_empty() => Some("it has no command".to_owned()),
        "command" => None,
        other => Some(format!("hooks of the type \"{other}\" are not supported, only commands")),
    };
    let refused = condition.as_ref().and_then(|condition| condition.as_ref().err().cloned());
    Definition {
        point,
        matcher: matcher.clone(),
        script: if script.is_empty() { named(hook) } else { script },
        timeout: timeout(hook.get("timeout"), point),
        padding: padding(hook.get("padding")),
        is_once: is_set(hook, "once"),
        is_async: is_set(hook, "async"),
        variables: texts(hook.get("allowedEnvVars")),
        problem: problem.or_else(|| matcher.problem().map(str::to_owned)).or(refused),
        condition: condition.and_then(Result::ok),
        written: format!("{point:?}\0{}\0{}", matcher.text(), Value::Object(hook.clone())),
    }
}

/// What a hook that has no command is listed by.
fn named(hook: &Map<String, Value>) -> String {
    ["url", "prompt"]
        .iter()
        .find_map(|name| hook.get(*name).and_then(Value::as_str))
        .unwrap_or("?")
        .to_owned()
}

/// The exec form names a program and its arguments, which no shell is to read.
fn script_of(command: &str, arguments: Option<&Value>) -> String {
    let Some(arguments) = arguments.filter(|arguments| arguments.is_array()) else {
        return command.to_owned();
    };
    let arguments = texts(Some(arguments));
    let words = std::iter::once(command).chain(arguments.iter().map(String::as_str)).map(expandable);
    words.collect::<Vec<_>>().join(" ")
}

/// A word in double quotes in which only `${NAME}` of our own variables is replaced.
fn expandable(word: &str) -> String {
    let mut quoted = String::from("\"");
    let mut rest = word;
    while let Some(character) = rest.chars().next() {
        let own = super::process::PLACES
            .iter()
            .map(|name| format!("${{{name}}}"))
            .find(|name| rest.starts_with(name));
        if let Some(own) = own {
            rest = rest.get(own.len()..).unwrap_or_default();
            quoted.push_str(&own);
            continue;
        }
        if "\"\\$`".contains(character) {
            quoted.push('\\');
        }
        quoted.push(character);
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    quoted + "\""
}

fn padding(value: Option<&Value>) -> u16 {
    let columns = value.and_then(Value::as_u64).unwrap_or(0);
    u16::try_from(columns).unwrap_or(u16::MAX).min(MOST_PADDING)
}

fn timeout(value: Option<&Value>, point: HookPoint) -> Duration {
    let usual = if point.is_drawing() { USUAL_DRAWING } else { USUAL_TIMEOUT };
    let seconds = value.and_then(Value::as_f64).filter(|seconds| *seconds > 0.0);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .unwrap_or(usual)
        .min(LONGEST_TIMEOUT)
}

fn texts(value: Option<&Value>) -> Vec<String> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn text_of<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

fn is_set(object: &Map<String, Value>, name: &str) -> bool {
    object.get(name).and_then(Value::as_bool).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b7_the_form_of_other_agents_is_read() {
        let file = parse(
            r#"{"description": "guards", "hooks": {"PreToolUse": [
                {"matcher": "Bash|Edit", "hooks": [
                    {"type": "command", "command": "python3 ${CLAUDE_PLUGIN_ROOT}/a.py", "timeout": 10},
                    {"command": "b", "once": true, "async": true, "if": "Bash(git *)", "allowedEnvVars": ["A_TOKEN"]}]}],
              "Stop": [{"hooks": [{"type": "command", "command": "c", "timeout": 0.5}]}]}}"#,
        )
        .unwrap();
        let told: Vec<_> =
            file.hooks.iter().map(|hook| (hook.point, hook.script.as_str(), hook.timeout)).collect();
        assert_eq!(
            told,
            [
                (HookPoint::PreToolUse, "python3 ${CLAUDE_PLUGIN_ROOT}/a.py", Duration::from_secs(10)),
                (HookPoint::PreToolUse, "b", Duration::from_mins(1)),
                (HookPoint::Stop, "c", Duration::from_millis(500)),
            ]
        );
        let second = &file.hooks[1];
        assert!(second.is_once && second.is_async && second.condition.is_some());
        assert_eq!(second.variables, ["A_TOKEN"]);
        assert!(file.hooks.iter().all(|hook| hook.problem.is_none()) && file.problems.is_empty());
    }

    #[test]
    fn b7_what_is_not_supported_is_said_and_the_rest_is_read() {
        let file = parse(
            r#"{"disableAllHooks": true, "hooks": {"Weather": [], "Stop": 3, "Notification": [{"matcher": ""}],
                "PreToolUse": [{"matcher": "(", "hooks": [{"command": "a"}]}, {"hooks": [7,
                {"type": "http", "url": "https://x.example"}, {"type": "prompt", "prompt": "Is it good?"},
                {"type": "command"}, {"command": "b", "if": "(("}, {"command": "c"}]}]}}"#,
        )
        .unwrap();
        assert!(file.is_disabling);
        assert_eq!(
            file.problems,
            [
                "hooks do not run at \"Weather\" here",
                "the hooks of Stop are no list",
                "an entry of Notification has no list \"hooks\"",
                "a hook of PreToolUse is no object",
            ]
        );
        let told: Vec<_> = file
            .hooks
            .iter()
            .map(|hook| (hook.script.as_str(), hook.problem.as_deref().unwrap_or_default()))
            .collect();
        assert!(told[0].1.starts_with("its matcher \"(\" is no pattern"), "{told:?}");
        assert_eq!(
            told[1],
            ("https://x.example", "hooks of the type \"http\" are not supported, only commands")
        );
        assert_eq!(told[2], ("Is it good?", "hooks of the type \"prompt\" are not supported, only commands"));
        assert_eq!(told[3].1, "it has no command");
        assert!(told[4].1.contains("((") && told[5].1.is_empty(), "{told:?}");
    }

    #[test]
    fn b7_points_at_the_top_of_a_file_are_read_too() {
        let file = parse(r#"{"Stop": [{"hooks": [{"command": "a"}]}], "permissions": {}}"#).unwrap();
        assert_eq!((file.hooks.len(), file.hooks[0].point, file.problems.len()), (1, HookPoint::Stop, 0));
    }

    #[test]
    fn b7_a_status_line_stands_beside_the_hooks() {
        let file = parse(
            r#"{"statusLine": {"type": "command", "command": "~/line.sh", "padding": 2},
                "hooks": {"StatusLine": [], "MessageDisplay": [{"hooks": [{"command": "a"}]}]}}"#,
        )
        .unwrap();
        let told: Vec<_> =
            file.hooks.iter().map(|hook| (hook.point, hook.script.as_str(), hook.timeout)).collect();
        let seconds = Duration::from_secs(10);
        let expected =
            [(HookPoint::StatusLine, "~/line.sh", seconds), (HookPoint::MessageDisplay, "a", seconds)];
        assert_eq!((told.as_slice(), file.hooks[0].padding), (expected.as_slice(), 2));
        assert_eq!(file.problems, ["hooks do not run at \"StatusLine\" here"]);
        let set = StatusLine { command: "x".into(), padding: Some(9_999), timeout: Some(2.0) }.file();
        assert_eq!((set.hooks[0].padding, set.hooks[0].timeout), (MOST_PADDING, Duration::from_secs(2)));
        let file = parse(r#"{"statusLine": "x"}"#).unwrap();
        assert_eq!(file.problems, ["its \"statusLine\" is no object"]);
        let file = parse(r#"{"statusLine": {"type": "http", "url": "u"}}"#).unwrap();
        assert!(file.hooks[0].problem.is_some());
    }

    #[test]
    fn a_file_that_is_no_file_of_hooks_is_an_error() {
        for (text, expected) in
            [("{", "it is no JSON"), ("[]", "it is no JSON object"), ("{\"hooks\": 1}", "no object")]
        {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
        assert!(parse("{}").unwrap().hooks.is_empty());
    }

    #[test]
    fn the_words_of_the_exec_form_are_read_by_no_shell() {
        let args = serde_json::json!(["$(rm x)", "a \"b\"", "${CLAUDE_PROJECT_DIR}/c"]);
        let script = script_of("/bin/echo", Some(&args));
        assert_eq!(script, r#""/bin/echo" "\$(rm x)" "a \"b\"" "${CLAUDE_PROJECT_DIR}/c""#);
        assert_eq!(script_of("echo $HOME", None), "echo $HOME");
    }
}
