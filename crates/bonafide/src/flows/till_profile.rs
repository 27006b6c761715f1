//! What a till shows of a customer whom it knows: little of the person, and everything about his points.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::ledger::Status;
use bonafide_store::db::Tx;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::keys::member::Vault;
use bonafide_store::ledger::statement::{self, Standing};
use bonafide_store::ledger::{self, programmes};
use bonafide_store::members;
use bonafide_store::organisation::branch::Branch;
use bonafide_store::organisation::till::{self, TillPlace};
use bonafide_store::purchases::tier;

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
    /// The points that end next, and when.
    pub next_end: Option<(UtcMicros, u64)>,
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
    let Some(programme) = programmes::of_branch(tx, at.id)? else {
        return Ok(Some(TillProfile { short_name, points: None, has_programme: false }));
    };
    let wallet = ledger::of_member(tx, member.id, programme)?;
    let points = match wallet {
        Some(wallet) => points(tx, &at.content, (programme, wallet), now)?,
        None => None,
    };
    Ok(Some(TillProfile { short_name, points, has_programme: true }))
}

fn points(
    tx: &mut Tx<'_>,
    branch: &Branch,
    (programme, wallet): (Id, Id),
    now: UtcMicros,
) -> Result<Option<TillPoints>, Fault> {
    let Some(standing) = statement::standing(tx, wallet, now)? else { return Ok(None) };
    let tier = match programmes::rules_in_force(tx, programme)? {
        Some(version) if version.rules.spec().tiers.is_some() => {
            let tier = tier(tx, &version.rules, wallet, (now, &branch.time_zone.calendar()))?;
            version.tier_name(tier).map(|name| name.as_str().to_owned())
        }
        _ => None,
    };
    let Standing { status, spendable, waiting, owed, ends, .. } = standing;
    Ok(Some(TillPoints { status, spendable, waiting, owed, tier, next_end: ends.first().copied() }))
}
