//! Stored output: the files in a session's `blobs/` which the read tool pages as `blob:<id>`.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use headwater_protocol::tool::Blob;
use headwater_protocol::{BlobId, Bytes, CallId, ToolContext};
use rustix::fs::{Mode, OFlags};

use crate::digest;

/// What stands before the id where the model names stored output as a path.
pub(crate) const PREFIX: &str = "blob:";

/// The id for the output of `call`: its own, in characters that every file system takes.
pub(crate) fn id_for(call: &CallId) -> BlobId {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let given = call.as_str();
    let is_usable = !given.is_empty() && given.len() <= 100 && !given.starts_with('.');
    if is_usable && given.chars().all(is_plain) {
        return BlobId::new(given);
    }
    // Different calls must not share a file, so what was lost of the name comes back as a digest.
    let digest = digest::of(given.as_bytes());
    let start: String = given.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    BlobId::new(format!("{start}-{}", digest.get(..16).unwrap_or(&digest)))
}

/// The file in which the output of this call is stored. Its directory is made.
pub(crate) fn file_for(context: &ToolContext) -> io::Result<PathBuf> {
    fs::create_dir_all(&context.blobs)?;
    Ok(context.blobs.join(id_for(&context.call).as_str()))
}

/// What is recorded of the stored output of this call; reads all of it.
pub(crate) fn record(context: &ToolContext) -> io::Result<Blob> {
    let id = id_for(&context.call);
    let (sha256, length) = digest::of_stream(File::open(context.blobs.join(id.as_str()))?)?;
    Ok(Blob { id, bytes: Bytes(length), sha256 })
}

/// Stores one of the things that the output of this call consists of besides its text; `number` tells them apart.
pub(crate) fn attach(context: &ToolContext, number: usize, what: &[u8]) -> io::Result<Blob> {
    let id = id_for(&CallId::new(format!("{}-{number}", context.call)));
    fs::create_dir_all(&context.blobs)?;
    fs::write(context.blobs.join(id.as_str()), what)?;
    let bytes = Bytes(u64::try_from(what.len()).unwrap_or(u64::MAX));
    Ok(Blob { id, bytes, sha256: digest::of(what) })
}

/// Opens stored output by its id; a name that is no plain one is not looked for.
pub(crate) fn open(context: &ToolContext, id: &str) -> io::Result<File> {
    if id.is_empty() || id.starts_with('.') || id.contains(['/', '\\', '\0']) {
        return Err(io::ErrorKind::NotFound.into());
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(context.blobs.join(id), flags, Mode::empty())?);
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::NotFound.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_has_its_own_file_name() {
        let id = |call: &str| id_for(&CallId::new(call)).as_str().to_owned();
        assert_eq!(id("call_1-A.b"), "call_1-A.b");
        let odd = ["", "..", "a/b", "a:b", "../../etc/passwd", "ü", &"x".repeat(300)];
        let ids: std::collections::BTreeSet<String> = odd.iter().map(|call| id(call)).collect();
        assert_eq!(ids.len(), odd.len());
        assert!(ids.iter().all(|id| id.len() < 80 && !id.contains('/') && !id.starts_with('.')), "{ids:?}");
    }
}
