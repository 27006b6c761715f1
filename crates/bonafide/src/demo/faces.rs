//! The few people of the demo of whom there are photos: enrolled with their consent at the club that keeps templates itself.

use std::num::NonZeroUsize;
use std::path::Path;

use bonafide_domain::access_method::Method;
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::card::{ByteOrder, CardNumber};
use bonafide_domain::consent::{
    Channel, ConsentRecord, ConsentText, Evidence, Giver, Keeping, Modality, Purpose, Term,
};
use bonafide_domain::id::{ConsentId, StaffId};
use bonafide_domain::profile::{BirthDate, Category, Language, PersonName};
use bonafide_faces::engine::Engine;
use bonafide_faces::photo::{KEPT_SIDE_PX_MAX, to_jpeg};
use bonafide_faces::quality::QualityLimits;
use bonafide_faces::template::Template;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::consents::{self, Question, texts};
use bonafide_store::credentials::content::Content;
use bonafide_store::credentials::{self, NewCredential};
use bonafide_store::id::Id;
use bonafide_store::ledger::{self, programmes};
use bonafide_store::members::photo;
use bonafide_store::members::profile::Profile;
use bonafide_store::memberships::Asked;
use bonafide_store::memberships::sale::{Order, sell};
use bonafide_store::organisation::branch::{self, Branch};
use bonafide_store::store::{Store, Work};
use bonafide_store::{members, plans};
use jiff::civil::Date;
use zeroize::Zeroizing;

use super::dice::Dice;
use super::sites::House;
use super::stop::{Allowed, Known, Stop, write};
use crate::capture::{capture_file, engine, read_photo};
use crate::failure::Failure;
use crate::flows::enrolment::Enrolment;
use crate::folder::{self, Person};

/// The plan that they have.
const PLAN: &str = "Year";

/// What a photo becomes.
struct Taken {
    name: String,
    templates: Vec<Template>,
    jpeg: Zeroizing<Vec<u8>>,
}

/// The club, with what the law asks there.
#[derive(Clone)]
struct Club {
    id: Id,
    branch: Branch,
    texts: Vec<(Modality, Purpose, ConsentText)>,
    plan: Id,
    today: Date,
}

/// Enrols the people of a folder: one subfolder of photos for each. Photos that are not good enough are left out, and whoever
/// has no other is too. The answer is how many people were enrolled.
///
/// # Errors
/// When the folder cannot be read, `demo_refused`, and the keys of faults.
pub fn enrol(store: &Store, photos: &Path, now_us: i64, seed: u64) -> Result<u32, Failure> {
    let engine = engine(NonZeroUsize::MIN)?;
    let club = club(store, now_us)?;
    let mut enrolled = 0;
    for (number, person) in folder::people(photos)?.into_iter().enumerate() {
        let Some(taken) = taken(&engine, &person)? else { continue };
        let (club, seed) = (club.clone(), seed ^ 0x46_4143_4553);
        write(store, move |work| join(work, &club, &taken, Dice::of(seed, number as u64), now_us))?;
        enrolled += 1;
    }
    Ok(enrolled)
}

fn taken(engine: &Engine, person: &Person) -> Result<Option<Taken>, Failure> {
    let mut made = Vec::new();
    let mut jpeg = None;
    for path in &person.photos {
        match capture_file(engine, path, &QualityLimits::ENROLMENT) {
            Ok(capture) => {
                made.push(capture.template);
                if jpeg.is_none() {
                    let kept = to_jpeg(&read_photo(path)?, KEPT_SIDE_PX_MAX);
                    jpeg = Some(kept.map_err(|why| Failure::new("photo_not_written", why.to_string()))?);
                }
            }
            Err(fault) if fault.key == "network_fault" => return Err(fault),
            Err(_) => {}
        }
    }
    Ok(jpeg.map(|jpeg| Taken { name: person.name.replace('_', " "), templates: made, jpeg }))
}

fn club(store: &Store, now_us: i64) -> Result<Club, Failure> {
    let missing = || Failure::new("not_a_demo", "the club of the demo is not in the book");
    let name = House::Harbour.site().name;
    let abouts = [
        (Modality::Face, Purpose::Entry),
        (Modality::Face, Purpose::TillRecognition),
        (Modality::ProfilePhoto, Purpose::StaffViewing),
    ];
    let found = store.read(|tx| {
        let Some(kept) = branch::of_name(tx, name)?.pop() else { return Ok(None) };
        let Some(plan) = plans::of_name(tx, PLAN)?.pop() else { return Ok(None) };
        let mut all = Vec::new();
        for (modality, purpose) in abouts {
            let texts = texts::in_force(tx, kept.content.jurisdiction, modality, purpose)?;
            all.extend(texts.into_iter().map(|text| (modality, purpose, text)));
        }
        Ok(Some((kept, plan.id, all)))
    })?;
    let (kept, plan, texts) = found.ok_or_else(missing)?;
    let now = UtcMicros::parse(now_us).map_err(|_| Failure::new("demo_refused", "the clock is not set"))?;
    let today = kept.content.time_zone.calendar().date_of(now);
    Ok(Club { id: kept.id, branch: kept.content, texts, plan, today })
}

fn join(
    work: &mut Work<'_, '_>,
    club: &Club,
    taken: &Taken,
    mut dice: Dice,
    now_us: i64,
) -> Result<(), Stop> {
    let acting = Acting { actor: Actor::Program, origin: "demo".to_owned(), now_us };
    let name = PersonName::parse("The", &titled(&taken.name), "").known("a name")?;
    let profile = Profile {
        birth: Some(BirthDate::parse(Date::constant(1960, 1, 1), club.today).known("a day of birth")?),
        category: Category::Vip,
        language: Some(Language::English),
        home_branch: Some(club.id),
        ..Profile::named(name)
    };
    let (member, _) = members::add(work, &acting, &profile)?;
    let card = CardNumber::from_hex(&format!("{:08X}", dice.next() as u32 | 1), ByteOrder::AsOnCard);
    let content = Content::Bracelet(card.known("a card")?);
    let bracelet = NewCredential { member, content, until_us: None, limited: None };
    credentials::issue(work, &acting, dice.id(), &bracelet, None).allowed("a bracelet")?;
    let asked = Asked { operation: dice.id(), on: club.today };
    let order = Order { asked, member, branch: club.id, plan: club.plan, version: 1, paid: None };
    sell(work, &acting, &order).allowed("a sale")?;
    for (modality, purpose, text) in &club.texts {
        let record = ConsentRecord {
            id: ConsentId(*dice.id().bytes()),
            member: member.into(),
            giver: Giver::Subject,
            text: *text,
            modality: *modality,
            purpose: *purpose,
            term: Term::WhilePurposeLasts,
            channel: Channel::Paper,
            evidence: Evidence::parse("demo form").known("the evidence of a consent")?,
            operator: Some(StaffId(*dice.id().bytes())),
            given_at_us: now_us,
            given_on: club.today,
        };
        consents::give(work, &acting, &record).allowed("a consent")?;
    }
    if let Some(programme) = programmes::of_branch(work.tx, club.id)? {
        ledger::enrol(work, &acting, member, programme).allowed("a member of the programme")?;
    }
    // The consents were given at this very moment: what rests on them comes after.
    be_known(work, club, taken, (member, dice), &Acting { now_us: now_us + 1, ..acting })
}

fn be_known(
    work: &mut Work<'_, '_>,
    club: &Club,
    taken: &Taken,
    (member, mut dice): (Id, Dice),
    acting: &Acting,
) -> Result<(), Stop> {
    let question = |modality, purpose| Question {
        jurisdiction: club.branch.jurisdiction,
        member,
        modality,
        purpose,
        now_us: acting.now_us,
        today: club.today,
    };
    for purpose in [Purpose::Entry, Purpose::TillRecognition] {
        let face = question(Modality::Face, purpose);
        let kept = Enrolment::of(face, Some(Method::CardNumber), dice.id(), &taken.templates);
        kept.map_err(Stop::Refused)?.keep(work, acting).allowed("a face")?;
    }
    let viewing = question(Modality::ProfilePhoto, Purpose::StaffViewing);
    let asked = consents::may_enrol(work.tx, work.vault, &viewing, Keeping::Here, None);
    let permit = asked.allowed("a photo")?;
    photo::put(work, acting, &taken.jpeg, permit).allowed("a photo")?;
    Ok(())
}

/// `vice president` as a name is written.
fn titled(text: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    text.split(' ').map(word).collect::<Vec<String>>().join(" ")
}
