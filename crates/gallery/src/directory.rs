//! Where the templates of a member are.

use std::sync::Arc;

use crate::segment::NO_SLOT;

/// Members in one chunk: 16 KiB are copied when one of them changes.
const CHUNK_MEMBERS: usize = 4_096;

type Chunk = [u32; CHUNK_MEMBERS];

/// The first slot of each member; the further ones are chained in the segments. Chunks are shared with older
/// directories until they change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directory {
    chunks: Vec<Option<Arc<Chunk>>>,
}

impl Directory {
    /// The member's first slot, or [`NO_SLOT`].
    pub(crate) fn first_slot(&self, member: u32) -> u32 {
        let (chunk, index) = position(member);
        self.chunks.get(chunk).and_then(Option::as_deref).map_or(NO_SLOT, |chunk| chunk[index])
    }

    /// Sets the member's first slot; [`NO_SLOT`] for none.
    pub(crate) fn set_first_slot(&mut self, member: u32, slot: u32) {
        let (chunk, index) = position(member);
        if chunk >= self.chunks.len() {
            self.chunks.reserve_exact(chunk + 1 - self.chunks.len());
            self.chunks.resize(chunk + 1, None);
        }
        let chunk = self.chunks[chunk].get_or_insert_with(|| Arc::new([NO_SLOT; CHUNK_MEMBERS]));
        Arc::make_mut(chunk)[index] = slot;
    }

    /// One more than the highest member number that the directory has room for.
    pub(crate) fn member_end(&self) -> usize {
        self.chunks.len() * CHUNK_MEMBERS
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        let chunks = self.chunks.iter().flatten().count();
        self.chunks.capacity() * size_of::<Option<Arc<Chunk>>>()
            + chunks * crate::snapshot::arc_bytes::<Chunk>()
    }
}

fn position(member: u32) -> (usize, usize) {
    (member as usize / CHUNK_MEMBERS, member as usize % CHUNK_MEMBERS)
}
