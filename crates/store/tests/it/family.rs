//! Family ties on both engines: kept once, read from both sides, followed through mergings.

use bonafide_domain::profile::FamilyTie;
use bonafide_store::id::Id;
use bonafide_store::members::family::{NotTied, TIES_MAX, relatives, tie, untie};
use bonafide_store::members::merging::merge;
use bonafide_store::store::Store;

use crate::club::traced;
use crate::engines::on_both;
use crate::members::{acting, add, named};

fn tied(store: &Store, one: Id, other: Id, as_: FamilyTie) -> Result<(), NotTied> {
    store.write(move |work| tie(work, &acting(), one, other, as_)).unwrap()
}

fn untied(store: &Store, one: Id, other: Id) -> bool {
    let done: Result<bool, ()> = store.write(move |work| untie(work, &acting(), one, other).map(Ok)).unwrap();
    done.unwrap()
}

fn seen(store: &Store, member: Id) -> Vec<(u32, FamilyTie)> {
    let found = store.read(|tx| relatives(tx, member)).unwrap();
    found.into_iter().map(|relative| (relative.number, relative.tie)).collect()
}

#[test]
fn a_tie_is_kept_once_and_read_from_both_sides() {
    on_both(|engine| {
        let store = engine.open();
        let (mother, son) = (add(&store, named("Anna", "Smith")), add(&store, named("Ben", "Smith")));
        assert_eq!(tied(&store, mother, son, FamilyTie::ParentOf), Ok(()), "{}", engine.name);
        assert_eq!(seen(&store, mother), [(1, FamilyTie::ChildOf)]);
        assert_eq!(seen(&store, son), [(0, FamilyTie::ParentOf)]);
        assert_eq!(tied(&store, son, mother, FamilyTie::ChildOf), Ok(()), "the same from the other side");
        assert_eq!(traced(&store, "family_tied"), 2, "{}: an entry for each, once", engine.name);
        let other = tied(&store, son, mother, FamilyTie::SiblingOf);
        assert_eq!(other, Err(NotTied::TiedAlready { tie: FamilyTie::ChildOf }));
        assert!(untied(&store, son, mother) && !untied(&store, son, mother), "{}", engine.name);
        assert!(seen(&store, mother).is_empty());
    });
}

#[test]
fn nobody_is_tied_to_himself_or_to_nobody_and_mergings_are_followed() {
    on_both(|engine| {
        let store = engine.open();
        let ids: Vec<Id> = ["Anna", "Ben", "Anne"].map(|name| add(&store, named(name, "Smith"))).to_vec();
        let nobody = Id::from_bytes([9; 16]);
        assert_eq!(tied(&store, ids[0], nobody, FamilyTie::ParentOf), Err(NotTied::NotFound(nobody)));
        assert_eq!(tied(&store, ids[0], ids[0], FamilyTie::ParentOf), Err(NotTied::SamePerson));
        assert_eq!(tied(&store, ids[2], ids[1], FamilyTie::ParentOf), Ok(()));
        let (kept, absorbed) = (ids[0], ids[2]);
        store.write(move |work| merge(work, &acting(), kept, absorbed)).unwrap().unwrap();
        assert_eq!(seen(&store, ids[0]), [(1, FamilyTie::ChildOf)], "{}", engine.name);
        assert_eq!(seen(&store, ids[1]), [(0, FamilyTie::ParentOf)]);
        assert_eq!(tied(&store, ids[0], ids[2], FamilyTie::SiblingOf), Err(NotTied::SamePerson));
        assert!(untied(&store, ids[0], ids[1]), "{}: that of the absorbed profile too", engine.name);
        assert!(seen(&store, ids[1]).is_empty());
    });
}

#[test]
fn a_family_has_an_end() {
    on_both(|engine| {
        let store = engine.open();
        let head = add(&store, named("Anna", "Smith"));
        for _ in 0..TIES_MAX {
            let child = add(&store, named("Ben", "Smith"));
            assert_eq!(tied(&store, child, head, FamilyTie::ChildOf), Ok(()), "{}", engine.name);
        }
        let last = add(&store, named("Zoe", "Smith"));
        assert_eq!(tied(&store, last, head, FamilyTie::ChildOf), Err(NotTied::TooMany(head)));
    });
}
