//! Personal offers in the book: whom a rule of earning holds for in person, who was left without it, and what came of both.
//!
//! An offer never changes its rule, nor how many are left without it: that would be another offer, and what was measured would mean
//! nothing. The rest has versions. What a purchase was begun under counts for it (case T-21).
//!
//! Who fits is found by a walk through the wallets ([`walking`]), who then have the offer until it ends. A till asks only whether somebody
//! has it ([`holding`]). Nothing stands here of what anybody bought: where a filter asks for goods, the walk opens what the member's own
//! key has sealed, and keeps its answer alone.
//!
//! - here: adding, changing, listing. `kept`: the kept form of a filter.
//! - [`walking`]: who fits. `knowing`: what must be known of somebody for that. [`holding`]: who has what, and what he used.
//! - [`uptake`]: what came of an offer. [`told`]: what a member is told of his offers.

pub mod holding;
mod kept;
mod knowing;
pub mod told;
pub mod uptake;
pub mod walking;

use bonafide_domain::calendar::DateSpan;
use bonafide_domain::plain_text::Title;
use bonafide_domain::programme::{NotOfRules, PersonalOffer, PersonalOfferSpec, RuleId};

use crate::audit::entry::{Acting, Subject, record_change};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::programmes;
use crate::members::{date_of, day_number};
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::written::{damaged, to_text};

use kept::{fitting_of, fitting_text};

const TABLE: &str = "personal_offers";

const WHAT: &str = "a personal offer";

/// The most offers of a programme that are not over.
pub const OFFERS_OPEN_MAX: usize = 50;

/// The most offers of one list.
pub const OFFERS_LIST_MAX: u32 = 500;

/// An offer as it is typed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferDraft {
    /// What it is called, to members too.
    pub name: Title,
    /// What it says.
    pub offer: PersonalOffer,
    /// Whether it holds; else it only stands here.
    pub is_on: bool,
}

/// An offer as it is in the book, in its last version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedOffer {
    /// Which.
    pub id: Id,
    /// Of which programme.
    pub programme: Id,
    /// Counts its changes from one.
    pub version: u32,
    /// What it says.
    pub content: OfferDraft,
    /// When this version was added, in microseconds since 1970.
    pub added_us: i64,
}

/// Why an offer is not saved. Checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferNotSaved {
    /// There is no such offer.
    NoOffer,
    /// There is no such programme, it is closed, or it has no rules.
    NoProgramme,
    /// It is no offer of the rules that are in force.
    Rules(NotOfRules),
    /// It is another rule than before.
    OtherRule,
    /// Another part than before would be left without it.
    OtherShare,
    /// It says so already. So an answer that was lost is found by asking again.
    AsBefore {
        /// In this version.
        version: u32,
    },
    /// It was changed since whoever changes it looked.
    ChangedMeanwhile {
        /// To this version.
        version: u32,
    },
    /// Another offer has the rule on some of these dates: nobody could tell what came of which.
    RuleTaken {
        /// Which.
        offer: Id,
    },
    /// There are [`OFFERS_OPEN_MAX`] that are not over.
    TooMany,
}

/// Adds an offer to a programme.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn add(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    programme: Id,
    draft: &OfferDraft,
) -> Result<Result<Id, OfferNotSaved>, Fault> {
    let id = Id::new(acting.now_us)?;
    if let Err(refusal) = fits_beside(work.tx, acting, (programme, id), draft)? {
        return Ok(Err(refusal));
    }
    let spec = draft.offer.spec();
    work.tx.execute(
        "INSERT INTO personal_offers (id, programme_id, rule, held_out_percent, added_us) VALUES ($1, $2, $3, $4, $5)",
        values![
            id,
            programme,
            u32::from(spec.rule.0),
            u32::from(spec.held_out_percent),
            acting.now_us
        ],
    )?;
    write_version(work.tx, acting, (id, 1), draft)?;
    record_change(
        work.tx,
        acting,
        "personal_offer_added",
        Subject::row(TABLE, id),
        None,
        Some(&words(draft)?),
    )?;
    Ok(Ok(id))
}

/// Changes an offer, and tells the number of the version. `seen` is the version that whoever changes it has seen. Those who have it keep
/// it, as long as it holds.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn change(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    seen: u32,
    draft: &OfferDraft,
) -> Result<Result<u32, OfferNotSaved>, Fault> {
    let Some(before) = get(work.tx, id)? else { return Ok(Err(OfferNotSaved::NoOffer)) };
    let (old, new) = (before.content.offer.spec(), draft.offer.spec());
    if old.rule != new.rule {
        return Ok(Err(OfferNotSaved::OtherRule));
    }
    if old.held_out_percent != new.held_out_percent {
        return Ok(Err(OfferNotSaved::OtherShare));
    }
    if before.content == *draft {
        return Ok(Err(OfferNotSaved::AsBefore { version: before.version }));
    }
    if before.version != seen {
        return Ok(Err(OfferNotSaved::ChangedMeanwhile { version: before.version }));
    }
    if let Err(refusal) = fits_beside(work.tx, acting, (before.programme, id), draft)? {
        return Ok(Err(refusal));
    }
    put(work, acting, &before, draft).map(Ok)
}

/// Lets an offer hold, or stops it. Tells whether it was otherwise before.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done. An offer can always be stopped.
pub fn set_on(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    is_on: bool,
) -> Result<Result<bool, OfferNotSaved>, Fault> {
    let Some(before) = get(work.tx, id)? else { return Ok(Err(OfferNotSaved::NoOffer)) };
    if before.content.is_on == is_on {
        return Ok(Ok(false));
    }
    let draft = OfferDraft { is_on, ..before.content.clone() };
    if is_on && let Err(refusal) = fits_beside(work.tx, acting, (before.programme, id), &draft)? {
        return Ok(Err(refusal));
    }
    put(work, acting, &before, &draft).map(|_| Ok(true))
}

fn put(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    before: &SavedOffer,
    draft: &OfferDraft,
) -> Result<u32, Fault> {
    let version = before.version + 1;
    write_version(work.tx, acting, (before.id, version), draft)?;
    let action = match (before.content.is_on, draft.is_on) {
        (true, false) => "personal_offer_stopped",
        (false, true) => "personal_offer_resumed",
        _ => "personal_offer_changed",
    };
    let (old, new) = (words(&before.content)?, words(draft)?);
    record_change(work.tx, acting, action, Subject::row(TABLE, before.id), Some(&old), Some(&new))?;
    Ok(version)
}

/// Whether an offer has its place in a programme beside the others.
fn fits_beside(
    tx: &mut Tx<'_>,
    acting: &Acting,
    (programme, id): (Id, Id),
    draft: &OfferDraft,
) -> Result<Result<(), OfferNotSaved>, Fault> {
    if programmes::get(tx, programme)?.is_none() {
        return Ok(Err(OfferNotSaved::NoProgramme));
    }
    let Some(version) = programmes::rules_in_force(tx, programme)? else {
        return Ok(Err(OfferNotSaved::NoProgramme));
    };
    if let Err(why) = draft.offer.check_rules(&version.rules) {
        return Ok(Err(OfferNotSaved::Rules(why)));
    }
    let at = crate::ledger::now(acting)?;
    let today = crate::figures::calendar_of(tx, programme)?.date_of(at);
    let others = list(tx, programme)?.into_iter().filter(|other| other.id != id && other.content.is_on);
    let open: Vec<SavedOffer> =
        others.filter(|other| other.content.offer.spec().dates.until() > today).collect();
    let spec = draft.offer.spec();
    let is_taken = |other: &&SavedOffer| {
        let other = other.content.offer.spec();
        draft.is_on && other.rule == spec.rule && other.dates.shared_days(spec.dates) > 0
    };
    if let Some(other) = open.iter().find(is_taken) {
        return Ok(Err(OfferNotSaved::RuleTaken { offer: other.id }));
    }
    Ok(if open.len() < OFFERS_OPEN_MAX { Ok(()) } else { Err(OfferNotSaved::TooMany) })
}

fn write_version(
    tx: &mut Tx<'_>,
    acting: &Acting,
    (id, version): (Id, u32),
    draft: &OfferDraft,
) -> Result<(), Fault> {
    let spec = draft.offer.spec();
    tx.execute(
        "INSERT INTO personal_offer_versions (offer_id, version, name, is_on, fitting, from_day, until_day, uses_max, added_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            id,
            version,
            draft.name.as_str(),
            draft.is_on,
            fitting_text(&spec.fitting)?,
            day_number(spec.dates.from()),
            day_number(spec.dates.until()),
            spec.uses_max.map(u32::from),
            acting.now_us
        ],
    )
    .map(drop)
}

/// What the trace keeps of it.
fn words(draft: &OfferDraft) -> Result<String, Fault> {
    let spec = draft.offer.spec();
    to_text(&serde_json::json!({
        "name": draft.name.as_str(), "is_on": draft.is_on, "rule": spec.rule.0, "fitting": kept::words(&spec.fitting),
        "from": spec.dates.from().to_string(), "until": spec.dates.until().to_string(), "uses_max": spec.uses_max,
        "held_out_percent": spec.held_out_percent,
    }))
}

const COLUMNS: &str = "o.id, o.programme_id, o.rule, o.held_out_percent, v.version, v.name, v.is_on, v.fitting, v.from_day, \
     v.until_day, v.uses_max, v.added_us";

fn saved(mut row: Row) -> Result<SavedOffer, Fault> {
    let small = |number: u32| u16::try_from(number).map_err(|_| damaged(WHAT));
    let rule = RuleId(small(row.number(2)?)?);
    let held_out_percent = u8::try_from(row.number(3)?).map_err(|_| damaged(WHAT))?;
    let uses = row.integer_or_null(10)?.map(u16::try_from).transpose().map_err(|_| damaged(WHAT))?;
    let dates = DateSpan::parse(date_of(row.integer(8)?)?, date_of(row.integer(9)?)?);
    let spec = PersonalOfferSpec {
        rule,
        fitting: fitting_of(&row.text(7)?)?,
        dates: dates.map_err(|_| damaged(WHAT))?,
        uses_max: uses,
        held_out_percent,
    };
    let name = Title::parse(&row.text(5)?).map_err(|_| damaged(WHAT))?;
    let offer = PersonalOffer::parse(spec).map_err(|_| damaged(WHAT))?;
    Ok(SavedOffer {
        id: row.id(0)?,
        programme: row.id(1)?,
        version: row.number(4)?,
        content: OfferDraft { name, offer, is_on: row.boolean(6)? },
        added_us: row.integer(11)?,
    })
}

const LAST_VERSION: &str =
    "v.version = (SELECT MAX(x.version) FROM personal_offer_versions x WHERE x.offer_id = o.id)";

/// An offer.
///
/// # Errors
/// When the book cannot be read.
pub fn get(tx: &mut Tx<'_>, id: Id) -> Result<Option<SavedOffer>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM personal_offers o JOIN personal_offer_versions v ON v.offer_id = o.id
         WHERE o.id = $1 AND {LAST_VERSION}"
    );
    tx.query_opt(&sql, values![id])?.map(saved).transpose()
}

/// The offers of a programme, the newest first, at most [`OFFERS_LIST_MAX`].
///
/// # Errors
/// When the book cannot be read.
pub fn list(tx: &mut Tx<'_>, programme: Id) -> Result<Vec<SavedOffer>, Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM personal_offers o JOIN personal_offer_versions v ON v.offer_id = o.id
         WHERE o.programme_id = $1 AND {LAST_VERSION} ORDER BY o.added_us DESC, o.id DESC LIMIT $2"
    );
    tx.query(&sql, values![programme, OFFERS_LIST_MAX])?.into_iter().map(saved).collect()
}
