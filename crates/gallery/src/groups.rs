//! Which members belong to which group, and what a search may look at.

use std::sync::Arc;

use crate::limits::GROUPS_MAX;
use crate::snapshot::arc_bytes;

/// A group of members: a branch, a programme, whatever the caller means by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u16);

/// Which members a search may find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Everybody.
    All,
    /// The members of at least one of these groups. An unknown group has no members.
    AnyOf(Vec<GroupId>),
}

/// The members of one chunk are looked up by the lower 16 bits of their number.
const CHUNK_MEMBERS: usize = 1 << 16;
const CHUNK_WORDS: usize = CHUNK_MEMBERS / 64;

/// Up to this many members of a chunk are kept as a sorted list of 2 bytes each, more as 8 KiB of bits. So a
/// membership costs at most about two bytes, however many groups there are.
const SPARSE_MAX: usize = 4_096;

/// A dense chunk becomes sparse again below this; the distance to `SPARSE_MAX` avoids going to and fro.
const DENSE_MIN: usize = SPARSE_MAX / 2;

#[derive(Clone, Debug)]
enum Chunk {
    Sparse(Vec<u16>),
    Dense { words: Box<[u64]>, len: usize },
}

impl Chunk {
    fn len(&self) -> usize {
        match self {
            Self::Sparse(list) => list.len(),
            Self::Dense { len, .. } => *len,
        }
    }

    fn contains(&self, low: u16) -> bool {
        match self {
            Self::Sparse(list) => list.binary_search(&low).is_ok(),
            Self::Dense { words, .. } => words[usize::from(low) / 64] >> (low % 64) & 1 == 1,
        }
    }

    /// Adds an absent member.
    fn insert(&mut self, low: u16) {
        match self {
            Self::Sparse(list) if list.len() == SPARSE_MAX => {
                let mut words = vec![0; CHUNK_WORDS].into_boxed_slice();
                for member in list.iter().chain([&low]) {
                    words[usize::from(*member) / 64] |= 1 << (member % 64);
                }
                *self = Self::Dense { words, len: SPARSE_MAX + 1 };
            }
            Self::Sparse(list) => {
                if list.len() == list.capacity() {
                    // An eighth instead of the usual double: the lists are a visible part of the memory.
                    list.reserve_exact((list.len() / 8).max(4));
                }
                let index = list.partition_point(|member| *member < low);
                list.insert(index, low);
            }
            Self::Dense { words, len } => {
                words[usize::from(low) / 64] |= 1 << (low % 64);
                *len += 1;
            }
        }
    }

    /// Removes a present member.
    fn remove(&mut self, low: u16) {
        match self {
            Self::Sparse(list) => list.retain(|member| *member != low),
            Self::Dense { words, len } => {
                words[usize::from(low) / 64] &= !(1 << (low % 64));
                *len -= 1;
                if *len < DENSE_MIN {
                    let list =
                        (0..=u16::MAX).filter(|m| words[usize::from(*m) / 64] >> (m % 64) & 1 == 1).collect();
                    *self = Self::Sparse(list);
                }
            }
        }
    }

    /// Sets the bits of the chunk's members.
    fn add_to(&self, bits: &mut [u64]) {
        match self {
            Self::Sparse(list) => list.iter().for_each(|m| bits[usize::from(*m) / 64] |= 1 << (m % 64)),
            Self::Dense { words, .. } => bits.iter_mut().zip(words).for_each(|(bit, word)| *bit |= word),
        }
    }

    fn heap_bytes(&self) -> usize {
        match self {
            Self::Sparse(list) => list.capacity() * size_of::<u16>(),
            Self::Dense { words, .. } => size_of_val(&**words),
        }
    }
}

/// The members of one group. Chunks are shared with older sets until they change.
#[derive(Clone, Debug, Default)]
struct MemberSet {
    chunks: Vec<Option<Arc<Chunk>>>,
}

impl MemberSet {
    fn contains(&self, member: u32) -> bool {
        let (chunk, low) = position(member);
        self.chunks.get(chunk).and_then(Option::as_ref).is_some_and(|chunk| chunk.contains(low))
    }

    fn insert(&mut self, member: u32) {
        if self.contains(member) {
            return;
        }
        let (chunk, low) = position(member);
        if chunk >= self.chunks.len() {
            self.chunks.reserve_exact(chunk + 1 - self.chunks.len());
            self.chunks.resize(chunk + 1, None);
        }
        let chunk = self.chunks[chunk].get_or_insert_with(|| Arc::new(Chunk::Sparse(Vec::new())));
        Arc::make_mut(chunk).insert(low);
    }

    fn remove(&mut self, member: u32) {
        let (index, low) = position(member);
        if let Some(chunk) = &mut self.chunks[index] {
            let chunk = Arc::make_mut(chunk);
            chunk.remove(low);
            if chunk.len() == 0 {
                self.chunks[index] = None;
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.chunks.iter().all(Option::is_none)
    }

    fn heap_bytes(&self) -> usize {
        let chunks = self.chunks.iter().flatten();
        self.chunks.capacity() * size_of::<Option<Arc<Chunk>>>()
            + chunks.map(|chunk| arc_bytes::<Chunk>() + chunk.heap_bytes()).sum::<usize>()
    }
}

fn position(member: u32) -> (usize, u16) {
    (member as usize / CHUNK_MEMBERS, member as u16)
}

/// All groups, sorted by their ids. Sets are shared with older snapshots until they change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Groups {
    sets: Vec<(GroupId, Arc<MemberSet>)>,
}

impl Groups {
    /// Whether these further groups would be more than [`GROUPS_MAX`] together with the present ones.
    pub(crate) fn would_overflow(&self, more: impl Iterator<Item = GroupId>) -> bool {
        let mut ids: Vec<GroupId> = more.filter(|id| self.find(*id).is_err()).collect();
        ids.sort_unstable();
        ids.dedup();
        self.sets.len() + ids.len() > GROUPS_MAX
    }

    pub(crate) fn insert(&mut self, member: u32, group: GroupId) {
        let index = self.find(group).unwrap_or_else(|index| {
            self.sets.insert(index, (group, Arc::default()));
            index
        });
        Arc::make_mut(&mut self.sets[index].1).insert(member);
    }

    /// Takes the member out of all groups except `kept` (sorted).
    pub(crate) fn remove_except(&mut self, member: u32, kept: &[GroupId]) {
        self.sets.retain_mut(|(id, set)| {
            if set.contains(member) && kept.binary_search(id).is_err() {
                Arc::make_mut(set).remove(member);
            }
            !set.is_empty()
        });
    }

    /// The members that the filter allows among those below `member_end`.
    pub(crate) fn allowed(&self, filter: &Filter, member_end: usize) -> Allowed {
        let Filter::AnyOf(groups) = filter else { return Allowed::All };
        let mut bits = vec![0; member_end.div_ceil(64)];
        for group in groups {
            let Ok(index) = self.find(*group) else { continue };
            for (chunk, part) in self.sets[index].1.chunks.iter().zip(bits.chunks_mut(CHUNK_WORDS)) {
                if let Some(chunk) = chunk {
                    chunk.add_to(part);
                }
            }
        }
        let len = bits.iter().map(|word| word.count_ones()).sum();
        Allowed::Some { bits, len }
    }

    fn find(&self, group: GroupId) -> Result<usize, usize> {
        self.sets.binary_search_by_key(&group, |(id, _)| *id)
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        let sets = self.sets.iter().map(|(_, set)| arc_bytes::<MemberSet>() + set.heap_bytes());
        self.sets.capacity() * size_of::<(GroupId, Arc<MemberSet>)>() + sets.sum::<usize>()
    }
}

/// A filter worked out for one search.
#[derive(Debug)]
pub(crate) enum Allowed {
    All,
    Some {
        /// One bit for each member.
        bits: Vec<u64>,
        /// How many bits are set.
        len: u32,
    },
}

impl Allowed {
    pub(crate) fn contains(&self, member: u32) -> bool {
        match self {
            Self::All => true,
            Self::Some { bits, .. } => {
                bits.get(member as usize / 64).is_some_and(|word| word >> (member % 64) & 1 == 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_turns_dense_and_sparse_again_without_losing_a_member() {
        let mut groups = Groups::default();
        let (group, end) = (GroupId(3), 200_000);
        let check = |groups: &Groups, expected: &dyn Fn(u32) -> bool| {
            let allowed = groups.allowed(&Filter::AnyOf(vec![group]), end);
            let found: Vec<u32> = (0..end as u32).filter(|member| allowed.contains(*member)).collect();
            let expected: Vec<u32> = (0..end as u32).filter(|member| expected(*member)).collect();
            assert_eq!(found, expected);
            let Allowed::Some { len, .. } = allowed else { panic!("a filter by group") };
            assert_eq!(len as usize, expected.len());
        };
        (0..end as u32).filter(|member| member % 7 == 0).for_each(|member| groups.insert(member, group));
        check(&groups, &|member| member % 7 == 0);
        (0..end as u32).filter(|member| member % 3 != 0).for_each(|member| groups.remove_except(member, &[]));
        check(&groups, &|member| member % 21 == 0);
        (0..end as u32).filter(|member| member % 2 == 0).for_each(|member| groups.remove_except(member, &[]));
        check(&groups, &|member| member % 42 == 21);
        (0..end as u32).for_each(|member| groups.remove_except(member, &[]));
        assert!(groups.sets.is_empty(), "a group without members is forgotten");
    }
}
