//! Face templates on both engines: sealed for one member, purpose and model; nothing without a permit.

use bonafide_domain::consent::{EnrolmentRefusal, Keeping, Modality, Purpose};
use bonafide_store::credentials::content::Content;
use bonafide_store::credentials::{self, Done, NotIssued};
use bonafide_store::dialect::Place;
use bonafide_store::fault::FaultKind;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::store::Store;
use bonafide_store::templates::{self, Entry, Model, NewTemplate, NotKept, TEMPLATES_MAX};
use bonafide_store::values;
use zeroize::Zeroizing;

use crate::consents::{ENTRY, born, consent, enrolment, give, permit, put_text, question};
use crate::credentials::{operation, plain};
use crate::engines::{NOW_US, on_both, sqlite};
use crate::members::{acting, add};

pub(crate) const IMAGE: &[u8] = b"the picture that a template was made from";

pub(crate) fn model(name: &str) -> Model {
    Model::parse(name).unwrap()
}

/// A template that can be told from all others.
pub(crate) fn bytes(number: u8) -> Vec<u8> {
    format!("template of number {number}, in the clear").into_bytes()
}

/// A member with a consent to be recognised at the door.
pub(crate) fn consenting(store: &Store, number: u8) -> Id {
    let member = add(store, born(1990));
    let text = put_text(store, Modality::Face, Purpose::Entry, "face");
    give(store, &consent(number, member, ENTRY, text)).unwrap();
    member
}

pub(crate) fn issue_face(store: &Store, number: u8, member: Id) -> Result<Done, NotIssued> {
    let question = question(member, ENTRY);
    store
        .write(move |work| {
            let permit = permit(work, &question, Keeping::Here)?.unwrap();
            let new = plain(member, Content::FaceHere);
            credentials::issue(work, &acting(), operation(number), &new, Some(permit))
        })
        .unwrap()
}

pub(crate) fn keep(store: &Store, number: u8, member: Id, name: &str) -> Result<(), NotKept> {
    let (question, model) = (question(member, ENTRY), model(name));
    store
        .write(move |work| {
            let permit = permit(work, &question, Keeping::Here)?.unwrap().for_template().unwrap();
            let new = NewTemplate {
                id: operation(number),
                model: model.clone(),
                template: Zeroizing::new(bytes(number)),
                image: Some(Zeroizing::new(IMAGE.to_vec())),
            };
            templates::add(work, &acting(), &new, permit)
        })
        .unwrap()
}

/// A member with a face credential and one template.
pub(crate) fn enrolled(store: &Store, number: u8) -> Id {
    let member = consenting(store, number);
    issue_face(store, 100 + number, member).unwrap();
    keep(store, number, member, "net-1").unwrap();
    member
}

pub(crate) fn gallery(store: &Store, vault: &Vault, name: &str) -> Vec<Entry> {
    let (mut entries, model) = (Vec::new(), model(name));
    store
        .read(|tx| {
            templates::for_each(tx, vault, &model, Purpose::Entry, NOW_US + 60, |entry| {
                entries.push(entry);
                Ok(())
            })
        })
        .unwrap();
    entries
}

#[test]
fn a_template_comes_back_for_the_gallery_and_only_with_a_consent() {
    on_both(|engine| {
        let store = engine.open();
        let stranger = add(&store, born(1990));
        let refused = enrolment(&store, &question(stranger, ENTRY));
        assert!(matches!(refused, Err(EnrolmentRefusal::Consent(_))), "{}", engine.name);
        let member = consenting(&store, 1);
        assert_eq!(keep(&store, 1, member, "net-1"), Err(NotKept::NoCredential));
        let issued = issue_face(&store, 101, member).unwrap();
        assert_eq!(issue_face(&store, 101, member), Ok(Done { repeated: true, ..issued }), "asked again");
        let second = issue_face(&store, 102, member);
        assert_eq!(second, Err(NotIssued::InUse { credential: issued.credential }));
        assert_eq!(keep(&store, 1, member, "net-1"), Ok(()));
        assert_eq!(keep(&store, 1, member, "net-1"), Ok(()), "asked again");
        assert_eq!(keep(&store, 1, member, "net-2"), Err(NotKept::OtherOperation));
        drop(store);

        let store = engine.open();
        let entries = gallery(&store, store.vault(), "net-1");
        let [entry] = entries.as_slice() else { panic!("{}: {} entries", engine.name, entries.len()) };
        assert_eq!((entry.member, entry.number, entry.id), (member, 1, operation(1)));
        assert!(entry.template.as_ref().is_ok_and(|template| **template == bytes(1)));
        let image = store.read(|tx| templates::source_image(tx, store.vault(), operation(1))).unwrap();
        assert_eq!(image.as_deref().map(Vec::as_slice), Some(IMAGE));
        for number in 2..=u8::try_from(TEMPLATES_MAX).unwrap() {
            keep(&store, number, member, "net-1").unwrap();
        }
        assert_eq!(keep(&store, 50, member, "net-1"), Err(NotKept::TooMany));
    });
}

#[test]
fn b08_stolen_templates_open_with_no_other_keys() {
    on_both(|engine| {
        let store = engine.open();
        enrolled(&store, 1);
        let thief = engine_of_another_installation();
        let entries = gallery(&store, thief.vault(), "net-1");
        assert_eq!(entries.len(), 1, "{}", engine.name);
        assert!(entries.iter().all(|entry| entry.template.is_err()));
    });
    let engine = sqlite();
    let store = engine.open();
    enrolled(&store, 1);
    drop(store);
    let Place::File(book) = &engine.places.book else { panic!("a file") };
    let file = std::fs::read(book).unwrap();
    for secret in [&bytes(1)[..], IMAGE] {
        assert!(!file.windows(secret.len()).any(|window| window == secret), "in the clear");
    }
}

fn engine_of_another_installation() -> Store {
    sqlite().open()
}

#[test]
fn b09_a_template_moved_to_another_row_does_not_open_and_the_others_do() {
    on_both(|engine| {
        let store = engine.open();
        let (one, other, third) = (enrolled(&store, 1), enrolled(&store, 2), enrolled(&store, 3));
        let moved: Result<u64, ()> = store
            .write(move |work| {
                // With the key too, as somebody with the database's tools would do it.
                work.tx.execute("UPDATE credentials SET key_id = NULL WHERE member_id = $1", values![other])?;
                work.tx.execute(
                    "UPDATE face_templates SET template_sealed = (SELECT template_sealed FROM face_templates WHERE member_id = $1),
                         credential_id = (SELECT id FROM credentials WHERE member_id = $1)
                     WHERE member_id = $2",
                    values![one, other],
                )
                .map(Ok)
            })
            .unwrap();
        assert_eq!(moved, Ok(1));
        let opened: Vec<_> = gallery(&store, store.vault(), "net-1")
            .into_iter()
            .map(|entry| (entry.member, entry.template.map(drop).map_err(|fault| fault.kind)))
            .collect();
        let expected = [(one, Ok(())), (other, Err(FaultKind::Damaged)), (third, Ok(()))];
        assert_eq!(opened, expected, "{}", engine.name);
    });
}

#[test]
fn b15_a_template_is_of_one_model_and_one_purpose() {
    on_both(|engine| {
        let store = engine.open();
        let member = enrolled(&store, 1);
        keep(&store, 2, member, "net-2").unwrap();
        let ids =
            |name| gallery(&store, store.vault(), name).iter().map(|entry| entry.id).collect::<Vec<_>>();
        assert_eq!((ids("net-1"), ids("net-2")), (vec![operation(1)], vec![operation(2)]), "{}", engine.name);
        let models = store.read(templates::models).unwrap();
        assert_eq!(models, [(model("net-1"), 1), (model("net-2"), 1)]);
        for (column, word) in [("model", "net-3"), ("purpose", "till_recognition")] {
            let sql = format!("UPDATE face_templates SET {column} = $1 WHERE id = $2");
            let renamed: Result<u64, ()> =
                store.write(move |work| work.tx.execute(&sql, values![word, operation(1)]).map(Ok)).unwrap();
            assert_eq!(renamed, Ok(1));
            if column == "model" {
                let entries = gallery(&store, store.vault(), "net-3");
                assert_eq!(entries.len(), 1);
                assert!(entries[0].template.is_err(), "the old numbers under the new model's name");
            }
        }
        assert!(
            gallery(&store, store.vault(), "net-3").is_empty(),
            "for the till now, and not opened there either"
        );
    });
}
