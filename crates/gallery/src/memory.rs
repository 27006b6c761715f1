//! One piece of memory that is wiped before it is given back, on huge pages where the system has them.

use std::alloc::Layout;
use std::fmt;
use std::ptr::NonNull;
use std::sync::Arc;

use zeroize::Zeroize;

/// Is shown every piece of template memory after it was wiped and before it is given back: for tests and audits.
pub type WipeObserver = Arc<dyn Fn(&[u8]) + Send + Sync>;

/// The size of a huge page on x86-64 and, with 4 KiB base pages, on aarch64.
pub(crate) const HUGE_PAGE_BYTES: usize = 2 * 1024 * 1024;

/// The smallest unit of mapped memory that is asked for.
pub(crate) const PAGE_BYTES: usize = 4_096;

/// Owned bytes, zero at first, wiped at the end.
pub(crate) struct Memory {
    start: NonNull<u8>,
    len: usize,
    huge_pages_asked: bool,
    observer: Option<WipeObserver>,
}

// SAFETY: `Memory` owns its bytes alone, like a `Box<[u8]>`; the observer is Send and Sync by its type.
unsafe impl Send for Memory {}
// SAFETY: shared references only read the bytes.
unsafe impl Sync for Memory {}

impl Memory {
    /// Zeroed memory of `len` bytes (whole pages), aligned to a huge page when it is at least as large.
    pub(crate) fn new(len: usize, observer: Option<WipeObserver>) -> Self {
        assert!(len > 0 && len.is_multiple_of(PAGE_BYTES), "memory comes in whole pages");
        let (start, huge_pages_asked) = system::allocate(len);
        Self { start, len, huge_pages_asked, observer }
    }

    /// Whether the system accepted the wish for huge pages; [`crate::HugePages`] tells whether it gave them.
    pub(crate) fn huge_pages_asked(&self) -> bool {
        self.huge_pages_asked
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: `start` is valid for `len` initialised bytes as long as `self` lives.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`, and `self` is borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }

    /// `count` words from `offset_bytes` on.
    pub(crate) fn words<T: Word>(&self, offset_bytes: usize, count: usize) -> &[T] {
        // SAFETY: `typed` checked range and alignment; any bytes are a valid `Word`.
        unsafe { std::slice::from_raw_parts(self.typed(offset_bytes, count), count) }
    }

    /// `count` words from `offset_bytes` on, to be changed.
    pub(crate) fn words_mut<T: Word>(&mut self, offset_bytes: usize, count: usize) -> &mut [T] {
        // SAFETY: `typed` checked range and alignment; any bytes are a valid `Word`; `self` is borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.typed(offset_bytes, count), count) }
    }

    fn typed<T: Word>(&self, offset_bytes: usize, count: usize) -> *mut T {
        assert!(
            offset_bytes.is_multiple_of(align_of::<T>()) && offset_bytes + count * size_of::<T>() <= self.len
        );
        // SAFETY: the offset was just checked to be inside the memory.
        unsafe { self.start.as_ptr().add(offset_bytes).cast() }
    }
}

/// Plain numbers: every bit pattern is a value.
///
/// # Safety
///
/// Only for types without invalid bit patterns and without padding.
pub(crate) unsafe trait Word: Copy {}
// SAFETY: every 4 bytes are a u32.
unsafe impl Word for u32 {}
// SAFETY: every 8 bytes are a u64.
unsafe impl Word for u64 {}
// SAFETY: every 4 bytes are an f32.
unsafe impl Word for f32 {}

impl Clone for Memory {
    fn clone(&self) -> Self {
        let mut copy = Self::new(self.len, self.observer.clone());
        copy.bytes_mut().copy_from_slice(self.bytes());
        copy
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // By whole words: `zeroize` writes each element on its own, and single bytes would take eight times as long.
        let words = self.len / size_of::<u64>();
        self.words_mut::<u64>(0, words).zeroize();
        if let Some(observer) = &self.observer {
            observer(self.bytes());
        }
        // SAFETY: the pair came from `allocate`, and nothing can use it after this drop.
        unsafe { system::free(self.start, self.len) };
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("len", &self.len).finish_non_exhaustive()
    }
}

fn out_of_memory(len: usize) -> ! {
    let layout = Layout::from_size_align(len, PAGE_BYTES).unwrap_or(Layout::new::<u8>());
    std::alloc::handle_alloc_error(layout)
}

#[cfg(target_os = "linux")]
mod system {
    use std::ptr::{self, NonNull};

    use super::{HUGE_PAGE_BYTES, out_of_memory};

    /// Maps zeroed memory of its own, so that it goes back to the system at once when it is freed.
    pub(super) fn allocate(len: usize) -> (NonNull<u8>, bool) {
        // Only an aligned 2 MiB can be a huge page; the kernel aligns to 4 KiB, so ask for more and trim both ends.
        let spare = if len >= HUGE_PAGE_BYTES { HUGE_PAGE_BYTES } else { 0 };
        let mapped = len + spare;
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new private mapping at an address of the kernel's choice touches no existing memory.
        let raw = unsafe { libc::mmap(ptr::null_mut(), mapped, protection, kind, -1, 0) };
        if raw == libc::MAP_FAILED {
            out_of_memory(mapped);
        }
        let raw = raw.cast::<u8>();
        let head = if spare > 0 { raw.align_offset(HUGE_PAGE_BYTES) } else { 0 };
        // SAFETY: `head` is below `spare`, so `head + len` is inside the mapping.
        let (start, tail_start) = unsafe { (raw.add(head), raw.add(head + len)) };
        trim(raw, head);
        trim(tail_start, spare - head);
        let Some(start) = NonNull::new(start) else { out_of_memory(mapped) };
        (start, advise(start, len, spare > 0))
    }

    fn trim(start: *mut u8, len: usize) {
        if len > 0 {
            // SAFETY: the range is the unused end of the mapping that `allocate` has just made. If it fails, address
            // space is lost and nothing else.
            unsafe { libc::munmap(start.cast(), len) };
        }
    }

    /// Keeps the templates out of core dumps and asks for huge pages. Both are wishes: on refusal all works, slower.
    fn advise(start: NonNull<u8>, len: usize, huge: bool) -> bool {
        // SAFETY: the range is the mapping that `allocate` has just made; neither advice changes its contents.
        unsafe {
            libc::madvise(start.as_ptr().cast(), len, libc::MADV_DONTDUMP);
            huge && libc::madvise(start.as_ptr().cast(), len, libc::MADV_HUGEPAGE) == 0
        }
    }

    /// # Safety
    ///
    /// The pair must come from `allocate` and must not be used afterwards.
    pub(super) unsafe fn free(start: NonNull<u8>, len: usize) {
        // SAFETY: the range is one whole mapping, by the caller's promise. A failure would only keep wiped memory.
        unsafe { libc::munmap(start.as_ptr().cast(), len) };
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::alloc::{Layout, alloc_zeroed, dealloc};
    use std::ptr::NonNull;

    use super::{PAGE_BYTES, out_of_memory};

    fn layout(len: usize) -> Layout {
        match Layout::from_size_align(len, PAGE_BYTES) {
            Ok(layout) => layout,
            Err(_) => out_of_memory(len),
        }
    }

    pub(super) fn allocate(len: usize) -> (NonNull<u8>, bool) {
        // SAFETY: `Memory::new` checked that the length is not zero.
        let start = unsafe { alloc_zeroed(layout(len)) };
        let Some(start) = NonNull::new(start) else { out_of_memory(len) };
        (start, false)
    }

    /// # Safety
    ///
    /// The pair must come from `allocate` and must not be used afterwards.
    pub(super) unsafe fn free(start: NonNull<u8>, len: usize) {
        // SAFETY: allocated with the same layout, by the caller's promise.
        unsafe { dealloc(start.as_ptr(), layout(len)) };
    }
}
