//! Path patterns, as in `.gitignore`.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::paths::{Ground, normalized};

/// The pattern of a `Read(…)`, `Edit(…)` or `Write(…)` rule.
#[derive(Clone, Debug)]
pub(crate) struct PathPattern {
    anchor: Anchor,
    globs: GlobSet,
    /// The path itself, where the pattern has no wildcard and is not for any depth.
    literal: Option<PathBuf>,
    name: Option<String>,
    /// What stands before the first wildcard.
    prefix: PathBuf,
    /// Whether it is about one place with all that lies below it.
    is_place: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anchor {
    Workspace,
    Home,
    Root,
}

impl PathPattern {
    /// Reads a pattern.
    pub(crate) fn parse(text: &str) -> Result<Self, globset::Error> {
        let (anchor, rest) = anchored(text);
        let is_any_depth =
            anchor == Anchor::Workspace && !text.trim_end_matches('/').contains('/') && text != "~";
        let rest = rest.trim_start_matches("./").trim_end_matches('/');
        let glob = match (is_any_depth, rest) {
            (_, "" | ".") => "**".to_owned(),
            (true, name) => format!("**/{name}"),
            (false, path) => path.to_owned(),
        };
        let mut globs = GlobSetBuilder::new();
        for pattern in [glob.clone(), format!("{glob}/**")] {
            globs.add(GlobBuilder::new(&pattern).literal_separator(true).backslash_escape(true).build()?);
        }
        let has_wildcard = is_any_depth || rest.contains(['*', '?', '[', '{']);
        let literal = (!has_wildcard).then(|| PathBuf::from(rest));
        let name =
            rest.rsplit('/').next().filter(|name| !name.is_empty() && !name.contains(['*', '?', '[', '{']));
        let fixed = |name: &&str| !name.contains(['*', '?', '[', '{', '\\']);
        let prefix: Vec<&str> =
            if is_any_depth { Vec::new() } else { rest.split('/').take_while(fixed).collect() };
        let is_place = !is_any_depth && rest.split('/').skip(prefix.len()).all(|left| left == "**");
        let prefix = prefix.into_iter().filter(|name| !matches!(*name, "" | ".")).collect();
        Ok(Self { anchor, globs: globs.build()?, literal, name: name.map(str::to_owned), prefix, is_place })
    }

    /// Whether an absolute, normalised path matches.
    pub(crate) fn matches(&self, path: &Path, ground: &Ground<'_>) -> bool {
        self.base(ground)
            .and_then(|base| path.strip_prefix(base).ok())
            .is_some_and(|path| self.globs.is_match(path))
    }

    /// Whether a pattern in a shell command may match what this one matches: by its own text, or because it matches
    /// the one path that is meant.
    pub(crate) fn is_reached_by(&self, glob: &Path, ground: &Ground<'_>) -> bool {
        if self.matches(glob, ground) {
            return true;
        }
        let Some(target) = self.literal.as_ref().zip(self.base(ground)).map(|(path, base)| base.join(path))
        else {
            return false;
        };
        let matcher =
            glob.to_str().and_then(|glob| GlobBuilder::new(glob).literal_separator(true).build().ok());
        matcher.is_some_and(|glob| glob.compile_matcher().is_match(target))
    }

    /// The last name of the pattern, where it has no wildcard.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The one place it is about with all that lies below it, as in `keys/**`.
    pub(crate) fn place(&self, ground: &Ground<'_>) -> Option<PathBuf> {
        self.base_directory(ground).filter(|_| self.is_place)
    }

    /// Where everything lies that it is about.
    pub(crate) fn base_directory(&self, ground: &Ground<'_>) -> Option<PathBuf> {
        Some(self.base(ground)?.join(&self.prefix))
    }

    fn base(&self, ground: &Ground<'_>) -> Option<PathBuf> {
        match self.anchor {
            Anchor::Workspace => Some(normalized(ground.workspace)),
            Anchor::Home => ground.home.map(normalized),
            Anchor::Root => Some(PathBuf::from("/")),
        }
    }
}

fn anchored(text: &str) -> (Anchor, &str) {
    if let Some(rest) = text.strip_prefix("//") {
        (Anchor::Root, rest)
    } else if let Some(rest) = text.strip_prefix("~/") {
        (Anchor::Home, rest)
    } else if text == "~" {
        (Anchor::Home, "")
    } else {
        (Anchor::Workspace, text.trim_start_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::PathPattern;
    use crate::paths::Ground;
    use std::path::Path;

    #[test]
    fn s3_where_a_pattern_is_to_be_looked_for() {
        let ground = Ground { workspace: Path::new("/work/app"), home: Some(Path::new("/home/ada")) };
        for (pattern, base, is_place) in [
            ("./.env", "/work/app/.env", true),
            ("keys/**", "/work/app/keys", true),
            ("keys/", "/work/app", false),
            ("keys/deep/**", "/work/app/keys/deep", true),
            ("keys/*", "/work/app/keys", false),
            ("keys/**/a.pem", "/work/app/keys", false),
            ("keys", "/work/app", false),
            ("*.pem", "/work/app", false),
            ("**", "/work/app", false),
            ("./**", "/work/app", true),
            ("~/.ssh/**", "/home/ada/.ssh", true),
            ("~/*.key", "/home/ada", false),
            ("//etc/ssl/private", "/etc/ssl/private", true),
        ] {
            let read = PathPattern::parse(pattern).unwrap();
            assert_eq!(read.base_directory(&ground).as_deref(), Some(Path::new(base)), "{pattern}");
            assert_eq!(read.place(&ground).is_some(), is_place, "{pattern}");
        }
    }

    #[test]
    fn anchors_and_depths() {
        let ground = Ground { workspace: Path::new("/work/app"), home: Some(Path::new("/home/ada")) };
        for (pattern, path, expected) in [
            ("./.env", "/work/app/.env", true),
            ("./.env", "/work/app/sub/.env", false),
            (".env", "/work/app/sub/.env", true),
            ("/.env", "/work/app/.env", true),
            ("/.env", "/.env", false),
            ("//etc/hosts", "/etc/hosts", true),
            ("//etc", "/etc/hosts", true),
            ("~/.ssh", "/home/ada/.ssh/id", true),
            ("src/**", "/work/app/src/a/b.rs", true),
            ("src/*", "/work/app/src/a.rs", true),
            ("src/*.rs", "/work/app/src/a/b.rs", false),
            ("src/", "/work/app/src/a/b.rs", true),
            ("*.pem", "/work/app/keys/a.pem", true),
            ("*.pem", "/other/a.pem", false),
            ("**", "/work/app/x", true),
        ] {
            let pattern_read = PathPattern::parse(pattern).unwrap();
            assert_eq!(pattern_read.matches(Path::new(path), &ground), expected, "{pattern} on {path}");
        }
    }
}
