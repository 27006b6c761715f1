//! Members who leave in a file: counted over a day, refused without a reason, written down.

use bonafide_store::audit::entry::Acting;
use bonafide_store::id::Id;
use bonafide_store::members::export::{
    Export, MEMBERS_PER_DAY_USUAL, NotExported, begin, limit, note_members, set_limit,
};
use bonafide_store::members::list::SavedFilter;
use bonafide_store::store::Store;

use crate::club::traced;
use crate::engines::{NOW_US, on_both};
use crate::members::{acting, add, named};

const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

fn export(members: u32, reason: Option<&str>) -> Export {
    let filter = SavedFilter { tag: Some("pool".to_owned()), ..SavedFilter::default() };
    let reason = reason.map(str::to_owned);
    Export { members, columns: vec!["number", "name"], filter, filter_name: None, reason }
}

fn begun(
    store: &Store,
    members: u32,
    reason: Option<&str>,
    asked: Option<u32>,
    now_us: i64,
) -> Result<Id, NotExported> {
    let export = export(members, reason);
    store.write(move |work| begin(work, &Acting { now_us, ..acting() }, &export, asked)).unwrap()
}

#[test]
fn s04_an_export_in_parts_is_one_export() {
    on_both(|engine| {
        let store = engine.open();
        assert_eq!(store.read(limit).unwrap(), MEMBERS_PER_DAY_USUAL, "{}", engine.name);
        begun(&store, 150, None, None, NOW_US).unwrap();
        let refused = begun(&store, 51, None, None, NOW_US + 1);
        let over = |before, limit| Err(NotExported::OverLimit { before, limit });
        assert_eq!(refused, over(150, 200), "{}", engine.name);
        begun(&store, 50, None, None, NOW_US + 1).unwrap();
        assert_eq!(begun(&store, 1, None, None, NOW_US + DAY_US - 1), over(200, 200));
        begun(&store, 5_000, Some("the accountant asks"), None, NOW_US + 2).unwrap();
        begun(&store, 200, None, None, NOW_US + 2 + DAY_US).unwrap();
        assert_eq!(traced(&store, "members_exported"), 4, "{}: a refusal leaves nothing", engine.name);
    });
}

#[test]
fn a_limit_of_ones_own_may_only_be_lower() {
    on_both(|engine| {
        let store = engine.open();
        let over = |limit| Err(NotExported::OverLimit { before: 0, limit });
        assert_eq!(begun(&store, 11, None, Some(10), NOW_US), over(10), "{}", engine.name);
        assert_eq!(begun(&store, 201, None, Some(900), NOW_US), over(200));
        let set: Result<(), ()> = store.write(|work| set_limit(work, &acting(), 300).map(Ok)).unwrap();
        set.unwrap();
        begun(&store, 201, None, Some(900), NOW_US).unwrap();
        assert_eq!(store.read(limit).unwrap(), 300, "{}", engine.name);
        assert_eq!(traced(&store, "export_limit_set"), 1);
    });
}

#[test]
fn each_member_of_an_export_can_be_told() {
    on_both(|engine| {
        let store = engine.open();
        let ids = [add(&store, named("Anna", "Smith")), add(&store, named("Ben", "Smith"))];
        let noted: Result<(), ()> =
            store.write(move |work| note_members(work, &acting(), &ids).map(Ok)).unwrap();
        noted.unwrap();
        assert_eq!(traced(&store, "member_exported"), 2, "{}", engine.name);
    });
}
