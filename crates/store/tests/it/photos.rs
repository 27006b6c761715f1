//! Profile photos on both engines: kept with a permit, one for each profile, gone with the consent.

use bonafide_domain::consent::{ConsentGap, EnrolmentRefusal, Keeping, Modality, Purpose};
use bonafide_store::erasure::repair::{Repaired, repair};
use bonafide_store::erasure::{Cause, certificate, erase};
use bonafide_store::id::Id;
use bonafide_store::members::merging::merge;
use bonafide_store::members::photo::{self, NotKept, PHOTO_BYTES_MAX};
use bonafide_store::store::Store;

use crate::club::traced;
use crate::consents::{born, consent, give, permit, put_text, question, withdraw, withdrawal};
use crate::credentials::operation;
use crate::engines::{NOW_US, on_both};
use crate::members::{acting, add};

const VIEWING: (Modality, Purpose) = (Modality::ProfilePhoto, Purpose::StaffViewing);
const FACE: (Modality, Purpose) = (Modality::Face, Purpose::Entry);

fn keep(
    store: &Store,
    member: Id,
    about: (Modality, Purpose),
    bytes: &[u8],
) -> Result<Result<Id, NotKept>, EnrolmentRefusal> {
    let (question, bytes) = (question(member, about), bytes.to_vec());
    let asked: Result<_, ()> = store
        .write(move |work| {
            Ok(Ok(match permit(work, &question, Keeping::Here)? {
                Ok(permit) => Ok(photo::put(work, &acting(), &bytes, permit)?),
                Err(refusal) => Err(refusal),
            }))
        })
        .unwrap();
    asked.unwrap()
}

fn kept(store: &Store, member: Id) -> Option<Vec<u8>> {
    store.read(|tx| photo::of_member(tx, store.vault(), member)).unwrap().map(|kept| kept.picture.to_vec())
}

#[test]
fn a_photo_is_kept_with_a_consent_and_goes_with_it() {
    on_both(|engine| {
        let store = engine.open();
        let member = add(&store, born(1990));
        assert!(matches!(keep(&store, member, VIEWING, b"picture"), Err(EnrolmentRefusal::Consent(_))));
        let text = put_text(&store, Modality::ProfilePhoto, Purpose::StaffViewing, "your photo");
        give(&store, &consent(1, member, VIEWING, text)).unwrap();
        keep(&store, member, VIEWING, b"picture").unwrap().unwrap();
        keep(&store, member, VIEWING, b"a newer picture").unwrap().unwrap();
        assert_eq!(kept(&store, member).as_deref(), Some(&b"a newer picture"[..]), "{}", engine.name);
        for size in [0, PHOTO_BYTES_MAX + 1] {
            assert_eq!(keep(&store, member, VIEWING, &vec![1; size]).unwrap(), Err(NotKept::Size), "{size}");
        }
        let face = put_text(&store, Modality::Face, Purpose::Entry, "your face");
        give(&store, &consent(2, member, FACE, face)).unwrap();
        assert_eq!(keep(&store, member, FACE, b"picture").unwrap(), Err(NotKept::PermitOfAnother));
        assert_eq!(kept(&store, member).as_deref(), Some(&b"a newer picture"[..]), "nothing was put aside");
        assert_eq!(traced(&store, "photo_stored"), 2);
        withdraw(&store, 9, &withdrawal(member, VIEWING, 10)).unwrap();
        assert_eq!(kept(&store, member), None);
    });
}

#[test]
fn a_person_has_the_photo_of_a_profile_that_was_merged_into_him() {
    on_both(|engine| {
        let store = engine.open();
        let (remaining, absorbed) = (add(&store, born(1990)), add(&store, born(1990)));
        let text = put_text(&store, Modality::ProfilePhoto, Purpose::StaffViewing, "your photo");
        give(&store, &consent(1, absorbed, VIEWING, text)).unwrap();
        keep(&store, absorbed, VIEWING, b"picture").unwrap().unwrap();
        assert_eq!(kept(&store, remaining), None, "{}", engine.name);
        store.write(move |work| merge(work, &acting(), remaining, absorbed)).unwrap().unwrap();
        assert_eq!(kept(&store, remaining).as_deref(), Some(&b"picture"[..]), "{}", engine.name);
        let other = add(&store, born(1990));
        let asked = [other, remaining, absorbed, crate::club::id(9)];
        let have = store.read(|tx| photo::who_have(tx, &asked)).unwrap();
        assert_eq!(have, [remaining, absorbed].into_iter().collect(), "{}", engine.name);
        assert!(store.read(|tx| photo::who_have(tx, &[])).unwrap().is_empty());
        let viewed: Result<(), ()> =
            store.write(move |work| photo::note_view(work, &acting(), remaining).map(Ok)).unwrap();
        assert_eq!((viewed, traced(&store, "photo_viewed")), (Ok(()), 1));
    });
}

#[test]
fn b17_no_old_backup_brings_a_withdrawn_photo_back() {
    on_both(|engine| {
        let store = engine.open();
        let member = add(&store, born(1990));
        let text = put_text(&store, Modality::ProfilePhoto, Purpose::StaffViewing, "your photo");
        give(&store, &consent(1, member, VIEWING, text)).unwrap();
        keep(&store, member, VIEWING, b"an older picture").unwrap().unwrap();
        keep(&store, member, VIEWING, b"picture").unwrap().unwrap();
        drop(store);
        let backup = engine.backup();
        let store = engine.open();
        // One that came after the backup takes its place; what is withdrawn then was in no backup, and its key was.
        keep(&store, member, VIEWING, b"a newer picture").unwrap().unwrap();
        let withdrawn = withdraw(&store, 9, &withdrawal(member, VIEWING, 10)).unwrap();
        let certificate = store.read(|tx| certificate::get(tx, &store.vault().ring(), operation(9)));
        let destroyed = certificate.unwrap().unwrap().destroyed;
        let about_it = (withdrawn.certificate, destroyed.keys.len(), destroyed.rows["member_photos"]);
        assert_eq!(about_it, (Some(operation(9)), 1, 1), "{}", engine.name);
        let list = store.vault().destroyed().unwrap();
        drop(store);

        let store = backup.open();
        assert_eq!(kept(&store, member).as_deref(), Some(&b"picture"[..]), "before the list is replayed");
        assert_eq!(store.vault().replay_destroyed(&list).unwrap(), 1);
        assert_eq!(
            repair(&store, NOW_US + 30).unwrap(),
            Repaired { photos: 1, told: 1, ..Repaired::default() }
        );
        assert_eq!(kept(&store, member), None, "{}", engine.name);
        let again = keep(&store, member, VIEWING, b"picture");
        assert!(matches!(again, Err(EnrolmentRefusal::Consent(ConsentGap::Withdrawn { .. }))), "{again:?}");
        assert_eq!(repair(&store, NOW_US + 40).unwrap(), Repaired::default(), "once");
        // The key of the photo that was replaced, and spare ones, go a day later; those in use stay.
        let later = repair(&store, NOW_US + 2 * 24 * 60 * 60 * 1_000_000).unwrap();
        assert!(later.unused_keys > 0 && later.photos == 0, "{later:?}");
    });
}

#[test]
fn an_erased_person_leaves_no_photo_and_no_key_of_one() {
    on_both(|engine| {
        let store = engine.open();
        let (member, other) = (add(&store, born(1990)), add(&store, born(1991)));
        let text = put_text(&store, Modality::ProfilePhoto, Purpose::StaffViewing, "your photo");
        for (number, one) in [(1, member), (2, other)] {
            give(&store, &consent(number, one, VIEWING, text)).unwrap();
            keep(&store, one, VIEWING, b"picture").unwrap().unwrap();
        }
        let erased = store
            .write(move |work| erase(work, &acting(), operation(8), member, Cause::PersonsWish))
            .unwrap()
            .unwrap();
        assert_eq!(erased.certificate, operation(8));
        assert_eq!(store.vault().destroyed().unwrap().len(), 2, "{}: his own and the photo's", engine.name);
        // A day later the unused keys go, and a photo that is in use still opens.
        repair(&store, NOW_US + 2 * 24 * 60 * 60 * 1_000_000).unwrap();
        drop(store);
        let store = engine.open();
        assert_eq!(kept(&store, member), None);
        assert_eq!(kept(&store, other).as_deref(), Some(&b"picture"[..]), "{}", engine.name);
    });
}
