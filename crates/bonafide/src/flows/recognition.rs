//! Who it is: what was presented at a door becomes one member, or the reason why not.

use bonafide_domain::access_method::{Assurance, Method};
use bonafide_domain::card::{CardNumber, ClubNumber};
use bonafide_domain::consent::{Keeping, ProviderDecision, ProviderResult, Purpose, VendorReference};
use bonafide_domain::credential::{CredentialKind, CredentialState};
use bonafide_domain::identify::{Claim, Decision};
use bonafide_domain::profile::Phone;
use bonafide_domain::qr::CodeRefusal;
use bonafide_store::credentials::content::{DeviceKey, Shown as Value, Trait};
use bonafide_store::credentials::find::{self, Holder, Holders};
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::members;
use bonafide_store::passages::{Recognised, Shown, ShownCode, Who};
use bonafide_store::store::{Store, Work};

use crate::failure::Failure;
use crate::finding::{Sought, understood};
use crate::flows::code::{Examined, Finding, examine};

/// One thing that was presented at a door. What has to be proved (a signature, a code, a PIN) has been, by whoever says so here:
/// that takes time, and the transaction does not wait.
#[derive(Clone)]
pub enum Presented {
    /// The number of a card or bracelet.
    Card(CardNumber),
    /// A card or bracelet that has answered a challenge.
    CardProof(CardNumber),
    /// A number of the club's own.
    ClubNumber(ClubNumber),
    /// A member's device that has signed.
    Device(DeviceKey),
    /// A code from a member's screen.
    Code(Examined),
    /// A phone whose code was right.
    PhoneCode(Phone),
    /// The credential of a phone whose code was right.
    PhoneCodeOf(Id),
    /// The member whose code was right that went to his e-mail address: there is no phone of his.
    EmailCodeOf(Id),
    /// The credential of a PIN that was right.
    Pin(Id),
    /// A face, searched among all or compared with the member whom the other things name.
    Face(FaceAnswer),
    /// The answer of an outside provider, and what it vouches for.
    Provider(Trait, ProviderResult, Assurance),
    /// The answer of a vendor's device, and what it vouches for.
    Vendor(Trait, VendorReference, Assurance),
}

impl Presented {
    /// What a reader has typed or a scanner has read: the number of a card, bracelet or member, or a code of a screen; nothing when it
    /// is none of these.
    ///
    /// # Errors
    /// The keys of faults.
    pub fn of_reader(store: &Store, now_us: i64, text: &str) -> Result<Option<Presented>, Failure> {
        let code = examine(store, now_us, text)?;
        if !matches!(code.shown_by(), Err(None)) {
            return Ok(Some(Presented::Code(code)));
        }
        let Ok(all) = understood(text) else { return Ok(None) };
        Ok(all.into_iter().find_map(|sought| match sought {
            Sought::Card(_, number) => Some(Presented::Card(number)),
            Sought::ClubNumber(number) => Some(Presented::ClubNumber(number)),
            _ => None,
        }))
    }

    /// The answer of an outside provider, if it is one.
    #[must_use]
    pub const fn by_provider(&self) -> Option<&ProviderResult> {
        match self {
            Presented::Provider(_, result, _) => Some(result),
            _ => None,
        }
    }
}

/// What the matcher said of a face.
#[derive(Debug, Clone, Copy)]
pub struct FaceAnswer {
    /// Who it is, or whether it is the one.
    pub says: FaceSays,
    /// Whether liveness was checked and held.
    pub live: bool,
    /// Whether the bound on false matches was held.
    pub bound_held: bool,
    /// For what the faces are enrolled that it was compared with.
    pub purpose: Purpose,
}

/// The two questions that a matcher answers.
#[derive(Debug, Clone, Copy)]
pub enum FaceSays {
    /// Among all: the answer of [`bonafide_domain::identify::decide`].
    Search(Decision),
    /// The one claimed member: the answer of [`bonafide_domain::identify::verify`].
    Claim(Claim),
}

/// Who one thing says it is.
enum Sighting {
    Nobody,
    Several,
    One(Id, Shown),
    /// One, by a code that his device has signed.
    Signed(Id, Shown, ShownCode),
    /// A code that opens nothing and names nobody.
    BadCode(CodeRefusal),
    /// The claimed face fits whomever the other things name.
    Fits(Assurance, Purpose),
    DoesNotFit,
}

/// Makes one member of what was presented, if it is one. A code that opens nothing is the answer whatever else was presented: a
/// card beside a forged code is not let in by the card.
///
/// # Errors
/// When the book cannot be read.
pub fn recognise(work: &mut Work<'_, '_>, now_us: i64, presented: &[Presented]) -> Result<Who, Fault> {
    let (mut members, mut shown) = (Vec::new(), Vec::new());
    let (mut several, mut fits, mut does_not_fit) = (false, None, false);
    let (mut codes, mut bad_code) = (Vec::new(), None);
    for one in presented {
        match sighting(work, now_us, one)? {
            Sighting::Nobody => {}
            Sighting::Several => several = true,
            Sighting::One(member, how) => {
                members.push(member);
                shown.push(how);
            }
            Sighting::Signed(member, how, code) => {
                members.push(member);
                shown.push(how);
                codes.push(code);
            }
            Sighting::BadCode(why) => bad_code = Some(why),
            Sighting::Fits(assurance, purpose) => fits = Some((assurance, purpose)),
            Sighting::DoesNotFit => does_not_fit = true,
        }
    }
    if let Some(why) = bad_code {
        return Ok(Who::BadCode(why));
    }
    if several {
        return Ok(Who::Several);
    }
    let Some(&member) = members.first() else { return Ok(Who::Nobody) };
    if members.iter().any(|other| *other != member) {
        return Ok(Who::Contradictory);
    }
    if let Some(fits) = fits {
        shown.extend(own_face(work, now_us, (member, None), fits)?.map(|(_, how)| how));
    }
    Ok(Who::Member(Recognised { member, shown, face_does_not_fit: does_not_fit, codes }))
}

fn sighting(work: &mut Work<'_, '_>, now_us: i64, presented: &Presented) -> Result<Sighting, Fault> {
    match presented {
        Presented::Card(number) => by(work, now_us, Value::Card(number), Method::CardNumber, None),
        Presented::CardProof(number) => by(work, now_us, Value::Card(number), Method::CardProof, None),
        Presented::ClubNumber(number) => {
            by(work, now_us, Value::ClubNumber(number), Method::ClubNumber, None)
        }
        Presented::Device(key) => by(work, now_us, Value::Device(key), Method::DeviceKey, None),
        Presented::Code(Examined(finding)) => code(work, now_us, *finding),
        Presented::PhoneCode(phone) => by(work, now_us, Value::Phone(phone), Method::PhoneCode, None),
        Presented::PhoneCodeOf(credential) => {
            known(work, now_us, *credential, (CredentialKind::Phone, Method::PhoneCode))
        }
        Presented::EmailCodeOf(member) => by_email(work, *member),
        Presented::Pin(credential) => known(work, now_us, *credential, (CredentialKind::Pin, Method::Pin)),
        Presented::Face(answer) => face(work, now_us, *answer),
        Presented::Provider(of, result, assurance) => match result.decision() {
            ProviderDecision::Confirmed => {
                let kept = Some((Keeping::AtProvider, *assurance));
                by(work, now_us, Value::Provider(*of, result), method(*of), kept)
            }
            // Of somebody whom something else has named; without that it says nothing.
            ProviderDecision::NotConfirmed if *of == Trait::Face => Ok(Sighting::DoesNotFit),
            ProviderDecision::NotConfirmed | ProviderDecision::Undecided => Ok(Sighting::Nobody),
        },
        Presented::Vendor(of, reference, assurance) => {
            let kept = Some((Keeping::InDevice, *assurance));
            by(work, now_us, Value::Vendor(*of, reference), method(*of), kept)
        }
    }
}

const fn method(of: Trait) -> Method {
    match of {
        Trait::Face => Method::Face,
        Trait::Voice => Method::Voice,
        Trait::Fingerprint | Trait::Palm => Method::FingerprintOrPalm,
    }
}

/// By a value that the book knows.
fn by(
    work: &mut Work<'_, '_>,
    now_us: i64,
    value: Value<'_>,
    method: Method,
    biometric: Option<(Keeping, Assurance)>,
) -> Result<Sighting, Fault> {
    let holder = match find::find(work.tx, work.vault, value, now_us)? {
        Holders::Nobody => return Ok(Sighting::Nobody),
        Holders::Several(_) => return Ok(Sighting::Several),
        Holders::One(holder) => holder,
    };
    let Holder { credential, member, state, .. } = holder;
    let (assurance, biometric) = match biometric {
        None => (Assurance::NONE, None),
        Some((keeping, assurance)) => {
            // The consent is that of the profile which the credential was issued to: consents do not merge.
            let kept = find::get(work.tx, work.vault, credential, now_us)?;
            (assurance, kept.map(|kept| (kept.member, keeping)))
        }
    };
    let shown = Shown { method, credential: Some(credential), state, assurance, biometric };
    Ok(Sighting::One(member, shown))
}

fn known(
    work: &mut Work<'_, '_>,
    now_us: i64,
    credential: Id,
    of: (CredentialKind, Method),
) -> Result<Sighting, Fault> {
    let proved = proved(work, now_us, credential, of)?;
    Ok(proved.map_or(Sighting::Nobody, |(member, shown)| Sighting::One(member, shown)))
}

/// By a code that went to an e-mail address. It rests on no credential: what was sent there is his who is written down with it.
fn by_email(work: &mut Work<'_, '_>, member: Id) -> Result<Sighting, Fault> {
    // He may have been erased since the code was sent.
    let profiles = members::merging::profiles_of_person(work.tx, member)?;
    let Some(&person) = profiles.first() else { return Ok(Sighting::Nobody) };
    let (method, state, assurance) = (Method::PhoneCode, CredentialState::Active, Assurance::NONE);
    Ok(Sighting::One(person, Shown { method, credential: None, state, assurance, biometric: None }))
}

fn code(work: &mut Work<'_, '_>, now_us: i64, finding: Finding) -> Result<Sighting, Fault> {
    match finding {
        Finding::NotACode => Ok(Sighting::Nobody),
        Finding::Bad(why) => Ok(Sighting::BadCode(why)),
        Finding::Signed { credential, code } => {
            let of = (CredentialKind::VirtualCard, Method::DeviceKey);
            let proved = proved(work, now_us, credential, of)?;
            // It may have been erased since the signature was checked.
            let gone = Sighting::BadCode(CodeRefusal::UnknownKey);
            Ok(proved.map_or(gone, |(member, shown)| Sighting::Signed(member, shown, code)))
        }
    }
}

/// Whose credential it is that was proved before, with its state of now; nothing when it is gone or of another kind.
fn proved(
    work: &mut Work<'_, '_>,
    now_us: i64,
    credential: Id,
    (kind, method): (CredentialKind, Method),
) -> Result<Option<(Id, Shown)>, Fault> {
    let kept = find::get(work.tx, work.vault, credential, now_us)?;
    let Some(kept) = kept.filter(|kept| kept.kind == kind) else { return Ok(None) };
    let (state, assurance) = (kept.state, Assurance::NONE);
    let shown = Shown { method, credential: Some(credential), state, assurance, biometric: None };
    Ok(Some((person(work, kept.member)?, shown)))
}

/// The profile that remains of a member.
fn person(work: &mut Work<'_, '_>, member: Id) -> Result<Id, Fault> {
    Ok(members::merging::profiles_of_person(work.tx, member)?.first().copied().unwrap_or(member))
}

fn face(work: &mut Work<'_, '_>, now_us: i64, answer: FaceAnswer) -> Result<Sighting, Fault> {
    let assurance = Assurance { live: answer.live, bound_held: answer.bound_held, never_alone: false };
    let (number, assurance) = match answer.says {
        FaceSays::Claim(Claim::Confirmed) => return Ok(Sighting::Fits(assurance, answer.purpose)),
        FaceSays::Claim(Claim::NotConfirmed) => return Ok(Sighting::DoesNotFit),
        FaceSays::Search(Decision::Unknown) => return Ok(Sighting::Nobody),
        FaceSays::Search(Decision::Identified { member, .. }) => (member, assurance),
        // Perhaps it is he: never enough alone, whatever the thresholds were.
        FaceSays::Search(Decision::Unsure { member, .. }) => {
            (member, Assurance { bound_held: false, ..assurance })
        }
    };
    let found = members::of_numbers(work.tx, work.vault, &[number])?.pop();
    let Some(profile) = found.map(|member| member.id) else { return Ok(Sighting::Nobody) };
    let own = own_face(work, now_us, (profile, Some(profile)), (assurance, answer.purpose))?;
    Ok(own.map_or(Sighting::Nobody, |(member, shown)| Sighting::One(member, shown)))
}

/// The face credential of a person for a purpose, with the profile that remains; nothing when he has none (any more). A search has
/// found one profile, and only its own credential counts; a claim is about the person.
fn own_face(
    work: &mut Work<'_, '_>,
    now_us: i64,
    (member, profile): (Id, Option<Id>),
    (assurance, purpose): (Assurance, Purpose),
) -> Result<Option<(Id, Shown)>, Fault> {
    let member = person(work, member)?;
    let all = find::of_member(work.tx, work.vault, member, now_us)?;
    let for_it = all.into_iter().filter(|kept| {
        kept.kind == CredentialKind::Face && kept.purpose == Some(purpose) && kept.content.is_some()
    });
    let mut for_it = for_it.filter(|kept| profile.is_none_or(|profile| profile == kept.member));
    // Of several, as after a merging, the newest.
    Ok(for_it.next_back().map(|kept| {
        let (credential, biometric) = (Some(kept.id), Some((kept.member, Keeping::Here)));
        (member, Shown { method: Method::Face, credential, state: kept.state, assurance, biometric })
    }))
}
