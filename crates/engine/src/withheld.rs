//! The files of the workspace that a call must not find, or must not change: what rules and the name of `.env` and its like
//! withhold, looked for in the file tree as it is now.
//!
//! *Invariants:* nothing is followed that a link leads to; a file is known by each of its names that the search comes by; where the
//! search had to end early it says so.

mod calls;
mod history;
mod memory;
mod search;

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater_policy::{Withheld, Withholding};

pub use calls::known_of;
pub(crate) use calls::{by_all_names, from_call, known};
pub use history::tracked;
pub use memory::Memory;
pub use search::{Bounds, look};

/// What a search found. All paths are absolute.
#[derive(Clone, Debug)]
pub struct Found {
    /// Files and whole directories that must not be read, in order; other names of such files among them.
    pub hidden: Arc<[PathBuf]>,
    /// What the product keeps for itself, in order: hidden like these.
    pub kept: Arc<[PathBuf]>,
    /// Files and whole directories that must not be changed, in order.
    pub fixed: Arc<[PathBuf]>,
    /// The other names of withheld files, by hard links, with the name by which each is withheld.
    pub twins: BTreeMap<PathBuf, PathBuf>,
    /// The symbolic links that were come by; what one leads to is not looked at.
    pub links: Vec<PathBuf>,
    /// Whether everything was looked at where rules may mean something.
    pub is_complete: bool,
}

/// What is known of the withheld files that nothing hides from a command.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Those which the repository tracks.
    pub tracked: Vec<PathBuf>,
    /// Those which lie open by each of their names, since no sandbox works.
    pub open: Vec<PathBuf>,
    /// Whether there are too many files to find those which rules withhold.
    pub is_unsearched: bool,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            hidden: Arc::from([]),
            kept: Arc::from([]),
            fixed: Arc::from([]),
            twins: BTreeMap::new(),
            links: Vec::new(),
            is_complete: true,
        }
    }
}

impl Found {
    /// All names of what is hidden: those of links that lead to it or into it, too.
    fn names(&self) -> Vec<PathBuf> {
        let leads_in = |link: &&PathBuf| link.canonicalize().is_ok_and(|target| self.hides(&target));
        self.hidden
            .iter()
            .chain(self.kept.iter())
            .chain(self.links.iter().filter(leads_in))
            .cloned()
            .collect()
    }

    /// Whether a file is hidden, by itself or with a directory above it.
    pub fn hides(&self, path: &Path) -> bool {
        path.ancestors().any(|above| is_among(&self.hidden, above) || is_among(&self.kept, above))
    }
}

fn is_among(sorted: &[PathBuf], path: &Path) -> bool {
    sorted.binary_search_by(|known| known.as_path().cmp(path)).is_ok()
}

impl Known {
    /// As the policy is told.
    pub fn as_withheld(&self) -> Withheld<'_> {
        Withheld { tracked: &self.tracked, open: &self.open, is_unsearched: self.is_unsearched }
    }
}

/// Looks for what is withheld, away from the threads of the runtime.
pub(crate) async fn find(
    memory: Memory,
    withholding: Withholding,
    workspace: &Path,
    bounds: Bounds,
) -> Found {
    let workspace = workspace.to_owned();
    let found = tokio::task::spawn_blocking(move || memory.look(&withholding, &workspace, bounds)).await;
    // A search that broke off has seen nothing for sure.
    found.unwrap_or_else(|_broke_off| Found { is_complete: false, ..Found::default() })
}

/// The paths, and behind those which are only other names of withheld files the names by which those are withheld.
pub(crate) async fn with_twins(
    mut paths: Vec<PathBuf>,
    workspace: &Path,
    withholding: impl FnOnce() -> (Memory, Withholding),
) -> Vec<PathBuf> {
    let has_twin = |path: &PathBuf| {
        workspace.join(path).metadata().is_ok_and(|found| found.is_file() && found.nlink() > 1)
    };
    if !paths.iter().any(has_twin) {
        return paths;
    }
    let (memory, withholding) = withholding();
    let found = find(memory, withholding, workspace, Bounds::of_commands()).await;
    let meant = paths.iter().filter_map(|path| found.twins.get(&workspace.join(path)));
    let meant: Vec<PathBuf> =
        meant.filter_map(|twin| twin.strip_prefix(workspace).ok()).map(Path::to_owned).collect();
    paths.extend(meant);
    paths
}
