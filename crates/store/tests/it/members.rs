//! Members on both engines: added, found, changed, listed, merged; sealed at rest.

use bonafide_domain::duplicates::{Reason, Strength};
use bonafide_domain::merging::{MergingRefusal, UNDO_US, UndoRefusal};
use bonafide_domain::plain_text::Title;
use bonafide_domain::profile::{
    BirthDate, Category, CategoryName, DocumentKind, EmailAddress, GuardianKind, IdentityDocument, Language,
    Messenger, MessengerKind, Note, PersonName, Phone, Tag,
};
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::directory::Directory;
use bonafide_store::fault::FaultKind;
use bonafide_store::id::Id;
use bonafide_store::members::list::{
    FILTER_DAYS_MAX, FilterRefusal, MemberFilter, NotSaved, Page, SAVED_FILTERS_MAX, SavedFilter,
    delete_filter, list, list_among, save_filter, saved_filters,
};
use bonafide_store::members::lookup::{By, duplicates, find};
use bonafide_store::members::merging::{NotMerged, merge, undo};
use bonafide_store::members::profile::{Guardian, Profile};
use bonafide_store::members::{self, ChangeRefusal, Member};
use bonafide_store::search::{NameQuery, NumberEnd};
use bonafide_store::store::Store;
use bonafide_store::values;
use jiff::civil::date;

use crate::engines::{NOW_US, on_both};

pub(crate) fn acting() -> Acting {
    Acting { actor: Actor::CommandLine, origin: "desk".to_owned(), now_us: NOW_US }
}

pub(crate) fn named(given: &str, family: &str) -> Profile {
    Profile::named(PersonName::parse(given, family, "").unwrap())
}

/// Everything that can be known.
pub(crate) fn full() -> Profile {
    Profile {
        birth: Some(BirthDate::parse(date(2012, 2, 29), date(2026, 11, 24)).unwrap()),
        phones: vec![Phone::parse("+79123456789").unwrap(), Phone::parse("+8613800138000").unwrap()],
        emails: vec![EmailAddress::parse("Anna@Example.com").unwrap()],
        messengers: vec![Messenger::parse(MessengerKind::Telegram, "@anna_ivanova").unwrap()],
        documents: vec![IdentityDocument::parse(DocumentKind::Passport, "45 10 123456").unwrap()],
        address: Some("Lenina 1, Tomsk".to_owned()),
        note: Some(Note::parse("afraid of\ndeep water").unwrap()),
        guardian: Some(Guardian {
            kind: GuardianKind::Parent,
            name: PersonName::parse("Пётр", "Иванов", "").unwrap(),
            phone: Some(Phone::parse("+79120000000").unwrap()),
        }),
        category: Category::Own(CategoryName::parse("swimmers").unwrap()),
        tags: vec![Tag::parse("morning").unwrap(), Tag::parse("pool").unwrap()],
        language: Some(Language::Russian),
        source: Some("a friend".to_owned()),
        check_due: Some(date(2027, 3, 1)),
        ..Profile::named(PersonName::parse("Анна", "Иванова", "Петровна").unwrap())
    }
}

pub(crate) fn add(store: &Store, profile: Profile) -> Id {
    let added: Result<(Id, u32), ()> =
        store.write(move |work| members::add(work, &acting(), &profile).map(Ok)).unwrap();
    added.unwrap().0
}

fn get(store: &Store, id: Id) -> Option<Member> {
    store.read(|tx| members::get(tx, store.vault(), id)).unwrap()
}

pub(crate) fn change(store: &Store, id: Id, version: u32, profile: Profile) -> Result<u32, ChangeRefusal> {
    store.write(move |work| members::change(work, &acting(), id, version, &profile)).unwrap()
}

#[test]
fn a_profile_comes_back_as_it_was() {
    on_both(|engine| {
        let store = engine.open();
        let (bare, whole) = (add(&store, named("Ли", "")), add(&store, full()));
        drop(store);
        let store = engine.open();
        let (bare, whole) = (get(&store, bare).unwrap(), get(&store, whole).unwrap());
        assert!(bare.profile == named("Ли", "") && whole.profile == full(), "{}", engine.name);
        assert_eq!((bare.number, whole.number, whole.version), (0, 1, 1));
        assert_eq!(whole.figures, members::Figures::default());
        assert!(get(&store, Id::from_bytes([9; 16])).is_none());
        assert_eq!(store.read(members::count).unwrap(), 2);
    });
}

#[test]
fn a_change_that_has_seen_an_older_profile_is_refused() {
    on_both(|engine| {
        let store = engine.open();
        let id = add(&store, named("Anna", "Smith"));
        assert_eq!(change(&store, id, 1, named("Anna", "Jones")), Ok(2), "{}", engine.name);
        let late = change(&store, id, 1, named("Anna", "Miller"));
        assert_eq!(late, Err(ChangeRefusal::ChangedMeanwhile { version: 2 }));
        assert_eq!(get(&store, id).unwrap().profile.name.family(), Some("Jones"));
        let nobody = change(&store, Id::from_bytes([9; 16]), 1, named("A", "B"));
        assert_eq!(nobody, Err(ChangeRefusal::NotFound));
    });
}

#[test]
fn a_member_is_found_by_phone_address_document_and_messenger() {
    on_both(|engine| {
        let store = engine.open();
        let id = add(&store, full());
        add(&store, named("Other", "Person"));
        let found = |by: By<'_>| store.read(|tx| find(tx, store.vault(), by)).unwrap();
        let (phone, other) = (Phone::parse("+79123456789").unwrap(), Phone::parse("+79123456780").unwrap());
        let email = EmailAddress::parse("anna@example.COM").unwrap();
        let document = IdentityDocument::parse(DocumentKind::Passport, "4510-123456").unwrap();
        let same_number = IdentityDocument::parse(DocumentKind::DrivingLicence, "4510123456").unwrap();
        let messenger = Messenger::parse(MessengerKind::Telegram, "Anna_Ivanova").unwrap();
        assert_eq!(found(By::Phone(&phone)), [id], "{}", engine.name);
        assert_eq!(found(By::Phone(&other)), []);
        assert_eq!(found(By::Email(&email)), [id]);
        assert_eq!(found(By::Document(&document)), [id]);
        assert_eq!(found(By::Document(&same_number)), []);
        assert_eq!(found(By::Messenger(&messenger)), [id]);
        // What was taken off the profile finds nobody any more.
        change(&store, id, 1, named("Анна", "Иванова")).unwrap();
        assert_eq!(found(By::Phone(&phone)), []);
    });
}

#[test]
fn one_person_at_two_desks_is_noticed() {
    on_both(|engine| {
        let store = engine.open();
        let id = add(&store, full());
        let again =
            Profile { phones: full().phones, birth: full().birth, ..named("анна", "ИВАНОВА") };
        let found =
            store.read(|tx| duplicates(tx, store.vault(), &again, &[], |name| name.to_lowercase())).unwrap();
        let [duplicate] = found.as_slice() else { panic!("{}: {} found", engine.name, found.len()) };
        assert_eq!((duplicate.member.id, duplicate.likeness.strength), (id, Strength::Certain));
        assert_eq!(duplicate.likeness.reasons, [Reason::Phone, Reason::FullName, Reason::BirthDate]);
        let stranger = named("Anna", "Smith");
        let found =
            store.read(|tx| duplicates(tx, store.vault(), &stranger, &[id], str::to_lowercase)).unwrap();
        assert!(found.is_empty(), "a candidate of another name is none");
    });
}

#[test]
fn figures_are_exact_and_first_and_last_visit_are_the_outermost() {
    on_both(|engine| {
        let store = engine.open();
        let id = add(&store, named("Anna", "Smith"));
        let counted: Result<(), ()> = store
            .write(move |work| {
                for at_us in [500, 300, 900] {
                    members::count_visit(work.tx, id, at_us)?;
                }
                members::count_booking(work.tx, id)?;
                members::count_receipt(work.tx, id, 1_001)?;
                members::count_receipt(work.tx, id, 500)?;
                members::count_receipt(work.tx, id, -500)?;
                Ok(Ok(()))
            })
            .unwrap();
        counted.unwrap();
        let figures = get(&store, id).unwrap().figures;
        assert_eq!(
            (figures.first_visit_us, figures.last_visit_us, figures.visits),
            (Some(300), Some(900), 3)
        );
        assert_eq!((figures.bookings, figures.receipts, figures.spent_minor), (1, 2, 1_001));
        assert_eq!(figures.average_receipt_minor(), Some(500), "{}", engine.name);
        let nobody =
            store.write(|work| members::count_visit(work.tx, Id::from_bytes([9; 16]), 1).map(Ok::<(), ()>));
        assert_eq!(nobody.unwrap_err().kind, FaultKind::Broken);
    });
}

#[test]
fn lists_are_filtered_and_paged() {
    on_both(|engine| {
        let store = engine.open();
        let ids: Vec<Id> = (0..7)
            .map(|index| {
                let category = if index % 2 == 0 { Category::Vip } else { Category::New };
                let tags = if index == 3 { vec![Tag::parse("pool").unwrap()] } else { Vec::new() };
                let check_due = (index == 5).then(|| date(2026, 12, 1));
                add(&store, Profile { category, tags, check_due, ..named("Anna", "Smith") })
            })
            .collect();
        let (seen, last) = (ids[2], ids[6]);
        let counted: Result<(), ()> = store
            .write(move |work| {
                members::count_visit(work.tx, seen, 1_000)?;
                members::count_receipt(work.tx, seen, 700)?;
                members::count_visit(work.tx, last, 2_000)?;
                Ok(Ok(()))
            })
            .unwrap();
        counted.unwrap();
        let numbers = |filter: MemberFilter| -> Vec<u32> {
            let page = store.read(|tx| list(tx, &filter, None, 100)).unwrap().unwrap();
            page.members.into_iter().map(|(_, number)| number).collect()
        };
        let none = MemberFilter::default();
        assert_eq!(numbers(none.clone()), [6, 5, 4, 3, 2, 1, 0], "{}", engine.name);
        assert_eq!(numbers(MemberFilter { category: Some("vip".into()), ..none.clone() }), [6, 4, 2, 0]);
        assert_eq!(numbers(MemberFilter { tag: Some("pool".into()), ..none.clone() }), [3]);
        assert_eq!(
            numbers(MemberFilter { not_seen_since_us: Some(1_500), ..none.clone() }),
            [5, 4, 3, 2, 1, 0]
        );
        assert_eq!(numbers(MemberFilter { visits_from: Some(1), ..none.clone() }), [6, 2]);
        assert_eq!(
            numbers(MemberFilter { spent_from_minor: Some(1), spent_to_minor: Some(700), ..none.clone() }),
            [2]
        );
        assert_eq!(numbers(MemberFilter { check_due_by_day: Some(30_000), ..none.clone() }), [5]);
        assert!(numbers(MemberFilter { ends_from_day: Some(0), ..none.clone() }).is_empty());
        let wrong = MemberFilter { branch: Some("Tomsk".into()), ..none };
        assert_eq!(store.read(|tx| list(tx, &wrong, None, 9)).unwrap(), Err(FilterRefusal::Branch));
        let page = |before| store.read(|tx| list(tx, &MemberFilter::default(), before, 3)).unwrap().unwrap();
        let first = page(None);
        assert_eq!((first.members.len(), first.next_before), (3, Some(4)));
        let second = page(first.next_before);
        let third = page(second.next_before);
        assert_eq!(third, Page { members: vec![(ids[0], 0)], next_before: None });
    });
}

#[test]
fn a_list_of_birthdays_is_filtered_and_paged_in_the_order_of_the_days() {
    on_both(|engine| {
        let store = engine.open();
        let ids: Vec<Id> = (0..260)
            .map(|index| {
                let tags = if index % 2 == 0 { vec![Tag::parse("pool").unwrap()] } else { Vec::new() };
                add(&store, Profile { tags, ..named("Anna", "Smith") })
            })
            .collect();
        let wanted: Vec<u32> = (0..260).rev().chain([9_999]).collect();
        let pool = MemberFilter { tag: Some("pool".into()), ..MemberFilter::default() };
        let (mut before, mut found) = (None, Vec::new());
        loop {
            let page = store.read(|tx| list_among(tx, &pool, &wanted, before, 60)).unwrap().unwrap();
            assert!(page.members.len() <= 60);
            found.extend(page.members);
            before = page.next_before;
            if before.is_none() {
                break;
            }
        }
        let expected: Vec<(Id, u32)> =
            (0..260).rev().filter(|at| at % 2 == 0).map(|at| (ids[at as usize], at)).collect();
        assert_eq!(found, expected, "{}", engine.name);
        let none = MemberFilter::default();
        let among = |numbers: &[u32], before| {
            store.read(|tx| list_among(tx, &none, numbers, before, 9)).unwrap().unwrap().members
        };
        assert_eq!(among(&[3, 1, 2], None), [(ids[3], 3), (ids[1], 1), (ids[2], 2)], "in their order");
        assert_eq!(among(&[3, 1, 2], Some(1)), [(ids[2], 2)]);
        assert!(among(&[], None).is_empty() && among(&[3], Some(7)).is_empty());
    });
}

#[test]
fn a_filter_in_days_is_counted_from_whenever_it_is_asked() {
    let filter = SavedFilter {
        not_seen_days: Some(30),
        ends_within_days: Some(7),
        check_due_within_days: Some(0),
        ..SavedFilter::default()
    };
    let day_us = 24 * 60 * 60 * 1_000_000;
    let at = filter.at(100 * day_us + 5);
    assert_eq!(at.not_seen_since_us, Some(70 * day_us + 5));
    assert_eq!((at.ends_from_day, at.ends_before_day), (Some(100), Some(108)));
    assert_eq!((at.check_due_by_day, at.visits_from), (Some(100), None));
    let beyond = SavedFilter { not_seen_days: Some(u32::MAX), ..SavedFilter::default() }.at(0);
    assert_eq!(beyond.not_seen_since_us, Some(-i64::from(FILTER_DAYS_MAX) * day_us));
}

#[test]
fn a_filter_is_kept_under_its_name_until_it_is_deleted() {
    on_both(|engine| {
        let store = engine.open();
        let name = || Title::parse("regulars").unwrap();
        for visits in [3, 5] {
            let filter = SavedFilter { visits_from: Some(visits), ..SavedFilter::default() };
            let saved = store.write(move |work| save_filter(work, &acting(), &name(), &filter)).unwrap();
            assert_eq!(saved, Ok(()), "{}", engine.name);
        }
        let kept = store.read(saved_filters).unwrap();
        let expected = SavedFilter { visits_from: Some(5), ..SavedFilter::default() };
        assert_eq!(kept, [("regulars".to_owned(), expected)], "{}", engine.name);
        let wrong = SavedFilter { branch: Some("Tomsk".into()), ..SavedFilter::default() };
        let refused = store.write(move |work| save_filter(work, &acting(), &name(), &wrong)).unwrap();
        assert_eq!(refused, Err(NotSaved::Refused(FilterRefusal::Branch)));
        for there in [true, false] {
            let deleted: Result<bool, ()> =
                store.write(move |work| delete_filter(work, &acting(), &name()).map(Ok)).unwrap();
            assert_eq!(deleted, Ok(there), "{}", engine.name);
        }
        assert!(store.read(saved_filters).unwrap().is_empty());
    });
}

#[test]
fn no_more_filters_are_kept_than_anybody_can_read() {
    on_both(|engine| {
        let store = engine.open();
        let full: Result<(), NotSaved> = store
            .write(|work| {
                for index in 0..SAVED_FILTERS_MAX {
                    let name = Title::parse(&index.to_string()).unwrap();
                    if let Err(refused) = save_filter(work, &acting(), &name, &SavedFilter::default())? {
                        return Ok(Err(refused));
                    }
                }
                Ok(Ok(()))
            })
            .unwrap();
        assert_eq!(full, Ok(()), "{}", engine.name);
        let saved = |name: &'static str| {
            let name = Title::parse(name).unwrap();
            store.write(move |work| save_filter(work, &acting(), &name, &SavedFilter::default())).unwrap()
        };
        assert_eq!((saved("one more"), saved("0")), (Err(NotSaved::TooMany), Ok(())), "{}", engine.name);
    });
}

#[test]
fn a_merged_profile_is_whole_and_comes_back_within_thirty_days() {
    on_both(|engine| {
        let store = engine.open();
        let (kept, absorbed) = (add(&store, named("Anna", "Smith")), add(&store, full()));
        let merged =
            |kept, absorbed| store.write(move |work| merge(work, &acting(), kept, absorbed)).unwrap();
        let undone =
            |now_us| store.write(move |work| undo(work, &Acting { now_us, ..acting() }, absorbed)).unwrap();
        assert_eq!(merged(kept, absorbed), Ok(()), "{}", engine.name);
        let phone = Phone::parse("+79123456789").unwrap();
        let found = store.read(|tx| find(tx, store.vault(), By::Phone(&phone))).unwrap();
        assert_eq!(found, [kept], "the absorbed one's phone finds the kept one");
        assert_eq!(store.read(members::count).unwrap(), 1);
        let again = merged(kept, absorbed);
        assert!(matches!(again, Err(NotMerged::Refused(MergingRefusal::AlreadyAbsorbed { .. }))));
        assert!(matches!(undone(NOW_US + UNDO_US), Err(UndoRefusal::TooLate { .. })));
        assert_eq!(undone(NOW_US + UNDO_US - 1), Ok(()));
        assert!(get(&store, absorbed).unwrap().profile == full(), "nothing is lost");
        assert_eq!(store.read(|tx| find(tx, store.vault(), By::Phone(&phone))).unwrap(), [absorbed]);
        assert_eq!(undone(NOW_US), Err(UndoRefusal::NotMerged));
        let nobody = Id::from_bytes([9; 16]);
        assert_eq!(merged(kept, nobody), Err(NotMerged::NotFound(nobody)));
    });
}

#[test]
fn b08_a_profile_moved_to_another_row_does_not_open() {
    on_both(|engine| {
        let store = engine.open();
        let (one, other) = (add(&store, full()), add(&store, named("Anna", "Smith")));
        let moved: Result<u64, ()> = store
            .write(move |work| {
                // Key and content of the one in the row of the other, as somebody with the database's tools would do it.
                work.tx.execute(
                    "UPDATE members SET profile_sealed = (SELECT profile_sealed FROM members WHERE id = $1) WHERE id = $2",
                    values![one, other],
                )
                .map(Ok)
            })
            .unwrap();
        assert_eq!(moved, Ok(1));
        let opened = store.read(|tx| members::get(tx, store.vault(), other).map(|_| ()));
        assert_eq!(opened.unwrap_err().kind, FaultKind::Damaged, "{}", engine.name);
    });
}

#[test]
fn the_directory_finds_by_name_phone_end_and_birthday_and_follows_changes() {
    on_both(|engine| {
        let store = engine.open();
        let anna = add(&store, full());
        add(&store, named("Джон", "Смит"));
        let li = add(&store, named("小明", "王"));
        let directory = Directory::new();
        let loaded = directory.load(&store, |_| ()).unwrap();
        assert_eq!((loaded.members, loaded.without_key), (3, 0), "{}", engine.name);
        let by_name = |text: &str| directory.by_name(&NameQuery::parse(text).unwrap(), 10);
        assert_eq!(by_name("иванова анна"), [0]);
        assert_eq!(by_name("Ivanova"), [0]);
        assert_eq!(by_name("Smit John"), [1], "{}", engine.name);
        assert_eq!(by_name("wang xiaoming"), [2]);
        assert_eq!(by_name("王小明"), [2]);
        assert_eq!(directory.by_number_end(&NumberEnd::parse("67-89").unwrap(), 10), [0]);
        assert_eq!(directory.birthdays(date(2027, 2, 25), 7), [0], "born on 29 February");
        assert!(directory.birthdays(date(2027, 3, 2), 300).is_empty());

        change(&store, anna, 1, named("Анна", "Сидорова")).unwrap();
        let merged = store.write(move |work| merge(work, &acting(), anna, li)).unwrap();
        assert_eq!(merged, Ok(()));
        store
            .read(|tx| {
                directory.follow(tx, store.vault(), 0)?;
                directory.follow(tx, store.vault(), 2)
            })
            .unwrap();
        assert_eq!((by_name("сидорова"), by_name("иванова").len(), by_name("王小明").len()), (vec![0], 0, 0));
        assert!(directory.birthdays(date(2027, 2, 25), 7).is_empty());
        assert_eq!(directory.members(), 2);
    });
}
