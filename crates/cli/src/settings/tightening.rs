//! What a project may only make tighter: where its own file would loosen what holds for the person, that goes on to hold.

use toml::{Table, Value};

/// Which way is tighter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tighter {
    Less,
    More,
}

/// Settings of tools, which way is tighter, and what holds where nobody says anything; absent means no bound.
const TOOLS: &[(&str, Tighter, Option<f64>)] = &[
    ("attempts", Tighter::Less, Some(3.0)),
    ("breaker", Tighter::Less, Some(5.0)),
    ("rest", Tighter::More, Some(30.0)),
    ("max_calls", Tighter::Less, None),
    ("max_time", Tighter::Less, None),
];

/// Limits, which are all tighter the lower they are, and what holds where nobody says anything.
const LIMITS: &[(&str, Option<f64>)] =
    &[("max_steps", Some(100.0)), ("max_cost", None), ("max_time", None), ("max_approval", None)];

/// Takes out of a project's table what would loosen what the person's says.
pub(super) fn tighten(person: &Table, project: &mut Table) {
    tighten_limits(person, project);
    tighten_tools(person, project);
}

fn tighten_limits(person: &Table, project: &mut Table) {
    let own = table(person, "limits");
    let Some(Value::Table(limits)) = project.get_mut("limits") else { return };
    for (field, usual) in LIMITS {
        let held = own.and_then(|own| number(own.get(*field)?)).or(*usual);
        let is_looser =
            |value: &Value| held.is_some_and(|held| is_looser(Tighter::Less, number(value), held));
        if limits.get(*field).is_some_and(is_looser) {
            limits.remove(*field);
        }
    }
}

fn tighten_tools(person: &Table, project: &mut Table) {
    let own = table(person, "tools");
    let Some(Value::Table(tools)) = project.get_mut("tools") else { return };
    for (name, said) in tools.iter_mut() {
        let Value::Table(said) = said else { continue };
        for (field, tighter, usual) in TOOLS {
            let held = held(own, name, field).or(*usual);
            let is_looser = |value: &Value| held.is_some_and(|held| is_looser(*tighter, number(value), held));
            if said.get(*field).is_some_and(is_looser) {
                said.remove(*field);
            }
        }
    }
}

/// What the person's names say of this one, which may itself end in `*`.
fn held(own: Option<&Table>, name: &str, field: &str) -> Option<f64> {
    let fits = |own: &str| own.strip_suffix('*').map_or(own == name, |beginning| name.starts_with(beginning));
    let said = own?.iter().filter(|(own, _)| fits(own)).filter_map(|(own, said)| {
        let value = said.as_table()?.get(field)?;
        Some(((!own.ends_with('*'), own.len()), number(value)?))
    });
    said.max_by_key(|(rank, _)| *rank).map(|(_, value)| value)
}

fn is_looser(tighter: Tighter, value: Option<f64>, held: f64) -> bool {
    value.is_none_or(|value| match tighter {
        Tighter::Less => value > held,
        Tighter::More => value < held,
    })
}

fn table<'a>(table: &'a Table, name: &str) -> Option<&'a Table> {
    table.get(name)?.as_table()
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        Value::Integer(number) => i32::try_from(*number).ok().map(f64::from),
        Value::String(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_a_project_may_lower_limits_and_never_raise_them() {
        let table = [
            ("", "max_steps = 500", ""),
            ("", "max_steps = 20", "max_steps = 20"),
            ("max_steps = 500", "max_steps = 200", "max_steps = 200"),
            ("max_steps = 10", "max_steps = 20", ""),
            ("max_cost = 2", "max_cost = 2.5", ""),
            ("max_cost = 2.5", "max_cost = 2", "max_cost = 2"),
            ("", "max_cost = 9000.0", "max_cost = 9000.0"),
            ("max_time = 60", "max_time = 61\nmax_approval = 5", "max_approval = 5"),
            ("max_time = 60", "max_time = \"long\"", ""),
            ("max_approval = 30", "max_approval = 99999999999", ""),
        ];
        for (person, project, expected) in table {
            let [person, mut project, expected] =
                [person, project, expected].map(|text| format!("[limits]\n{text}").parse::<Table>().unwrap());
            tighten(&person, &mut project);
            assert_eq!(project, expected, "{person:?}");
        }
    }

    #[test]
    fn a2_a_project_may_tighten_what_tools_may_take_and_never_loosen_it() {
        let table = [
            ("", "tools.x.attempts = 9", ""),
            ("", "tools.x.attempts = 1", "tools.x.attempts = 1"),
            ("tools.x.attempts = 9", "tools.x.attempts = 8", "tools.x.attempts = 8"),
            ("tools.\"*\".attempts = 1", "tools.x.attempts = 2", ""),
            ("tools.\"mc*\".max_calls = 4", "tools.\"mcp*\".max_calls = 5", ""),
            (
                "tools.\"mc*\".max_calls = 4\ntools.mcp.max_calls = 9",
                "tools.mcp.max_calls = 5",
                "tools.mcp.max_calls = 5",
            ),
            ("", "tools.x.rest = 5", ""),
            ("", "tools.x.rest = 60.5", "tools.x.rest = 60.5"),
            ("", "tools.x.max_time = 1000000", "tools.x.max_time = 1000000"),
            ("tools.x.max_time = 1.5", "tools.x.max_time = 2", ""),
        ];
        for (person, project, expected) in table {
            let [person, mut project, expected] =
                [person, project, expected].map(|text| text.parse::<Table>().unwrap());
            tighten(&person, &mut project);
            let left = |table: &Table| {
                let tools = super::table(table, "tools").cloned().unwrap_or_default();
                tools
                    .into_iter()
                    .filter(|(_, said)| said.as_table().is_some_and(|said| !said.is_empty()))
                    .collect::<Table>()
            };
            assert_eq!(left(&project), left(&expected), "{person:?}");
        }
    }
}
