//! G-02: the power goes, and with it any of the writes that were not synced.
//!
//! A child's writes, cuts and syncs are noted in their order, with its answers between them. From the notes a disk is made
//! as it may be after a loss of power at any moment: what was synced is there, and of the rest each sector as chance has it.

use std::collections::BTreeMap;
use std::path::Path;

use bonafide_store::store::{Places, Store};

use crate::crash::child::{Orders, Said};
use crate::crash::disk::BadDisk;
use crate::crash::request::{keys_open, whole};
use crate::engines::{NOW_US, secret};
use bonafide_testkit::dice::Dice;

/// Moments at which the power goes.
const LOSSES: usize = 120;

/// What a disk writes as a whole.
const SECTOR: usize = 512;

/// What the child did, in its order.
#[derive(Debug, Clone)]
enum Note {
    Wrote { file: String, place: usize, bytes: Vec<u8> },
    Cut { file: String, len: usize },
    Removed { file: String },
    Synced { file: String },
    Said(String),
}

fn read_notes(bytes: &[u8]) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let head = std::str::from_utf8(&rest[..end]).unwrap().to_owned();
        let words: Vec<&str> = head.split(' ').collect();
        let [kind, file, place, len] = *words.as_slice() else { panic!("{head}") };
        let (file, place, len): (String, usize, usize) =
            (file.to_owned(), place.parse().unwrap(), len.parse().unwrap());
        let bytes = rest[end + 1..][..len].to_vec();
        rest = &rest[end + 1 + len..];
        notes.push(match kind {
            "W" => Note::Wrote { file, place, bytes },
            "T" => Note::Cut { file, len: place },
            "U" => Note::Removed { file },
            "S" => Note::Synced { file },
            "A" => Note::Said(String::from_utf8(bytes).unwrap()),
            other => panic!("{other}"),
        });
    }
    notes
}

fn write(contents: &mut Vec<u8>, place: usize, bytes: &[u8]) {
    let end = place + bytes.len();
    contents.resize(contents.len().max(end), 0);
    contents[place..end].copy_from_slice(bytes);
}

/// A file: what is safe, and what is only asked for.
#[derive(Default)]
struct File {
    safe: Vec<u8>,
    asked: Vec<Note>,
}

impl File {
    /// Does what was asked for; with dice, only what they say, sector by sector.
    fn contents(&self, mut dice: Option<&mut Dice>) -> Vec<u8> {
        let mut contents = self.safe.clone();
        // Now and then all is lost, or all arrives.
        let odds = dice.as_mut().map_or(4, |dice| dice.roll(5));
        let mut arrives = || dice.as_mut().is_none_or(|dice| dice.roll(4) < odds);
        for note in &self.asked {
            match note {
                Note::Wrote { place, bytes, .. } => {
                    let mut at = 0;
                    while at < bytes.len() {
                        let end = (at + SECTOR - (place + at) % SECTOR).min(bytes.len());
                        if arrives() {
                            write(&mut contents, place + at, &bytes[at..end]);
                        }
                        at = end;
                    }
                }
                Note::Cut { len, .. } if arrives() => contents.resize(*len, 0),
                _ => {}
            }
        }
        contents
    }
}

/// Makes the disk after a loss of power behind these notes, and tells what was said before it.
fn lose_power(notes: &[Note], folder: &Path, dice: &mut Dice) -> Said {
    let mut files: BTreeMap<&str, File> = BTreeMap::new();
    let mut said = Said::default();
    for note in notes {
        match note {
            Note::Wrote { file, .. } | Note::Cut { file, .. } => {
                files.entry(file).or_default().asked.push(note.clone());
            }
            Note::Synced { file } => {
                let file = files.entry(file).or_default();
                file.safe = file.contents(None);
                file.asked.clear();
            }
            // The engine syncs the folder when it matters.
            Note::Removed { file } => drop(files.remove(file.as_str())),
            Note::Said(line) => said.hear(line.trim_end()),
        }
    }
    for (name, file) in files {
        std::fs::write(folder.join(name), file.contents(Some(dice))).unwrap();
    }
    said
}

#[test]
fn g02_a_loss_of_power_takes_only_what_was_not_answered() {
    let Some(disk) = BadDisk::build() else { return };
    let (folder, aside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let log = aside.path().join("notes");
    // Enough for the log to be written back several times.
    let places = Places::in_folder(folder.path());
    let orders = Orders { places: &places, run: 0, limit: 150, faults: 0 };
    let said = disk.child(&orders, ("BAD_DISK_LOG", log.clone().into())).end();
    assert_eq!((said.other.as_str(), said.faults.len()), ("", 0));
    let notes = read_notes(&std::fs::read(log).unwrap());
    let written_back = |note: &&Note| matches!(note, Note::Synced { file } if file == "book.db");
    assert!(notes.iter().filter(written_back).count() > 3, "the log was never written back");

    let mut dice = Dice::new(2);
    let mut answers = 0;
    for _ in 0..LOSSES {
        let end = dice.roll(notes.len() as u64 + 1) as usize;
        let what = format!("power lost after step {end} of {}", notes.len());
        let after = tempfile::tempdir().unwrap();
        let said = lose_power(&notes[..end], after.path(), &mut dice);
        let store = Store::open(&Places::in_folder(after.path()), &secret(), NOW_US)
            .unwrap_or_else(|fault| panic!("{what}: {fault}"));
        let rows = whole(&store, &what);
        let lost: Vec<_> = said.acknowledged.iter().filter(|number| !rows.contains_key(number)).collect();
        assert!(lost.is_empty(), "{what}: answered and lost: {lost:?}");
        keys_open(&store, rows.into_iter(), &what);
        for id in &said.destroyed {
            assert!(store.vault().key(*id).unwrap().is_none(), "{what}: {id} is back");
        }
        answers += said.acknowledged.len();
    }
    eprintln!("{LOSSES} losses of power among {} steps: {answers} answers, none lost", notes.len());
}
