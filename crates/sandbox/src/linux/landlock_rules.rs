//! The Landlock domain of a command where namespaces are refused, and the scope that completes them where they are not.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreatedAttr, RulesetError, Scope,
};

use super::beside_hidden;
use super::places::Places;
use crate::error::SandboxError;

/// Devices any command may write to.
const WRITABLE_DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/ptmx",
    "/dev/pts",
];

/// A domain in which everything but the hidden places is readable and only the writable trees of `places` can be changed. What
/// is kept beside too many others is no longer among the hidden places then.
pub(super) fn domain(places: &mut Places, abi: u8) -> Result<OwnedFd, SandboxError> {
    let abi = ABI::from(i32::from(abi));
    let readable = beside_hidden::readable_beside_kept(places)
        .map_err(|source| SandboxError::Confine { doing: "hiding withheld files", source })?;
    build(places, readable.as_deref(), abi)
        .map_err(refused)?
        .ok_or_else(|| refused("the kernel made no ruleset"))
}

/// A domain that only cuts off the abstract sockets and the signals of processes outside; `None` where the kernel cannot.
pub(super) fn scope(abi: Option<u8>) -> Option<OwnedFd> {
    abi.filter(|abi| *abi >= 6)?;
    let ruleset = Ruleset::default().scope(Scope::AbstractUnixSocket | Scope::Signal).ok()?;
    ruleset.create().ok()?.into()
}

/// A domain in which only `readable` is read and only `executable` executed, without TCP.
pub(super) fn worker_domain(
    readable: &[PathBuf],
    executable: &[PathBuf],
    abi: u8,
) -> Result<OwnedFd, SandboxError> {
    let abi = ABI::from(i32::from(abi));
    let build = || {
        let mut ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(abi))?
            .handle_access(AccessNet::from_all(abi))?
            .scope(Scope::from_all(abi))?
            .create()?;
        for path in readable {
            let rights = if path.is_dir() {
                AccessFs::ReadFile | AccessFs::ReadDir
            } else {
                AccessFs::ReadFile.into()
            };
            ruleset = allow(ruleset, path, rights)?;
        }
        for path in executable {
            let rights = AccessFs::ReadFile | AccessFs::Execute;
            ruleset = allow(ruleset, path, if path.is_dir() { rights | AccessFs::ReadDir } else { rights })?;
        }
        Ok::<Option<OwnedFd>, RulesetError>(ruleset.into())
    };
    build().map_err(refused)?.ok_or_else(|| refused("the kernel made no ruleset"))
}

/// `readable` is what may be read, unless it is everything.
fn build(places: &Places, readable: Option<&[PathBuf]>, abi: ABI) -> Result<Option<OwnedFd>, RulesetError> {
    // Requests to devices stay as they are: terminals need them, and devices cannot be opened for writing anyway.
    let handled = AccessFs::from_all(abi) & !AccessFs::IoctlDev;
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(handled)?
        .scope(Scope::from_all(abi))?
        .create()?;
    // Names are seen and programs executed everywhere.
    let shared = AccessFs::from_read(abi) & handled;
    match readable {
        None => ruleset = allow(ruleset, Path::new("/"), shared)?,
        Some(readable) => {
            ruleset = allow(ruleset, Path::new("/"), shared & !AccessFs::ReadFile)?;
            for path in readable {
                ruleset = allow(ruleset, path, AccessFs::ReadFile.into())?;
            }
        }
    }
    for device in WRITABLE_DEVICES {
        ruleset =
            allow(ruleset, Path::new(device), (AccessFs::from_file(abi) & handled) & !AccessFs::Execute)?;
    }
    // A device node made in the workspace would lead around every rule; root could make one.
    let writable = handled & !(AccessFs::MakeBlock | AccessFs::MakeChar);
    for tree in &places.writable {
        let rights = if tree.is_dir() { writable } else { writable & AccessFs::from_file(abi) };
        let has_hidden = places.hidden().any(|hidden| hidden.starts_with(tree));
        let rights = if has_hidden { rights & !AccessFs::ReadFile } else { rights };
        ruleset = allow(ruleset, tree, rights)?;
    }
    Ok(ruleset.into())
}

/// Adds a rule for a path; one that does not exist needs none.
fn allow(
    ruleset: landlock::RulesetCreated,
    path: &Path,
    rights: BitFlags<AccessFs>,
) -> Result<landlock::RulesetCreated, RulesetError> {
    match PathFd::new(path) {
        Ok(opened) => ruleset.add_rule(PathBeneath::new(opened, rights)),
        Err(_missing) => Ok(ruleset),
    }
}

fn refused(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> SandboxError {
    SandboxError::Confine { doing: "building the Landlock rules", source: std::io::Error::other(error) }
}
