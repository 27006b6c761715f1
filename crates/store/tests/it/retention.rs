//! What must go when nothing is left to keep it for, on both engines.

use bonafide_domain::consent::{Cause as Why, ConsentRecord, Modality, Term};
use bonafide_domain::credential::{BlockReason, CredentialState};
use bonafide_store::audit::entry::Acting;
use bonafide_store::credentials::find::of_member;
use bonafide_store::credentials::history::verify_states;
use bonafide_store::erasure::retention::{Due, RENEWAL_WAIT_DAYS, destroy, due};
use bonafide_store::erasure::{Cause, certificate};
use bonafide_store::id::Id;
use bonafide_store::members::merging::merge;
use bonafide_store::memberships::sale::Order;
use bonafide_store::memberships::{self, command};
use bonafide_store::store::Store;
use jiff::civil::date;

use crate::club::{Club, asked, done, monthly, on_day, sold, wrote};
use crate::consents::{ENTRY, consent, give, put_text};
use crate::engines::{NOW_US, on_both};
use crate::members::acting;
use crate::templates::{enrolled, gallery, issue_face, keep};

const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

fn due_at(store: &Store, days: i64) -> Vec<Due> {
    store.read(|tx| due(tx, NOW_US + days * DAY_US)).unwrap()
}

fn destroyed(store: &Store, days: i64, one: Due) -> Option<Id> {
    let acting = Acting { now_us: NOW_US + days * DAY_US, ..acting() };
    let id = Id::from_bytes([77; 16]);
    let done = wrote(store, move |work| destroy(work, &acting, id, &one));
    done.and_then(|done| done.certificate)
}

#[test]
fn a_face_goes_with_its_consent_and_the_rest_of_the_member_stays() {
    on_both(|engine| {
        let store = engine.open();
        let member = enrolled(&store, 1);
        assert_eq!(due_at(&store, 0), [], "{}", engine.name);
        // The law is not known, for there is no branch: the strictest, three years at most.
        let legal = due_at(&store, 3 * 366);
        let [one] = legal.as_slice() else { panic!("{}: {legal:?}", engine.name) };
        assert_eq!((one.member, one.modality), (member, Modality::Face));
        assert!(matches!(one.destruction.cause, Why::LegalTerm(_)), "{one:?}");
        assert_eq!(destroyed(&store, 0, *one), None, "{}: not yet", engine.name);

        let id = destroyed(&store, 3 * 366, *one).unwrap();
        let kept = store.read(|tx| certificate::get(tx, &store.vault().ring(), id)).unwrap().unwrap();
        assert_eq!((kept.cause, kept.about), (Cause::RetentionEnded, Some(ENTRY)), "{}", engine.name);
        assert!(gallery(&store, store.vault(), "net-1").is_empty());
        let credentials =
            store.read(|tx| of_member(tx, store.vault(), member, NOW_US + 4 * 366 * DAY_US)).unwrap();
        assert_eq!(credentials[0].state, CredentialState::Blocked(BlockReason::RetentionEnded));
        assert_eq!(store.read(verify_states).unwrap(), []);
        assert_eq!(due_at(&store, 3 * 366), [], "once");
        // Whoever comes back is enrolled anew.
        issue_face(&store, 150, member).unwrap();
        keep(&store, 151, member, "net-1").unwrap();
        assert_eq!(gallery(&store, store.vault(), "net-1").len(), 1, "{}", engine.name);
    });
}

#[test]
fn a_consent_for_so_long_and_a_membership_that_ended_are_earlier() {
    on_both(|engine| {
        let store = engine.open();
        let member = enrolled(&store, 1);
        let text = put_text(&store, ENTRY.0, ENTRY.1, "face");
        // Given for forty days, and then without an end: the last consent counts.
        let until = Term::Until { until_us: NOW_US + 40 * DAY_US };
        let short = ConsentRecord { term: until, given_at_us: NOW_US + 1, ..consent(9, member, ENTRY, text) };
        give(&store, &short).unwrap();
        assert_eq!(due_at(&store, 39), [], "{}", engine.name);
        let found = due_at(&store, 40);
        assert_eq!(found.iter().map(|one| one.destruction.cause).collect::<Vec<_>>(), [Why::ConsentEnded]);
        give(&store, &ConsentRecord { given_at_us: NOW_US + 2, ..consent(10, member, ENTRY, text) }).unwrap();
        assert_eq!(due_at(&store, 40), [], "{}", engine.name);

        let club = Club::open(&store);
        let plan = club.plan(&store, "Month", &monthly(club.solarium));
        sold(&store, Order { member, ..club.order(1, plan) });
        let last_day = on_day(30);
        let gone = bonafide_domain::calendar::days_after(last_day, 1 + RENEWAL_WAIT_DAYS).unwrap();
        // NOW_US is the 21st of September; the month begins on the 1st of October.
        let days = bonafide_domain::calendar::days_between(date(2026, 9, 21), gone);
        assert_eq!(due_at(&store, days - 1), [], "{}", engine.name);
        let found = due_at(&store, days);
        let [one] = found.as_slice() else { panic!("{}: {found:?}", engine.name) };
        assert_eq!((one.destruction.cause, one.destruction.by), (Why::PurposeEnded, gone));
        // Cancelled, it ended earlier; with the membership of a profile that he was merged into, later.
        let membership = store.read(|tx| memberships::of_member(tx, member)).unwrap()[0].id;
        done(&store, move |work| command::cancel(work, &acting(), membership, asked(2, 4)));
        let cancelled = due_at(&store, days);
        assert_eq!(cancelled.len(), 1, "{}: a cancellation is an end", engine.name);
        assert!(cancelled[0].destruction.by < gone, "{cancelled:?}");
        let anna = club.anna;
        done(&store, move |work| merge(work, &acting(), anna, member));
        sold(&store, Order { asked: asked(3, 300), ..club.order(3, plan) });
        assert_eq!(due_at(&store, days), [], "{}: one person", engine.name);
    });
}
