//! How often one member of a programme may earn: the guards in force, and putting others in their place.

use bonafide_domain::programme::{Guard, Guards, GuardsSpec};

use super::programmes;
use crate::audit::entry::{Acting, Subject, record_change};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::words::words;
use crate::written::{damaged, to_text};

const WHAT: &str = "the guards of a programme";

words! {
    /// The word that stands for a guard.
    guard_word, guard_of_word: Guard {
        PurchasesHour = "purchases_hour", PurchasesDay = "purchases_day", ClaimsDay = "claims_day",
        ClaimsMonth = "claims_month",
    }
}

/// The guards of a programme: the last that somebody put, or the usual ones.
///
/// # Errors
/// When the book cannot be read.
pub fn guards(tx: &mut Tx<'_>, programme: Id) -> Result<Guards, Fault> {
    Ok(last(tx, programme)?.map_or_else(Guards::usual, |(_, guards)| guards))
}

/// The last version that was put.
fn last(tx: &mut Tx<'_>, programme: Id) -> Result<Option<(u32, Guards)>, Fault> {
    let row = tx.query_opt(
        "SELECT version, purchases_hour, purchases_day, claims_day, claims_month FROM programme_guards
         WHERE programme_id = $1 ORDER BY version DESC LIMIT 1",
        values![programme],
    )?;
    row.map(|mut row| Ok((row.number(0)?, of_row(&mut row)?))).transpose()
}

fn of_row(row: &mut Row) -> Result<Guards, Fault> {
    let mut number = |column: usize| {
        let number = row.integer_or_null(column)?;
        number.map(|number| u32::try_from(number).map_err(|_| damaged(WHAT))).transpose()
    };
    let spec = GuardsSpec {
        purchases_hour: number(1)?,
        purchases_day: number(2)?,
        claims_day: number(3)?,
        claims_month: number(4)?,
    };
    Guards::parse(spec).map_err(|_| damaged(WHAT))
}

/// Puts guards in force, as a further version. Tells whether they were otherwise; nothing without such a programme.
///
/// # Errors
/// When it cannot be written.
pub fn put(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    programme: Id,
    guards: &Guards,
) -> Result<Option<bool>, Fault> {
    if programmes::get(work.tx, programme)?.is_none() {
        return Ok(None);
    }
    let (version, before) = last(work.tx, programme)?.unwrap_or((0, Guards::usual()));
    if before == *guards {
        return Ok(Some(false));
    }
    let spec = guards.spec();
    work.tx.execute(
        "INSERT INTO programme_guards (programme_id, version, purchases_hour, purchases_day, claims_day, claims_month, set_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            programme,
            version + 1,
            spec.purchases_hour,
            spec.purchases_day,
            spec.claims_day,
            spec.claims_month,
            acting.now_us
        ],
    )?;
    let (before, after) = (told(&before)?, told(guards)?);
    let subject = Subject::row("programmes", programme);
    record_change(work.tx, acting, "programme_guards_put", subject, Some(&before), Some(&after))?;
    Ok(Some(true))
}

fn told(guards: &Guards) -> Result<String, Fault> {
    let spec = guards.spec();
    to_text(&serde_json::json!({
        "purchases_hour": spec.purchases_hour, "purchases_day": spec.purchases_day, "claims_day": spec.claims_day,
        "claims_month": spec.claims_month,
    }))
}
