//! Cancellation that needs no runtime: a tree of flags which can be awaited.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use event_listener::Event as Signal;

/// A cancellation token. Clones share one flag; a [`Cancel::child`] ends with its parent, never the other way.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    cancelled: AtomicBool,
    signal: Signal,
    children: std::sync::Mutex<Vec<std::sync::Weak<Inner>>>,
}

impl Inner {
    fn cancel(&self) {
        if self.cancelled.swap(true, Ordering::SeqCst) {
            return;
        }
        self.signal.notify(usize::MAX);
        let children =
            std::mem::take(&mut *self.children.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        for child in children.iter().filter_map(std::sync::Weak::upgrade) {
            child.cancel();
        }
    }
}

impl Cancel {
    /// A fresh token that nothing has cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// A token which is cancelled with this one, and can be cancelled alone.
    #[must_use]
    pub fn child(&self) -> Self {
        let child = Self::new();
        {
            let mut children = self.inner.children.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            children.retain(|known| known.strong_count() > 0);
            children.push(Arc::downgrade(&child.inner));
        }
        if self.is_cancelled() {
            child.cancel();
        }
        child
    }

    /// Cancels this token and its children; further calls do nothing.
    pub fn cancel(&self) {
        self.inner.cancel();
    }

    /// Whether it has been cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.inner.cancelled.load(Ordering::SeqCst)
    }

    /// Resolves once cancelled. Cancellation safe: dropping the future loses nothing.
    pub async fn cancelled(&self) {
        while !self.is_cancelled() {
            let listener = self.inner.signal.listen();
            if self.is_cancelled() {
                return;
            }
            listener.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_ends_with_its_parent_and_never_the_other_way() {
        let parent = Cancel::new();
        let (first, second) = (parent.child(), parent.child());
        first.cancel();
        assert!(first.is_cancelled() && !second.is_cancelled() && !parent.is_cancelled());
        parent.cancel();
        assert!(second.is_cancelled() && parent.child().is_cancelled());
    }
}
