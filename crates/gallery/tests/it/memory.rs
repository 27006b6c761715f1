//! How much memory is needed, and that removed bytes are gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bonafide_gallery::measure::{fill_random, random_vector};
use bonafide_gallery::{Change, Gallery, GalleryOptions, GroupId};

use crate::judge::SMALL_SEGMENT_BYTES;

const DIM: usize = 128;

/// The bound of the specification: heap bytes over component bytes.
const OVERHEAD_MAX: f64 = 1.15;

/// What the layout needs, worked out by hand: segments of one huge page with 14,976 slots of 128 + 12 bytes; 16 KiB of
/// directory for 4,096 members; 8 KiB of bits for 65,536 members of a group; and the counters and pointers of each.
fn expected_heap_bytes(members: usize) -> usize {
    let huge_page = 2 * 1024 * 1024;
    let slots = huge_page / (16 * (DIM + 12)) * 16;
    assert_eq!(slots, 14_976);
    let segments = members.div_ceil(slots) * huge_page;
    let directory = members.div_ceil(4_096) * (4_096 * 4 + 24);
    let group = members.div_ceil(65_536) * (8_192 + 64);
    segments + directory + group
}

#[test]
fn memory_is_at_most_15_percent_above_the_templates() {
    let members = 209_000;
    let gallery = Gallery::new(DIM).unwrap();
    fill_random(&gallery, members, 1, |_| vec![GroupId(1)]).unwrap();
    let members = members as usize;
    let (heap_bytes, expected) = (gallery.heap_bytes(), expected_heap_bytes(members));
    // What is left out of the calculation by hand are the lists of pointers.
    assert!((expected..expected + 8_192).contains(&heap_bytes), "{heap_bytes} of {expected}");
    assert!(heap_bytes as f64 <= OVERHEAD_MAX * (members * DIM) as f64, "{heap_bytes}");
    let million = 1_000_000;
    let at_a_million = expected_heap_bytes(million) as f64 / (million * DIM) as f64;
    assert!(at_a_million <= OVERHEAD_MAX, "{at_a_million}");
    let pages = gallery.huge_pages();
    println!("{pages:?}");
    assert_eq!((pages.segments, pages.bytes), (14, 14 * 2 * 1024 * 1024));
    assert!(pages.asked_segments <= pages.segments && pages.obtained_bytes.unwrap_or(0) <= pages.bytes);
}

/// A gallery and the number of bytes that it has wiped.
fn observed(segment_bytes: usize) -> (Gallery, Arc<AtomicUsize>) {
    let wiped_bytes = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&wiped_bytes);
    let options = GalleryOptions {
        segment_bytes: Some(segment_bytes),
        wipe_observer: Some(Arc::new(move |bytes: &[u8]| {
            assert!(bytes.iter().all(|byte| *byte == 0), "memory is given back with something in it");
            counter.fetch_add(bytes.len(), Ordering::SeqCst);
        })),
        ..GalleryOptions::default()
    };
    (Gallery::with_options(DIM, options).unwrap(), wiped_bytes)
}

#[test]
fn removal_wipes_before_it_returns() {
    let (gallery, wiped_bytes) = observed(SMALL_SEGMENT_BYTES);
    fill_random(&gallery, 50, 1, |_| Vec::new()).unwrap();
    let before = wiped_bytes.load(Ordering::SeqCst);
    assert!(gallery.remove(20));
    assert_eq!(
        wiped_bytes.load(Ordering::SeqCst),
        before + SMALL_SEGMENT_BYTES,
        "the segment with the bytes"
    );
    gallery.upsert(21, &[&random_vector(2, 0, DIM)], &[]).unwrap();
    assert_eq!(wiped_bytes.load(Ordering::SeqCst), before + 2 * SMALL_SEGMENT_BYTES, "replacing wipes, too");
    let all: Vec<_> = (0..50).map(Change::remove).collect();
    gallery.apply(&all).unwrap();
    // Four segments of 16 slots; all are copied at the first removal in them, and the copies end empty.
    assert!(wiped_bytes.load(Ordering::SeqCst) >= before + 6 * SMALL_SEGMENT_BYTES);
}

#[test]
fn the_end_of_the_gallery_wipes_everything() {
    let (gallery, wiped_bytes) = observed(SMALL_SEGMENT_BYTES);
    fill_random(&gallery, 50, 1, |_| Vec::new()).unwrap();
    let before = wiped_bytes.load(Ordering::SeqCst);
    drop(gallery);
    assert_eq!(wiped_bytes.load(Ordering::SeqCst), before + 4 * SMALL_SEGMENT_BYTES);
}

/// Looks for a template in all memory of this process, by the kernel's eyes.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod whole_process {
    use std::fs::File;
    use std::io::{BufRead, BufReader};
    use std::os::unix::fs::FileExt;

    use super::{DIM, Gallery, random_vector};

    /// Where a word is repeated this often, a line of the gallery holds 16 times the same template.
    const REPEATS: usize = 16;

    /// The first components of a template, four bytes each, kept inverted: the search must not find its own notes.
    struct Wanted(Vec<u32>);

    impl Wanted {
        fn of(vector: &[f32]) -> Self {
            let max = vector.iter().fold(0.0_f32, |max, x| max.max(x.abs()));
            let codes: Vec<u8> =
                vector.iter().map(|x| !(((x / max * 127.0).round() as i32 + 128) as u8)).collect();
            Self(codes.chunks_exact(4).map(|quad| u32::from_ne_bytes(quad.try_into().unwrap())).collect())
        }

        /// As the gallery stores it, or one component after the other.
        fn is_at(&self, words: &[u32]) -> bool {
            let interleaved = words[..REPEATS].iter().all(|word| *word == !self.0[0]);
            let plain = words[..REPEATS].iter().zip(&self.0).all(|(word, wanted)| *word == !*wanted);
            interleaved || plain
        }
    }

    /// How often the template is in writable memory.
    fn count(wanted: &Wanted) -> usize {
        let memory = File::open("/proc/self/mem").unwrap();
        let maps = BufReader::new(File::open("/proc/self/maps").unwrap());
        let mut bytes = vec![0_u8; 1 << 20];
        let mut words = vec![0_u32; bytes.len() / 4];
        let mut found = 0;
        for line in maps.lines().map(Result::unwrap).filter(|line| line.contains(" rw")) {
            let (start, end) = line.split(' ').next().and_then(|range| range.split_once('-')).unwrap();
            let (mut start, end) = (address(start), address(end));
            while start < end {
                let len = bytes.len().min((end - start) as usize);
                // Other tests give memory back meanwhile; what is gone cannot hold a template.
                if memory.read_exact_at(&mut bytes[..len], start).is_ok() {
                    for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
                        *word = u32::from_ne_bytes(bytes.try_into().unwrap());
                    }
                    let windows = words[..len / 4].windows(REPEATS);
                    found += windows.filter(|words| words[0] == !wanted.0[0] && wanted.is_at(words)).count();
                    bytes.fill(0);
                    words.fill(0);
                }
                start += len as u64;
            }
        }
        found
    }

    fn address(hex: &str) -> u64 {
        u64::from_str_radix(hex, 16).unwrap()
    }

    #[test]
    fn a_removed_template_is_nowhere_in_the_process() {
        let gallery = Gallery::new(DIM).unwrap();
        let vector = random_vector(0x5eed, 1, DIM);
        let wanted = Wanted::of(&vector);
        assert_eq!(count(&wanted), 0);
        gallery.upsert(1, &[&vector[..]; REPEATS], &[]).unwrap();
        // Somebody who stays in the same segment.
        gallery.upsert(0, &[&random_vector(0x5eed, 0, DIM)], &[]).unwrap();
        assert!(count(&wanted) > 0, "the search must be able to find it");
        assert!(gallery.remove(1));
        assert_eq!(count(&wanted), 0);
    }
}
