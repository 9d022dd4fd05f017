//! The search itself: level by level, so that a large directory beside a file never hides it from the bounds.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::FileType;
use std::os::unix::fs::{DirEntryExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use headwater_policy::Withholding;

use super::Found;
use super::memory::Listings;

/// Directories of what was fetched or built: secrets are not looked for in them, but what rules are about is.
const PASSED_OVER: &[&str] = &["node_modules", "target", ".venv", "vendor", "dist"];
/// Where git keeps what it knows: never looked through.
const GIT: &str = ".git";

/// How far a search goes.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Levels below where it begins.
    pub depth: usize,
    /// Entries that are looked at.
    pub entries: usize,
}

impl Bounds {
    /// Before a command: more would hold up each of them.
    pub const fn of_commands() -> Self {
        Self { depth: 32, entries: 100_000 }
    }

    /// Before a search by a tool, which goes everywhere itself.
    pub const fn none() -> Self {
        Self { depth: usize::MAX, entries: usize::MAX }
    }
}

/// Looks for what is withheld in the workspace, and wherever else rules are about something.
pub fn look(withholding: &Withholding, workspace: &Path, bounds: Bounds) -> Found {
    look_with(&mut Listings::default(), withholding, workspace, bounds)
}

/// The same with what earlier searches by the same rules saw.
pub(super) fn look_with(
    listings: &mut Listings,
    withholding: &Withholding,
    workspace: &Path,
    bounds: Bounds,
) -> Found {
    let base = withholding.unnamed();
    let mut search = Search {
        listings,
        withholding,
        base: &base,
        workspace,
        bounds,
        left: bounds.entries,
        is_complete: true,
        hidden: BTreeSet::new(),
        fixed: BTreeSet::new(),
        passed_over: Vec::new(),
        links: Vec::new(),
    };
    search.places();
    search.below(vec![workspace.to_owned()], false);
    search.elsewhere();
    let twins = search.twins();
    search.hidden.extend(twins.keys().cloned());
    let is_there = |path: &&PathBuf| path.symlink_metadata().is_ok() && !workspace.starts_with(path);
    let kept: BTreeSet<PathBuf> = withholding.kept().iter().filter(is_there).cloned().collect();
    Found {
        kept: kept.into_iter().collect(),
        hidden: search.hidden.into_iter().collect(),
        fixed: search.fixed.into_iter().collect(),
        twins,
        links: search.links,
        is_complete: search.is_complete,
    }
}

struct Search<'a> {
    listings: &'a mut Listings,
    withholding: &'a Withholding,
    /// The same for a call that was let read nothing: what it means covers what the other means.
    base: &'a Withholding,
    workspace: &'a Path,
    bounds: Bounds,
    left: usize,
    is_complete: bool,
    hidden: BTreeSet<PathBuf>,
    fixed: BTreeSet<PathBuf>,
    passed_over: Vec<PathBuf>,
    links: Vec<PathBuf>,
}

impl Search<'_> {
    /// What rules name.
    fn places(&mut self) {
        let mut ways = Vec::new();
        for place in self.withholding.places() {
            match place.symlink_metadata() {
                Ok(found) => self.entry(place, found.file_type(), &mut ways),
                // Nothing may come to be there either.
                Err(_missing)
                    if self.withholding.is_fixed(&place) || self.withholding.fixes_all_of(&place) =>
                {
                    self.fixed.insert(place);
                }
                Err(_missing) => {}
            }
        }
        // Only what leads to the workspace is looked into: what is withheld lies around it.
        ways.retain(|way| *way != self.workspace && self.workspace.starts_with(way));
        self.below(ways, true);
    }

    /// Where rules may mean something outside of what was looked through.
    fn elsewhere(&mut self) {
        let bases = self.withholding.bases();
        let outside = bases.iter().filter(|base| !base.starts_with(self.workspace)).cloned().collect();
        self.below(outside, false);
        let is_meant = |directory: &PathBuf| {
            bases.iter().any(|base| directory.starts_with(base) || base.starts_with(directory))
        };
        let passed_over: Vec<PathBuf> = std::mem::take(&mut self.passed_over);
        self.below(passed_over.into_iter().filter(is_meant).collect(), false);
    }

    /// Looks through directories and all below them; `only_ways` keeps to those that lead to the workspace.
    fn below(&mut self, mut level: Vec<PathBuf>, only_ways: bool) {
        for _ in 0..self.bounds.depth {
            let mut next = Vec::new();
            for directory in level {
                let base = self.base;
                let is_notable = |path: &Path, kind: FileType| {
                    kind.is_dir() || kind.is_symlink() || base.is_withheld(path) || base.is_fixed(path)
                };
                let listed = self.listings.list(&directory, self.left, is_notable);
                self.left = self.left.saturating_sub(listed.entries);
                for (path, kind) in listed.notable {
                    self.entry(path, kind, &mut next);
                }
                if listed.is_cut {
                    self.is_complete = false;
                    return;
                }
            }
            if only_ways {
                next.retain(|way| *way != self.workspace && self.workspace.starts_with(way));
            }
            if next.is_empty() {
                return;
            }
            level = next;
        }
        self.is_complete = false;
    }

    fn entry(&mut self, path: PathBuf, kind: FileType, next: &mut Vec<PathBuf>) {
        if self.withholding.keeps(&path) {
            return;
        }
        let leads_here = self.workspace.starts_with(&path);
        let is_whole = kind.is_dir() || kind.is_symlink();
        if !leads_here {
            let is_fixed = !path.ancestors().any(|above| self.fixed.contains(above))
                && (self.withholding.is_fixed(&path) || is_whole && self.withholding.fixes_all_of(&path));
            if is_fixed {
                self.fixed.insert(path.clone());
            }
            let is_hidden = if kind.is_dir() {
                self.withholding.withholds_all_of(&path)
            } else {
                self.withholding.is_withheld(&path) || is_whole && self.withholding.withholds_all_of(&path)
            };
            if is_hidden {
                self.hidden.insert(path);
                return;
            }
        }
        if kind.is_symlink() {
            self.links.push(path);
            return;
        }
        if !kind.is_dir() || path.file_name().is_some_and(|name| name == GIT) {
            return;
        }
        let is_passed_over =
            path.file_name().is_some_and(|name| PASSED_OVER.iter().any(|passed| name == *passed));
        if is_passed_over && !leads_here { &mut self.passed_over } else { next }.push(path);
    }

    /// The other names of the hidden files in the workspace. Most files have one, so that nothing more is looked at.
    fn twins(&mut self) -> BTreeMap<PathBuf, PathBuf> {
        let mut nodes = HashMap::new();
        let mut level: Vec<PathBuf> = self.hidden.iter().cloned().collect();
        while let Some(path) = level.pop() {
            let Ok(found) = path.metadata() else { continue };
            if found.is_dir() {
                let inside = path.read_dir().into_iter().flatten().filter_map(Result::ok);
                level.extend(inside.take(self.left).map(|entry| entry.path()));
                self.left = self.left.saturating_sub(1);
            } else if found.nlink() > 1 {
                nodes.insert((found.dev(), found.ino()), path);
            }
        }
        if nodes.is_empty() { BTreeMap::new() } else { self.named_also(&nodes) }
    }

    fn named_also(&self, nodes: &HashMap<(u64, u64), PathBuf>) -> BTreeMap<PathBuf, PathBuf> {
        let numbers: BTreeSet<u64> = nodes.keys().map(|(_, number)| *number).collect();
        let (mut twins, mut left) = (BTreeMap::new(), self.bounds.entries);
        let mut directories = vec![self.workspace.to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in directory.read_dir().into_iter().flatten().filter_map(Result::ok).take(left) {
                left -= 1;
                let path = entry.path();
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    if entry.file_name() != GIT && !self.hidden.contains(&path) {
                        directories.push(path);
                    }
                } else if numbers.contains(&entry.ino())
                    && let Ok(found) = path.symlink_metadata()
                    && let Some(first) = nodes.get(&(found.dev(), found.ino()))
                    && !self.hidden.contains(&path)
                {
                    twins.insert(path, first.clone());
                }
            }
        }
        twins
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use headwater_policy::{Layer, Policy, RuleTexts, Source};
    use tempfile::TempDir;

    use super::*;
    use crate::rulebook::withholding;

    /// A workspace with these files, each in the directories it needs.
    fn workspace(files: &[&str]) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("home/work");
        fs::create_dir_all(&root).unwrap();
        for file in files {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), "KEY=1\n").unwrap();
        }
        (folder, root)
    }

    fn denied(rules: &[&str], root: &Path) -> Withholding {
        let deny = rules.iter().map(|rule| (*rule).into()).collect();
        let texts = RuleTexts { deny, ..RuleTexts::default() };
        withholding(&Policy::new(vec![Layer::new(Source::User, &texts).unwrap()]), root, root.parent())
    }

    fn found(rules: &[&str], root: &Path) -> Found {
        look(&denied(rules, root), root, Bounds::of_commands())
    }

    fn names(paths: &[PathBuf], root: &Path) -> Vec<String> {
        paths.iter().map(|path| path.strip_prefix(root).unwrap_or(path).display().to_string()).collect()
    }

    #[test]
    fn p5_secrets_are_found_where_no_list_of_ignored_files_hides_them() {
        let files = [".env", "api/.env.local", "api/.env.example", "node_modules/x/.env", "src/env.rs"];
        let (_folder, root) = workspace(&files);
        fs::create_dir_all(root.join("a/b/c/d/e/f/g")).unwrap();
        fs::write(root.join("a/b/c/d/e/f/g/.env"), "").unwrap();
        fs::write(root.join(".gitignore"), ".env*\n").unwrap();
        let hidden = names(&found(&[], &root).hidden, &root);
        assert_eq!(hidden, [".env", "a/b/c/d/e/f/g/.env", "api/.env.local"]);
    }

    #[test]
    fn s3_links_are_names_of_what_they_lead_to_and_are_not_hidden_themselves() {
        let (_folder, root) = workspace(&["keys/deep/a", "open", ".env"]);
        for (target, name) in
            [("keys/deep", "near"), (".env", "shown"), ("open", "other"), ("gone", "broken")]
        {
            symlink(target, root.join(name)).unwrap();
        }
        let found = found(&["Read(keys/**)"], &root);
        assert_eq!(names(&found.hidden, &root), [".env", "keys"]);
        assert_eq!(names(&found.names(), &root)[..2], [".env", "keys"]);
        let links: BTreeSet<String> = names(&found.names(), &root).into_iter().skip(2).collect();
        assert_eq!(links, BTreeSet::from(["near".to_owned(), "shown".to_owned()]));
    }

    #[test]
    fn s3_what_rules_are_about_is_found_as_whole_directories_where_they_mean_all() {
        let files =
            ["keys/a", "keys/deep/b", "src/x.pem", "vendor/y.pem", "notes/n", "migrations/1.sql", "z/keys/c"];
        let (_folder, root) = workspace(&files);
        let rules =
            ["Read(keys/**)", "Read(*.pem)", "Read(./notes)", "Edit(migrations/**)", "Edit(./new/**)"];
        let found = found(&rules, &root);
        assert_eq!(names(&found.hidden, &root), ["keys", "notes", "src/x.pem", "vendor/y.pem"]);
        assert_eq!(names(&found.fixed, &root), ["migrations", "new"]);
        assert!(
            found.is_complete
                && found.hides(&root.join("keys/deep/b"))
                && !found.hides(&root.join("z/keys/c"))
        );
    }

    #[test]
    fn s3_what_lies_around_the_workspace_is_hidden_and_never_the_workspace() {
        let (_folder, root) = workspace(&["a", "b/c"]);
        let home = root.parent().unwrap();
        fs::create_dir_all(home.join(".ssh")).unwrap();
        fs::write(home.join("other"), "").unwrap();
        assert_eq!(found(&["Read(~/.ssh/**)"], &root).hidden.to_vec(), [home.join(".ssh")]);
        let all = found(&["Read(~/**)"], &root).hidden.to_vec();
        assert_eq!(all, [home.join(".ssh"), home.join("other"), root.join("a"), root.join("b")]);
        assert_eq!(names(&found(&["Read(**)"], &root).hidden, &root), ["a", "b"]);
    }

    #[test]
    fn s3_other_names_of_a_withheld_file_are_withheld() {
        let (_folder, root) = workspace(&[".env", "keys/a", "plain", "src/main.rs"]);
        fs::hard_link(root.join(".env"), root.join("src/twin")).unwrap();
        fs::hard_link(root.join("keys/a"), root.join("copy")).unwrap();
        fs::hard_link(root.join("plain"), root.join("harmless")).unwrap();
        symlink("../.env", root.join("src/.env.prod")).unwrap();
        let found = found(&["Read(keys/**)"], &root);
        assert_eq!(names(&found.hidden, &root), [".env", "copy", "keys", "src/.env.prod", "src/twin"]);
        assert_eq!(found.twins.get(&root.join("copy")), Some(&root.join("keys/a")));
    }

    #[test]
    fn p5_a_large_directory_hides_no_secret_beside_it_and_the_end_of_the_search_is_told() {
        let (_folder, root) = workspace(&[".env", "b/.env.local"]);
        fs::create_dir(root.join("a")).unwrap();
        for file in 0..200 {
            fs::write(root.join("a").join(file.to_string()), "").unwrap();
        }
        let few = Bounds { depth: 32, entries: 150 };
        let found = look(&denied(&["Read(*.pem)"], &root), &root, few);
        assert!(found.hides(&root.join(".env")) && !found.is_complete);
        let shallow = look(&denied(&[], &root), &root, Bounds { depth: 1, entries: 1000 });
        assert!(!shallow.is_complete);
    }
}
