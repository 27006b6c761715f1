//! Withdrawal, erasure, repair and the export of one person on both engines.

use std::collections::BTreeSet;

use bonafide_domain::consent::{
    ConsentGap, Keeping, Modality, ProviderDecision, ProviderResult, Purpose, VendorReference,
};
use bonafide_domain::credential::{BlockReason, CredentialState};
use bonafide_domain::profile::Phone;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::audit::verify::verify;
use bonafide_store::consents;
use bonafide_store::credentials;
use bonafide_store::credentials::content::{Content, Shown, Trait};
use bonafide_store::credentials::find::{Holders, find, of_member};
use bonafide_store::credentials::history::verify_states;
use bonafide_store::dialect::layout;
use bonafide_store::erasure::repair::{Repaired, repair};
use bonafide_store::erasure::telling;
use bonafide_store::erasure::{Cause, Erased, NotErased, Tell, certificate, erase, tables, to_be_told};
use bonafide_store::fault::FaultKind;
use bonafide_store::id::Id;
use bonafide_store::imports::{ImportedRow, Taken, take};
use bonafide_store::jobs;
use bonafide_store::members::lookup::{By, find as find_member};
use bonafide_store::members::merging::merge;
use bonafide_store::members::{self};
use bonafide_store::memberships::sale::Order;
use bonafide_store::memberships::verify::verify_memberships;
use bonafide_store::person_export::{export, photos};
use bonafide_store::store::Store;
use bonafide_store::templates;
use bonafide_store::values;

use crate::club::{Club, done, monthly, sold, wrote};
use crate::consents::{
    ENTRY, born, consent, enrolment, give, permit, put_text, question, withdraw, withdrawal,
};
use crate::credentials::{at, hex, issue, operation, plain};
use crate::engines::{NOW_US, on_both};
use crate::members::{acting, add, full};
use crate::templates::{IMAGE, enrolled, gallery, issue_face, keep};

fn erased(store: &Store, number: u8, member: Id) -> Result<Erased, NotErased> {
    store.write(move |work| erase(work, &at(20), operation(number), member, Cause::PersonsWish)).unwrap()
}

fn count(store: &Store, table: &str) -> i64 {
    store.read(|tx| tx.query_one(&format!("SELECT COUNT(*) FROM {table}"), &[])?.integer(0)).unwrap()
}

fn card_state(store: &Store) -> Option<CredentialState> {
    match store.read(|tx| find(tx, store.vault(), Shown::Card(&hex("04A23B1C")), NOW_US + 60)).unwrap() {
        Holders::One(holder) => Some(holder.state),
        _ => None,
    }
}

#[test]
fn b16_a_withdrawal_takes_the_face_away_and_leaves_the_card() {
    on_both(|engine| {
        let store = engine.open();
        let (member, other) = (enrolled(&store, 1), enrolled(&store, 2));
        issue(&store, 50, &plain(member, Content::Card(hex("04A23B1C")))).unwrap();
        let withdrawn = withdraw(&store, 60, &withdrawal(member, ENTRY, 10)).unwrap();
        let edges = Tell::Edges { member, number: 0, modality: Some(Modality::Face) };
        assert_eq!(withdrawn.tell, [edges], "{}", engine.name);
        assert_eq!(withdrawn.certificate, Some(operation(60)));
        assert_eq!(withdraw(&store, 60, &withdrawal(member, ENTRY, 10)), Ok(withdrawn), "asked again");
        let left: Vec<Id> =
            gallery(&store, store.vault(), "net-1").iter().map(|entry| entry.member).collect();
        assert_eq!(left, [other]);
        assert_eq!((count(&store, "face_templates"), count(&store, "source_images")), (1, 1));
        assert_eq!(card_state(&store), Some(CredentialState::Active), "he enters at once by the card");
        let all = store.read(|tx| of_member(tx, store.vault(), member, NOW_US + 60)).unwrap();
        let face = all.iter().find(|kept| kept.purpose == Some(Purpose::Entry)).unwrap();
        assert_eq!(face.state, CredentialState::Blocked(BlockReason::ConsentWithdrawn));
        assert!(face.content.is_none());
        assert!(enrolment(&store, &question(member, ENTRY)).is_err());
        let kept =
            store.read(|tx| certificate::get(tx, &store.vault().ring(), operation(60))).unwrap().unwrap();
        assert_eq!((kept.member, kept.cause, kept.about), (member, Cause::ConsentWithdrawn, Some(ENTRY)));
        assert_eq!(kept.destroyed.rows.get("face_templates"), Some(&1));
        assert_eq!(store.vault().destroyed().unwrap().len(), 1, "its own key, not the member's");
        assert!(store.read(verify_states).unwrap().is_empty());
        // Whoever consents again is enrolled anew.
        let text = put_text(&store, Modality::Face, Purpose::Entry, "face");
        let again = bonafide_domain::consent::ConsentRecord {
            given_at_us: NOW_US + 11,
            ..consent(61, member, ENTRY, text)
        };
        give(&store, &again).unwrap();
        issue_face(&store, 62, member).unwrap();
        keep(&store, 63, member, "net-1").unwrap();
        assert_eq!(gallery(&store, store.vault(), "net-1").len(), 2);
    });
}

#[test]
fn a_withdrawal_tells_the_provider_and_forgets_the_reference() {
    on_both(|engine| {
        let store = engine.open();
        let member = add(&store, born(1990));
        let (voice, palm) =
            ((Modality::Voice, Purpose::Entry), (Modality::FingerprintOrPalm, Purpose::Entry));
        let result = ProviderResult::parse("ebs:77", ProviderDecision::Confirmed, "tx-1").unwrap();
        let vendor = VendorReference::parse("slot-5").unwrap();
        for (number, about, content, keeping) in [
            (1, voice, Content::AtProvider(Trait::Voice, result.clone()), Keeping::AtProvider),
            (2, palm, Content::InDevice(Trait::Palm, vendor.clone()), Keeping::InDevice),
        ] {
            let text = put_text(&store, about.0, about.1, &format!("text {number}"));
            give(&store, &consent(number, member, about, text)).unwrap();
            let asked = question(member, about);
            let issued = store
                .write(move |work| {
                    let Ok(permit) = permit(work, &asked, keeping)? else { panic!("no permit") };
                    let new = plain(member, content.clone());
                    credentials::issue(work, &acting(), operation(10 + number), &new, Some(permit))
                })
                .unwrap();
            assert!(issued.is_ok(), "{}: {issued:?}", engine.name);
        }
        let found = || {
            store.read(|tx| find(tx, store.vault(), Shown::Provider(Trait::Voice, &result), NOW_US)).unwrap()
        };
        assert!(matches!(found(), Holders::One(_)));
        let withdrawn = withdraw(&store, 20, &withdrawal(member, voice, 1)).unwrap();
        assert_eq!(withdrawn.tell, [Tell::Provider(Trait::Voice, result.clone())]);
        assert_eq!(found(), Holders::Nobody);
        let erased = erased(&store, 21, member).unwrap();
        assert!(erased.tell.contains(&Tell::Device(Trait::Palm, vendor)), "{:?}", erased.tell);
        assert!(!erased.tell.contains(&Tell::Provider(Trait::Voice, result.clone())), "told before");
    });
}

/// What the jobs that wait would tell, in the order of their ids.
fn jobs_tell(store: &Store) -> Vec<Tell> {
    telling::queue(store, NOW_US + 100).unwrap();
    wrote(store, move |work| {
        let mut told = Vec::new();
        while let Some(job) = jobs::claim(work.tx, NOW_US + 200, 1_000_000)? {
            assert_eq!(job.kind, telling::KIND);
            told.push(telling::read(work.vault, job.id, &job.payload)?);
            jobs::done(work.tx, &job)?.unwrap();
        }
        Ok(told)
    })
}

#[test]
fn those_outside_are_told_once_also_when_the_rows_went_later_than_the_keys() {
    on_both(|engine| {
        let store = engine.open();
        let member = add(&store, born(1990));
        let voice = (Modality::Voice, Purpose::Entry);
        let result = ProviderResult::parse("ebs:77", ProviderDecision::Confirmed, "tx-1").unwrap();
        let text = put_text(&store, voice.0, voice.1, "voice");
        give(&store, &consent(1, member, voice, text)).unwrap();
        let (asked, content) = (question(member, voice), Content::AtProvider(Trait::Voice, result.clone()));
        done(&store, move |work| {
            let permit = permit(work, &asked, Keeping::AtProvider)?.unwrap();
            credentials::issue(work, &acting(), operation(10), &plain(member, content.clone()), Some(permit))
        });
        // The keys are gone, and the transaction of the rows is lost.
        let lost: Result<(), ()> = store
            .write(move |work| {
                erase(work, &at(20), operation(60), member, Cause::PersonsWish)?.unwrap();
                Ok(Err(()))
            })
            .unwrap();
        assert_eq!(lost, Err(()));
        let told_now = erased(&store, 60, member).unwrap().tell;
        assert_eq!(told_now, [Tell::Edges { member, number: 0, modality: None }], "the reference is gone");
        let told = jobs_tell(&store);
        assert_eq!(told.len(), 2, "{}: {told:?}", engine.name);
        assert!(told.contains(&told_now[0]) && told.contains(&Tell::Provider(Trait::Voice, result)));
        assert!(jobs_tell(&store).is_empty(), "once");
        drop(store);
        assert!(jobs_tell(&engine.open()).is_empty(), "{}", engine.name);
    });
}

#[test]
fn b17_a_withdrawn_face_does_not_come_back_with_an_old_backup() {
    on_both(|engine| {
        let store = engine.open();
        let member = enrolled(&store, 1);
        issue(&store, 50, &plain(member, Content::Card(hex("04A23B1C")))).unwrap();
        drop(store);
        let last_week = engine.backup();
        let store = engine.open();
        withdraw(&store, 60, &withdrawal(member, ENTRY, 10)).unwrap();
        let list = store.vault().destroyed().unwrap();
        drop(store);

        let store = last_week.open();
        assert_eq!(gallery(&store, store.vault(), "net-1").len(), 1, "{}: before the list", engine.name);
        assert_eq!(store.vault().replay_destroyed(&list).unwrap(), 1);
        assert!(gallery(&store, store.vault(), "net-1").iter().all(|entry| entry.template.is_err()));
        let repaired = repair(&store, NOW_US + 30).unwrap();
        assert_eq!(repaired, Repaired { credentials: 1, told: 1, ..Repaired::default() });
        assert!(gallery(&store, store.vault(), "net-1").is_empty());
        let rows = [count(&store, "face_templates"), count(&store, "source_images")];
        assert_eq!(rows, [0, 0]);
        assert_eq!(card_state(&store), Some(CredentialState::Active));
        let gap = store.read(|tx| consents::standing(tx, store.vault(), &question(member, ENTRY))).unwrap();
        assert_eq!(
            gap,
            Err(ConsentGap::Withdrawn { at_us: NOW_US + 10 }),
            "the consent does not come back either"
        );
        let certificates =
            store.read(|tx| certificate::of_member(tx, &store.vault().ring(), member)).unwrap();
        assert_eq!(certificates.iter().map(|one| one.cause).collect::<Vec<_>>(), [Cause::Interrupted]);
        assert_eq!(repair(&store, NOW_US + 31).unwrap(), Repaired::default(), "once");
    });
}

#[test]
fn b17_an_erased_person_does_not_come_back_with_an_old_backup() {
    on_both(|engine| {
        let store = engine.open();
        let (member, other) = (add(&store, full()), add(&store, born(1990)));
        issue(&store, 50, &plain(member, Content::Card(hex("04A23B1C")))).unwrap();
        drop(store);
        let last_week = engine.backup();
        let store = engine.open();
        erased(&store, 60, member).unwrap();
        let list = store.vault().destroyed().unwrap();
        drop(store);

        let store = last_week.open();
        assert!(
            store.read(|tx| members::get(tx, store.vault(), member)).unwrap().is_some(),
            "{}",
            engine.name
        );
        store.vault().replay_destroyed(&list).unwrap();
        let opened = store.read(|tx| members::get(tx, store.vault(), member).map(drop));
        assert_eq!(opened.unwrap_err().kind, FaultKind::Damaged, "nothing opens");
        assert_eq!(repair(&store, NOW_US + 30).unwrap().members, 1);
        assert!(store.read(|tx| members::get(tx, store.vault(), member)).unwrap().is_none());
        assert!(store.read(|tx| members::get(tx, store.vault(), other)).unwrap().is_some());
        assert_eq!(card_state(&store), None);
    });
}

#[test]
fn an_erased_person_is_gone_and_the_certificate_stays() {
    on_both(|engine| {
        let store = engine.open();
        let (member, other) = (add(&store, full()), enrolled(&store, 2));
        issue(&store, 50, &plain(member, Content::Card(hex("04A23B1C")))).unwrap();
        let job: Result<u64, ()> = store
            .write(move |work| {
                work.tx.execute(
                    "INSERT INTO jobs (id, kind, subject_id, payload, state, tries, due_us, made_us)
                     VALUES ($1, 'letter', $2, '{}', 'waiting', 0, 0, 0), ($3, 'erasure_edges', $2, '{}', 'waiting', 0, 0, 0)",
                    values![operation(70), member, operation(71)],
                )
                .map(Ok)
            })
            .unwrap();
        assert_eq!(job, Ok(2));
        let done = erased(&store, 60, member).unwrap();
        assert_eq!(done.tell, [Tell::Edges { member, number: 0, modality: None }], "{}", engine.name);
        assert_eq!(erased(&store, 60, member).map(|again| again.certificate), Ok(done.certificate));
        assert_eq!(erased(&store, 60, other), Err(NotErased::OtherOperation));
        assert_eq!(erased(&store, 61, member), Err(NotErased::NotFound));
        let phone = Phone::parse("+79123456789").unwrap();
        assert!(store.read(|tx| find_member(tx, store.vault(), By::Phone(&phone))).unwrap().is_empty());
        assert!(store.read(|tx| members::get(tx, store.vault(), member)).unwrap().is_none());
        assert_eq!((card_state(&store), count(&store, "jobs")), (None, 1));
        assert!(store.read(|tx| members::get(tx, store.vault(), other)).unwrap().is_some());
        let kept =
            store.read(|tx| certificate::get(tx, &store.vault().ring(), operation(60))).unwrap().unwrap();
        assert_eq!((kept.member, kept.cause, kept.about), (member, Cause::PersonsWish, None));
        assert_eq!(kept.destroyed.rows.get("members"), Some(&1));
        assert!(kept.destroyed.keys.iter().all(|key| store.vault().key(*key).unwrap().is_none()));
        store.forget_overwritten().unwrap();
        // The audit is whole, and what it sealed about him is closed for good.
        let key = store.vault().ring().verifying_key();
        assert_eq!(store.read(|tx| verify(tx, &key, &[], |_| ())).unwrap().broken, None);
        let tampered: Result<u64, ()> = store
            .write(|work| work.tx.execute("UPDATE erasure_certificates SET at_us = at_us + 1", &[]).map(Ok))
            .unwrap();
        assert_eq!(tampered, Ok(1));
        let changed = store.read(|tx| certificate::get(tx, &store.vault().ring(), operation(60)));
        assert_eq!(changed.unwrap_err().kind, FaultKind::Damaged);
    });
}

#[test]
fn memberships_and_imported_rows_go_with_the_person() {
    on_both(|engine| {
        let store = engine.open();
        let club = Club::open(&store);
        let plan = club.plan(&store, "Monthly", &monthly(club.solarium));
        sold(&store, club.order(1, plan));
        sold(&store, Order { member: club.boris, ..club.order(2, plan) });
        let row = || ImportedRow::of([7; 16], full());
        let taken = wrote(&store, move |work| take(work, &acting(), &row(), false));
        let Taken::Added { number } = taken.member else { panic!("{taken:?}") };
        let imported = store.read(|tx| members::of_numbers(tx, store.vault(), &[number])).unwrap()[0].id;
        for (number, member) in [(60, club.anna), (61, imported)] {
            erased(&store, number, member).unwrap();
        }
        let left = ["memberships", "membership_freezes", "import_rows"].map(|table| count(&store, table));
        assert_eq!(left, [1, 0, 0], "{}: Boris stays", engine.name);
        assert_eq!(store.read(verify_memberships).unwrap(), []);
        let again = wrote(&store, move |work| take(work, &acting(), &row(), false));
        assert!(matches!(again.member, Taken::Added { .. }), "nothing is left to know the row by");
    });
}

#[test]
fn merged_profiles_are_erased_together() {
    on_both(|engine| {
        let store = engine.open();
        let ids = [add(&store, born(1990)), add(&store, born(1990)), add(&store, born(1990))];
        let bystander = add(&store, born(1990));
        for (kept, absorbed) in [(ids[1], ids[2]), (ids[0], ids[1])] {
            store.write(move |work| merge(work, &acting(), kept, absorbed)).unwrap().unwrap();
        }
        erased(&store, 60, ids[2]).unwrap();
        for id in ids {
            assert!(
                store.read(|tx| members::get(tx, store.vault(), id)).unwrap().is_none(),
                "{}",
                engine.name
            );
        }
        assert!(store.read(|tx| members::get(tx, store.vault(), bystander)).unwrap().is_some());
        assert_eq!(store.vault().destroyed().unwrap().len(), 3);
    });
}

/// Tables that hold nobody once he is erased, each with the reason.
const HOLD_NOBODY: &[(&str, &str)] = &[
    ("access_points", "doors"),
    ("allowance_limits", "the club's own"),
    ("allowance_uses", "points that paid for what nobody bought"),
    ("allowances", "what tills may take"),
    ("applied_migrations", "the form of the book"),
    ("audit_checkpoints", "signed heads"),
    ("audit_entries", "ids of nobody; details are sealed under the destroyed key"),
    ("audit_nodes", "hashes over salted entries"),
    ("branch_programmes", "the club's own"),
    ("branches", "the club's own"),
    ("consent_texts", "texts, not who agreed"),
    ("correction_limits", "the club's own"),
    ("counters", "numbers"),
    ("devices", "the club's own"),
    ("door_floods", "how many unknown reads"),
    ("door_rules", "doors"),
    ("earnings", "points of a closed wallet of nobody"),
    ("employees", "who works here, not who is a member"),
    ("erasure_certificates", "the id of nobody, and what was destroyed"),
    ("exports", "how many, by which filter, and why"),
    ("extras", "the club's own"),
    ("gift_kinds", "the club's own"),
    ("gift_movements", "pieces that came and went"),
    ("gift_stock", "sums"),
    ("holds", "points of a closed wallet of nobody"),
    ("expiry_warnings", "days on which points of a closed wallet of nobody were to end"),
    ("house_accounts", "sums"),
    ("lockers", "the club's own"),
    ("lots", "points of a closed wallet of nobody"),
    ("moved_lots", "points of a closed wallet of nobody"),
    ("personal_offer_versions", "the club's own"),
    ("personal_offers", "the club's own"),
    ("plan_versions", "the club's own"),
    ("plans", "the club's own"),
    ("price_list_entries", "the club's own"),
    ("programme_guards", "the club's own"),
    ("programme_versions", "the club's own"),
    ("programmes", "the club's own"),
    ("purchase_claims", "a closed wallet of nobody, and when it claimed a purchase"),
    ("purchase_returns", "how much came back of what nobody bought"),
    ("purchases", "sums of nobody; what lay in the basket is sealed under the destroyed key"),
    ("read_positions", "numbers"),
    ("referral_payments", "when a closed wallet of nobody got something"),
    ("reward_takings", "gifts that a closed wallet of nobody took"),
    ("saved_filters", "filters over plain columns"),
    ("sessions", "who works here"),
    ("settings", "the club's own"),
    ("sigur_log", "numbers, moments, and a keyed hash of an entry as a whole"),
    ("sigur_points", "doors"),
    ("survey_answers", "stars for purchases of nobody"),
    ("tills", "the club's own"),
    ("transfers", "points of a closed wallet of nobody"),
    ("wallet_days", "sums of a closed wallet of nobody"),
    ("wallet_tiers", "the tier of a closed wallet of nobody"),
    ("zones", "the club's own"),
];

#[test]
fn every_table_is_emptied_of_the_person_or_holds_nobody() {
    on_both(|engine| {
        let store = engine.open();
        let columns = store.read(layout).unwrap();
        let there: BTreeSet<&str> =
            columns.iter().filter_map(|(name, ..)| name.split_once('.').map(|(table, _)| table)).collect();
        let known: BTreeSet<&str> = tables().chain(HOLD_NOBODY.iter().map(|(table, _)| *table)).collect();
        assert_eq!(there, known, "{}: a new table goes into erasure::ROWS or HOLD_NOBODY", engine.name);
    });
}

#[test]
fn an_erasure_that_was_cut_off_is_finished_at_the_next_start() {
    on_both(|engine| {
        let store = engine.open();
        let (member, withdrawn, whole) = (add(&store, full()), enrolled(&store, 1), enrolled(&store, 2));
        let key_of = |sql: &str, id: Id| store.read(|tx| tx.query_one(sql, values![id])?.id(0)).unwrap();
        let keys = [
            key_of("SELECT key_id FROM members WHERE id = $1", member),
            key_of("SELECT key_id FROM credentials WHERE member_id = $1", withdrawn),
        ];
        // As after a power failure between the keys and the rows.
        store.vault().destroy(&keys, NOW_US + 5).unwrap();
        drop(store);
        let store = engine.open();
        assert!(
            store.read(|tx| members::get(tx, store.vault(), member)).unwrap().is_none(),
            "{}",
            engine.name
        );
        let left: Vec<Id> =
            gallery(&store, store.vault(), "net-1").iter().map(|entry| entry.member).collect();
        assert_eq!(left, [whole]);
        assert_eq!(count(&store, "erasure_certificates"), 2);
        assert_eq!(repair(&store, NOW_US).unwrap(), Repaired::default());
    });
}

#[test]
fn keys_that_nobody_uses_are_destroyed_after_a_day_and_members_stay() {
    on_both(|engine| {
        let store = engine.open();
        let member = add(&store, full());
        let day_us = 24 * 60 * 60 * 1_000_000;
        let repaired = repair(&store, NOW_US + 2 * day_us).unwrap();
        assert!(repaired.unused_keys > 0, "{}: spare keys", engine.name);
        assert_eq!((repaired.members, repaired.credentials), (0, 0));
        assert!(
            store.read(|tx| members::get(tx, store.vault(), member)).unwrap().is_some(),
            "his key is used"
        );
        // The spare keys that this process still holds in memory are among them: it does not hand them out any more.
        let profile = full();
        let later = Acting { now_us: NOW_US + 2 * day_us, ..acting() };
        let added: Result<(Id, u32), ()> =
            store.write(move |work| members::add(work, &later, &profile).map(Ok)).unwrap();
        drop(store);
        let store = engine.open();
        assert!(store.read(|tx| members::get(tx, store.vault(), added.unwrap().0)).unwrap().is_some());
    });
}

#[test]
fn what_lost_against_another_request_after_its_keys_were_gone_is_run_again() {
    on_both(|engine| {
        let store = engine.open();
        let (member, other) = (enrolled(&store, 1), enrolled(&store, 2));
        let keys = |id: Id| {
            store
                .read(|tx| {
                    let sql = "SELECT key_id FROM credentials WHERE member_id = $1 UNION ALL SELECT key_id FROM members WHERE id = $1";
                    tx.query(sql, values![id])?.into_iter().map(|mut row| row.id(0)).collect::<Result<Vec<Id>, _>>()
                })
                .unwrap()
        };
        let told = store.read(|tx| to_be_told(tx, store.vault(), other, Some(ENTRY))).unwrap();
        store.vault().destroy(&keys(other)[..1], NOW_US).unwrap();
        assert_eq!(
            withdraw(&store, 60, &withdrawal(other, ENTRY, 10)).unwrap().tell,
            told,
            "{}",
            engine.name
        );
        store.vault().destroy(&keys(member), NOW_US).unwrap();
        assert_eq!(erased(&store, 61, member).map(|erased| erased.certificate), Ok(operation(61)));
        assert_eq!((count(&store, "members"), count(&store, "face_templates")), (1, 0));
    });
}

#[test]
fn a_missing_key_that_nobody_destroyed_is_damage_and_deletes_nothing() {
    on_both(|engine| {
        let store = engine.open();
        drop(store);
        // Keys of before the member beside his book: the wrong backup.
        let mut mixed = engine.backup();
        let store = engine.open();
        let day_us = 24 * 60 * 60 * 1_000_000;
        let member = add(&store, full());
        drop(store);
        mixed.places.book = engine.places.book.clone();
        let store = mixed.open();
        let repaired = repair(&store, NOW_US + 2 * day_us).unwrap();
        assert_eq!(repaired, Repaired::default(), "{}", engine.name);
        assert_eq!(count(&store, "members"), 1);
        let opened = store.read(|tx| members::get(tx, store.vault(), member).map(drop));
        assert_eq!(opened.unwrap_err().kind, FaultKind::Damaged);
    });
}

#[test]
fn everything_about_a_person_is_exported_and_the_reading_is_traced() {
    on_both(|engine| {
        let store = engine.open();
        let member = enrolled(&store, 1);
        let mut profile = full();
        profile.birth = born(1990).birth;
        store.write(move |work| members::change(work, &acting(), member, 1, &profile)).unwrap().unwrap();
        issue(&store, 50, &plain(member, Content::Card(hex("04A23B1C")))).unwrap();
        let absorbed = add(&store, born(1990));
        store.write(move |work| merge(work, &acting(), member, absorbed)).unwrap().unwrap();
        let staff = Acting { actor: Actor::Staff(operation(7)), ..at(5) };
        let viewed: Result<(), ()> =
            store.write(move |work| members::note_view(work, &staff, member).map(Ok)).unwrap();
        viewed.unwrap();
        let exported: Result<_, ()> = store.write(move |work| export(work, &at(9), member).map(Ok)).unwrap();
        let exported = exported.unwrap().unwrap();
        let json = serde_json::to_string(&exported).unwrap();
        for part in [
            "Иванова",
            "+79123456789",
            "4510123456",
            "04A23B1C",
            "scan 12",
            "member_viewed",
            "face_enrolled",
            "net-1",
            "deep water",
        ] {
            assert!(json.contains(part), "{}: {part}", engine.name);
        }
        assert!(!json.contains("in the clear"), "no template");
        assert_eq!((exported.profiles.len(), exported.photos.len()), (2, 1));
        let phone = ("profiles.0.particulars.phones.0".to_owned(), "+79123456789".to_owned());
        assert!(exported.rows().unwrap().contains(&phone), "{}", engine.name);
        let mut pictures = Vec::new();
        store
            .read(|tx| {
                photos(tx, store.vault(), member, |name, picture| {
                    pictures.push((name, picture.to_vec()));
                    Ok(())
                })
            })
            .unwrap();
        assert_eq!(pictures, [(exported.photos[0].clone(), IMAGE.to_vec())]);
        let traced = store
            .read(|tx| {
                tx.query_one(
                    "SELECT COUNT(*) FROM audit_entries WHERE action = 'person_exported' AND subject_id = $1",
                    values![member],
                )?
                .integer(0)
            })
            .unwrap();
        assert_eq!(traced, 1);
        let nobody: Result<bool, ()> =
            store.write(|work| Ok(Ok(export(work, &at(9), operation(9))?.is_none()))).unwrap();
        assert_eq!(nobody, Ok(true));
        assert_eq!(store.read(|tx| templates::of_member(tx, member)).unwrap().len(), 1);
    });
}
