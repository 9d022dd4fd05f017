//! How many colours the terminal has.

/// The colours a terminal can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ColorDepth {
    /// 24 bits.
    Truecolor,
    /// The 256 colours of xterm.
    Indexed,
    /// The 16 colours of ANSI, as the terminal's own theme paints them.
    #[default]
    Ansi,
    /// None: attributes only.
    Mono,
}

impl ColorDepth {
    /// What the environment says: `NO_COLOR` (any value but the empty one), then `COLORTERM`, then `TERM`.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Self {
        let term = variable("TERM").unwrap_or_default();
        if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) || term == "dumb" {
            return Self::Mono;
        }
        let is_direct = matches!(variable("COLORTERM").as_deref(), Some("truecolor" | "24bit"));
        if is_direct || term.ends_with("-direct") {
            Self::Truecolor
        } else if term.contains("256color") {
            Self::Indexed
        } else {
            Self::Ansi
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides() {
        let cases: [(&[(&str, &str)], ColorDepth); 6] = [
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], ColorDepth::Truecolor),
            (&[("TERM", "xterm-256color")], ColorDepth::Indexed),
            (&[("TERM", "xterm")], ColorDepth::Ansi),
            (&[("TERM", "dumb"), ("COLORTERM", "truecolor")], ColorDepth::Mono),
            (&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")], ColorDepth::Mono),
            (&[("NO_COLOR", ""), ("TERM", "xterm")], ColorDepth::Ansi),
        ];
        for (env, expected) in cases {
            let lookup = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
            assert_eq!(ColorDepth::from_env(lookup), expected, "{env:?}");
        }
    }
}
