//! Rows of a spreadsheet on both engines: once whatever how often, with what the members hold.

use bonafide_domain::card::ClubNumber;
use bonafide_domain::money::Money;
use bonafide_store::credentials::content::{Content, Shown};
use bonafide_store::credentials::find::{Holders, find};
use bonafide_store::id::Id;
use bonafide_store::imports::{CardsTaken, ImportedMembership, ImportedRow, MembershipTaken, Taken, take};
use bonafide_store::members::{self, MembershipEnd};
use bonafide_store::memberships::of_member;
use bonafide_store::memberships::verify::verify_memberships;
use bonafide_store::store::Store;

use crate::club::{Club, acting, member, monthly, on_day, roubles, three_visits, wrote};
use crate::credentials::hex;
use crate::engines::{NOW_US, on_both};
use crate::members::named;

fn number(text: &str) -> Content {
    Content::ClubNumber(ClubNumber::parse(text).unwrap())
}

fn row(key: u8, given: &str) -> ImportedRow {
    ImportedRow::of([key; 16], named(given, "Lee"))
}

fn taken(store: &Store, row: impl Fn() -> ImportedRow + Send + 'static) -> bonafide_store::imports::TakenRow {
    wrote(store, move |work| take(work, &acting(), &row(), false))
}

fn holder(store: &Store, card: &str) -> Option<Id> {
    match store.read(|tx| find(tx, store.vault(), Shown::Card(&hex(card)), NOW_US + 60)).unwrap() {
        Holders::One(holder) => Some(holder.member),
        _ => None,
    }
}

#[test]
fn cards_and_visits_come_along_once() {
    on_both(|engine| {
        let store = engine.open();
        let list = |visits| ImportedRow {
            cards: vec![Content::Card(hex("04A23B1C")), number("777")],
            visits: Some(visits),
            last_visit_us: Some(NOW_US - 5),
            ..row(1, "Ann")
        };
        let first = taken(&store, move || list(12));
        let Taken::Added { number: ann } = first.member else { panic!("{first:?}") };
        let both = CardsTaken { given: 2, ..CardsTaken::default() };
        assert_eq!((first.cards, first.membership), (both, MembershipTaken::None), "{}", engine.name);
        let ann = store.read(|tx| members::of_numbers(tx, store.vault(), &[ann])).unwrap().remove(0);
        assert_eq!(holder(&store, "04A23B1C"), Some(ann.id));
        assert_eq!((ann.figures.visits, ann.figures.last_visit_us), (12, Some(NOW_US - 5)));

        let again = taken(&store, move || list(12));
        assert_eq!((again.member, again.cards), (Taken::Unchanged, both), "{}", engine.name);
        // A visit here, then a newer list of the other program, then an older one: figures are raised and never lowered.
        wrote(&store, move |work| members::count_visit(work.tx, ann.id, NOW_US));
        for (list_visits, visits) in [(20, 20), (3, 20)] {
            assert_eq!(taken(&store, move || list(list_visits)).member, Taken::Updated);
            let figures = store.read(|tx| members::get(tx, store.vault(), ann.id)).unwrap().unwrap().figures;
            assert_eq!((figures.visits, figures.last_visit_us), (visits, Some(NOW_US)), "{}", engine.name);
        }
        // Another spelling of the name is another row; the card says who it is.
        let renamed = taken(&store, || ImportedRow { cards: vec![number("7-77")], ..row(2, "Annie") });
        assert_eq!(renamed.member, Taken::Duplicate { of: ann.number });
        let other = || ImportedRow { cards: vec![number("777"), number("778")], ..row(3, "Bob") };
        let bob = wrote(&store, move |work| take(work, &acting(), &other(), true));
        assert_eq!(bob.cards, CardsTaken { given: 1, in_use: 1, refused: 0 }, "{}", engine.name);
    });
}

#[test]
fn a_running_membership_comes_along_once_and_ends_when_the_list_says() {
    on_both(|engine| {
        let store = engine.open();
        let club = Club::open(&store);
        let plan = club.plan(&store, "Month", &monthly(club.solarium));
        let paid = Money::zero(roubles(1).currency());
        let given = ImportedMembership {
            plan,
            version: 1,
            branch: club.branch,
            from: on_day(-20),
            extra_days: 3,
            until: on_day(12),
            paid,
        };
        let list = move || ImportedRow { membership: Some(given), ..row(1, "Ann") };
        let first = taken(&store, list);
        let Taken::Added { number } = first.member else { panic!("{first:?}") };
        assert_eq!(first.membership, MembershipTaken::Given, "{}", engine.name);
        let ann = store.read(|tx| members::of_numbers(tx, store.vault(), &[number])).unwrap().remove(0);
        // From 11 September until 10 October, and three days: the last day with it.
        assert_eq!(ann.membership_ends, Some(MembershipEnd::After(on_day(12))), "{}", engine.name);
        assert_eq!(taken(&store, list).membership, MembershipTaken::Before);
        // On a later day the beginning is worked out anew; and a newer list may have another end.
        let later = ImportedMembership { from: on_day(-10), extra_days: 1, ..given };
        let list = move |given| ImportedRow { membership: Some(given), ..row(1, "Ann") };
        assert_eq!(taken(&store, move || list(later)).membership, MembershipTaken::Before);
        let longer = ImportedMembership { until: on_day(40), ..later };
        assert_eq!(taken(&store, move || list(longer)).membership, MembershipTaken::OtherEnd);
        assert_eq!(store.read(|tx| of_member(tx, ann.id)).unwrap().len(), 1, "{}", engine.name);

        let nowhere = ImportedMembership { branch: Id::from_bytes([9; 16]), ..given };
        let unsold = taken(&store, move || ImportedRow { membership: Some(nowhere), ..row(2, "Bob") });
        assert!(matches!(unsold.member, Taken::Added { .. }), "the member is taken all the same");
        assert!(matches!(unsold.membership, MembershipTaken::NotSold(_)), "{}", engine.name);
        assert_eq!(store.read(verify_memberships).unwrap(), []);
    });
}

#[test]
fn a_row_of_a_merged_member_is_the_members_who_remained() {
    on_both(|engine| {
        let store = engine.open();
        let club = Club::open(&store);
        let first = taken(&store, || row(1, "Ann"));
        let Taken::Added { number } = first.member else { panic!("{first:?}") };
        let ann = store.read(|tx| members::of_numbers(tx, store.vault(), &[number])).unwrap().remove(0).id;
        let kept = member(&store, "Annie");
        crate::club::done(&store, move |work| members::merging::merge(work, &acting(), kept, ann));
        let plan = club.plan(&store, "Three", &three_visits(club.solarium));
        let paid = Money::zero(roubles(1).currency());
        let given = ImportedMembership {
            plan,
            version: 1,
            branch: club.branch,
            from: on_day(0),
            extra_days: 0,
            until: on_day(0),
            paid,
        };
        let cards = || vec![Content::Card(hex("04A23B1C"))];
        let list = move || ImportedRow { membership: Some(given), cards: cards(), ..row(1, "Ann") };
        assert_eq!(taken(&store, list).membership, MembershipTaken::Given, "{}", engine.name);
        assert_eq!(holder(&store, "04A23B1C"), Some(kept));
        assert_eq!(store.read(|tx| of_member(tx, kept)).unwrap().len(), 1);
    });
}
