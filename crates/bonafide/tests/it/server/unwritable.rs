//! G-03 at the doors: the book cannot be written any more, and one door keeps admitting by the emergency journal.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use bonafide::server::chores;
use bonafide_domain::admission::Mark;
use bonafide_store::devices::Role as Bound;
use bonafide_store::id::Id;
use bonafide_store::organisation::access_point::{self, WhenUnwritable};
use bonafide_store::organisation::zone::{self, Zone};
use bonafide_store::passages::feed::feed;
use bonafide_store::passages::mark_word;
use serde_json::json;

use super::api::{DECISIONS, Reply, Simulator, ask, operation, register};
use super::club::{Club, SECRET, acting};
use super::desk::{House, give_card, house, member, sell_a_month};

/// Members: enough for the book to fail among them, and fewer than the feed tells at once.
const MEMBERS: u32 = 150;

fn card(number: u32) -> String {
    format!("04A2{number:04X}")
}

/// A club whose one door keeps admitting or does not, with a key for its adapter.
fn club(when_unwritable: WhenUnwritable) -> (Club, House, String) {
    let club = Club::new();
    let house = house(&club);
    let door = club.app.store.read(|tx| access_point::get(tx, house.door)).unwrap().unwrap().content;
    let door = access_point::AccessPoint { when_unwritable, ..door };
    without_capacity(&club, door.zone);
    let id = house.door;
    club.done(move |work| access_point::change(work, &acting(), id, &door));
    for number in 0..MEMBERS {
        let member = member(&club, "Member", &format!("Of{number}"), "");
        give_card(&club, &member, &card(number));
        sell_a_month(&club, &house, &member);
    }
    let (_, token) = register(&club, Bound::DoorAdapter { access_point: house.door });
    (club, house, token)
}

/// A zone that is never full: only the book may turn somebody away here.
fn without_capacity(club: &Club, id: Id) {
    let zone = club.app.store.read(|tx| zone::get(tx, id)).unwrap().unwrap().content;
    let zone = Zone { capacity: None, ..zone };
    club.done(move |work| zone::change(work, &acting(), id, &zone));
}

/// The program itself on the folder of a club, whose files may not grow beyond what they nearly have.
struct Limited {
    child: Child,
    door: Simulator,
}

impl Limited {
    fn start(folder: &tempfile::TempDir, token: &str) -> Limited {
        let key = folder.path().join("key");
        std::fs::write(&key, SECRET).unwrap();
        let book = std::fs::metadata(folder.path().join("book.db")).unwrap().len();
        // In blocks of 512 bytes; the journal has its space already. The shell ignores the signal, and so does what it becomes.
        let blocks = book.max(1 << 20) / 512 + 64;
        let limits = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let mut child = Command::new("sh")
            .args(["-c", &limits, env!("CARGO_BIN_EXE_bonafide"), "serve", "--port", "0", "--data"])
            .arg(folder.path())
            .arg("--key-file")
            .arg(&key)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let address = first.split_once("://").unwrap().1.trim_end_matches('/').parse().unwrap();
        Limited { child, door: Simulator { address, authorization: format!("Bearer {token}") } }
    }

    fn shows(&self, operation: &str, number: u32) -> Reply {
        self.door.post(DECISIONS, &ask(operation, "entry", &card(number)))
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn marked(club: &Club, branch: Id) -> (usize, usize) {
    let (items, _) = club.app.store.read(|tx| feed(tx, branch, None, 200)).unwrap();
    let later = mark_word(Mark::NotedLater).to_owned();
    (items.len(), items.iter().filter(|item| item.marks.contains(&later)).count())
}

#[test]
fn g03_a_door_that_keeps_admitting_notes_in_the_journal_what_the_book_cannot_take() {
    let (club, house, token) = club(WhenUnwritable::KeepAdmitting);
    let folder = club.close();
    let asked: Vec<String> = (0..MEMBERS).map(|_| operation()).collect();
    let server = Limited::start(&folder, &token);
    for (number, operation) in (0..MEMBERS).zip(&asked) {
        let reply = server.shows(operation, number);
        assert_eq!((reply.status, &reply.body["open"]), (200, &json!(true)), "{number}: {}", reply.body);
    }
    // The last one asks again under the same id.
    let (last, id) = (MEMBERS - 1, &asked[MEMBERS as usize - 1]);
    let again = server.shows(id, last);
    assert_eq!(
        (&again.body["open"], &again.body["repeated"]),
        (&json!(true), &json!(true)),
        "{}",
        again.body
    );
    let stranger = server.door.post(DECISIONS, &ask(&operation(), "entry", "0BADCA4D"));
    assert_ne!(stranger.body["open"], json!(true), "{}", stranger.body);
    drop(server);

    let club = Club::at(folder);
    assert_eq!(chores::round(&club.app), Ok(()));
    let (all, later) = marked(&club, house.branch);
    assert_eq!(all, MEMBERS as usize, "each of them once, and nobody else");
    assert!(later > 0 && later < all, "{later} of {all}: the book failed among them");
    assert_eq!(chores::round(&club.app), Ok(()));
    assert_eq!(marked(&club, house.branch), (all, later), "taken in once");
    let journal = std::fs::read(club.path().join("emergency.journal")).unwrap();
    assert!(journal.iter().all(|byte| *byte == 0), "the journal is empty");
    eprintln!("{later} of {all} were let in by the journal");
}

#[test]
fn g03_a_door_that_denies_lets_nobody_in_once_the_book_cannot_be_written() {
    let (club, _, token) = club(WhenUnwritable::Deny);
    let folder = club.close();
    let server = Limited::start(&folder, &token);
    let open: Vec<bool> =
        (0..MEMBERS).map(|number| server.shows(&operation(), number).body["open"] == json!(true)).collect();
    let first_denied = open.iter().position(|open| !open).expect("the book has failed");
    assert!(first_denied > 0 && open[first_denied..].iter().all(|open| !open), "{open:?}");
}
