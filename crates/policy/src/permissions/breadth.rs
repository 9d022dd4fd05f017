//! Which allow rules say nothing of what is done: they set how much is asked, and not what a command may do.

use crate::judge::{Entry, Risk, Targets, base_name};
use crate::rules::{SHELLS, WRAPPERS, find, is_interpreter};

use super::families::Tools;
use super::layer::{Effect, Layer};
use super::rule::{Rule, Scope};
use super::words::WordPattern;

/// Tools whose whole is harmless to allow: they look at the workspace, where no rule withholds anything, or at the session.
const HARMLESS: &[&str] = &["list", "glob", "grep", "skill", "todos", "ask_user"];
/// Path patterns that mean everything.
const ALL_PATHS: &[&str] = &["**", "*", "./**", "/**", "//**", "~/**", ".", "./", "/", "//", "~"];

impl Layer {
    /// The allow rules that let everything of a kind pass: a whole tool that does something, every command, whatever a program
    /// runs that runs anything, all tools of a server, every path, every domain.
    pub fn opening(&self) -> Vec<String> {
        let allows = self.rules.iter().filter(|(effect, _)| *effect == Effect::Allow);
        let mut found: Vec<String> =
            allows.filter(|(_, rule)| is_opening(rule)).map(|(_, rule)| rule.text.clone()).collect();
        found.sort();
        found.dedup();
        found
    }

    /// The layer without its allow rules of these texts.
    #[must_use]
    pub fn without(mut self, texts: &[String]) -> Self {
        self.rules.retain(|(effect, rule)| *effect != Effect::Allow || !texts.contains(&rule.text));
        self
    }
}

fn is_opening(rule: &Rule) -> bool {
    match (&rule.tools, &rule.scope) {
        (Tools::Mcp(pattern), _) => pattern.contains('*'),
        (Tools::Unknown(_), _) | (_, Scope::Nothing) => false,
        (Tools::Ours(tools), Scope::Everything) => !tools.iter().all(|tool| HARMLESS.contains(tool)),
        (_, Scope::Command(pattern)) => {
            let opens =
                |program: &str| runs_anything(program) || (opens_at_once(pattern) && has_parts(program));
            pattern.is_open() && pattern.program().is_none_or(opens)
        }
        (_, Scope::Domain(domain)) => domain.trim_matches(['*', '.']).is_empty(),
        (Tools::Ours(_), Scope::Path(_)) => {
            let pattern = rule.text.split_once('(').map(|(_, rest)| rest.trim_end_matches(')').trim());
            pattern.is_some_and(|pattern| ALL_PATHS.contains(&pattern))
        }
    }
}

/// Whether nothing but the program is named.
fn opens_at_once(pattern: &WordPattern) -> bool {
    pattern.fixed_words().count() < 2
}

/// Whether a program is many programs, some of which reach out or destroy: git, the tools of the forges and clouds.
fn has_parts(program: &str) -> bool {
    let grave = |entry: &Entry| entry.risk > Risk::Local;
    find(base_name(program)).is_some_and(|row| row.subcommands.iter().any(grave))
}

/// Whether a program does whatever its arguments say, or deletes them.
fn runs_anything(program: &str) -> bool {
    const RUNNERS: &[&str] = &["npx", "bunx", "pnpx", "uvx", "pipx", "ssh", "docker", "podman"];
    let name = base_name(program);
    let row = find(name);
    is_interpreter(name)
        || SHELLS.contains(&name)
        || RUNNERS.contains(&name)
        || WRAPPERS.iter().any(|wrapper| wrapper.name.0 == name && wrapper.name.1.is_none())
        || row.is_some_and(|row| {
            let is_grave = matches!(
                row.risk,
                Risk::Opaque | Risk::Destructive | Risk::Deletion | Risk::Privilege | Risk::Catastrophic
            );
            is_grave || row.targets == Targets::Deleted
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permissions::{Entry, RuleTexts, Source};

    #[test]
    fn s3_rules_that_open_everything_of_a_kind_are_known() {
        for (rule, expected) in [
            ("Bash", true),
            ("shell", true),
            ("Bash(*)", true),
            ("Bash(* --help)", true),
            ("Bash(py* x)", true),
            ("Bash(python *)", true),
            ("Bash(python3:*)", true),
            ("Bash(python3 -c *)", true),
            ("Bash(/usr/bin/python3 *)", true),
            ("Bash(bash *)", true),
            ("Bash(sh -c *)", true),
            ("Bash(node *)", true),
            ("Bash(env *)", true),
            ("Bash(xargs *)", true),
            ("Bash(sudo *)", true),
            ("Bash(eval *)", true),
            ("Bash(npx *)", true),
            ("Bash(git *)", true),
            ("Bash(cargo *)", true),
            ("Bash(rm *)", true),
            ("Edit", true),
            ("Write", true),
            ("Read", true),
            ("Read(**)", true),
            ("Delete", true),
            ("Delete(./**)", true),
            ("Task", true),
            ("WebFetch", true),
            ("WebFetch(domain:*)", true),
            ("mcp__github", true),
            ("mcp__*", true),
            ("mcp", true),
            ("Bash(cargo test *)", false),
            ("Bash(git status *)", false),
            ("Bash(npm run build *)", false),
            ("Bash(python3 scripts/gen.py)", false),
            ("Bash(rm target/stale.lock)", false),
            ("Edit(src/**)", false),
            ("Read(./.env)", false),
            ("Delete(build/**)", false),
            ("WebFetch(domain:*.example.org)", false),
            ("mcp__github__search", false),
            ("Grep", false),
            ("Frobnicate", false),
        ] {
            let texts = RuleTexts { allow: vec![Entry::from(rule)], ..RuleTexts::default() };
            let layer = Layer::new(Source::Project, &texts).unwrap();
            assert_eq!(layer.opening() == [rule], expected, "{rule}");
            let left = layer.clone().without(&layer.opening()).rules.len();
            assert_eq!(left, usize::from(!expected), "{rule}");
        }
        let texts = RuleTexts { deny: vec![Entry::from("Bash")], ..RuleTexts::default() };
        assert!(Layer::new(Source::Project, &texts).unwrap().opening().is_empty(), "a no is none");
    }
}
