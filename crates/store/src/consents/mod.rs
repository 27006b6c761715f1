//! Consents: the texts, what was given and withdrawn, and the only way to a permit.
//!
//! A permit cannot be made from what a caller says. [`may_enrol`] and [`may_match`] read the day of birth, the texts in force
//! and the events from the book, in the transaction that uses the permit, and hand them to the rules.

pub mod events;
pub mod texts;

use bonafide_domain::access_method::{AccessMethods, Method};
use bonafide_domain::consent::{
    self, Asked, ConsentEvent, ConsentGap, ConsentGiven, ConsentRecord, EnrolmentPermit, EnrolmentRefusal,
    InForce, Jurisdiction, Keeping, MatchPermit, MatchRefusal, Modality, Purpose, RecordRefusal, TextHash,
    Withdrawal,
};
use jiff::civil::Date;

use crate::audit::entry::{Acting, Detail, Subject, record};
use crate::consents::events::KeptEvent;
use crate::db::Tx;
use crate::erasure::withdrawal::{Scope, destroy};
use crate::erasure::{Cause, Tell};
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::{DataKey, Vault};
use crate::members::{self, merging::profiles_of_person};
use crate::store::Work;
use crate::values;
use crate::words::words;

/// Members that one page of [`members_with`] and [`members_without`] has at most.
pub const PAGE_MAX: u32 = 1_000;

words! {
    /// The word that stands for what of a person is used.
    modality_word, modality_of_word: Modality {
        Face = "face", Voice = "voice", FingerprintOrPalm = "fingerprint_or_palm", ProfilePhoto = "profile_photo",
        Contact = "contact", Profiling = "profiling",
    }
}

words! {
    /// The word that stands for what it is used for.
    purpose_word, purpose_of_word: Purpose {
        Entry = "entry", TillRecognition = "till_recognition", StaffViewing = "staff_viewing", Marketing = "marketing",
    }
}

/// The word that stands for a law. The age of consent that a state of the European Union has set is the branch's to know.
#[must_use]
pub const fn jurisdiction_word(jurisdiction: Jurisdiction) -> &'static str {
    match jurisdiction {
        Jurisdiction::Russia => "russia",
        Jurisdiction::EuropeanUnion(_) => "european_union",
        Jurisdiction::Illinois => "illinois",
        Jurisdiction::China => "china",
        Jurisdiction::Other => "other",
    }
}

/// Modality and purpose in one word, as a filter has it: `contact/marketing`.
#[must_use]
pub fn consent_word(modality: Modality, purpose: Purpose) -> String {
    format!("{}/{}", modality_word(modality), purpose_word(purpose))
}

/// Reads a word of [`consent_word`]; `None` for any other, and where the modality does not serve the purpose.
#[must_use]
pub fn consent_of_word(word: &str) -> Option<(Modality, Purpose)> {
    let (modality, purpose) = word.split_once('/')?;
    let (modality, purpose) = (modality_of_word(modality)?, purpose_of_word(purpose)?);
    modality.fits(purpose).then_some((modality, purpose))
}

/// In what a consent differs from the one that was recorded under the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differing {
    /// Something else happened, or to somebody else.
    Member,
    /// Modality or purpose.
    Subject,
    /// The text.
    Text,
    /// Who gave it.
    Giver,
    /// The term.
    Term,
    /// The way in which it was given.
    Channel,
    /// The evidence.
    Evidence,
    /// Who took it.
    Operator,
    /// The time.
    Time,
}

/// Why a consent or a withdrawal was not recorded. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRecorded {
    /// The id was used for something else.
    OtherOperation(Differing),
    /// There is no such member.
    NoMember,
    /// The record is not that of a consent.
    Refused(RecordRefusal),
    /// The text is not in the book.
    UnknownText,
    /// The text is for another modality or purpose, in another language, or no document of its own.
    OtherText,
}

/// Records a consent under the id that the record brings. Whether the law is satisfied is asked when it is used.
///
/// # Errors
/// When it cannot be written; the inner error when it is not the record of a consent.
pub fn give(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    given: &ConsentRecord,
) -> Result<Result<(), NotRecorded>, Fault> {
    let (id, member) = (Id::from(given.id), Id::from(given.member));
    if let Some(before) = recorded(work, id, member)? {
        let ConsentEvent::Given(before) = &before else {
            return Ok(Err(NotRecorded::OtherOperation(Differing::Member)));
        };
        return Ok(
            differing(before.record(), given).map_or(Ok(()), |field| Err(NotRecorded::OtherOperation(field)))
        );
    }
    let Some(key) = members::data_key(work.tx, work.vault, member)? else {
        return Ok(Err(NotRecorded::NoMember));
    };
    if let Err(refusal) = ConsentGiven::new(given.clone()) {
        return Ok(Err(NotRecorded::Refused(refusal)));
    }
    let row = work.tx.query_opt(
        "SELECT modality, purpose, language, separate_document FROM consent_texts WHERE hash = $1",
        values![given.text.hash.0],
    )?;
    let Some(mut row) = row else { return Ok(Err(NotRecorded::UnknownText)) };
    let kept = (row.text(0)?, row.text(1)?, row.text(2)?, row.boolean(3)?);
    let (modality, purpose) = (modality_word(given.modality), purpose_word(given.purpose));
    if (kept.0.as_str(), kept.1.as_str(), kept.2.as_str(), kept.3)
        != (modality, purpose, given.text.language.code(), given.text.separate_document)
    {
        return Ok(Err(NotRecorded::OtherText));
    }
    // From here on it succeeds.
    events::add_given(work.tx, &key, given)?;
    trace(work.tx, acting, "consent_given", (member, &key), id, (given.modality, given.purpose))?;
    Ok(Ok(()))
}

/// What was recorded under an id; an event of another member is told as what nothing is equal to.
fn recorded(work: &mut Work<'_, '_>, id: Id, asked: Id) -> Result<Option<ConsentEvent>, Fault> {
    let Some(member) = events::member_of(work.tx, id)? else { return Ok(None) };
    let key = members::data_key(work.tx, work.vault, member)?
        .ok_or_else(|| Fault::damaged(format!("the member {asked} of a consent is missing")))?;
    events::get(work.tx, &key, id).map(Some)
}

fn differing(before: &ConsentRecord, now: &ConsentRecord) -> Option<Differing> {
    let pairs = [
        (before.member == now.member, Differing::Member),
        ((before.modality, before.purpose) == (now.modality, now.purpose), Differing::Subject),
        (before.text == now.text, Differing::Text),
        (before.giver == now.giver, Differing::Giver),
        (before.term == now.term, Differing::Term),
        (before.channel == now.channel, Differing::Channel),
        (before.evidence == now.evidence, Differing::Evidence),
        (before.operator == now.operator, Differing::Operator),
        ((before.given_at_us, before.given_on) == (now.given_at_us, now.given_on), Differing::Time),
    ];
    pairs.into_iter().find(|(same, _)| !same).map(|(_, field)| field)
}

fn trace(
    tx: &mut Tx<'_>,
    acting: &Acting,
    action: &'static str,
    (member, key): (Id, &DataKey),
    event: Id,
    (modality, purpose): (Modality, Purpose),
) -> Result<(), Fault> {
    let json = serde_json::json!({ "consent": event, "about": consent_word(modality, purpose) }).to_string();
    let detail = Detail { member, key, json: &json };
    record(tx, acting, action, Subject::row(members::TABLE, member), Some(detail)).map(drop)
}

/// What a withdrawal brought about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Withdrawn {
    /// The certificate of what was destroyed; nothing when there was nothing to destroy.
    pub certificate: Option<Id>,
    /// Who outside must be told now. The store has told nobody.
    pub tell: Vec<Tell>,
}

/// Withdraws every consent of a person for one modality and purpose, and destroys what rested on it, in all profiles that
/// were merged: whoever withdraws does not know how often he is in the book. The operation's id becomes that of the
/// certificate. Asked again it changes nothing more, finishes what was left, and tells the edges once more; the references of
/// providers are gone by then.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn withdraw(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    operation: Id,
    withdrawal: &Withdrawal,
) -> Result<Result<Withdrawn, NotRecorded>, Fault> {
    let member = Id::from(withdrawal.member);
    let before = recorded(work, operation, member)?;
    if let Some(before) = &before {
        let same = matches!(before, ConsentEvent::Withdrawn(before) if
            (before.member, before.modality, before.purpose)
                == (withdrawal.member, withdrawal.modality, withdrawal.purpose));
        if !same {
            return Ok(Err(NotRecorded::OtherOperation(Differing::Subject)));
        }
    }
    let profiles = profiles_of_person(work.tx, member)?;
    if profiles.is_empty() {
        return Ok(Err(NotRecorded::NoMember));
    }
    if !withdrawal.modality.fits(withdrawal.purpose) {
        return Ok(Err(NotRecorded::Refused(RecordRefusal::PurposeDoesNotFit)));
    }
    // From here on it succeeds.
    if before.is_none() {
        for profile in &profiles {
            let id = if *profile == member { operation } else { Id::new(acting.now_us)? };
            let of_profile = Withdrawal { member: (*profile).into(), ..withdrawal.clone() };
            note_withdrawal(work, acting, id, &of_profile)?;
        }
    }
    let about = Scope { modality: withdrawal.modality, purpose: withdrawal.purpose };
    destroy(work, acting, (operation, Cause::ConsentWithdrawn), member, &profiles, about).map(Ok)
}

/// Records a withdrawal without destroying anything: the caller does.
pub(crate) fn note_withdrawal(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    withdrawal: &Withdrawal,
) -> Result<(), Fault> {
    let member = Id::from(withdrawal.member);
    let key = members::data_key(work.tx, work.vault, member)?
        .ok_or_else(|| Fault::damaged(format!("the member {member} is missing")))?;
    events::add_withdrawn(work.tx, &key, id, withdrawal)?;
    let about = (withdrawal.modality, withdrawal.purpose);
    trace(work.tx, acting, "consent_withdrawn", (member, &key), id, about)
}

/// What a member consented to and withdrew, in the order in which it happened. Consents do not merge: those of absorbed
/// profiles are asked for by their own ids.
///
/// # Errors
/// When the book cannot be read.
pub fn of_member(tx: &mut Tx<'_>, vault: &Vault, member: Id) -> Result<Vec<KeptEvent>, Fault> {
    match members::data_key(tx, vault, member)? {
        Some(key) => events::of_profile(tx, &key, member),
        None => Ok(Vec::new()),
    }
}

/// What is asked of the book and the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The law of the branch.
    pub jurisdiction: Jurisdiction,
    /// Whose data it is.
    pub member: Id,
    /// What of the person.
    pub modality: Modality,
    /// What for.
    pub purpose: Purpose,
    /// Now, in microseconds since 1970.
    pub now_us: i64,
    /// The date at the branch.
    pub today: Date,
}

/// Hands the rules what the book knows. A member who is not there has no birth, no consents and no text.
fn ask<T>(
    tx: &mut Tx<'_>,
    vault: &Vault,
    question: &Question,
    rule: impl FnOnce(&Asked<'_>, &[ConsentEvent]) -> T,
) -> Result<T, Fault> {
    let Question { jurisdiction, member, modality, purpose, now_us, today } = *question;
    let birth = members::get(tx, vault, member)?.and_then(|member| member.profile.birth);
    let texts: Vec<TextHash> =
        texts::in_force(tx, jurisdiction, modality, purpose)?.into_iter().map(|text| text.hash).collect();
    let events: Vec<ConsentEvent> =
        of_member(tx, vault, member)?.into_iter().map(|kept| kept.event).collect();
    let member = member.into();
    let asked =
        Asked { jurisdiction, member, birth, modality, purpose, texts_in_force: &texts, now_us, today };
    Ok(rule(&asked, &events))
}

/// Whether there is a consent now.
///
/// # Errors
/// When the book cannot be read; the inner error is what is missing.
pub fn standing(
    tx: &mut Tx<'_>,
    vault: &Vault,
    question: &Question,
) -> Result<Result<InForce, ConsentGap>, Fault> {
    ask(tx, vault, question, consent::standing)
}

/// Whether something of a member may be taken in now and kept in the way `wanted`: the permit, or what is missing. Ask in the
/// transaction that uses the permit.
///
/// # Errors
/// When the book cannot be read; the inner error is the refusal.
pub fn may_enrol(
    tx: &mut Tx<'_>,
    vault: &Vault,
    question: &Question,
    wanted: Keeping,
    alternative: Option<Method>,
) -> Result<Result<EnrolmentPermit, EnrolmentRefusal>, Fault> {
    ask(tx, vault, question, |asked, events| consent::may_enrol(asked, wanted, alternative, events))
}

/// Whether a member may be recognised now by what is kept in the way `kept`.
///
/// # Errors
/// When the book cannot be read; the inner error is the refusal.
pub fn may_match(
    tx: &mut Tx<'_>,
    vault: &Vault,
    question: &Question,
    kept: Keeping,
    at: &AccessMethods,
) -> Result<Result<MatchPermit, MatchRefusal>, Fault> {
    ask(tx, vault, question, |asked, events| consent::may_match(asked, kept, at, events))
}

/// The end of the consent that a credential rests on; nothing without one, or when it has no end.
pub(crate) fn consent_end(tx: &mut Tx<'_>, credential: Id) -> Result<Option<i64>, Fault> {
    let row = tx.query_opt(
        "SELECT e.until_us FROM credentials c JOIN consent_events e ON e.id = c.consent_id WHERE c.id = $1",
        values![credential],
    )?;
    row.map_or(Ok(None), |mut row| row.integer_or_null(0))
}

/// The condition that the last word of member `m` for modality and purpose was a consent: given, and not withdrawn since. It
/// knows neither texts nor terms nor ages: it makes lists. Whoever uses one asks [`standing`] for each member.
pub(crate) const LAST_WORD_WAS_YES: &str = "EXISTS (SELECT 1 FROM consent_events g WHERE g.member_id = m.id
    AND g.modality = ? AND g.purpose = ? AND g.what = 'given' AND NOT EXISTS (SELECT 1 FROM consent_events w
        WHERE w.member_id = g.member_id AND w.modality = g.modality AND w.purpose = g.purpose
            AND w.what = 'withdrawn' AND w.at_us >= g.at_us))";

fn by_last_word(
    tx: &mut Tx<'_>,
    (modality, purpose): (Modality, Purpose),
    yes: bool,
    after: Option<u32>,
) -> Result<Vec<(Id, u32)>, Fault> {
    let last_word = LAST_WORD_WAS_YES.replacen('?', "$1", 1).replacen('?', "$2", 1);
    let not = if yes { "" } else { "NOT " };
    let rows = tx.query(
        &format!(
            "SELECT m.id, m.number FROM members m WHERE {not}{last_word} AND m.merged_into IS NULL AND m.number > $3
             ORDER BY m.number LIMIT $4"
        ),
        values![
            modality_word(modality),
            purpose_word(purpose),
            after.map_or(-1, i64::from),
            PAGE_MAX
        ],
    )?;
    rows.into_iter().map(|mut row| Ok((row.id(0)?, row.number(1)?))).collect()
}

/// Members whose last word was a consent, by their numbers from the one after `after` on, [`PAGE_MAX`] at a time.
///
/// # Errors
/// When the book cannot be read.
pub fn members_with(
    tx: &mut Tx<'_>,
    about: (Modality, Purpose),
    after: Option<u32>,
) -> Result<Vec<(Id, u32)>, Fault> {
    by_last_word(tx, about, true, after)
}

/// Members who never consented or withdrew.
///
/// # Errors
/// When the book cannot be read.
pub fn members_without(
    tx: &mut Tx<'_>,
    about: (Modality, Purpose),
    after: Option<u32>,
) -> Result<Vec<(Id, u32)>, Fault> {
    by_last_word(tx, about, false, after)
}
