//! Profile photos on both engines: kept with a permit, one for each profile, gone with the consent.

use bonafide_domain::consent::{EnrolmentRefusal, Keeping, Modality, Purpose};
use bonafide_store::id::Id;
use bonafide_store::members::merging::merge;
use bonafide_store::members::photo::{self, NotKept, PHOTO_BYTES_MAX};
use bonafide_store::store::Store;

use crate::club::traced;
use crate::consents::{born, consent, give, permit, put_text, question, withdraw, withdrawal};
use crate::engines::on_both;
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
        let viewed: Result<(), ()> =
            store.write(move |work| photo::note_view(work, &acting(), remaining).map(Ok)).unwrap();
        assert_eq!((viewed, traced(&store, "photo_viewed")), (Ok(()), 1));
    });
}
