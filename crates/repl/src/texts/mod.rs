//! What the helpers need to know of large texts: places, patterns, chunks, formats, outlines, ranks.

pub(crate) mod answers;
pub(crate) mod cuts;
pub(crate) mod digests;
pub(crate) mod findings;
pub(crate) mod formats;
pub(crate) mod landmarks;
pub(crate) mod mending;
pub(crate) mod outlines;
pub(crate) mod pattern;
pub(crate) mod pieces;
pub(crate) mod ranking;
pub(crate) mod shingles;
pub(crate) mod symbols;
pub(crate) mod tables;

#[cfg(test)]
pub(crate) mod tests;
