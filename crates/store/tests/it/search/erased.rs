//! When a removal returns, the name is nowhere in the process: looked for in all its memory, by the kernel's eyes.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::FileExt;

use bonafide_store::search::{Entry, MemberIndex};
use bonafide_testkit::people::People;
use zeroize::Zeroizing;

/// A text, kept inverted: the search must not find its own notes, and the program must not hold it as a constant.
struct Inverted(Vec<u8>);

impl Inverted {
    /// Of code points in the order of the text, each one too many.
    fn of(shifted: &str) -> Self {
        let mut buffer = Zeroizing::new([0; 4]);
        let shift = |c: char| char::from_u32(c as u32 - 1).unwrap();
        let mut bytes = Vec::new();
        for c in shifted.chars() {
            bytes.extend(shift(c).encode_utf8(&mut *buffer).bytes().map(|byte| !byte));
        }
        Self(bytes)
    }

    fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.0.len()));
        let bytes = Zeroizing::new(self.0.iter().map(|byte| !byte).collect::<Vec<_>>());
        text.push_str(std::str::from_utf8(&bytes).unwrap());
        text
    }

    fn is_at(&self, bytes: &[u8]) -> bool {
        bytes.iter().zip(&self.0).all(|(byte, inverted)| *byte == !inverted)
    }
}

/// How often the text is in writable memory.
fn count(wanted: &Inverted) -> usize {
    let memory = File::open("/proc/self/mem").unwrap();
    let maps = BufReader::new(File::open("/proc/self/maps").unwrap());
    let mut bytes = vec![0_u8; 1 << 20];
    let mut found = 0;
    for line in maps.lines().map(Result::unwrap).filter(|line| line.contains(" rw")) {
        let (start, end) = line.split(' ').next().and_then(|range| range.split_once('-')).unwrap();
        let [mut start, end] = [start, end].map(|hex| u64::from_str_radix(hex, 16).unwrap());
        while start < end {
            let len = bytes.len().min((end - start) as usize);
            // Other tests give memory back meanwhile; what is gone cannot hold a text.
            if memory.read_exact_at(&mut bytes[..len], start).is_ok() {
                found += bytes[..len].windows(wanted.0.len()).filter(|bytes| wanted.is_at(bytes)).count();
                bytes.fill(0);
            }
            start += len as u64;
        }
    }
    found
}

#[test]
fn a_removed_name_is_nowhere_in_the_process() {
    // The first is typed in, the others are made of it: its Latin letters, and the text for its rival spellings.
    let texts = ["жугнщоъгт", "fuwntiotidiwt", "fuwnToTwt"].map(Inverted::of);
    let people = People::new(21);
    let index = MemberIndex::new();
    for member in 0..500 {
        let person = people.person(member.into());
        index.upsert(member, &Entry { names: &[&person.full_name], numbers: &[], rank: 0 }).unwrap();
    }
    assert_eq!(texts.each_ref().map(count), [0; 3]);
    {
        let typed = texts[0].to_text();
        index.upsert(600, &Entry { names: &[&typed], numbers: &[], rank: 0 }).unwrap();
    }
    assert!(texts.iter().all(|text| count(text) > 0), "the search must be able to find it");
    assert!(index.remove(600));
    assert_eq!(texts.each_ref().map(count), [0; 3]);
}
