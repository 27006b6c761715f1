//! The gallery: what is published, who waits for whom.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::change::{Change, ChangeError, ChangeKind};
use crate::groups::{Filter, GroupId};
use crate::kernel::{InstructionSet, Selected};
use crate::limits::{DIM_MAX, GROUPS_MAX};
use crate::memory::{HUGE_PAGE_BYTES, WipeObserver};
use crate::query::Query;
use crate::search::{self, Search, SearchError, SearchOptions};
use crate::segment::SegmentLayout;
use crate::smaps::{self, HugePages};
use crate::snapshot::{Effect, Snapshot};

/// What a gallery may be told beyond the length of its templates.
#[derive(Clone, Default)]
pub struct GalleryOptions {
    /// `None` takes the best that the CPU has.
    pub instruction_set: Option<InstructionSet>,
    /// Size of the pieces in which templates are stored and copied. `None` takes one huge page, 2 MiB, which is also
    /// the most. Smaller pieces make changes cheaper and searches slower.
    pub segment_bytes: Option<usize>,
    /// Is shown all template memory after it was wiped and before it is given back.
    pub wipe_observer: Option<WipeObserver>,
}

impl fmt::Debug for GalleryOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GalleryOptions")
            .field("instruction_set", &self.instruction_set)
            .field("segment_bytes", &self.segment_bytes)
            .finish_non_exhaustive()
    }
}

/// Why a gallery cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GalleryError {
    /// The length of the templates is zero or more than [`DIM_MAX`].
    Dim(usize),
    /// This CPU does not have the instruction set that was asked for.
    InstructionSet(InstructionSet),
}

impl fmt::Display for GalleryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dim(dim) => write!(f, "templates have 1 to {DIM_MAX} components, not {dim}"),
            Self::InstructionSet(set) => write!(f, "this CPU does not have {set}"),
        }
    }
}

impl std::error::Error for GalleryError {}

/// Why a batch of changes is refused; nothing of it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyError {
    /// A template has another length than the gallery's.
    WrongLength {
        /// Whose template.
        member: u32,
        /// The gallery's length.
        expected: usize,
        /// The template's length.
        actual: usize,
    },
    /// The gallery would have more than [`GROUPS_MAX`] groups.
    TooManyGroups,
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongLength { member, expected, actual } => {
                write!(f, "a template of member {member} has {actual} components instead of {expected}")
            }
            Self::TooManyGroups => write!(f, "the gallery would have more than {GROUPS_MAX} groups"),
        }
    }
}

impl std::error::Error for ApplyError {}

/// Why a single member is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpsertError {
    /// The member or its templates are not usable in any gallery.
    Change(ChangeError),
    /// They are not usable in this one.
    Apply(ApplyError),
}

impl fmt::Display for UpsertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Change(error) => error.fmt(f),
            Self::Apply(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for UpsertError {}

/// What a batch of changes did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Members that were not there before.
    pub added: usize,
    /// Members that have other templates or groups now.
    pub replaced: usize,
    /// Members that are no longer there.
    pub removed: usize,
}

/// Templates of members, to be searched and changed by any number of threads at once.
///
/// A search takes a reference to the published state and needs no lock from then on; it sees that state until it is
/// done. A change copies the segments that it touches, publishes the new state by exchanging one reference, waits for
/// the searches that still read the old one, and wipes what was replaced. So a change is visible as a whole or not at
/// all, a search never waits for a change, and when a change returns, replaced templates are gone from memory.
pub struct Gallery {
    selected: Selected,
    layout: SegmentLayout,
    /// Locked only to copy or to exchange the reference.
    published: Mutex<Arc<Snapshot>>,
    /// Orders the changes.
    writer: Mutex<()>,
    /// Between a search letting go of a state and a change waiting for that.
    releasing: Mutex<()>,
    released: Condvar,
}

/// A published state in use.
pub(crate) struct Held<'a> {
    gallery: &'a Gallery,
    /// `None` only while being dropped.
    snapshot: Option<Arc<Snapshot>>,
}

impl Deref for Held<'_> {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        self.snapshot.as_ref().expect("taken only by drop")
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.snapshot = None;
        // After this lock a waiting change has either seen the lower count or is ready to be woken.
        drop(lock(&self.gallery.releasing));
        self.gallery.released.notify_all();
    }
}

/// None of the locks guards anything that a panic could leave half-done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gallery {
    /// An empty gallery for templates of `dim` components.
    pub fn new(dim: usize) -> Result<Self, GalleryError> {
        Self::with_options(dim, GalleryOptions::default())
    }

    /// An empty gallery with options.
    pub fn with_options(dim: usize, options: GalleryOptions) -> Result<Self, GalleryError> {
        if dim == 0 || dim > DIM_MAX {
            return Err(GalleryError::Dim(dim));
        }
        let selected = match options.instruction_set {
            Some(set) => Selected::new(set).ok_or(GalleryError::InstructionSet(set))?,
            None => Selected::best(),
        };
        let layout =
            SegmentLayout::new(dim, options.segment_bytes.unwrap_or(HUGE_PAGE_BYTES).min(HUGE_PAGE_BYTES));
        Ok(Self {
            selected,
            layout,
            published: Mutex::new(Arc::new(Snapshot::new(layout, options.wipe_observer))),
            writer: Mutex::default(),
            releasing: Mutex::default(),
            released: Condvar::new(),
        })
    }

    /// Makes one member have exactly these templates and groups; see [`Change::upsert`].
    pub fn upsert(
        &self,
        member: u32,
        templates: &[&[f32]],
        groups: &[GroupId],
    ) -> Result<Applied, UpsertError> {
        let change = Change::upsert(member, templates, groups).map_err(UpsertError::Change)?;
        self.apply(&[change]).map_err(UpsertError::Apply)
    }

    /// Removes a member; answers whether it was there. Its templates are gone from memory when this returns.
    pub fn remove(&self, member: u32) -> bool {
        self.publish(&[Change::remove(member)]).removed > 0
    }

    /// Makes all the changes in their order, or none. Searches see either the state before or the one after.
    ///
    /// Until it returns, up to twice the memory of the touched segments is needed: split very large batches.
    pub fn apply(&self, changes: &[Change]) -> Result<Applied, ApplyError> {
        let upserts = || {
            changes.iter().filter_map(|change| match &change.kind {
                ChangeKind::Upsert(enrolment) => Some((change.member, enrolment)),
                ChangeKind::Remove => None,
            })
        };
        let expected = self.dim();
        if let Some((member, enrolment)) = upserts().find(|(_, enrolment)| enrolment.dim != expected) {
            return Err(ApplyError::WrongLength { member, expected, actual: enrolment.dim });
        }
        let writer = lock(&self.writer);
        let groups = upserts().flat_map(|(_, enrolment)| enrolment.groups.iter().copied());
        if self.hold().groups().would_overflow(groups) {
            return Err(ApplyError::TooManyGroups);
        }
        Ok(self.publish_locked(&writer, changes))
    }

    /// The two nearest members.
    pub fn search(
        &self,
        query: &Query,
        filter: &Filter,
        options: SearchOptions,
    ) -> Result<Search, SearchError> {
        let mut found = self.search_batch(std::slice::from_ref(query), filter, options)?;
        Ok(found.pop().expect("one answer for one query"))
    }

    /// The two nearest members of each query, all in the same state of the gallery and in one pass for each eight.
    pub fn search_batch(
        &self,
        queries: &[Query],
        filter: &Filter,
        options: SearchOptions,
    ) -> Result<Vec<Search>, SearchError> {
        queries.iter().try_for_each(|query| self.check(query))?;
        Ok(search::search(&self.hold(), self.selected, queries, filter, options))
    }

    /// How near one given member is: the score that a search would give it. `None` if it is not in the gallery.
    pub fn score(&self, member: u32, query: &Query) -> Result<Option<f32>, SearchError> {
        self.check(query)?;
        Ok(search::score_member(&self.hold(), member, query))
    }

    fn check(&self, query: &Query) -> Result<(), SearchError> {
        let (expected, actual) = (self.dim(), query.dim());
        if actual == expected { Ok(()) } else { Err(SearchError::WrongLength { expected, actual }) }
    }

    /// Number of components of a template.
    pub fn dim(&self) -> usize {
        self.layout.dim()
    }

    /// Number of members.
    pub fn members(&self) -> u32 {
        self.hold().members()
    }

    /// Number of templates.
    pub fn templates(&self) -> usize {
        self.hold().templates()
    }

    /// Whether the member is there.
    pub fn contains(&self, member: u32) -> bool {
        self.hold().slots(member).next().is_some()
    }

    /// All bytes on the heap that the gallery needs at rest. A change needs more until it returns, and a search by
    /// groups needs one bit for each member.
    pub fn heap_bytes(&self) -> usize {
        self.hold().heap_bytes()
    }

    /// The instruction set in use.
    pub fn instruction_set(&self) -> InstructionSet {
        self.selected.instruction_set()
    }

    /// Whether the templates lie on huge pages. Reads a list from the system: for reports, not for every search.
    pub fn huge_pages(&self) -> HugePages {
        let held = self.hold();
        let ranges: Vec<_> = held.segments().map(|segment| segment.memory().bytes().as_ptr_range()).collect();
        let ranges: Vec<_> = ranges.iter().map(|range| range.start.addr()..range.end.addr()).collect();
        HugePages {
            segments: ranges.len(),
            asked_segments: held.segments().filter(|segment| segment.memory().huge_pages_asked()).count(),
            bytes: ranges.iter().map(ExactSizeIterator::len).sum(),
            obtained_bytes: smaps::obtained_bytes(&ranges),
        }
    }

    pub(crate) fn selected(&self) -> Selected {
        self.selected
    }

    /// The state that is published now.
    pub(crate) fn hold(&self) -> Held<'_> {
        let snapshot = Arc::clone(&lock(&self.published));
        Held { gallery: self, snapshot: Some(snapshot) }
    }

    fn publish(&self, changes: &[Change]) -> Applied {
        let writer = lock(&self.writer);
        self.publish_locked(&writer, changes)
    }

    /// `_writer` is the proof that no other change is under way.
    fn publish_locked(&self, _writer: &MutexGuard<'_, ()>, changes: &[Change]) -> Applied {
        let mut next = Snapshot::clone(&self.hold());
        let mut applied = Applied::default();
        for change in changes {
            match next.apply(change) {
                Effect::Added => applied.added += 1,
                Effect::Replaced => applied.replaced += 1,
                Effect::Removed => applied.removed += 1,
                Effect::Nothing => {}
            }
        }
        let next = Arc::new(next);
        let old = std::mem::replace(&mut *lock(&self.published), next);
        self.wait_until_unused(&old);
        // The last reference: replaced segments are wiped here, and not at the end of somebody's search.
        drop(old);
        applied
    }

    /// Waits for the searches that began before the exchange. No new ones can come: the reference is out of reach.
    fn wait_until_unused(&self, old: &Arc<Snapshot>) {
        let mut releasing = lock(&self.releasing);
        while Arc::strong_count(old) > 1 {
            releasing = self.released.wait(releasing).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl fmt::Debug for Gallery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gallery")
            .field("dim", &self.dim())
            .field("members", &self.members())
            .field("instruction_set", &self.instruction_set())
            .finish_non_exhaustive()
    }
}
