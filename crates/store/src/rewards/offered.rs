//! What a member may take now: by his tier, by what lies at the branch, by his points, and once where it is free.

use bonafide_domain::calendar::{Calendar, UtcMicros};
use bonafide_domain::ledger::{Points, Status};
use bonafide_domain::programme::{Reward, RewardKind, RuleId, Tier};

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::programmes::ProgrammeVersion;
use crate::ledger::{self, Opened, programmes};
use crate::members::merging::profiles_of_person;
use crate::purchases::tier;
use crate::rewards::kinds;
use crate::rewards::stock::in_stock;
use crate::rewards::taking::NotTaken;
use crate::values;

/// Where and when something is taken.
pub(super) struct At<'a> {
    pub(super) branch: Id,
    pub(super) at: UtcMicros,
    pub(super) calendar: &'a Calendar,
}

/// A gift, and how the member stands to it.
pub(super) struct Having {
    pub(super) programme: Id,
    pub(super) version: u32,
    pub(super) wallet: Id,
    pub(super) tier: Tier,
    pub(super) from_tier: Tier,
    pub(super) gift: Id,
    pub(super) cost: Option<Points>,
}

/// A gift that may be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnOffer {
    /// By which reward of the rules.
    pub rule: RuleId,
    /// Which kind.
    pub gift: Id,
    /// What it is called.
    pub name: String,
    /// For how many points; nothing when it is free.
    pub cost: Option<Points>,
}

/// What a member may have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MayHave {
    /// Gifts, in the order of the rules: those for which he has the tier and the points, and that are there.
    pub gifts: Vec<OnOffer>,
    /// What is new or on sale he may buy before others.
    pub early_access: bool,
}

/// The gift of a reward, for a member at a branch.
pub(super) fn find(
    tx: &mut Tx<'_>,
    member: Id,
    rule: RuleId,
    at: &At<'_>,
) -> Result<Result<Having, NotTaken>, Fault> {
    let Some(programme) = programmes::of_branch(tx, at.branch)? else {
        return Ok(Err(NotTaken::NoProgramme));
    };
    let Some(version) = programmes::rules_in_force(tx, programme)? else {
        return Ok(Err(NotTaken::NoProgramme));
    };
    let Some(wallet) = ledger::of_member(tx, member, programme)? else {
        return Ok(Err(NotTaken::NotInProgramme));
    };
    let reward = version.rules.spec().rewards.iter().find(|reward| reward.id == rule);
    let Some(Reward { from_tier, kind: RewardKind::Gift { gift, cost }, .. }) = reward else {
        return Ok(Err(NotTaken::NoReward));
    };
    let (from_tier, gift, cost) = (*from_tier, kinds::id_of(*gift), *cost);
    if kinds::get(tx, gift)?.is_none_or(|kind| kind.closed_us.is_some()) {
        return Ok(Err(NotTaken::NoReward));
    }
    let tier = tier(tx, &version.rules, wallet, (at.at, at.calendar))?;
    Ok(Ok(Having { programme, version: version.version, wallet, tier, from_tier, gift, cost }))
}

/// Whether a person has had a free gift by this reward, and kept it: with whichever of his profiles.
pub(super) fn taken_before(tx: &mut Tx<'_>, member: Id, programme: Id, rule: RuleId) -> Result<bool, Fault> {
    for profile in profiles_of_person(tx, member)? {
        let row = tx.query_opt(
            "SELECT 1 FROM reward_takings t JOIN wallets w ON w.id = t.wallet_id
             WHERE w.member_id = $1 AND w.programme_id = $2 AND t.rule = $3 AND t.points = 0 AND t.back_us IS NULL
             LIMIT 1",
            values![profile, programme, u32::from(rule.0)],
        )?;
        if row.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a member may have in a programme. With a branch, what lies there; without one, what lies at any branch of the programme.
///
/// # Errors
/// When the book cannot be read.
pub fn may_have(
    tx: &mut Tx<'_>,
    member: Id,
    (programme, branch): (Id, Option<Id>),
    (at, calendar): (UtcMicros, &Calendar),
) -> Result<MayHave, Fault> {
    let Some(version) = programmes::rules_in_force(tx, programme)? else { return Ok(MayHave::default()) };
    if version.rules.spec().rewards.is_empty() {
        return Ok(MayHave::default());
    }
    let Some(wallet) = ledger::of_member(tx, member, programme)? else { return Ok(MayHave::default()) };
    let Some(opened) = Opened::open(tx, wallet, &[])?.filter(|opened| opened.status() != Status::Blocked)
    else {
        return Ok(MayHave::default());
    };
    let points = if opened.status() == Status::Active { opened.wallet().spendable(at) } else { 0 };
    let own = tier(tx, &version.rules, wallet, (at, calendar))?;
    let branches = match branch {
        Some(branch) => vec![branch],
        None => programmes::branches(tx, programme)?,
    };
    let mut may_have = MayHave::default();
    for reward in version.rules.spec().rewards.iter().filter(|reward| own >= reward.from_tier) {
        match reward.kind {
            RewardKind::Discount { .. } => {}
            RewardKind::EarlyAccess => may_have.early_access = true,
            RewardKind::Gift { gift, cost } => {
                let affordable = cost.is_none_or(|cost| cost.get() <= points);
                let had = cost.is_none() && taken_before(tx, member, programme, reward.id)?;
                if affordable && !had {
                    may_have.gifts.extend(on_offer(
                        tx,
                        &version,
                        reward.id,
                        (kinds::id_of(gift), cost),
                        &branches,
                    )?);
                }
            }
        }
    }
    Ok(may_have)
}

/// The gift, when it is given and lies at one of these branches.
fn on_offer(
    tx: &mut Tx<'_>,
    version: &ProgrammeVersion,
    rule: RuleId,
    (gift, cost): (Id, Option<Points>),
    branches: &[Id],
) -> Result<Option<OnOffer>, Fault> {
    let Some(kind) = kinds::get(tx, gift)?.filter(|kind| kind.closed_us.is_none()) else { return Ok(None) };
    let mut lies_somewhere = false;
    for branch in branches {
        lies_somewhere = lies_somewhere || in_stock(tx, gift, *branch)? > 0;
    }
    let name = version.rule_names.get(&rule).unwrap_or(&kind.content.name).as_str().to_owned();
    Ok(lies_somewhere.then_some(OnOffer { rule, gift, name, cost }))
}
