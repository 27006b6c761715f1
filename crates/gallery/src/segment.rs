//! A run of templates in one piece of memory, copied as a whole when it changes.

use std::ops::Range;

use crate::kernel::Blocks;
use crate::limits::BLOCK_SLOTS;
use crate::memory::{Memory, PAGE_BYTES, WipeObserver};
use crate::vector::padded;

/// In place of a member number: nobody's slot.
pub(crate) const NO_MEMBER: u32 = u32::MAX;

/// In place of a slot number: the chain ends.
pub(crate) const NO_SLOT: u32 = u32::MAX;

/// Components of one template that lie together in a line.
const QUAD: usize = 4;

/// Bytes that a slot needs beside its components: inverse norm, member, next slot of the member.
const SLOT_EXTRA_BYTES: usize = 12;

/// How a segment's memory is divided: first all component bytes in blocks of 16 slots, then the inverse norms, the
/// members and the next slots.
///
/// A block has one 64-byte line for each four components: four bytes of slot 0, four of slot 1, and so on. So one
/// vector instruction works on 16 templates and no sum has to be taken across lanes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SegmentLayout {
    dim: usize,
    slots: usize,
    bytes: usize,
}

impl SegmentLayout {
    /// As many slots as `bytes` hold; at least one block, in whole pages.
    pub(crate) fn new(dim: usize, bytes: usize) -> Self {
        let block_bytes = BLOCK_SLOTS * (padded(dim) + SLOT_EXTRA_BYTES);
        let bytes = bytes.max(block_bytes).next_multiple_of(PAGE_BYTES);
        Self { dim, slots: bytes / block_bytes * BLOCK_SLOTS, bytes }
    }

    pub(crate) fn dim(&self) -> usize {
        self.dim
    }

    pub(crate) fn slots(&self) -> usize {
        self.slots
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Lines in a block.
    fn lines(&self) -> usize {
        padded(self.dim) / QUAD
    }

    fn block_bytes(&self) -> usize {
        BLOCK_SLOTS * padded(self.dim)
    }

    fn inverse_norms_offset(&self) -> usize {
        self.slots * padded(self.dim)
    }

    fn members_offset(&self) -> usize {
        self.inverse_norms_offset() + self.slots * size_of::<f32>()
    }

    fn nexts_offset(&self) -> usize {
        self.members_offset() + self.slots * size_of::<u32>()
    }

    /// Where the four bytes of `slot` lie in its `line`.
    fn quad(&self, slot: usize, line: usize) -> Range<usize> {
        let start =
            slot / BLOCK_SLOTS * self.block_bytes() + (line * BLOCK_SLOTS + slot % BLOCK_SLOTS) * QUAD;
        start..start + QUAD
    }
}

/// One template as it is stored.
pub(crate) struct Stored<'a> {
    /// Biased bytes, padded to whole groups of four.
    pub(crate) codes: &'a [u8],
    pub(crate) inverse_norm: f32,
    pub(crate) member: u32,
    /// The member's next slot, in the numbering of the whole gallery.
    pub(crate) next: u32,
}

/// A run of slots. Cloning copies the memory; dropping wipes it.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    layout: SegmentLayout,
    memory: Memory,
    occupied: usize,
    /// No slot below this is free.
    lowest_free: usize,
    /// No slot from this on is occupied.
    end: usize,
}

impl Segment {
    pub(crate) fn new(layout: SegmentLayout, observer: Option<WipeObserver>) -> Self {
        let mut memory = Memory::new(layout.bytes, observer);
        // NaN is at or above no limit, so that the kernels need not know which slots are free.
        memory.words_mut(layout.inverse_norms_offset(), layout.slots).fill(f32::NAN);
        memory.words_mut(layout.members_offset(), layout.slots).fill(NO_MEMBER);
        memory.words_mut(layout.nexts_offset(), layout.slots).fill(NO_SLOT);
        Self { layout, memory, occupied: 0, lowest_free: 0, end: 0 }
    }

    pub(crate) fn occupied(&self) -> usize {
        self.occupied
    }

    pub(crate) fn is_full(&self) -> bool {
        self.occupied == self.layout.slots
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    pub(crate) fn members(&self) -> &[u32] {
        self.memory.words(self.layout.members_offset(), self.layout.slots)
    }

    pub(crate) fn next(&self, slot: usize) -> u32 {
        self.memory.words(self.layout.nexts_offset(), self.layout.slots)[slot]
    }

    pub(crate) fn inverse_norm(&self, slot: usize) -> f32 {
        self.memory.words(self.layout.inverse_norms_offset(), self.layout.slots)[slot]
    }

    /// The stored bytes of a slot, four at a time.
    pub(crate) fn quads(&self, slot: usize) -> impl Iterator<Item = &[u8]> {
        (0..self.layout.lines()).map(move |line| &self.memory.bytes()[self.layout.quad(slot, line)])
    }

    /// All blocks that may hold an occupied slot.
    pub(crate) fn blocks(&self) -> Blocks<'_> {
        self.block_range(0..self.end.div_ceil(BLOCK_SLOTS))
    }

    /// Some blocks.
    pub(crate) fn block_range(&self, blocks: Range<usize>) -> Blocks<'_> {
        let codes = &self.memory.bytes()[..self.layout.inverse_norms_offset()];
        let norms: &[f32] = self.memory.words(self.layout.inverse_norms_offset(), self.layout.slots);
        let block_bytes = self.layout.block_bytes();
        Blocks::new(
            &codes[blocks.start * block_bytes..blocks.end * block_bytes],
            &norms[blocks.start * BLOCK_SLOTS..blocks.end * BLOCK_SLOTS],
            self.layout.lines(),
        )
    }

    /// Reserves the lowest free slot of a segment that is not full. [`Segment::write`] must follow.
    pub(crate) fn reserve(&mut self) -> usize {
        let free = self.members()[self.lowest_free..].iter().position(|member| *member == NO_MEMBER);
        let slot = self.lowest_free + free.expect("a segment that is not full has a free slot");
        self.lowest_free = slot + 1;
        self.occupied += 1;
        self.end = self.end.max(slot + 1);
        slot
    }

    /// Fills a reserved slot.
    pub(crate) fn write(&mut self, slot: usize, stored: &Stored<'_>) {
        let layout = self.layout;
        let bytes = self.memory.bytes_mut();
        for (line, quad) in stored.codes.chunks_exact(QUAD).enumerate() {
            bytes[layout.quad(slot, line)].copy_from_slice(quad);
        }
        self.set_extra(slot, stored.inverse_norm, stored.member, stored.next);
    }

    /// Wipes a slot and frees it. The bytes in the copies of this segment that searches still read are wiped when
    /// those are dropped.
    pub(crate) fn clear(&mut self, slot: usize) {
        let layout = self.layout;
        let bytes = self.memory.bytes_mut();
        for line in 0..layout.lines() {
            bytes[layout.quad(slot, line)].fill(0);
        }
        self.set_extra(slot, f32::NAN, NO_MEMBER, NO_SLOT);
        self.occupied -= 1;
        self.lowest_free = self.lowest_free.min(slot);
        let last = self.members()[..self.end].iter().rposition(|member| *member != NO_MEMBER);
        self.end = last.map_or(0, |last| last + 1);
    }

    fn set_extra(&mut self, slot: usize, inverse_norm: f32, member: u32, next: u32) {
        let layout = self.layout;
        self.memory.words_mut(layout.inverse_norms_offset(), layout.slots)[slot] = inverse_norm;
        self.memory.words_mut(layout.members_offset(), layout.slots)[slot] = member;
        self.memory.words_mut(layout.nexts_offset(), layout.slots)[slot] = next;
    }
}
