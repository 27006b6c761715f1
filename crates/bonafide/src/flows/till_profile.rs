//! What a till shows of a customer whom it knows: little of the person, and everything about his points.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::ledger::Status;
use bonafide_store::audit::entry::Acting;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::ledger;
use bonafide_store::ledger::programmes::{self, AtBranch, ProgrammeVersion};
use bonafide_store::ledger::statement::{self, Standing};
use bonafide_store::members;
use bonafide_store::organisation::branch::Branch;
use bonafide_store::organisation::till::{self, TillPlace};
use bonafide_store::personal_offers::holding::{self, HeldOffer, Holder, held, is_new};
use bonafide_store::purchases::tier;
use bonafide_store::store::Store;

/// A customer. No `Debug`: it is a person.
pub struct TillProfile {
    /// The first name, and the first letter of the family's.
    pub short_name: String,
    /// What he has; nothing when he is not in the programme of the branch.
    pub points: Option<TillPoints>,
    /// What the branch has a programme for: without one nobody earns.
    pub has_programme: bool,
}

/// The points of a customer.
pub struct TillPoints {
    /// What he may do.
    pub status: Status,
    /// Points that he may spend, if he proves who he is.
    pub spendable: u64,
    /// Points that wait for their day.
    pub waiting: u64,
    /// Points that he owes.
    pub owed: u64,
    /// What his tier is called; nothing where all are alike.
    pub tier: Option<String>,
    /// Whether he may buy before others.
    pub early_access: bool,
    /// The points that end next, and when.
    pub next_end: Option<(UtcMicros, u64)>,
    /// What was offered to him in person and holds now, those first that end first.
    pub offers: Vec<HeldOffer>,
    /// Of whom it is to be noted that he was shown these offers; nothing when a till has shown him all of them before.
    unseen_by: Option<Holder>,
}

/// What a till shows of a member; nothing when he is there no more.
///
/// # Errors
/// When the book cannot be read.
pub fn till_profile(
    tx: &mut Tx<'_>,
    vault: &Vault,
    (till, member): (Id, Id),
    now: UtcMicros,
) -> Result<Option<TillProfile>, Fault> {
    let Some(member) = members::get(tx, vault, member)? else { return Ok(None) };
    let name = &member.profile.name;
    let initial = name.family().and_then(|family| family.chars().next()).map(|letter| format!(" {letter}."));
    let short_name = format!("{}{}", name.given(), initial.unwrap_or_default());
    let Some(TillPlace { branch: at, .. }) = till::with_branch(tx, till)? else { return Ok(None) };
    let Some(AtBranch { programme, rules }) = programmes::at_branch(tx, at.id)? else {
        return Ok(Some(TillProfile { short_name, points: None, has_programme: false }));
    };
    let wallet = ledger::of_member(tx, member.id, programme)?;
    let points = match wallet {
        Some(wallet) => points(tx, &at.content, rules.as_deref(), (wallet, member.id), now)?,
        None => None,
    };
    Ok(Some(TillProfile { short_name, points, has_programme: true }))
}

fn points(
    tx: &mut Tx<'_>,
    branch: &Branch,
    version: Option<&ProgrammeVersion>,
    (wallet, member): (Id, Id),
    now: UtcMicros,
) -> Result<Option<TillPoints>, Fault> {
    let Some(standing) = statement::standing(tx, wallet, now)? else { return Ok(None) };
    let Standing { status, spendable, waiting, owed, ends, .. } = standing;
    let (holder, calendar) = (Holder { wallet, member, status }, branch.time_zone.calendar());
    let (tier, early_access) = match version {
        Some(version) => {
            let tier = tier(tx, &version.rules, wallet, (now, &calendar))?;
            let name = version.tier_name(tier).map(|name| name.as_str().to_owned());
            (name, status != Status::Blocked && version.rules.gives_early_access(tier))
        }
        None => (None, false),
    };
    let offers = match version {
        Some(version) => held(tx, &version.rules, &holder, (now, &calendar))?,
        None => Vec::new(),
    };
    let ids: Vec<Id> = offers.iter().map(|offer| offer.offer).collect();
    let unseen_by = is_new(tx, &holder, &ids)?.then_some(holder);
    let next_end = ends.first().copied();
    Ok(Some(TillPoints { status, spendable, waiting, owed, tier, early_access, next_end, offers, unseen_by }))
}

/// Notes that a customer's offers were shown at a till, the first time that they are: that once, a commit is waited for. When it cannot be
/// written, that stands in the log, and he is served all the same.
pub fn note_shown(store: &Store, acting: &Acting, profile: &TillProfile) {
    let Some(points) = &profile.points else { return };
    let Some(holder) = points.unseen_by else { return };
    let ids: Vec<Id> = points.offers.iter().map(|offer| offer.offer).collect();
    let by = acting.clone();
    let noted = store
        .write(move |work| Ok(Ok::<u64, ()>(holding::note_shown(work, &by, &holder, &ids)?)))
        .and_then(|noted| noted.map_err(|()| Fault::broken("a note was refused")));
    if let Err(fault) = noted {
        tracing::warn!(cause = %fault, "that offers were shown is not noted");
    }
}
