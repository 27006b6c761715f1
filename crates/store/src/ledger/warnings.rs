//! Who is told ahead that points come to nothing, and when: the days of the programme's rules.
//!
//! Whoever is to tell it notes it first ([`note`]), so that of two servers one does, and a restart tells nobody twice. A letter that was
//! not taken for certain is due again after [`forget`].

use std::collections::BTreeMap;
use std::sync::Arc;

use bonafide_domain::calendar::{Calendar, UtcMicros};
use bonafide_domain::ledger::Status;
use bonafide_domain::profile::Language;

use crate::audit::entry::{Acting, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger::programmes::{self, Programme, ProgrammeVersion};
use crate::ledger::statement::{Standing, standing};
use crate::ledger::{OFFICE, TABLE, now};
use crate::organisation::branch;
use crate::store::Work;
use crate::values;

/// Wallets that one call of [`due`] looks at.
pub const LOOKED_AT_ONCE: u32 = 500;

/// The longest of a day in microseconds: the clock is put back by an hour once a year.
const DAY_US: i64 = 25 * 3_600 * 1_000_000;

/// A warning that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Of which wallet.
    pub wallet: Id,
    /// Whose.
    pub member: Id,
    /// What the programme is called.
    pub programme: String,
    /// The clock by which its days are counted.
    pub calendar: Calendar,
    /// The language of whoever has said none: that of the programme's first branch.
    pub language: Language,
    /// How many points come to nothing.
    pub points: u64,
    /// When.
    pub ends: UtcMicros,
    /// For how many days ahead this warning is.
    pub days_ahead: u16,
    /// Points that can be spent now.
    pub spendable: u64,
}

/// What the looking has found.
#[derive(Debug)]
pub struct Walked {
    /// What is due in the wallets that were looked at.
    pub due: Vec<Due>,
    /// The wallet to go on after; nothing when the walk is over.
    pub after: Option<Id>,
}

/// A programme that warns, with the days and the language of its first branch.
struct Warning {
    programme: Programme,
    version: Arc<ProgrammeVersion>,
    calendar: Calendar,
    language: Language,
}

/// The warnings that are due in the next wallets after one. Of several days that have passed for the same points, the last one counts.
///
/// # Errors
/// When the book cannot be read.
pub fn due(tx: &mut Tx<'_>, acting: &Acting, after: Option<Id>) -> Result<Walked, Fault> {
    let programmes = that_warn(tx)?;
    let ahead = programmes.values().filter_map(|one| one.version.rules.spec().warning_days.first().copied());
    let Some(ahead) = ahead.max() else { return Ok(Walked { due: Vec::new(), after: None }) };
    // In a wallet in which nothing is due until then, no points end until then.
    let until_us = acting.now_us.saturating_add(DAY_US.saturating_mul(i64::from(ahead) + 1));
    let rows = tx.query(
        "SELECT id, programme_id, member_id FROM wallets
         WHERE id > $1 AND member_id IS NOT NULL AND due_us <= $2 ORDER BY id LIMIT $3",
        values![after.unwrap_or(OFFICE), until_us, LOOKED_AT_ONCE],
    )?;
    let is_last = rows.len() < LOOKED_AT_ONCE as usize;
    let (mut due, mut last) = (Vec::new(), after);
    for mut row in rows {
        let (wallet, programme, member) = (row.id(0)?, row.id(1)?, row.id(2)?);
        last = Some(wallet);
        let Some(warning) = programmes.get(&programme) else { continue };
        let at = now(acting)?;
        // Whoever may not spend them is told nothing of spending.
        let standing = standing(tx, wallet, at)?.filter(|standing| standing.status == Status::Active);
        let Some(standing) = standing else { continue };
        for one in warning.of_wallet(&standing, (wallet, member), at) {
            if !is_noted(tx, &one)? {
                due.push(one);
            }
        }
    }
    Ok(Walked { due, after: last.filter(|_| !is_last) })
}

impl Warning {
    fn of_wallet(&self, standing: &Standing, (wallet, member): (Id, Id), at: UtcMicros) -> Vec<Due> {
        let due = |&(ends, points): &(UtcMicros, u64)| {
            let warnings = self.version.rules.warnings(ends, &self.calendar);
            let last = warnings.into_iter().rfind(|warning| warning.at <= at)?;
            Some(Due {
                wallet,
                member,
                programme: self.programme.name.as_str().to_owned(),
                calendar: self.calendar.clone(),
                language: self.language,
                points,
                ends,
                days_ahead: last.days_ahead,
                spendable: standing.spendable,
            })
        };
        standing.ends.iter().filter_map(due).collect()
    }
}

fn that_warn(tx: &mut Tx<'_>) -> Result<BTreeMap<Id, Warning>, Fault> {
    let mut found = BTreeMap::new();
    for (id, programme) in programmes::list(tx)? {
        let version = programmes::rules_in_force(tx, id)?;
        let Some(version) = version.filter(|version| !version.rules.spec().warning_days.is_empty()) else {
            continue;
        };
        let first = programmes::branches(tx, id)?.first().map(|&first| branch::get(tx, first)).transpose()?;
        // Nobody buys where a programme has no branch; its points end all the same, and nobody there can say when.
        let Some(first) = first.flatten() else { continue };
        let (calendar, language) = (first.content.time_zone.calendar(), first.content.language);
        found.insert(id, Warning { programme, version, calendar, language });
    }
    Ok(found)
}

fn is_noted(tx: &mut Tx<'_>, due: &Due) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM expiry_warnings WHERE wallet_id = $1 AND ends_us = $2 AND days_ahead = $3";
    Ok(tx.query_opt(sql, values![due.wallet, due.ends.get(), u32::from(due.days_ahead)])?.is_some())
}

/// Notes that a member is told. Whoever notes it tells it; the answer is whether nobody had noted it before.
///
/// # Errors
/// When it cannot be written.
pub fn note(work: &mut Work<'_, '_>, acting: &Acting, due: &Due) -> Result<bool, Fault> {
    if is_noted(work.tx, due)? {
        return Ok(false);
    }
    work.tx.execute(
        "INSERT INTO expiry_warnings (wallet_id, ends_us, days_ahead, at_us) VALUES ($1, $2, $3, $4)",
        values![due.wallet, due.ends.get(), u32::from(due.days_ahead), acting.now_us],
    )?;
    record(work.tx, acting, "expiry_warned", Subject::row(TABLE, due.wallet), None)?;
    Ok(true)
}

/// A letter was not taken: its warning is due again.
///
/// # Errors
/// When it cannot be written.
pub fn forget(work: &mut Work<'_, '_>, acting: &Acting, due: &Due) -> Result<(), Fault> {
    work.tx.execute(
        "DELETE FROM expiry_warnings WHERE wallet_id = $1 AND ends_us = $2 AND days_ahead = $3",
        values![due.wallet, due.ends.get(), u32::from(due.days_ahead)],
    )?;
    record(work.tx, acting, "expiry_not_warned", Subject::row(TABLE, due.wallet), None).map(drop)
}
