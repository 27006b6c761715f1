//! Two branches with a kiosk each: one with all the faces, where a card names the member, and one with so few members that a face may
//! be searched among them.

use std::sync::Arc;

use bonafide_domain::access_method::Method;
use bonafide_domain::admission::rules::{AntiPassback, Passing, Times, WhenCheckDue};
use bonafide_domain::consent::{
    Channel, ConsentRecord, ConsentText, Evidence, Giver, Jurisdiction, MemberState, Modality, Purpose, Term,
};
use bonafide_domain::id::{ConsentId, StaffId};
use bonafide_domain::profile::{BirthDate, Language};
use bonafide_faces::engine::SHIPPED_MODEL;
use bonafide_faces::template::{ModelId, Template};
use bonafide_gallery::measure::random_vector;
use bonafide_store::audit::entry::Acting;
use bonafide_store::consents::texts::{self, NewText};
use bonafide_store::consents::{self, Question};
use bonafide_store::devices::{self, NewDevice, Role};
use bonafide_store::id::Id;
use bonafide_store::members::profile::Profile;
use bonafide_store::organisation::access_point;
use bonafide_store::passages::door::{Setting, set_rules};
use bonafide_store::store::{Store, Work};
use jiff::civil::Date;
use zeroize::Zeroizing;

use crate::commands::bench_club::{
    House, acting, card, door, fill as fill_with, house, join, profile, title,
};
use crate::demo::stop::{Allowed, Known, Stop, write};
use crate::failure::Failure;
use crate::flows::enrolment::Enrolment;

/// The faces are random directions, the same in every run.
const SEED: u64 = 0x4249_4F46;

/// A kiosk, with the key by which it asks.
pub(super) struct KioskKey(pub(super) Zeroizing<String>);

/// What the client knows of the club.
pub(super) struct Club {
    /// Where a card and the face are demanded together.
    pub(super) claiming: KioskKey,
    /// Where the face alone is looked for.
    pub(super) searching: KioskKey,
    /// The card of the member whose face is on the photo, in hexadecimal.
    pub(super) card: String,
}

/// What a face needs to be kept.
#[derive(Clone, Copy)]
struct Law {
    jurisdiction: Jurisdiction,
    text: ConsentText,
    dim: usize,
}

/// Fills an empty book with `count` members of whom `group` belong to the small branch, and the one on the photo to both.
pub(super) fn fill(store: &Arc<Store>, (count, group): (u32, u32), own: &Template) -> Result<Club, Failure> {
    let law = MemberState::with_consent_age(16).map(Jurisdiction::EuropeanUnion);
    let law = law.ok_or_else(|| Failure::new("bench_refused", "a law without an age"))?;
    let dim = own.expose().len();
    let (houses, law, keys) = write(store, move |work| build(work, law, dim))?;
    let [large, small] = houses;
    let own = own.clone();
    fill_with(store, count, move |work, number| {
        // The last one is the member on the photo.
        let (house, home) = match number {
            last if last + 1 == count => (large, None),
            few if few < group => (small, Some(small.branch)),
            _ => (large, Some(large.branch)),
        };
        let face = if home.is_none() { own.clone() } else { random(number, law.dim)? };
        let born = BirthDate::parse(Date::constant(1970, 1, 1), house.today).known("a day of birth")?;
        let profile = Profile { birth: Some(born), home_branch: home, ..profile(number)? };
        let member = join(work, &house, &profile, number)?;
        be_known(work, (law, house.today), member, &face)
    })?;
    let [claiming, searching] = keys;
    Ok(Club { claiming, searching, card: card(count - 1) })
}

fn random(number: u32, dim: usize) -> Result<Template, Stop> {
    let model = ModelId::parse(SHIPPED_MODEL).known("the recogniser's name")?;
    Template::from_vector(model, random_vector(SEED, number, dim)).known("a template")
}

type Built = ([House; 2], Law, [KioskKey; 2]);

fn build(work: &mut Work<'_, '_>, jurisdiction: Jurisdiction, dim: usize) -> Result<Built, Stop> {
    let (large, small) = (house(work, "Large", jurisdiction)?, house(work, "Small", jurisdiction)?);
    let (modality, purpose) = (Modality::Face, Purpose::Entry);
    let text = NewText {
        jurisdiction,
        modality,
        purpose,
        language: Language::English,
        separate_document: true,
        content: "I agree that the doors compare my face.".to_owned(),
    };
    texts::put_in_force(work, &acting(), &text).allowed("a text")?;
    let text = texts::in_force(work.tx, jurisdiction, modality, purpose)?.pop().known("a text in force")?;
    let demanded = [vec![Method::CardNumber, Method::Face], vec![Method::DeviceKey]];
    let claiming = kiosk(work, &large, &demanded)?;
    let searching = kiosk(work, &small, &[])?;
    Ok(([large, small], Law { jurisdiction, text, dim }, [claiming, searching]))
}

fn kiosk(work: &mut Work<'_, '_>, house: &House, demanded: &[Vec<Method>]) -> Result<KioskKey, Stop> {
    let access_point = door(work, house, &[Method::CardNumber, Method::DeviceKey, Method::Face])?;
    // What is measured is one picture and its answer. The pictures of a turning head come before that one.
    access_point::set_liveness(work, &acting(), access_point, false).allowed("a door without liveness")?;
    let setting = Setting {
        combinations: demanded.to_vec(),
        anti_passback: AntiPassback::Off,
        when_check_due: WhenCheckDue::Mark,
        passing: Passing::Reported,
        times: Times::STANDARD,
    };
    set_rules(work, &acting(), access_point, &setting).allowed("the rules of a door")?;
    let new = NewDevice { name: title("Kiosk")?, role: Role::Kiosk { access_point } };
    let registered = devices::register(work, &acting(), &new).allowed("a device")?;
    Ok(KioskKey(registered.token.expose()))
}

fn be_known(
    work: &mut Work<'_, '_>,
    (law, today): (Law, Date),
    member: Id,
    face: &Template,
) -> Result<(), Stop> {
    let given = acting();
    let (modality, purpose) = (Modality::Face, Purpose::Entry);
    let record = ConsentRecord {
        id: ConsentId(*Id::new(given.now_us)?.bytes()),
        member: member.into(),
        giver: Giver::Subject,
        text: law.text,
        modality,
        purpose,
        term: Term::WhilePurposeLasts,
        channel: Channel::Paper,
        evidence: Evidence::parse("made up").known("the evidence of a consent")?,
        operator: Some(StaffId(*Id::new(given.now_us)?.bytes())),
        given_at_us: given.now_us,
        given_on: today,
    };
    consents::give(work, &given, &record).allowed("a consent")?;
    // What rests on the consent comes after it.
    let now = Acting { now_us: given.now_us + 1, ..given };
    let question =
        Question { jurisdiction: law.jurisdiction, member, modality, purpose, now_us: now.now_us, today };
    let faces = std::slice::from_ref(face);
    let kept = Enrolment::of(question, Some(Method::CardNumber), Id::new(now.now_us)?, faces);
    kept.map_err(Stop::Refused)?.keep(work, &now).allowed("a face")?;
    Ok(())
}
