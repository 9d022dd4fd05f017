//! Files mapped for reading: the one place that maps memory.

use std::fs::File;
use std::io;

use memmap2::{Advice, Mmap};

/// A file's bytes, mapped and never copied.
#[derive(Debug)]
pub struct Mapping(Mmap);

impl Mapping {
    /// Maps the whole of a file that nobody changes or shortens any more: a private copy of ours. Pages that were
    /// read once are given back to the system before others.
    pub fn of_private(file: &File) -> io::Result<Self> {
        #[expect(unsafe_code, reason = "a mapping of a file is only sound while nobody changes the file")]
        // SAFETY: the caller vouches that the file is a private copy, written whole before it was named, read-only
        // from then on, and kept for as long as it is mapped (its inode lives as long as the mapping does).
        let map = unsafe { Mmap::map(file) }?;
        // Only a hint: reading goes from front to back as a rule.
        map.advise(Advice::Sequential).ok();
        Ok(Self(map))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}
