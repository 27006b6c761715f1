//! One state of the gallery: never changed once it is published.

use std::sync::Arc;

use crate::change::{Change, ChangeKind, Enrolment};
use crate::directory::Directory;
use crate::groups::Groups;
use crate::memory::WipeObserver;
use crate::segment::{NO_SLOT, Segment, SegmentLayout, Stored};

/// Heap bytes of an `Arc`: two counters and the value.
pub(crate) fn arc_bytes<T>() -> usize {
    2 * size_of::<usize>() + size_of::<T>()
}

/// What one change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Added,
    Replaced,
    Removed,
    Nothing,
}

/// One state of the gallery. A copy shares segments, directory and groups until it changes them.
#[derive(Clone)]
pub(crate) struct Snapshot {
    layout: SegmentLayout,
    observer: Option<WipeObserver>,
    /// A segment without templates is given back and leaves a gap, so that the slots after it keep their numbers.
    segments: Vec<Option<Arc<Segment>>>,
    /// All segments below this are full.
    open_segment: usize,
    directory: Directory,
    groups: Groups,
    members: u32,
    templates: usize,
}

impl Snapshot {
    pub(crate) fn new(layout: SegmentLayout, observer: Option<WipeObserver>) -> Self {
        Self {
            layout,
            observer,
            segments: Vec::new(),
            open_segment: 0,
            directory: Directory::default(),
            groups: Groups::default(),
            members: 0,
            templates: 0,
        }
    }

    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    pub(crate) fn members(&self) -> u32 {
        self.members
    }

    pub(crate) fn templates(&self) -> usize {
        self.templates
    }

    /// Segments with at least one template.
    pub(crate) fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter().filter_map(Option::as_deref)
    }

    pub(crate) fn segment(&self, index: usize) -> Option<&Segment> {
        self.segments.get(index).and_then(Option::as_deref)
    }

    /// Segments and gaps.
    pub(crate) fn segment_end(&self) -> usize {
        self.segments.len()
    }

    /// The segment of a slot and its place there.
    pub(crate) fn position(&self, slot: u32) -> (usize, usize) {
        (slot as usize / self.layout.slots(), slot as usize % self.layout.slots())
    }

    /// The slots of a member; none if it is absent.
    pub(crate) fn slots(&self, member: u32) -> impl Iterator<Item = u32> {
        let some = |slot: u32| (slot != NO_SLOT).then_some(slot);
        std::iter::successors(some(self.directory.first_slot(member)), move |slot| {
            let (segment, index) = self.position(*slot);
            some(self.segment(segment)?.next(index))
        })
    }

    /// All bytes on the heap that this state needs.
    pub(crate) fn heap_bytes(&self) -> usize {
        let segments = self.segments().count() * (arc_bytes::<Segment>() + self.layout.bytes());
        arc_bytes::<Self>()
            + self.segments.capacity() * size_of::<Option<Arc<Segment>>>()
            + segments
            + self.directory.heap_bytes()
            + self.groups.heap_bytes()
    }

    /// Makes a change that was checked before: it cannot fail half-way.
    pub(crate) fn apply(&mut self, change: &Change) -> Effect {
        match &change.kind {
            ChangeKind::Upsert(enrolment) => self.upsert(change.member, enrolment),
            ChangeKind::Remove => self.remove(change.member),
        }
    }

    fn upsert(&mut self, member: u32, enrolment: &Enrolment) -> Effect {
        // The member's old slots are used again first: they lie in segments that are copied anyway.
        let mut slots: Vec<u32> = self.slots(member).collect();
        let effect = if slots.is_empty() { Effect::Added } else { Effect::Replaced };
        let templates = enrolment.templates();
        self.templates = self.templates + templates.len() - slots.len();
        for surplus in slots.drain(templates.len().min(slots.len())..) {
            self.clear(surplus);
        }
        slots.resize_with(templates.len(), || self.reserve());
        let nexts = slots[1..].iter().copied().chain([NO_SLOT]);
        for ((slot, next), (codes, inverse_norm)) in slots.iter().zip(nexts).zip(templates) {
            let (segment, index) = self.position(*slot);
            self.segment_mut(segment).write(index, &Stored { codes, inverse_norm, member, next });
        }
        if self.directory.first_slot(member) != slots[0] {
            self.directory.set_first_slot(member, slots[0]);
        }
        if effect == Effect::Added {
            self.members += 1;
        } else {
            self.groups.remove_except(member, &enrolment.groups);
        }
        for group in &enrolment.groups {
            self.groups.insert(member, *group);
        }
        effect
    }

    fn remove(&mut self, member: u32) -> Effect {
        let slots: Vec<u32> = self.slots(member).collect();
        if slots.is_empty() {
            return Effect::Nothing;
        }
        for slot in &slots {
            self.clear(*slot);
        }
        self.templates -= slots.len();
        self.members -= 1;
        self.directory.set_first_slot(member, NO_SLOT);
        self.groups.remove_except(member, &[]);
        Effect::Removed
    }

    /// The lowest free slot, so that the gallery stays dense.
    fn reserve(&mut self) -> u32 {
        while self.segment(self.open_segment).is_some_and(Segment::is_full) {
            self.open_segment += 1;
        }
        if self.open_segment == self.segments.len() {
            self.segments.push(None);
        }
        let index = self.segment_mut(self.open_segment).reserve();
        u32::try_from(self.open_segment * self.layout.slots() + index)
            .expect("the limits keep slots below 2^32")
    }

    fn clear(&mut self, slot: u32) {
        let (index, slot) = self.position(slot);
        let segment = self.segment_mut(index);
        segment.clear(slot);
        if segment.occupied() == 0 {
            self.segments[index] = None;
        }
        while matches!(self.segments.last(), Some(None)) {
            self.segments.pop();
        }
        self.open_segment = self.open_segment.min(index).min(self.segments.len());
    }

    /// The segment for changing: a copy, if an older state or a search still has it.
    fn segment_mut(&mut self, index: usize) -> &mut Segment {
        let (layout, observer) = (self.layout, &self.observer);
        let segment =
            self.segments[index].get_or_insert_with(|| Arc::new(Segment::new(layout, observer.clone())));
        Arc::make_mut(segment)
    }
}
