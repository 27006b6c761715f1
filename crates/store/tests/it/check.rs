//! The check of a whole book: quiet when all is well, and each damage by its name.

use bonafide_store::audit::verify::Broken;
use bonafide_store::check::{Against, CheckReport, Finding, check};
use bonafide_store::credentials::content::Content;
use bonafide_store::members;
use bonafide_store::store::Store;
use bonafide_store::values;

use crate::club::{Club, monthly, sold};
use crate::crash::request;
use crate::credentials::{hex, issue, plain};
use crate::engines::{Engine, NOW_US, on_both, sqlite};
use crate::members::{add, full};

const REQUESTS: u64 = 20;

/// A book with something in everything, ordered.
fn filled(engine: &Engine) -> Store {
    let store = engine.open();
    for number in 0..REQUESTS {
        request::write(&store, number).unwrap();
    }
    while looked(&store).audit.is_none_or(|audit| audit.unordered > 0) {
        std::thread::yield_now();
    }
    store
}

fn looked(store: &Store) -> CheckReport {
    check(store, Against::default(), |_, _| ())
}

fn tamper(store: &Store, sql: &'static str) {
    let done: Result<(), ()> = store
        .write(move |work| {
            work.tx.execute(sql, &[])?;
            Ok(Ok(()))
        })
        .unwrap();
    done.unwrap();
}

#[test]
fn a_whole_book_has_no_findings() {
    on_both(|engine| {
        let report = looked(&filled(engine));
        assert_eq!(report.findings, [], "{}", engine.name);
        assert!(report.is_sound());
        let rows = |name: &str| report.rows.iter().find(|(table, _)| table == name).map(|(_, rows)| *rows);
        let whole = (0..REQUESTS).filter(|number| !request::is_refused(*number)).count() as u64;
        assert_eq!((rows("jobs"), rows("audit_entries")), (Some(whole), Some(whole)), "{}", engine.name);
        assert!(report.keys_opened >= REQUESTS, "{}", engine.name);
        assert_eq!(report.keys_unreferenced, Some(report.keys_opened), "these keys are no member's");
        assert_eq!(report.migrations[0], "0001-foundation");
        assert!(report.engine_check.is_some());
    });
}

#[test]
fn each_damage_is_named_with_its_way_out() {
    on_both(|engine| {
        let store = filled(engine);
        tamper(
            &store,
            "UPDATE jobs SET state = 'dead' WHERE id IN (SELECT id FROM jobs ORDER BY id LIMIT 2)",
        );
        let report = looked(&store);
        assert_eq!(report.findings, [Finding::JobsDead { jobs: 2 }], "{}", engine.name);
        assert!(report.is_sound(), "{}: dead jobs are no damage", engine.name);

        tamper(&store, "UPDATE audit_entries SET origin = 'elsewhere' WHERE seq = 3");
        let report = looked(&store);
        let expected = [Finding::Audit(Broken::Altered { index: 3 }), Finding::JobsDead { jobs: 2 }];
        assert_eq!(report.findings, expected, "{}", engine.name);
        assert!(!report.is_sound());
        assert!(report.findings.iter().all(|finding| !finding.way_out().is_empty()));
    });
}

#[test]
fn rows_without_their_key_are_told_apart() {
    on_both(|engine| {
        let store = filled(engine);
        let (kept, _) = store.vault().allot(NOW_US).unwrap();
        let (erased, _) = store.vault().allot(NOW_US).unwrap();
        let missing = request::row_id(77);
        store.vault().destroy(&[erased], NOW_US).unwrap();
        let done: Result<(), ()> = store
            .write(move |work| {
                for (number, key) in [(1_u32, kept), (2, erased), (3, missing)] {
                    work.tx.execute(
                        "INSERT INTO jobs (id, kind, subject_id, payload, state, tries, due_us, made_us)
                         VALUES ($1, 'key', $2, '', 'done', $3, 0, 0)",
                        values![key, key, number],
                    )?;
                }
                work.tx.execute("UPDATE jobs SET subject_id = NULL WHERE kind = 'tell'", &[])?;
                Ok(Ok(()))
            })
            .unwrap();
        done.unwrap();
        let report = check(&store, Against { heads: &[], key_columns: &[("jobs", "subject_id")] }, |_, _| ());
        let expected = [
            Finding::KeyMissing { table: "jobs", key: missing },
            Finding::KeyDestroyed { table: "jobs", key: erased },
        ];
        assert_eq!(report.findings, expected, "{}", engine.name);
        assert_eq!(report.keys_unreferenced, Some(report.keys_opened - 1), "{}", engine.name);
    });
}

#[test]
fn g06_a_key_with_a_changed_bit_is_named() {
    let engine = sqlite();
    drop(filled(&engine));
    let path = engine.folder().join("keys.db");
    let damaged = {
        let keys = rusqlite::Connection::open(path).unwrap();
        let changed = "UPDATE member_keys SET sealed = zeroblob(length(sealed))
                       WHERE id = (SELECT MIN(id) FROM member_keys) RETURNING id";
        keys.query_row(changed, [], |row| row.get::<_, [u8; 16]>(0)).unwrap()
    };
    let report = looked(&engine.open());
    let key = bonafide_store::id::Id::from_bytes(damaged);
    assert_eq!(report.findings, [Finding::KeyDamaged { key }]);
}

#[test]
fn g07_a_row_that_was_changed_by_hand_is_named() {
    on_both(|engine| {
        let store = engine.open();
        let club = Club::open(&store);
        let plan = club.plan(&store, "Month", &monthly(club.solarium));
        let membership = sold(&store, club.order(1, plan));
        let card = issue(&store, 2, &plain(club.anna, Content::Card(hex("04A23B1C")))).unwrap().credential;
        let boris = add(&store, full());
        assert_eq!(looked(&store).findings, [], "{}", engine.name);

        tamper(&store, "UPDATE memberships SET until_day = until_day + 30");
        tamper(&store, "UPDATE credentials SET state = 'blocked', reason = 'debt'");
        tamper(&store, "DELETE FROM member_lookups WHERE kind = 'phone'");
        let found = looked(&store).findings;
        let has = |wanted: &dyn Fn(&Finding) -> bool| found.iter().any(wanted);
        let lookups = members::verify::Mismatch::Lookups { member: boris };
        assert!(has(&|one| *one == Finding::Member(lookups)), "{}: {found:?}", engine.name);
        assert!(
            has(&|one| matches!(one, Finding::Membership(wrong) if wrong.row == membership)),
            "{found:?}"
        );
        assert!(
            has(&|one| matches!(one, Finding::Credential(wrong) if wrong.credential == card)),
            "{found:?}"
        );
        assert!(found.iter().all(|one| one.is_damage() && !one.way_out().is_empty()));

        // A profile that was put into the place of another.
        tamper(
            &store,
            "UPDATE members SET profile_sealed = (SELECT profile_sealed FROM members WHERE number = 0) WHERE number = 2",
        );
        let found = looked(&store).findings;
        let profile = members::verify::Mismatch::Profile { member: boris };
        assert!(found.contains(&Finding::Member(profile)), "{}: {found:?}", engine.name);
    });
}
