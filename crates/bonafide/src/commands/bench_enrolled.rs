//! Members of a measurement whose faces are enrolled, with the consent that the law asks for.

use bonafide_domain::access_method::Method;
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
use bonafide_store::id::Id;
use bonafide_store::members::profile::Profile;
use bonafide_store::store::Work;
use jiff::civil::Date;

use crate::commands::bench_club::{acting, profile};
use crate::demo::stop::{Allowed, Known, Stop};
use crate::flows::enrolment::Enrolment;

/// The faces are random directions, the same in every run.
const SEED: u64 = 0x4249_4F46;

/// What a face needs to be kept.
#[derive(Clone, Copy)]
pub(super) struct Law {
    pub(super) jurisdiction: Jurisdiction,
    purpose: Purpose,
    text: ConsentText,
    /// Components of a template.
    dim: usize,
}

/// The profile of a grown-up.
pub(super) fn adult(number: u32, home_branch: Option<Id>, today: Date) -> Result<Profile, Stop> {
    let born = BirthDate::parse(Date::constant(1970, 1, 1), today).known("a day of birth")?;
    Ok(Profile { birth: Some(born), home_branch, ..profile(number)? })
}

impl Law {
    /// A law under which the house may keep faces itself, with a text in force for a purpose.
    pub(super) fn european(work: &mut Work<'_, '_>, purpose: Purpose, dim: usize) -> Result<Law, Stop> {
        let state = MemberState::with_consent_age(16).known("an age")?;
        let (jurisdiction, modality) = (Jurisdiction::EuropeanUnion(state), Modality::Face);
        let new = NewText {
            jurisdiction,
            modality,
            purpose,
            language: Language::English,
            separate_document: true,
            content: "I agree that my face is compared.".to_owned(),
        };
        texts::put_in_force(work, &acting(), &new).allowed("a text")?;
        let text =
            texts::in_force(work.tx, jurisdiction, modality, purpose)?.pop().known("a text in force")?;
        Ok(Law { jurisdiction, purpose, text, dim })
    }

    /// The face of nobody.
    pub(super) fn random(&self, number: u32) -> Result<Template, Stop> {
        let model = ModelId::parse(SHIPPED_MODEL).known("the recogniser's name")?;
        Template::from_vector(model, random_vector(SEED, number, self.dim)).known("a template")
    }

    /// A member agrees, and is enrolled.
    pub(super) fn be_known(
        &self,
        work: &mut Work<'_, '_>,
        today: Date,
        member: Id,
        face: &Template,
    ) -> Result<(), Stop> {
        let given = acting();
        let (modality, purpose) = (Modality::Face, self.purpose);
        let record = ConsentRecord {
            id: ConsentId(*Id::new(given.now_us)?.bytes()),
            member: member.into(),
            giver: Giver::Subject,
            text: self.text,
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
        let jurisdiction = self.jurisdiction;
        let question = Question { jurisdiction, member, modality, purpose, now_us: now.now_us, today };
        let faces = std::slice::from_ref(face);
        let kept = Enrolment::of(question, Some(Method::CardNumber), Id::new(now.now_us)?, faces);
        kept.map_err(Stop::Refused)?.keep(work, &now).allowed("a face")?;
        Ok(())
    }
}
