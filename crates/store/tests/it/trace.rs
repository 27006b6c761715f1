//! The trace as people read it, and the proof of one entry that leaves the book.

use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::audit::proof::{NotProven, Proof, prove};
use bonafide_store::audit::read::{EntryFilter, EntryPage, Words, entries};
use bonafide_store::erasure::{Cause, certificate, erase};
use bonafide_store::id::Id;
use bonafide_store::members::export::{Export, begin};
use bonafide_store::members::list::SavedFilter;
use bonafide_store::members::{self, profile::Profile};
use bonafide_store::memberships::command::transfer;
use bonafide_store::store::Store;

use crate::audit::wait_until_ordered;
use crate::club::{Club, acting as club_acting, asked, done, monthly, sold};
use crate::engines::{NOW_US, on_both};
use crate::members::{acting, add, named};

fn page(store: &Store, filter: &EntryFilter, before: Option<u64>, limit: u32) -> EntryPage {
    wait_until_ordered(store);
    store.read(|tx| entries(tx, store.vault(), filter, before, limit)).unwrap()
}

fn actions(store: &Store, filter: &EntryFilter) -> Vec<String> {
    page(store, filter, None, 100).entries.into_iter().map(|entry| entry.action).collect()
}

fn change(store: &Store, id: Id, version: u32, profile: Profile) {
    let acting = Acting { now_us: NOW_US + 1_000, ..acting() };
    store.write(move |work| members::change(work, &acting, id, version, &profile)).unwrap().unwrap();
}

fn viewed(store: &Store, id: Id) {
    let staff = Acting { actor: Actor::Staff(Id::from_bytes([5; 16])), now_us: NOW_US + 2_000, ..acting() };
    let done: Result<(), ()> = store.write(move |work| members::note_view(work, &staff, id).map(Ok)).unwrap();
    done.unwrap();
}

#[test]
fn entries_are_read_from_the_newest_on_with_before_and_after() {
    on_both(|engine| {
        let store = engine.open();
        let (anna, ben) = (add(&store, named("Anna", "Smith")), add(&store, named("Ben", "Jones")));
        wait_until_ordered(&store);
        change(&store, anna, 1, named("Anna", "Miller"));
        wait_until_ordered(&store);
        viewed(&store, ben);
        let all = EntryFilter::default();
        let expected = ["member_viewed", "member_changed", "member_added", "member_added"];
        assert_eq!(actions(&store, &all), expected, "{}", engine.name);
        let first = page(&store, &all, None, 3);
        assert_eq!((first.entries.len(), first.next_before, first.unordered), (3, Some(1), 0));
        let last = page(&store, &all, first.next_before, 3);
        assert_eq!((last.entries[0].index, last.next_before), (0, None), "{}", engine.name);
        let changed = &first.entries[1];
        assert_eq!((changed.member_number, changed.by.kind.as_str()), (Some(0), "command_line"));
        let Words::Opened(words) = &changed.words else { panic!("{}: not opened", engine.name) };
        assert_eq!(
            (&words["before"]["name"]["family"], &words["after"]["name"]["family"]),
            (&"Smith".into(), &"Miller".into())
        );
        assert!(first.entries[0].words == Words::None, "a view has none");
        let filtered = |filter: EntryFilter| actions(&store, &filter);
        let none = EntryFilter::default;
        let expected = ["member_changed", "member_added"];
        assert_eq!(filtered(EntryFilter { person: Some(anna), ..none() }), expected);
        assert_eq!(filtered(EntryFilter { actor_kind: Some("staff".into()), ..none() }), ["member_viewed"]);
        let staff = Some(Id::from_bytes([5; 16]));
        assert_eq!(filtered(EntryFilter { actor: staff, ..none() }), ["member_viewed"]);
        assert_eq!(
            filtered(EntryFilter { action: Some("member_changed".into()), ..none() }),
            ["member_changed"]
        );
        let (from_us, until_us) = (Some(NOW_US + 1_000), Some(NOW_US + 2_000));
        assert_eq!(filtered(EntryFilter { from_us, until_us, ..none() }), ["member_changed"]);
        assert_eq!(filtered(EntryFilter { index: Some(3), ..none() }), ["member_viewed"]);
    });
}

#[test]
fn the_words_of_somebody_who_was_erased_are_gone_and_changed_ones_are_told() {
    on_both(|engine| {
        let store = engine.open();
        let anna = add(&store, named("Anna", "Smith"));
        let export = Export {
            members: 3,
            columns: vec!["name"],
            filter: SavedFilter::default(),
            filter_name: None,
            reason: Some("a letter to all".to_owned()),
        };
        store.write(move |work| begin(work, &acting(), &export, None)).unwrap().unwrap();
        let of = |action: &str| {
            let filter = EntryFilter { action: Some(action.to_owned()), ..EntryFilter::default() };
            page(&store, &filter, None, 1).entries.remove(0)
        };
        let Words::Opened(words) = of("members_exported").words else { panic!("{}", engine.name) };
        assert_eq!((&words["members"], &words["reason"]), (&3.into(), &"a letter to all".into()));
        let cut: Result<u64, ()> = store
            .write(|work| {
                let sql = "UPDATE audit_entries SET detail_sealed = salt WHERE action = 'member_added'";
                work.tx.execute(sql, &[]).map(Ok)
            })
            .unwrap();
        assert_eq!(cut, Ok(1));
        assert!(of("member_added").words == Words::Altered, "{}", engine.name);
        let operation = Id::from_bytes([7; 16]);
        store
            .write(move |work| erase(work, &acting(), operation, anna, Cause::PersonsWish))
            .unwrap()
            .unwrap();
        let added = of("member_added");
        assert!(added.words == Words::Erased && added.member_number.is_none(), "{}", engine.name);
        let gone = EntryFilter { person: Some(anna), ..EntryFilter::default() };
        assert!(actions(&store, &gone).contains(&"member_erased".to_owned()), "{}", engine.name);
        let certificates = store.read(|tx| certificate::list(tx, &store.vault().ring(), None, 10)).unwrap();
        assert_eq!(certificates.iter().map(|one| one.id).collect::<Vec<_>>(), [operation]);
        let behind = Some(operation);
        assert!(
            store.read(|tx| certificate::list(tx, &store.vault().ring(), behind, 10)).unwrap().is_empty()
        );
    });
}

#[test]
fn an_entry_is_proven_to_anybody_with_the_public_key() {
    on_both(|engine| {
        let store = engine.open();
        for name in ["Anna", "Ben", "Cleo", "Dan", "Eve"] {
            add(&store, named(name, "Smith"));
        }
        wait_until_ordered(&store);
        let ring = store.vault().ring();
        let key = ring.verifying_key();
        for index in 0..5 {
            let proof = store.read(|tx| prove(tx, &ring, index)).unwrap().unwrap();
            let text = serde_json::to_string(&proof).unwrap();
            let read: Proof = serde_json::from_str(&text).unwrap();
            assert_eq!((read.check(Some(&key)), read.check(None)), (Ok(()), Ok(())), "{}", engine.name);
            assert_eq!((read.index, read.head.size, read.entry.action.as_str()), (index, 5, "member_added"));
            assert!(!text.contains("Anna"), "{}: no words of a person", engine.name);
        }
        assert_eq!(store.read(|tx| prove(tx, &ring, 5)).unwrap(), None);
        assert_eq!(store.read(|tx| prove(tx, &ring, u64::MAX)).unwrap(), None);
    });
}

#[test]
fn s07_a_proof_that_was_touched_proves_nothing() {
    on_both(|engine| {
        let store = engine.open();
        for name in ["Anna", "Ben", "Cleo"] {
            add(&store, named(name, "Smith"));
        }
        wait_until_ordered(&store);
        let proof = store.read(|tx| prove(tx, &store.vault().ring(), 1)).unwrap().unwrap();
        let other = "00".repeat(32);
        type Touch<'a> = &'a dyn Fn(&mut Proof);
        let cases: [(&str, NotProven, Touch<'_>); 10] = [
            ("format", NotProven::OtherForm, &|proof| proof.format.push('2')),
            ("no hash", NotProven::OtherForm, &|proof| proof.leaf = "leaf".to_owned()),
            ("no id", NotProven::OtherForm, &|proof| proof.entry.id = "nobody".to_owned()),
            ("a path without end", NotProven::OtherForm, &|proof| {
                proof.path = vec![other.clone(); 65];
            }),
            ("another head", NotProven::Signature, &|proof| proof.head.size += 1),
            ("another key", NotProven::Signature, &|proof| proof.verifying_key = other.clone()),
            ("another action", NotProven::Entry, &|proof| proof.entry.action = "nothing".to_owned()),
            ("another leaf", NotProven::Entry, &|proof| proof.leaf = other.clone()),
            ("another place", NotProven::Path, &|proof| proof.index = 2),
            ("a shorter path", NotProven::Path, &|proof| drop(proof.path.pop())),
        ];
        for (name, expected, change) in cases {
            let mut touched = proof.clone();
            change(&mut touched);
            assert_eq!(touched.check(None), Err(expected), "{}: {name}", engine.name);
        }
        assert_eq!(proof.check(Some(&[1; 32])), Err(NotProven::OtherKey), "{}", engine.name);
    });
}

#[test]
fn a_membership_tells_its_story_to_whoever_holds_it() {
    on_both(|engine| {
        let store = engine.open();
        let club = Club::open(&store);
        let plan = club.plan(&store, "Month", &monthly(club.solarium));
        let membership = sold(&store, club.order(1, plan));
        let of = |person: Id, action: &str| {
            let filter = EntryFilter {
                person: Some(person),
                action: Some(action.to_owned()),
                ..EntryFilter::default()
            };
            page(&store, &filter, None, 10).entries
        };
        let bought = of(club.anna, "membership_sold");
        let [entry] = bought.as_slice() else { panic!("{}: {} entries", engine.name, bought.len()) };
        assert!(matches!(&entry.words, Words::Opened(words) if words["kind"].is_string()), "{}", engine.name);
        assert_eq!(entry.member_number, Some(0));
        let boris = club.boris;
        done(&store, move |work| transfer(work, &club_acting(), membership, asked(2, 1), boris));
        let kept = of(club.boris, "membership_sold");
        assert!(kept[0].words == Words::OtherHolder && kept[0].member_number == Some(1), "{}", engine.name);
    });
}
