//! What a command writes, changed before anybody sees it: the hook for what must not be shown or stored.

use std::fmt;
use std::sync::Arc;

/// Takes one command's output in pieces, cut anywhere, and gives what may be seen of it.
pub trait OutputFilter: Send {
    /// Takes the next piece, and gives what can be told by now.
    fn push(&mut self, piece: &[u8]) -> Vec<u8>;

    /// The output has ended: what was still held back.
    fn finish(&mut self) -> Vec<u8>;
}

/// Makes a filter for each command.
#[derive(Clone)]
pub struct OutputFilters(Arc<dyn Fn() -> Box<dyn OutputFilter> + Send + Sync>);

impl OutputFilters {
    /// Filters made by `make`.
    pub fn new(make: impl Fn() -> Box<dyn OutputFilter> + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    /// One for a command that begins.
    pub(crate) fn make(&self) -> Box<dyn OutputFilter> {
        (self.0)()
    }
}

impl fmt::Debug for OutputFilters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("OutputFilters").finish()
    }
}
