//! `glob`: files by the pattern of their path, the newest first.

use std::cmp::Reverse;
use std::path::PathBuf;
use std::time::SystemTime;

use globset::{GlobBuilder, GlobMatcher};
use headwater_protocol::{Access, Capability, Tool, ToolContext, ToolOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::paths::{PathError, Root, spelled};
use crate::report::{cap_of, data, data_schema, work};
use crate::text::counted;
use crate::walk;

/// Paths shown at most.
const SHOWN: usize = 200;

/// Finds files by the pattern of their path.
pub(super) struct Glob;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Such as `**/*.rs`, `src/**/{mod,lib}.rs`; without `/` it matches file names at any depth.
    pattern: String,
    /// Directory to search; default is the workspace.
    #[serde(
        default,
        deserialize_with = "crate::paths::optional_path",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "String")]
    path: Option<String>,
}

/// The screen's shape `files`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Shown {
    kind: &'static str,
    pattern: String,
    total: usize,
    /// The first of them.
    files: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
enum GlobError {
    #[error(transparent)]
    Path(#[from] PathError),
    #[error(
        "`{0}` is not a valid pattern: {1}. Write `[[]`, `[*]`, `[?]` or `[{{]` for these characters themselves."
    )]
    Pattern(String, globset::Error),
    #[error("Interrupted.")]
    Interrupted,
}

impl Tool for Glob {
    type Input = Input;

    fn name(&self) -> &'static str {
        "glob"
    }

    fn description(&self) -> &'static str {
        "Find files by name pattern, newest first. Ignored files are left out."
    }

    fn capability(&self) -> Capability {
        Capability::Read
    }

    fn output_schema(&self) -> Option<serde_json::Value> {
        Some(data_schema::<Shown>())
    }

    fn access(&self, input: &Input) -> Access {
        Access::Read(vec![PathBuf::from(input.path.as_deref().unwrap_or("."))])
    }

    async fn run(&self, input: Input, context: ToolContext) -> ToolOutcome {
        work(context, move |context| glob(input, context)).await
    }
}

/// A pattern as people mean it: `*` stays within a name, and without a `/` the place does not matter.
pub(super) fn matcher(pattern: &str) -> Result<GlobMatcher, globset::Error> {
    let plain = pattern.strip_prefix("./").unwrap_or(pattern);
    let anywhere = if plain.contains('/') { plain.to_owned() } else { format!("**/{plain}") };
    let glob = GlobBuilder::new(&anywhere).literal_separator(true).build()?;
    Ok(glob.compile_matcher())
}

fn glob(input: Input, context: &ToolContext) -> Result<ToolOutcome, GlobError> {
    let root = Root::open(&context.workspace)?;
    let place = root.locate_existing(input.path.as_deref().unwrap_or("."))?;
    root.check_directory(&place)?;
    let matcher =
        matcher(&input.pattern).map_err(|error| GlobError::Pattern(input.pattern.clone(), error))?;
    let directory = root.absolute(&place);
    let mut found: Vec<(Reverse<SystemTime>, PathBuf)> = Vec::new();
    for entry in walk::walker(&directory).build().flatten() {
        if context.cancel.is_cancelled() {
            return Err(GlobError::Interrupted);
        }
        let is_candidate = entry.file_type().is_some_and(|kind| !kind.is_dir());
        let inside = entry.path().strip_prefix(&directory).unwrap_or(entry.path());
        if is_candidate && matcher.is_match(inside) {
            let changed = entry.metadata().ok().and_then(|metadata| metadata.modified().ok());
            found.push((Reverse(changed.unwrap_or(SystemTime::UNIX_EPOCH)), entry.into_path()));
        }
    }
    found.sort_unstable();
    let workspace = root.absolute(&root.locate(".")?);
    let files = found.iter().take(SHOWN).map(|(_, path)| walk::relative(&workspace, path)).collect();
    Ok(report(Shown { kind: "files", pattern: input.pattern, total: found.len(), files }, cap_of(context)))
}

fn report(mut shown: Shown, cap: usize) -> ToolOutcome {
    if shown.total == 0 {
        let text = format!("No file matches `{}`. Ignored files are not searched.", shown.pattern);
        return ToolOutcome::text(text).with_data(data(&shown));
    }
    let mut room = cap.saturating_sub(200);
    let mut lines: Vec<String> = shown.files.iter().map(|path| spelled(path).into_owned()).collect();
    let fits = lines.iter().take_while(|path| {
        let left = room.checked_sub(path.len().saturating_add(1));
        room = left.unwrap_or(0);
        left.is_some()
    });
    let count = fits.count();
    lines.truncate(count);
    shown.files.truncate(count);
    let total = counted(shown.total.try_into().unwrap_or(u64::MAX), "file");
    let footer = if count < shown.total {
        format!("[{total}, the newest {count} shown; narrow the pattern]")
    } else {
        format!("[{total}]")
    };
    ToolOutcome::text(format!("{}\n{footer}", lines.join("\n"))).with_data(data(&shown))
}

#[cfg(test)]
mod tests {
    use super::matcher;

    #[test]
    fn patterns_mean_what_people_mean() {
        let table = [
            ("*.rs", "src/deep/a.rs", true),
            ("*.rs", "a.rs", true),
            ("src/*.rs", "src/a.rs", true),
            ("src/*.rs", "src/deep/a.rs", false),
            ("src/**/*.rs", "src/a.rs", true),
            ("src/**/*.rs", "src/deep/er/a.rs", true),
            ("./src/*.rs", "src/a.rs", true),
            ("**/{mod,lib}.rs", "a/mod.rs", true),
            ("**/{mod,lib}.rs", "a/main.rs", false),
            ("[ab].txt", "x/b.txt", true),
            (".*", ".envrc", true),
        ];
        for (pattern, path, expected) in table {
            assert_eq!(matcher(pattern).unwrap().is_match(path), expected, "{pattern} {path}");
        }
        assert!(matcher("a[").is_err());
    }
}
