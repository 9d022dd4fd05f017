//! `list`: the tree of a directory.

use std::fs::FileType;
use std::path::{Path, PathBuf};

use headwater_protocol::{Access, Capability, Tool, ToolContext, ToolOutcome};
use ignore::DirEntry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::paths::{PathError, Root, spelled};
use crate::report::{cap_of, data, data_schema, work};
use crate::text::{counted, human};
use crate::walk;

/// How deep a list goes unless the model says otherwise.
const DEFAULT_DEPTH: usize = 2;
/// Entries looked at in all, and shown. Where more are found than shown, the list is less deep.
const LOOKED_AT: usize = 20_000;
const SHOWN: usize = 400;

/// Shows the tree of a directory.
pub(super) struct List;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Directory; default is the workspace.
    #[serde(
        default,
        deserialize_with = "crate::paths::optional_path",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "String")]
    path: Option<String>,
    /// Levels to show, default 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    depth: Option<u32>,
}

/// The screen's shape `list`.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Shown {
    kind: &'static str,
    path: String,
    entries: usize,
    depth: usize,
    cut: bool,
}

impl Tool for List {
    type Input = Input;

    fn name(&self) -> &'static str {
        "list"
    }

    fn description(&self) -> &'static str {
        "Show a directory as a tree with file sizes. What .gitignore excludes is left out."
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
        work(context, move |context| list(&input, context)).await
    }
}

struct Entry {
    path: PathBuf,
    depth: usize,
    kind: FileType,
    size: u64,
}

impl Entry {
    fn of(entry: &DirEntry) -> Option<Self> {
        let kind = entry.file_type()?;
        let size = if kind.is_file() { entry.metadata().map_or(0, |metadata| metadata.len()) } else { 0 };
        Some(Self { path: entry.path().to_path_buf(), depth: entry.depth(), kind, size })
    }
}

fn list(input: &Input, context: &ToolContext) -> Result<ToolOutcome, PathError> {
    let root = Root::open(&context.workspace)?;
    let place = root.locate_existing(input.path.as_deref().unwrap_or("."))?;
    root.check_directory(&place)?;
    let wanted = input.depth.map_or(DEFAULT_DEPTH, |depth| usize::try_from(depth).unwrap_or(usize::MAX));
    let (entries, is_whole) = collect(&root.absolute(&place), wanted.max(1), context);
    let depth = fitting_depth(&entries, wanted.max(1));
    let (tree, shown) = draw(&entries, depth, cap_of(context).saturating_sub(300));
    let total = entries.iter().filter(|entry| entry.depth <= depth).count();
    let cut = shown < total || !is_whole;
    let mut text = format!("{}/\n{tree}", spelled(&place.key()));
    let flattened = (total < entries.len()).then_some(depth);
    text.push_str(&footer(total, cut.then_some(shown), flattened));
    let summary = Shown { kind: "list", path: place.key(), entries: total, depth, cut };
    Ok(ToolOutcome::text(text).with_data(data(&summary)))
}

/// What is below `directory`, in the order of names, and whether that is all.
fn collect(directory: &Path, depth: usize, context: &ToolContext) -> (Vec<Entry>, bool) {
    let mut walk = walk::walker(directory);
    walk.max_depth(Some(depth)).sort_by_file_name(Ord::cmp);
    let mut found = walk.build().flatten().filter(|entry| entry.depth() > 0);
    let entries: Vec<Entry> = found
        .by_ref()
        .take_while(|_| !context.cancel.is_cancelled())
        .take(LOOKED_AT)
        .filter_map(|entry| Entry::of(&entry))
        .collect();
    (entries, found.next().is_none())
}

/// The greatest depth, up to the one wanted, at which not too many entries are shown.
fn fitting_depth(entries: &[Entry], wanted: usize) -> usize {
    let within = |depth: usize| entries.iter().filter(|entry| entry.depth <= depth).count();
    let deepest = entries.iter().map(|entry| entry.depth).max().unwrap_or(1).min(wanted);
    (1..=deepest).rev().find(|depth| within(*depth) <= SHOWN).unwrap_or(1)
}

/// The tree as text of at most `room` bytes, and how many entries it shows.
fn draw(entries: &[Entry], depth: usize, room: usize) -> (String, usize) {
    let mut tree = String::new();
    let mut shown = 0;
    for (index, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.depth <= depth) {
        let hidden = if entry.kind.is_dir() && entry.depth == depth { below(entries, index) } else { 0 };
        let line = line(entry, hidden);
        if shown == SHOWN || tree.len().saturating_add(line.len()) > room {
            break;
        }
        tree.push_str(&line);
        shown += 1;
    }
    (tree, shown)
}

/// How many entries below the directory at `index` were found but are deeper than shown.
fn below(entries: &[Entry], index: usize) -> u64 {
    let depth = entries.get(index).map_or(0, |entry| entry.depth);
    let after = entries.iter().skip(index.saturating_add(1));
    after.take_while(|entry| entry.depth > depth).count().try_into().unwrap_or(u64::MAX)
}

fn line(entry: &Entry, hidden: u64) -> String {
    let name = entry.path.file_name().unwrap_or_default().to_string_lossy();
    let name = spelled(&name);
    let what = if entry.kind.is_dir() {
        let more = if hidden > 0 { format!("  ({} below)", counted(hidden, "entry")) } else { String::new() };
        format!("{name}/{more}")
    } else if entry.kind.is_symlink() {
        let target = entry.path.read_link().unwrap_or_default();
        format!("{name} -> {}", spelled(&target.to_string_lossy()))
    } else if entry.kind.is_file() {
        format!("{name}  {}", human(entry.size))
    } else {
        format!("{name}  (pipe, socket or device)")
    };
    format!("{}{what}\n", "  ".repeat(entry.depth.saturating_sub(1)))
}

/// What stands after the tree; `flattened` is the depth when it is less than was asked for.
fn footer(total: usize, cut_to: Option<usize>, flattened: Option<usize>) -> String {
    let total = counted(total.try_into().unwrap_or(u64::MAX), "entry");
    match (cut_to, flattened) {
        (Some(shown), _) => format!("[{total}, {shown} shown; list a directory below, or use glob]"),
        (None, Some(depth)) => {
            let levels = counted(depth.try_into().unwrap_or(u64::MAX), "level");
            format!("[{total}; more than {levels} would be too much to show]")
        }
        (None, None) => format!("[{total}]"),
    }
}
