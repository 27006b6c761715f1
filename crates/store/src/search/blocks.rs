//! A sorted set of small values in blocks, wiped where something is taken out.

use std::ops::RangeInclusive;

use zeroize::{DefaultIsZeroes, Zeroize};

const VALUES_PER_BLOCK_MAX: usize = 256;

/// A block is initialised to its end, so that a test can look at all of it.
struct Block<T: DefaultIsZeroes> {
    values: Vec<T>,
    used: usize,
}

pub(super) struct SortedBlocks<T: DefaultIsZeroes> {
    /// None is empty.
    blocks: Vec<Block<T>>,
}

impl<T: DefaultIsZeroes + Ord> SortedBlocks<T> {
    pub(super) fn new() -> Self {
        Self { blocks: Vec::new() }
    }

    pub(super) fn insert(&mut self, value: T) {
        if self.blocks.is_empty() {
            self.blocks.push(Block { values: vec![T::default(); VALUES_PER_BLOCK_MAX], used: 0 });
        }
        let at = self.block_of(&value);
        let block = &mut self.blocks[at];
        let Err(place) = block.used().binary_search(&value) else { return };
        if block.used == VALUES_PER_BLOCK_MAX {
            let upper = block.split(place);
            self.blocks.insert(at + 1, upper);
            return self.insert(value);
        }
        block.values.copy_within(place..block.used, place + 1);
        block.values[place] = value;
        block.used += 1;
    }

    pub(super) fn remove(&mut self, value: &T) {
        if self.blocks.is_empty() {
            return;
        }
        let at = self.block_of(value);
        let block = &mut self.blocks[at];
        let Ok(place) = block.used().binary_search(value) else { return };
        block.values.copy_within(place + 1..block.used, place);
        block.used -= 1;
        block.values[block.used].zeroize();
        if block.used == 0 {
            self.blocks.remove(at);
        }
    }

    pub(super) fn contains(&self, value: &T) -> bool {
        !self.blocks.is_empty() && self.blocks[self.block_of(value)].used().binary_search(value).is_ok()
    }

    pub(super) fn range(&self, range: RangeInclusive<T>) -> impl Iterator<Item = T> {
        let first = if self.blocks.is_empty() { 0 } else { self.block_of(range.start()) };
        let (start, end) = range.into_inner();
        let values = self.blocks[first..].iter().flat_map(|block| block.used().iter().copied());
        values.skip_while(move |value| *value < start).take_while(move |value| *value <= end)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.blocks.capacity() * size_of::<Block<T>>()
            + self.blocks.len() * VALUES_PER_BLOCK_MAX * size_of::<T>()
    }

    /// The block in which the value is or would be.
    fn block_of(&self, value: &T) -> usize {
        self.blocks.partition_point(|block| block.values[0] <= *value).saturating_sub(1)
    }

    /// Everything that is kept, used or not.
    #[cfg(test)]
    pub(super) fn all_values(&self) -> impl Iterator<Item = T> {
        self.blocks.iter().flat_map(|block| block.values.iter().copied())
    }
}

impl<T: DefaultIsZeroes + Ord> Block<T> {
    fn used(&self) -> &[T] {
        &self.values[..self.used]
    }

    /// Keeps the lower part and returns the upper. Values that come in order leave full blocks behind.
    fn split(&mut self, place: usize) -> Self {
        let kept = if place == self.used { self.used - 1 } else { self.used / 2 };
        let mut values = vec![T::default(); VALUES_PER_BLOCK_MAX];
        let moved = self.used - kept;
        values[..moved].copy_from_slice(&self.values[kept..self.used]);
        self.values[kept..].zeroize();
        self.used = kept;
        Self { values, used: moved }
    }
}

impl<T: DefaultIsZeroes> Drop for Block<T> {
    fn drop(&mut self) {
        self.values.zeroize();
    }
}
