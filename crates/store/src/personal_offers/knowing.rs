//! What must be known of a member to say whether an offer is meant for him: read only when the filter asks for it, the cheap things first.

use bonafide_domain::calendar::{Calendar, UtcMicros, days_after};
use bonafide_domain::consent::{Jurisdiction, Modality, Purpose};
use bonafide_domain::ledger::Status;
use bonafide_domain::programme::{BoughtOn, DaySum, Fitting, MemberFacts, Rules, Tier};
use jiff::civil::Date;

use crate::consents::{self, Question};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::ledger::statement::standing;
use crate::members::{self, date_of, day_number};
use crate::purchases::{self, bought_since};
use crate::values;
use crate::written::damaged;

/// Where and when it is asked.
pub(super) struct Asking<'a> {
    pub(super) rules: &'a Rules,
    pub(super) calendar: &'a Calendar,
    /// The law of the programme's first branch.
    pub(super) jurisdiction: Jurisdiction,
    pub(super) at: UtcMicros,
}

/// By which law it is asked whether somebody has agreed, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Law {
    jurisdiction: Jurisdiction,
    now_us: i64,
    pub(super) today: Date,
}

/// Whether a member has agreed that conclusions are drawn from his habits, for offers.
pub(super) fn has_agreed(tx: &mut Tx<'_>, vault: &Vault, member: Id, law: &Law) -> Result<bool, Fault> {
    let Law { jurisdiction, now_us, today } = *law;
    let (modality, purpose) = (Modality::Profiling, Purpose::Marketing);
    let question = Question { jurisdiction, member, modality, purpose, now_us, today };
    Ok(consents::standing(tx, vault, &question)?.is_ok())
}

/// Somebody with a wallet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Who {
    pub(super) wallet: Id,
    pub(super) member: Id,
    pub(super) status: Status,
    pub(super) joined_us: i64,
}

/// Whether an offer is meant for a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant {
    No,
    /// He fits, by what he bought, and has not agreed that anybody concludes anything from that.
    NotAgreed,
    Yes,
}

impl Asking<'_> {
    pub(super) fn today(&self) -> Date {
        self.calendar.date_of(self.at)
    }

    pub(super) fn law(&self) -> Law {
        Law { jurisdiction: self.jurisdiction, now_us: self.at.get(), today: self.today() }
    }

    /// Whether a filter finds a member. Whether he has agreed is asked before his baskets are opened.
    pub(super) fn meant(
        &self,
        tx: &mut Tx<'_>,
        vault: &Vault,
        who: &Who,
        fitting: &Fitting,
    ) -> Result<Meant, Fault> {
        let facts = self.facts(tx, vault, who, fitting)?;
        if !fitting.fits_but_for_goods(&facts) {
            return Ok(Meant::No);
        }
        if !fitting.concludes() {
            return Ok(Meant::Yes);
        }
        if !has_agreed(tx, vault, who.member, &self.law())? {
            return Ok(Meant::NotAgreed);
        }
        let Some(bought) = &fitting.bought else { return Ok(Meant::Yes) };
        let first = days_after(self.today(), 1 - i64::from(bought.days)).unwrap_or(self.today());
        let baskets = bought_since(tx, vault, (who.wallet, who.member), day_number(first), self.rules)?;
        let baskets =
            baskets.map(|all| all.into_iter().map(|(on, basket)| BoughtOn { on, basket }).collect());
        Ok(if fitting.fits(&MemberFacts { baskets, ..facts }) { Meant::Yes } else { Meant::No })
    }

    /// All but the baskets.
    fn facts(
        &self,
        tx: &mut Tx<'_>,
        vault: &Vault,
        who: &Who,
        fitting: &Fitting,
    ) -> Result<MemberFacts, Fault> {
        let joined = UtcMicros::parse(who.joined_us).map_err(|_| damaged("when a member joined"))?;
        let asks_for_away = fitting.away_days_min.or(fitting.away_days_max).is_some();
        let tier = match fitting.asks_for_tier() {
            true => purchases::tier(tx, self.rules, who.wallet, (self.at, self.calendar))?,
            false => Tier(0),
        };
        let birth = match fitting.birthday_days {
            Some(_) => members::get(tx, vault, who.member)?.and_then(|member| member.profile.birth),
            None => None,
        };
        let free_points = match fitting.points_min {
            Some(_) => standing(tx, who.wallet, self.at)?.map_or(0, |standing| standing.spendable),
            None => 0,
        };
        Ok(MemberFacts {
            today: self.today(),
            status: who.status,
            tier,
            birth,
            member_since: self.calendar.date_of(joined),
            last_purchase: if asks_for_away { last_purchase(tx, who.wallet)? } else { None },
            days: self.days(tx, who.wallet, fitting.look_back_days())?,
            baskets: None,
            free_points,
        })
    }

    /// What was spent on the last so many dates.
    fn days(&self, tx: &mut Tx<'_>, wallet: Id, days: u16) -> Result<Vec<DaySum>, Fault> {
        if days == 0 {
            return Ok(Vec::new());
        }
        let first = day_number(self.today()) + 1 - i64::from(days);
        let sql = "SELECT day, spent_minor, visits FROM wallet_days WHERE wallet_id = $1 AND day >= $2";
        let rows = tx.query(sql, values![wallet, first])?;
        rows.into_iter()
            .map(|mut row| {
                let (on, spent_minor) = (date_of(row.integer(0)?)?, row.integer(1)?);
                Ok(DaySum { on, spent_minor, visits: row.number(2)? })
            })
            .collect()
    }
}

/// The date of the last purchase.
fn last_purchase(tx: &mut Tx<'_>, wallet: Id) -> Result<Option<Date>, Fault> {
    let sql = "SELECT MAX(day) FROM wallet_days WHERE wallet_id = $1 AND visits > 0";
    tx.query_one(sql, values![wallet])?.integer_or_null(0)?.map(date_of).transpose()
}
