//! What is planted is readable nowhere: not in the book, the keys, the logs of either engine, a backup or a copy before a
//! migration, neither as it is nor in hexadecimal digits.

use std::path::{Path, PathBuf};

use bonafide_domain::card::ClubNumber;
use bonafide_domain::consent::{
    ConsentRecord, Evidence, Giver, Keeping, Modality, ProviderDecision, ProviderResult, Purpose,
    VendorReference,
};
use bonafide_domain::profile::{
    DocumentKind, EmailAddress, GuardianKind, IdentityDocument, Messenger, MessengerKind, Note, PersonName,
    Phone, Tag,
};
use bonafide_store::consents;
use bonafide_store::credentials;
use bonafide_store::credentials::content::{Content, DeviceKey, Trait};
use bonafide_store::credentials::pin::{Pin, PinHash};
use bonafide_store::dialect::Place;
use bonafide_store::directory::Directory;
use bonafide_store::erasure::{Cause, erase};
use bonafide_store::id::Id;
use bonafide_store::imports::{ImportedRow, take};
use bonafide_store::members::lookup::duplicates;
use bonafide_store::members::merging::{merge, undo};
use bonafide_store::members::profile::{Guardian, Profile};
use bonafide_store::members::{self};
use bonafide_store::person_export::{export, photos};
use bonafide_store::search::folded_key;
use bonafide_store::store::Store;
use bonafide_store::templates::{self, NewTemplate};
use bonafide_testkit::cluster::cluster;
use zeroize::Zeroizing;

use crate::club::{done, wrote};
use crate::consents::{born, consent, permit, put_text, question, withdraw, withdrawal};
use crate::credentials::{hex, issue, operation, plain};
use crate::engines::{Engine, on_both, secret};
use crate::members::{acting, add, change, named};
use crate::templates::model;

/// Everything that is planted. Each stands once, so that what is found tells where it came from.
const PLANTED: [&str; 44] = [
    // Anna, a member with everything.
    "Quetzalcoatlina",
    "Zanzibarovskaya",
    "Xylophonovna",
    "+79991230001",
    "+8613912340002",
    "Planted.Address@Example.com",
    "planted.address@example.com",
    "planted_telegram",
    "plantedwechat",
    "4510PL0001",
    "PLANTED778899",
    "Planted Street 1, Tomsk",
    "planted note, first line",
    "planted note, second line",
    "Guardianolda",
    "Guardianovskaya",
    "+79991230003",
    // As she was before a change, in Cyrillic, and a Chinese namesake who is merged into her.
    "Занзибарина",
    "Кецалькоатльская",
    "+79991230004",
    "饕餮魑魅",
    "+8613912340005",
    // What she carries and is.
    "PLANTEDCLUB01",
    "planted device key, its sixteen bytes and more",
    "73918264",
    "ebs:planted-reference",
    "planted-transaction-1",
    "planted-vendor-slot-7",
    "planted template in the clear",
    "planted picture in the clear",
    // Her consents.
    "planted scan of a form 12",
    "planted power of attorney",
    // Somebody from a spreadsheet.
    "Spreadsheetina",
    "Importovskaya",
    "+79991230006",
    "imported.planted@example.com",
    "PLANTEDCARD02",
    "planted note of a list",
    // Somebody who is erased, and somebody who was only looked for.
    "Erasedandra",
    "Goneovskaya",
    "+79991230007",
    "Onlyaskedia",
    "+79991230008",
    // Her photo, which was not scaled by anybody.
    "planted profile photo in the clear",
];

/// A tag is plain, and is found: the search looks in the right places.
const PLAIN: &str = "a tag that everybody may read";

/// The bytes of a card's own number: what a reader says.
const CARD: &str = "E7C1A59B3D5F70428896";

fn phone(text: &str) -> Phone {
    Phone::parse(text).unwrap()
}

fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

fn name(given: &str, family: &str, middle: &str) -> PersonName {
    PersonName::parse(given, family, middle).unwrap()
}

fn anna() -> Profile {
    Profile {
        phones: vec![phone(PLANTED[3]), phone(PLANTED[4])],
        emails: vec![email(PLANTED[5])],
        messengers: vec![
            Messenger::parse(MessengerKind::Telegram, PLANTED[7]).unwrap(),
            Messenger::parse(MessengerKind::WeChat, PLANTED[8]).unwrap(),
        ],
        documents: vec![
            IdentityDocument::parse(DocumentKind::Passport, PLANTED[9]).unwrap(),
            IdentityDocument::parse(DocumentKind::DrivingLicence, PLANTED[10]).unwrap(),
        ],
        address: Some(PLANTED[11].to_owned()),
        note: Some(Note::parse(&format!("{}\n{}", PLANTED[12], PLANTED[13])).unwrap()),
        guardian: Some(Guardian {
            kind: GuardianKind::Parent,
            name: name(PLANTED[14], PLANTED[15], ""),
            phone: Some(phone(PLANTED[16])),
        }),
        name: name(PLANTED[0], PLANTED[1], PLANTED[2]),
        tags: vec![Tag::parse(PLAIN).unwrap()],
        ..born(1990)
    }
}

/// Adds, changes, merges and separates her; leaves her as the only one who is found.
fn plant_profiles(store: &Store) -> Id {
    let before =
        Profile { phones: vec![phone(PLANTED[19])], name: name(PLANTED[17], PLANTED[18], ""), ..born(1990) };
    let id = add(store, before);
    change(store, id, 1, anna()).unwrap();
    let namesake = Profile { phones: vec![phone(PLANTED[21])], ..Profile::named(name(PLANTED[20], "", "")) };
    let namesake = add(store, namesake);
    done(store, move |work| merge(work, &acting(), id, namesake));
    done(store, move |work| undo(work, &acting(), namesake));
    done(store, move |work| merge(work, &acting(), id, namesake));
    let asked = Profile { phones: vec![phone(PLANTED[42])], ..named(PLANTED[41], "Nobody") };
    store.read(|tx| duplicates(tx, store.vault(), &asked, &[], folded_key)).unwrap();
    id
}

fn plant_plain_credentials(store: &Store, member: Id) {
    let pin = PinHash::of(&Pin::parse(PLANTED[24]).unwrap()).unwrap();
    let contents = [
        Content::ClubNumber(ClubNumber::parse(PLANTED[22]).unwrap()),
        Content::VirtualCard(DeviceKey::of(PLANTED[23].as_bytes()).unwrap()),
        Content::Pin(pin),
        Content::Phone(phone(PLANTED[3])),
        Content::Card(hex(CARD)),
    ];
    for (number, content) in (1..).zip(contents) {
        issue(store, number, &plain(member, content)).unwrap();
    }
}

/// A consent for each, a provider's, a vendor's and a face of our own; one of them withdrawn.
fn plant_biometrics(store: &Store, member: Id) {
    let result = ProviderResult::parse(PLANTED[25], ProviderDecision::Confirmed, PLANTED[26]).unwrap();
    let vendor = VendorReference::parse(PLANTED[27]).unwrap();
    let kinds = [
        ((Modality::Voice, Purpose::Entry), Content::AtProvider(Trait::Voice, result), Keeping::AtProvider),
        (
            (Modality::FingerprintOrPalm, Purpose::Entry),
            Content::InDevice(Trait::Palm, vendor),
            Keeping::InDevice,
        ),
        ((Modality::Face, Purpose::Entry), Content::FaceHere, Keeping::Here),
    ];
    for (number, (about, content, keeping)) in (20..).zip(kinds) {
        let text = put_text(store, about.0, about.1, &format!("text {number}"));
        let record = ConsentRecord {
            evidence: Evidence::parse(PLANTED[30]).unwrap(),
            ..consent(number, member, about, text)
        };
        done(store, move |work| consents::give(work, &acting(), &record));
        let asked = question(member, about);
        done(store, move |work| {
            let permit = permit(work, &asked, keeping)?.unwrap();
            let new = plain(member, content.clone());
            credentials::issue(work, &acting(), operation(number + 20), &new, Some(permit))
        });
    }
    let asked = question(member, (Modality::Face, Purpose::Entry));
    done(store, move |work| {
        let permit = permit(work, &asked, Keeping::Here)?.unwrap().for_template().unwrap();
        let new = NewTemplate {
            id: operation(60),
            model: model("net-1"),
            template: Zeroizing::new(PLANTED[28].as_bytes().to_vec()),
            image: Some(Zeroizing::new(PLANTED[29].as_bytes().to_vec())),
        };
        templates::add(work, &acting(), &new, permit)
    });
    let viewing = (Modality::ProfilePhoto, Purpose::StaffViewing);
    let text = put_text(store, viewing.0, viewing.1, "your photo");
    let record = consent(71, member, viewing, text);
    done(store, move |work| consents::give(work, &acting(), &record));
    let asked = question(member, viewing);
    done(store, move |work| {
        let permit = permit(work, &asked, Keeping::Here)?.unwrap();
        members::photo::put(work, &acting(), PLANTED[43].as_bytes(), permit)
    });
    let by = Giver::Representative {
        kind: GuardianKind::AppointedGuardian,
        proof: Evidence::parse(PLANTED[31]).unwrap(),
    };
    let withdrawn = bonafide_domain::consent::Withdrawal {
        by,
        ..withdrawal(member, (Modality::Voice, Purpose::Entry), 5)
    };
    withdraw(store, 70, &withdrawn).unwrap();
}

fn plant_others(store: &Store) {
    let row = || ImportedRow {
        cards: vec![Content::ClubNumber(ClubNumber::parse(PLANTED[36]).unwrap())],
        ..ImportedRow::of(
            [7; 16],
            Profile {
                phones: vec![phone(PLANTED[34])],
                emails: vec![email(PLANTED[35])],
                note: Some(Note::parse(PLANTED[37]).unwrap()),
                ..named(PLANTED[32], PLANTED[33])
            },
        )
    };
    for _ in 0..2 {
        wrote(store, move |work| take(work, &acting(), &row(), false));
    }
    let gone = Profile { phones: vec![phone(PLANTED[40])], ..named(PLANTED[38], PLANTED[39]) };
    let gone = add(store, gone);
    wrote(store, move |work| members::note_view(work, &acting(), gone));
    done(store, move |work| erase(work, &acting(), operation(80), gone, Cause::PersonsWish));
}

/// Reads everything back, so that reading leaves nothing either.
fn read_back(store: &Store, member: Id) {
    Directory::new().load(store, |_| ()).unwrap();
    let whole = wrote(store, move |work| export(work, &acting(), member)).unwrap();
    assert!(!whole.profiles.is_empty());
    let mut pictures = 0;
    store
        .read(|tx| {
            photos(tx, store.vault(), member, |_, picture| {
                let planted = [PLANTED[29], PLANTED[43]].map(str::as_bytes);
                pictures += usize::from(planted.contains(&picture.as_slice()));
                Ok(())
            })
        })
        .unwrap();
    assert_eq!(pictures, 2, "what is looked for is there");
    store.vault().begin_rotation(&secret()).unwrap();
    store.vault().end_rotation(&secret()).unwrap();
}

/// All files under a folder, in one go.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => files(&entry.path(), found),
            kind if kind.is_file() => found.push(entry.path()),
            _ => {}
        }
    }
}

/// Where an installation leaves anything: its folder, and of a server its databases, its log of changes and its words.
fn traces(engine: &Engine) -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(engine.folder(), &mut found);
    for place in [&engine.places.book, &engine.places.keys] {
        let Place::Server(address) = place else { continue };
        let mut client = ::postgres::Client::connect(address, ::postgres::NoTls).unwrap();
        client.batch_execute("CHECKPOINT").unwrap();
        let oid = "SELECT oid FROM pg_database WHERE datname = current_database()";
        let oid: u32 = client.query_one(oid, &[]).unwrap().get(0);
        let server = cluster().unwrap().folder();
        files(&server.join("data/base").join(oid.to_string()), &mut found);
        files(&server.join("data/pg_wal"), &mut found);
        found.push(server.join("server.log"));
    }
    found
}

fn nothing_is_readable(engine: &Engine, what: &str) {
    let mut wanted: Vec<(String, Vec<u8>)> = Vec::new();
    for planted in PLANTED {
        wanted.push((planted.to_owned(), planted.as_bytes().to_vec()));
        let digits: String = planted.bytes().map(|byte| format!("{byte:02x}")).collect();
        wanted.push((format!("{planted} in hex"), digits.into_bytes()));
    }
    wanted.push(("the card".to_owned(), hex(CARD).bytes().to_vec()));
    wanted.push(("the card in hex".to_owned(), CARD.to_lowercase().into_bytes()));
    let all = traces(engine);
    let mut finds_what_is_plain = false;
    for path in all {
        // A server removes files while we look.
        let Ok(bytes) = std::fs::read(&path) else { continue };
        finds_what_is_plain |= memchr::memmem::find(&bytes, PLAIN.as_bytes()).is_some();
        for (words, needle) in &wanted {
            let found = memchr::memmem::find(&bytes, needle);
            assert!(found.is_none(), "{}, {what}: {words} in {} at {found:?}", engine.name, path.display());
        }
    }
    assert!(finds_what_is_plain, "{}, {what}: looked in the wrong places", engine.name);
}

#[test]
fn b24_no_planted_text_is_readable_on_either_engine_or_in_a_backup() {
    on_both(|engine| {
        let store = engine.open();
        let anna = plant_profiles(&store);
        plant_plain_credentials(&store, anna);
        plant_biometrics(&store, anna);
        plant_others(&store);
        read_back(&store, anna);
        nothing_is_readable(engine, "open");
        drop(store);
        nothing_is_readable(engine, "closed");
        nothing_is_readable(&engine.backup(), "a backup");
    });
}
