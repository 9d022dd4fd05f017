//! How far each tool may go: what the settings say of it, and what holds where they say nothing.

use std::time::Duration;

/// Attempts at one call (HARNESS L2).
const ATTEMPTS: u32 = 3;
/// Results in a row that failed for now, after which a tool is left alone.
const BREAKER: u32 = 5;
/// How long it is left alone.
const REST: Duration = Duration::from_secs(30);

/// What the settings say of one tool, as far as they do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ToolLimits {
    /// Attempts at one call; 1 makes none twice.
    pub attempts: Option<u32>,
    /// Results in a row that failed for now, after which it is left alone.
    pub breaker: Option<u32>,
    /// How long it is left alone.
    pub rest: Option<Duration>,
    /// Calls a turn may make.
    pub max_calls: Option<u32>,
    /// How long its calls of a turn may take together.
    pub max_time: Option<Duration>,
}

/// What the settings say, tool by tool. A name may end in `*`: it then means all tools that begin like this.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolBounds {
    /// The less a name leaves open, the later it stands.
    named: Vec<(String, ToolLimits)>,
}

/// What holds for a tool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) attempts: u32,
    pub(crate) breaker: u32,
    pub(crate) rest: Duration,
    pub(crate) max_calls: Option<u32>,
    pub(crate) max_time: Option<Duration>,
}

impl ToolBounds {
    /// The bounds that these names say.
    pub fn new(named: impl IntoIterator<Item = (String, ToolLimits)>) -> Self {
        let mut named: Vec<_> = named.into_iter().collect();
        named.sort_by_key(|(name, _)| (!name.ends_with('*'), name.len()));
        Self { named }
    }

    /// What holds for a tool: each bound from the name that leaves least open.
    pub(crate) fn of(&self, tool: &str) -> Bounds {
        let said = self.named.iter().filter(|(name, _)| fits(name, tool));
        let said = said.fold(ToolLimits::default(), |said, (_, more)| ToolLimits {
            attempts: more.attempts.or(said.attempts),
            breaker: more.breaker.or(said.breaker),
            rest: more.rest.or(said.rest),
            max_calls: more.max_calls.or(said.max_calls),
            max_time: more.max_time.or(said.max_time),
        });
        Bounds {
            attempts: said.attempts.unwrap_or(ATTEMPTS).max(1),
            breaker: said.breaker.unwrap_or(BREAKER).max(1),
            rest: said.rest.unwrap_or(REST),
            max_calls: said.max_calls,
            max_time: said.max_time,
        }
    }
}

fn fits(name: &str, tool: &str) -> bool {
    name.strip_suffix('*').map_or(name == tool, |beginning| tool.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a2_each_bound_is_that_of_the_name_that_leaves_least_open() {
        let calls = |max_calls| ToolLimits { max_calls: Some(max_calls), ..ToolLimits::default() };
        let attempts = |attempts| ToolLimits { attempts: Some(attempts), ..ToolLimits::default() };
        let named =
            [("mcp__a__x", calls(1)), ("*", attempts(2)), ("mcp__a__*", calls(7)), ("mcp__*", calls(9))];
        let bounds = ToolBounds::new(named.map(|(name, limits)| (name.to_owned(), limits)));
        let table = [
            ("mcp__a__x", Some(1), 2),
            ("mcp__a__y", Some(7), 2),
            ("mcp__b__y", Some(9), 2),
            ("shell", None, 2),
        ];
        for (tool, max_calls, attempts) in table {
            let found = bounds.of(tool);
            assert_eq!((found.max_calls, found.attempts), (max_calls, attempts), "{tool}");
        }
        let usual = ToolBounds::default().of("shell");
        assert_eq!((usual.attempts, usual.breaker, usual.rest), (3, 5, Duration::from_secs(30)));
    }
}
