//! Dependencies run as the table of docs/ARCHITECTURE.md says: an edge between our crates that is not in it fails.

use super::Rule;
use crate::{Finding, Repository};
use anyhow::{Context as _, Result};
use cargo_metadata::{DependencyKind, MetadataCommand};

pub(super) const RULE: Rule =
    Rule { name: "edges", promise: "dependencies run as the table of the architecture says", check };

/// The crate table: a crate's folder, and the crates of ours it may depend on.
const CRATES: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("sandbox", &[]),
    ("policy", &["protocol"]),
    ("context", &["protocol"]),
    ("providers", &["protocol"]),
    ("tools", &["protocol", "sandbox"]),
    ("repl", &["protocol", "sandbox"]),
    ("engine", &["protocol", "policy", "context", "sandbox"]),
    ("tui", &["protocol"]),
    ("cli", &["protocol", "sandbox", "policy", "context", "providers", "tools", "repl", "engine", "tui"]),
    ("testkit", &[]),
    ("xtask", &["testkit"]),
];

/// Libraries which only some crates may use, by the beginning of their names.
const RESERVED: &[(&str, &[&str])] =
    &[("ratatui", &["tui"]), ("crossterm", &["tui"]), ("reqwest", &["providers", "tools"])];

const PREFIX: &str = "headwater-";

/// A package and what it depends on, as far as the rule minds.
struct Package {
    name: String,
    /// The folder of its manifest, from the root of the repository.
    folder: String,
    dependencies: Vec<(String, Need)>,
}

/// What a dependency is needed for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Product,
    Tests,
}

fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let packages = packages(repository)?;
    Ok(packages.iter().flat_map(breaches).collect())
}

fn packages(repository: &Repository) -> Result<Vec<Package>> {
    let mut command = MetadataCommand::new();
    command
        .manifest_path(repository.root().join("Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".to_owned()]);
    let metadata = command.exec().context("cargo metadata")?;
    let packages = metadata.packages.into_iter().map(|package| {
        let folder =
            package.manifest_path.parent().and_then(|folder| folder.strip_prefix(repository.root()).ok());
        let dependencies = package.dependencies.iter().map(|dependency| {
            let need =
                if dependency.kind == DependencyKind::Development { Need::Tests } else { Need::Product };
            (dependency.name.clone(), need)
        });
        Package {
            name: package.name.to_string(),
            folder: folder.map(ToString::to_string).unwrap_or_default(),
            dependencies: dependencies.collect(),
        }
    });
    Ok(packages.collect())
}

fn breaches(package: &Package) -> Vec<Finding> {
    let manifest = format!("{}/Cargo.toml", package.folder);
    let found = |message: String| Finding::file(&manifest, message);
    let name = package.folder.rsplit('/').next().unwrap_or_default();
    if package.name != format!("{PREFIX}{name}") {
        return vec![found(format!("a package is named `{PREFIX}<folder>`, not `{}`", package.name))];
    }
    let Some((_, allowed)) = CRATES.iter().find(|(known, _)| *known == name) else {
        return vec![found(format!(
            "`{name}` is not in the table of crates; a new crate needs a note in docs/decisions/"
        ))];
    };
    let product = package.dependencies.iter().filter(|(_, need)| *need == Need::Product);
    let edges = product.filter_map(|(dependency, _)| forbidden(name, allowed, dependency)).map(found);
    edges.collect()
}

fn forbidden(name: &str, allowed: &[&str], dependency: &str) -> Option<String> {
    if let Some(ours) = dependency.strip_prefix(PREFIX) {
        return (!allowed.contains(&ours))
            .then(|| format!("`{name}` may not depend on `{ours}`: the edge is not in the table"));
    }
    let (library, users) = RESERVED.iter().find(|(library, _)| dependency.starts_with(library))?;
    (!users.contains(&name)).then(|| format!("`{dependency}` belongs to {} ({library})", users.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(folder: &str, dependencies: &[(&str, Need)]) -> Package {
        let dependencies = dependencies.iter().map(|(name, need)| ((*name).to_owned(), *need)).collect();
        Package { name: format!("headwater-{folder}"), folder: format!("crates/{folder}"), dependencies }
    }

    #[test]
    fn edges_outside_the_table_are_found() {
        let table = [
            (package("tui", &[("headwater-protocol", Need::Product), ("ratatui", Need::Product)]), 0),
            (package("tui", &[("headwater-engine", Need::Product)]), 1),
            (package("tui", &[("headwater-testkit", Need::Tests)]), 0),
            (package("tui", &[("headwater-testkit", Need::Product)]), 1),
            (package("engine", &[("ratatui-core", Need::Product), ("reqwest", Need::Product)]), 2),
            (package("tools", &[("reqwest", Need::Product), ("crossterm", Need::Product)]), 1),
            (package("strange", &[]), 1),
            (Package { name: "tui".to_owned(), ..package("tui", &[]) }, 1),
        ];
        for (package, expected) in &table {
            assert_eq!(breaches(package).len(), *expected, "{}", package.name);
        }
    }
}
