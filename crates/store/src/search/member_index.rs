//! The index that the program holds: who waits for whom.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::limits::{MEMBERS_MAX, RESULTS_MAX};
use super::name_index::{NameIndex, Names};
use super::number_ends::NumberEnds;
use super::query::{Digits, NameQuery, NumberEnd};
use super::ranking::Found;

/// By what a member is found.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    /// Every name of the member, each whole: a Chinese surname and given name in one text.
    pub names: &'a [&'a str],
    /// Telephone numbers, of which the last digits can be searched for.
    pub numbers: &'a [&'a str],
    /// Among members that fit equally well, the one with the greatest rank comes first: the day of the last visit, say.
    pub rank: u32,
}

/// The member number is not below [`MEMBERS_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberOutOfRange(pub u32);

impl fmt::Display for MemberOutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "member number {} is not below {MEMBERS_MAX}", self.0)
    }
}

impl std::error::Error for MemberOutOfRange {}

/// Members by name and by the end of a number, to be searched and changed by any number of threads at once.
///
/// Everything is folded before the lock is taken and after it is given back; a change holds it for some microseconds, so
/// a search waits no longer than that and than the searches before it. When a removal returns, the member's texts are
/// wiped, unless another member has the same word.
pub struct MemberIndex {
    state: RwLock<State>,
}

/// An entry that is ready to be put in: made before the index is locked.
struct Folded {
    member: u32,
    names: Names,
    numbers: Vec<Digits>,
    rank: u32,
}

impl Folded {
    fn new(member: u32, entry: &Entry<'_>) -> Self {
        let numbers = entry.numbers.iter().map(|number| Digits::of(number)).collect();
        Self { member, names: Names::new(entry.names), numbers, rank: entry.rank }
    }
}

struct State {
    names: NameIndex,
    ends: NumberEnds,
    /// A bit for each member that is there: one without a letter in its name is there, too.
    present: Vec<bool>,
    members: usize,
}

impl Default for MemberIndex {
    fn default() -> Self {
        Self::new()
    }
}

impl MemberIndex {
    /// An empty index.
    pub fn new() -> Self {
        let state =
            State { names: NameIndex::new(), ends: NumberEnds::new(), present: Vec::new(), members: 0 };
        Self { state: RwLock::new(state) }
    }

    /// The member is found by exactly this from now on, whatever was before.
    ///
    /// What is beyond the limits (words of a member, digits of a number) is not found, but not refused either: a member
    /// with a strange name must not keep the index from being built.
    pub fn upsert(&self, member: u32, entry: &Entry<'_>) -> Result<(), MemberOutOfRange> {
        self.upsert_all(&[(member, *entry)])
    }

    /// Like [`upsert`](Self::upsert) for each, in this order, or for none of them. Faster than one by one, but searches
    /// wait until the whole batch is in: some thousand members at a time fill an index that is not searched yet.
    pub fn upsert_all(&self, members: &[(u32, Entry<'_>)]) -> Result<(), MemberOutOfRange> {
        if let Some((member, _)) = members.iter().find(|(member, _)| *member >= MEMBERS_MAX) {
            return Err(MemberOutOfRange(*member));
        }
        let folded: Vec<Folded> = members.iter().map(|(member, entry)| Folded::new(*member, entry)).collect();
        self.write().replace_all(&folded);
        Ok(())
    }

    /// The member is no longer found; answers whether it was there.
    pub fn remove(&self, member: u32) -> bool {
        self.write().remove(member)
    }

    /// The best members, at most `limit` and never more than [`RESULTS_MAX`].
    pub fn by_name(&self, query: &NameQuery, limit: usize) -> Vec<Found> {
        match limit.min(RESULTS_MAX) {
            0 => Vec::new(),
            limit => self.read().names.search(query, limit),
        }
    }

    /// Members with a number that ends so, the greatest rank first; at most `limit` and never more than [`RESULTS_MAX`].
    pub fn by_number_end(&self, end: &NumberEnd, limit: usize) -> Vec<u32> {
        self.read().by_number_end(end, limit.min(RESULTS_MAX))
    }

    /// How many members are in it.
    pub fn members(&self) -> usize {
        self.read().members
    }

    /// How many different words their names have.
    pub fn words(&self) -> usize {
        self.read().names.words()
    }

    /// All bytes on the heap, counted; the allocator's own come on top.
    pub fn heap_bytes(&self) -> usize {
        let state = self.read();
        state.names.heap_bytes() + state.ends.heap_bytes() + state.present.capacity()
    }

    /// A change does not stop half-way unless there is a fault in this module; to answer nothing from then on would close
    /// the reception, so a panic elsewhere does not spoil the lock.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl MemberIndex {
    /// Whether no byte of a text or a number is left anywhere.
    pub(super) fn is_wiped(&self) -> bool {
        let state = self.read();
        state.names.is_wiped() && state.ends.is_wiped()
    }

    /// Whether some buffer has this text in it.
    pub(super) fn holds(&self, text: &[u8]) -> bool {
        self.read().names.holds(text)
    }
}

/// Shows how many members, and none of them.
impl fmt::Debug for MemberIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemberIndex").field("members", &self.members()).finish_non_exhaustive()
    }
}

impl State {
    fn replace_all(&mut self, members: &[Folded]) {
        for at in members.iter().map(|folded| folded.member as usize) {
            if at >= self.present.len() {
                self.present.resize(at + 1, false);
            }
            self.members += usize::from(!self.present[at]);
            self.present[at] = true;
        }
        self.names.replace_all(members.iter().map(|folded| (folded.member, &folded.names, folded.rank)));
        self.ends.replace_all(members.iter().map(|folded| (folded.member, folded.numbers.as_slice())));
    }

    fn remove(&mut self, member: u32) -> bool {
        let Some(present) = self.present.get_mut(member as usize).filter(|present| **present) else {
            return false;
        };
        *present = false;
        self.members -= 1;
        self.names.remove(member);
        self.ends.remove(member);
        true
    }

    fn by_number_end(&self, end: &NumberEnd, limit: usize) -> Vec<u32> {
        use super::ranking::Stored;
        let mut kept = BTreeSet::new();
        for member in self.ends.with_end(end.digits()) {
            kept.insert((std::cmp::Reverse(self.names.rank(member)), member));
            if kept.len() > limit {
                kept.pop_last();
            }
        }
        kept.into_iter().map(|(_, member)| member).collect()
    }
}
