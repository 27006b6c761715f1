//! Credentials on both engines: issued, lost, replaced, found in every spelling; the history counts.

use std::collections::BTreeSet;
use std::path::Path;

use bonafide_domain::card::{Agreement, ByteOrder, CardNumber, ClubNumber};
use bonafide_domain::credential::{
    BlockReason, ChangeRefusal, CredentialKind, CredentialState, IssueRefusal, LimitReason,
};
use bonafide_domain::profile::Phone;
use bonafide_store::audit::entry::Acting;
use bonafide_store::credentials::content::{Content, DeviceKey, Shown};
use bonafide_store::credentials::find::{Holders, find, of_member, turned_off};
use bonafide_store::credentials::history::{history, verify_states};
use bonafide_store::credentials::pin::{self, NotSet, Pin, PinHash};
use bonafide_store::credentials::{self, Differing, Done, NewCredential, NotChanged, NotIssued};
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::store::{Store, Work};
use bonafide_store::values;

use crate::engines::{NOW_US, on_both};
use crate::members::{acting, add, named};

/// An id that a caller brings.
pub(crate) fn operation(number: u8) -> Id {
    Id::from_bytes([number; 16])
}

pub(crate) fn at(step: i64) -> Acting {
    Acting { now_us: NOW_US + step, ..acting() }
}

pub(crate) fn hex(text: &str) -> CardNumber {
    CardNumber::from_hex(text, ByteOrder::AsOnCard).unwrap()
}

pub(crate) fn plain(member: Id, content: Content) -> NewCredential {
    NewCredential { member, content, until_us: None, limited: None }
}

pub(crate) fn issue(store: &Store, number: u8, new: &NewCredential) -> Result<Done, NotIssued> {
    let new = new.clone();
    store.write(move |work| credentials::issue(work, &acting(), operation(number), &new, None)).unwrap()
}

fn change(
    store: &Store,
    change: impl Fn(&mut Work<'_, '_>) -> Result<Result<Done, NotChanged>, Fault> + Send + 'static,
) -> Result<Done, NotChanged> {
    store.write(change).unwrap()
}

fn shown(store: &Store, what: Shown<'_>) -> Holders {
    store.read(|tx| find(tx, store.vault(), what, NOW_US + 100)).unwrap()
}

fn states_are_right(store: &Store) {
    assert_eq!(store.read(verify_states).unwrap(), []);
}

#[test]
fn a_card_is_found_in_all_its_spellings() {
    on_both(|engine| {
        let store = engine.open();
        let member = add(&store, named("Anna", "Smith"));
        let done = issue(&store, 1, &plain(member, Content::Bracelet(hex("04:A2:3B:1C")))).unwrap();
        assert_eq!(done.state, CredentialState::Active);
        let facility = CardNumber::from_facility_number("162,15132").unwrap();
        let spellings = [
            (hex("04a23b1c"), Agreement::Whole),
            (CardNumber::from_hex("1C3BA204", ByteOrder::Reversed).unwrap(), Agreement::Whole),
            (hex("1C3BA204"), Agreement::WholeReversed),
            (CardNumber::from_decimal("77740828", ByteOrder::AsOnCard).unwrap(), Agreement::Whole),
            (facility, Agreement::Tail),
        ];
        for (number, agreement) in spellings {
            let Holders::One(holder) = shown(&store, Shown::Card(&number)) else {
                panic!("{}: {:?}", engine.name, number.bytes())
            };
            let found = (holder.credential, holder.member, holder.kind, holder.agreement);
            assert_eq!(found, (done.credential, member, CredentialKind::Bracelet, agreement));
        }
        assert_eq!(shown(&store, Shown::Card(&hex("04A23B1D"))), Holders::Nobody);
        // The same letters as a club's own number are another thing.
        let club = ClubNumber::parse("04A23B1C").unwrap();
        assert_eq!(shown(&store, Shown::ClubNumber(&club)), Holders::Nobody);
    });
}

#[test]
fn several_who_agree_equally_well_are_told() {
    on_both(|engine| {
        let store = engine.open();
        let (one, other) = (add(&store, named("Anna", "Smith")), add(&store, named("Olga", "Smith")));
        issue(&store, 1, &plain(one, Content::Card(hex("04A23B1C")))).unwrap();
        issue(&store, 2, &plain(other, Content::Card(hex("99A23B1C")))).unwrap();
        let tail = CardNumber::from_facility_number("162,15132").unwrap();
        let Holders::Several(holders) = shown(&store, Shown::Card(&tail)) else { panic!("{}", engine.name) };
        let members: BTreeSet<Id> = holders.iter().map(|holder| holder.member).collect();
        assert_eq!(members, BTreeSet::from([one, other]));
        assert!(
            matches!(shown(&store, Shown::Card(&hex("99A23B1C"))), Holders::One(holder) if holder.member == other)
        );
    });
}

#[test]
fn a_number_has_one_holder_until_it_is_given_back() {
    on_both(|engine| {
        let store = engine.open();
        let (one, other) = (add(&store, named("Anna", "Smith")), add(&store, named("Olga", "Smith")));
        let card = || Content::Card(hex("04A23B1C"));
        let first = issue(&store, 1, &plain(one, card())).unwrap().credential;
        let in_use = Err(NotIssued::InUse { credential: first });
        assert_eq!(issue(&store, 2, &plain(other, card())), in_use, "{}", engine.name);
        change(&store, move |work| credentials::report_loss(work, &acting(), operation(3), first)).unwrap();
        assert_eq!(issue(&store, 2, &plain(other, card())), in_use, "whoever finds it does not get it");
        change(&store, move |work| credentials::report_found(work, &acting(), operation(4), first)).unwrap();
        let expire = move |step| {
            move |work: &mut Work<'_, '_>| credentials::expire(work, &at(step), operation(5), first)
        };
        let ended = change(&store, expire(0)).unwrap();
        assert_eq!(
            change(&store, expire(9)),
            Ok(Done { repeated: true, ..ended }),
            "asked again a little later"
        );
        let new = plain(other, card());
        let second =
            store.write(move |work| credentials::issue(work, &at(10), operation(2), &new, None)).unwrap();
        // It was found and nobody has looked at it: blocked is worse than expired.
        assert_eq!(second, in_use);
        change(&store, move |work| credentials::unblock(work, &at(11), operation(6), first)).unwrap();
        let new = plain(other, card());
        let second = store
            .write(move |work| credentials::issue(work, &at(12), operation(2), &new, None))
            .unwrap()
            .unwrap();
        assert!(matches!(shown(&store, Shown::Card(&hex("04A23B1C"))),
            Holders::One(holder) if holder.credential == second.credential && holder.member == other));
        // A phone may be a family's.
        let phone = || Content::Phone(Phone::parse("+79123456789").unwrap());
        issue(&store, 7, &plain(one, phone())).unwrap();
        issue(&store, 8, &plain(other, phone())).unwrap();
        states_are_right(&store);
    });
}

#[test]
fn a_loss_blocks_at_once_and_a_replacement_keeps_the_rights() {
    on_both(|engine| {
        let store = engine.open();
        let member = add(&store, named("Anna", "Smith"));
        let until_us = Some(NOW_US + 1_000_000);
        let limited = Some(LimitReason::NewlyEnrolled);
        let new = NewCredential { until_us, limited, ..plain(member, Content::Card(hex("04A23B1C"))) };
        let old = issue(&store, 1, &new).unwrap().credential;
        let lost =
            change(&store, move |work| credentials::report_loss(work, &at(1), operation(2), old)).unwrap();
        assert_eq!(lost.state, CredentialState::Lost);
        drop(store);

        let store = engine.open();
        assert!(
            matches!(shown(&store, Shown::Card(&hex("04A23B1C"))),
            Holders::One(holder) if holder.state == CredentialState::Lost),
            "{}",
            engine.name
        );
        let content = Content::Card(hex("0B0B0B0B"));
        let replace =
            move |work: &mut Work<'_, '_>| credentials::replace(work, &at(2), operation(3), old, &content);
        let done = change(&store, replace.clone()).unwrap();
        assert_eq!(done.state, CredentialState::Limited(LimitReason::NewlyEnrolled));
        assert_eq!(change(&store, replace), Ok(Done { repeated: true, ..done }), "asked again");
        let all = store.read(|tx| of_member(tx, store.vault(), member, NOW_US + 100)).unwrap();
        let [before, after] = all.as_slice() else { panic!("{} credentials", all.len()) };
        assert_eq!((before.replaced_by, after.replaces), (Some(done.credential), Some(old)));
        assert_eq!(after.until_us, until_us);
        let again = change(&store, move |work| credentials::report_loss(work, &at(3), operation(4), old));
        let by = done.credential.into();
        assert_eq!(again, Err(NotChanged::Refused(ChangeRefusal::AlreadyReplaced { by })));
        let other = Content::Bracelet(hex("0C0C0C0C"));
        let wrong = change(&store, move |work| {
            credentials::replace(work, &at(4), operation(5), done.credential, &other)
        });
        assert_eq!(wrong, Err(NotChanged::OtherKind));
        states_are_right(&store);
    });
}

#[test]
fn the_same_operation_is_answered_as_before_and_another_one_is_named() {
    on_both(|engine| {
        let store = engine.open();
        let (member, other) = (add(&store, named("Anna", "Smith")), add(&store, named("Olga", "Smith")));
        let new = plain(member, Content::Card(hex("04A23B1C")));
        let done = issue(&store, 1, &new).unwrap();
        let id = done.credential;
        change(&store, move |work| credentials::block(work, &at(1), operation(2), id, BlockReason::Debt))
            .unwrap();
        assert_eq!(
            issue(&store, 1, &new),
            Ok(Done { repeated: true, ..done }),
            "{}: the state of then",
            engine.name
        );
        let cases = [
            (NewCredential { member: other, ..new.clone() }, Differing::Member),
            (NewCredential { content: Content::Card(hex("0B0B0B0B")), ..new.clone() }, Differing::Content),
            (NewCredential { until_us: Some(NOW_US + 9), ..new.clone() }, Differing::End),
            (NewCredential { limited: Some(LimitReason::NotConfirmed), ..new.clone() }, Differing::Limit),
        ];
        for (asked, differing) in cases {
            assert_eq!(issue(&store, 1, &asked), Err(NotIssued::OtherOperation(differing)));
        }
        assert_eq!(issue(&store, 2, &new), Err(NotIssued::OtherOperation(Differing::Change)));
        let misuse = change(&store, move |work| {
            credentials::block(work, &at(1), operation(2), id, BlockReason::Misuse)
        });
        assert_eq!(misuse, Err(NotChanged::OtherOperation(Differing::Change)));
        let elsewhere = change(&store, |work| {
            credentials::block(work, &at(1), operation(2), operation(9), BlockReason::Debt)
        });
        assert_eq!(elsewhere, Err(NotChanged::OtherOperation(Differing::Credential)));
        let nobody = change(&store, |work| credentials::unblock(work, &at(1), operation(8), operation(9)));
        assert_eq!(nobody, Err(NotChanged::NotFound));
        assert_eq!(issue(&store, 7, &plain(operation(9), new.content)), Err(NotIssued::NoMember));
        assert_eq!(store.read(|tx| history(tx, id)).unwrap().len(), 2);
    });
}

#[test]
fn the_quick_look_is_what_the_history_makes() {
    on_both(|engine| {
        let store = engine.open();
        let member = add(&store, named("Anna", "Smith"));
        let content = Content::VirtualCard(DeviceKey::of(&[3; 32]).unwrap());
        let id = issue(&store, 1, &plain(member, content)).unwrap().credential;
        // A fixed walk through all changes, whatever of it the rules allow at each step.
        let mut dice: u64 = 5;
        for step in 0..60_u8 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (which, op) = (dice >> 33, operation(100 + step));
            let now = at(i64::from(step));
            let tried = store.write(move |work| match which % 7 {
                0 => credentials::report_loss(work, &now, op, id),
                1 => credentials::report_found(work, &now, op, id),
                2 => credentials::block(work, &now, op, id, BlockReason::Misuse),
                3 => credentials::unblock(work, &now, op, id),
                4 => credentials::limit(work, &now, op, id, LimitReason::PointsInDispute),
                5 => credentials::lift_limit(work, &now, op, id),
                _ => credentials::renew(work, &now, op, id, Some(now.now_us + 3)),
            });
            let told = tried.unwrap();
            assert!(told.is_ok() || matches!(told, Err(NotChanged::Refused(_))), "{told:?}");
            states_are_right(&store);
        }
        assert!(store.read(|tx| history(tx, id)).unwrap().len() > 20, "{}", engine.name);
        let tampered: Result<u64, ()> = store
            .write(|work| {
                work.tx
                    .execute("UPDATE credentials SET state = 'active', reason = NULL, until_us = 7", &[])
                    .map(Ok)
            })
            .unwrap();
        assert_eq!(tampered, Ok(1));
        let wrong = store.read(verify_states).unwrap();
        assert_eq!(wrong.iter().map(|wrong| wrong.credential).collect::<Vec<_>>(), [id]);
    });
}

#[test]
fn a_pin_is_compared_and_never_read() {
    on_both(|engine| {
        let store = engine.open();
        let member = add(&store, named("Anna", "Smith"));
        let hash = |text| Content::Pin(PinHash::of(&Pin::parse(text).unwrap()).unwrap());
        let id = issue(&store, 1, &plain(member, hash("2580"))).unwrap().credential;
        let second = issue(&store, 2, &plain(member, hash("9182")));
        assert_eq!(second, Err(NotIssued::InUse { credential: id }), "{}", engine.name);
        let lost = change(&store, move |work| credentials::report_loss(work, &at(1), operation(3), id));
        assert_eq!(lost, Err(NotChanged::Refused(ChangeRefusal::CannotBeLost)));
        let all = store.read(|tx| of_member(tx, store.vault(), member, NOW_US)).unwrap();
        let Some(Content::Pin(kept)) = &all[0].content else { panic!("no PIN") };
        assert!(kept.matches(&Pin::parse("2580").unwrap()).unwrap());
        assert!(!kept.matches(&Pin::parse("9182").unwrap()).unwrap());
    });
}

#[test]
fn a_new_pin_takes_the_place_of_the_old_one_and_releases_what_was_tried_too_often() {
    on_both(|engine| {
        let store = engine.open();
        let member = add(&store, named("Anna", "Smith"));
        let set = |number: u8, whose: Id, text: &str| {
            let hash = PinHash::of(&Pin::parse(text).unwrap()).unwrap();
            let step = i64::from(number);
            store.write(move |work| pin::set(work, &at(step), operation(number), whose, &hash)).unwrap()
        };
        let first = set(1, member, "2580").unwrap();
        assert!(!first.repeated && set(1, member, "2580").unwrap().repeated, "{}", engine.name);
        let block = |number: u8, id: Id, reason| {
            let done = move |work: &mut Work<'_, '_>| {
                credentials::block(work, &at(i64::from(number)), operation(number), id, reason)
            };
            change(&store, done).unwrap();
        };
        block(2, first.credential, BlockReason::TooManyTries);
        let off = || store.read(|tx| turned_off(tx, member, CredentialKind::Pin)).unwrap();
        assert_eq!(off(), Some(first.credential));
        let second = set(3, member, "9182").unwrap();
        assert_eq!((second.state, off()), (CredentialState::Active, None));
        assert!(set(3, member, "9182").unwrap().repeated && set(1, member, "2580").unwrap().repeated);
        let all = store.read(|tx| of_member(tx, store.vault(), member, NOW_US + 100)).unwrap();
        assert_eq!(all.iter().filter(|kept| kept.replaced_by.is_none()).count(), 1);
        block(4, second.credential, BlockReason::Misuse);
        assert_eq!(set(5, member, "7531"), Err(NotSet::Blocked));
        let other = add(&store, named("Olga", "Smith"));
        assert_eq!(set(3, other, "9182"), Err(NotSet::OtherOperation));
        assert_eq!(set(6, operation(77), "2580"), Err(NotSet::NoMember));
        states_are_right(&store);
    });
}

#[test]
fn nothing_biometric_is_issued_without_a_permit() {
    on_both(|engine| {
        let store = engine.open();
        let member = add(&store, named("Anna", "Smith"));
        let refused = Err(NotIssued::Refused(IssueRefusal::PermitMissing));
        assert_eq!(issue(&store, 1, &plain(member, Content::FaceHere)), refused, "{}", engine.name);
    });
}

#[test]
fn s09_a_loss_whose_entry_cannot_be_written_is_not_recorded() {
    on_both(|engine| {
        let store = engine.open();
        let member = add(&store, named("Anna", "Smith"));
        let id = issue(&store, 1, &plain(member, Content::Card(hex("04A23B1C")))).unwrap().credential;
        let failed = store.write(move |work| {
            work.tx.execute("DROP TABLE audit_entries", &[])?;
            credentials::report_loss(work, &at(1), operation(2), id)
        });
        assert!(failed.is_err(), "{}", engine.name);
        assert_eq!(store.read(|tx| history(tx, id)).unwrap().len(), 1);
        states_are_right(&store);
    });
}

#[test]
fn what_is_found_under_a_merged_profile_is_the_kept_members() {
    on_both(|engine| {
        let store = engine.open();
        let (kept, absorbed) = (add(&store, named("Anna", "Smith")), add(&store, named("A.", "Smith")));
        issue(&store, 1, &plain(absorbed, Content::Card(hex("04A23B1C")))).unwrap();
        let merged =
            store.write(move |work| bonafide_store::members::merging::merge(work, &acting(), kept, absorbed));
        merged.unwrap().unwrap();
        assert!(
            matches!(shown(&store, Shown::Card(&hex("04A23B1C"))),
            Holders::One(holder) if holder.member == kept),
            "{}",
            engine.name
        );
        let all = store.read(|tx| of_member(tx, store.vault(), kept, NOW_US)).unwrap();
        assert_eq!(all.iter().map(|credential| credential.member).collect::<Vec<_>>(), [absorbed]);
    });
}

#[test]
fn a_card_moved_to_another_row_does_not_open() {
    on_both(|engine| {
        let store = engine.open();
        let (one, other) = (add(&store, named("Anna", "Smith")), add(&store, named("Olga", "Smith")));
        let first = issue(&store, 1, &plain(one, Content::Card(hex("04A23B1C")))).unwrap().credential;
        let second = issue(&store, 2, &plain(other, Content::Card(hex("0B0B0B0B")))).unwrap().credential;
        let moved: Result<u64, ()> = store
            .write(move |work| {
                work.tx.execute(
                    "UPDATE credentials SET content_sealed = (SELECT content_sealed FROM credentials WHERE id = $1) WHERE id = $2",
                    values![first, second],
                )
                .map(Ok)
            })
            .unwrap();
        assert_eq!(moved, Ok(1));
        assert!(
            store.read(|tx| of_member(tx, store.vault(), other, NOW_US).map(drop)).is_err(),
            "{}",
            engine.name
        );
    });
}

/// All statements of this crate, in one text.
fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn nothing_changes_a_history_or_a_certificate() {
    let mut text = String::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
    assert!(text.contains("INSERT INTO credential_events"));
    for table in ["credential_events", "consent_events", "erasure_certificates"] {
        assert!(!text.contains(&format!("UPDATE {table}")), "{table}");
        let deletions = text.matches(&format!("DELETE FROM {table}")).count();
        let allowed = if table == "erasure_certificates" { 0 } else { 1 };
        assert_eq!(deletions, allowed, "{table}: only an erasure takes it away");
    }
}
