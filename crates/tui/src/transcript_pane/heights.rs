//! Rows above and below, in logarithmic time: a Fenwick tree over the heights of the entries.

/// The heights of all entries with their prefix sums.
#[derive(Clone, Debug, Default)]
pub(super) struct Heights {
    /// `tree[i]` holds the sum of the `lowbit(i + 1)` heights that end at `i`.
    tree: Vec<usize>,
    heights: Vec<usize>,
}

/// The lowest set bit.
fn lowbit(place: usize) -> usize {
    place & place.wrapping_neg()
}

impl Heights {
    /// Appends an entry.
    pub(super) fn push(&mut self, height: usize) {
        let place = self.heights.len() + 1;
        let start = place - lowbit(place);
        let sum = self.before(place - 1) - self.before(start) + height;
        self.heights.push(height);
        self.tree.push(sum);
    }

    /// Removes the last entry.
    pub(super) fn pop(&mut self) {
        self.heights.pop();
        self.tree.pop();
    }

    /// Sets the height of an entry.
    pub(super) fn set(&mut self, index: usize, height: usize) {
        let Some(old) = self.heights.get_mut(index) else { return };
        let before = std::mem::replace(old, height);
        let mut place = index + 1;
        while let Some(sum) = self.tree.get_mut(place - 1).filter(|_| before != height) {
            *sum = *sum + height - before;
            place += lowbit(place);
        }
    }

    /// Rows of all entries before an index.
    pub(super) fn before(&self, index: usize) -> usize {
        let mut place = index.min(self.heights.len());
        let mut sum = 0;
        while let Some(part) = place.checked_sub(1).and_then(|at| self.tree.get(at)) {
            sum += part;
            place -= lowbit(place);
        }
        sum
    }

    /// Rows of all entries.
    pub(super) fn total(&self) -> usize {
        self.before(self.heights.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sums_are_the_sums(
            heights in prop::collection::vec(0usize..50, 1..80),
            changes in prop::collection::vec((0usize..80, 0usize..50), 0..40),
            popped in 0usize..5,
        ) {
            let mut tree = Heights::default();
            let mut plain = heights.clone();
            for height in &heights {
                tree.push(*height);
            }
            for (index, height) in changes {
                tree.set(index, height);
                if let Some(slot) = plain.get_mut(index) {
                    *slot = height;
                }
            }
            for _ in 0..popped.min(plain.len()) {
                tree.pop();
                plain.pop();
            }
            tree.push(7);
            plain.push(7);
            for index in 0..=plain.len() {
                prop_assert_eq!(tree.before(index), plain[..index].iter().sum::<usize>());
            }
            prop_assert_eq!(tree.total(), plain.iter().sum::<usize>());
        }
    }
}
