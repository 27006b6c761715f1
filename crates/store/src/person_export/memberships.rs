//! A person's memberships, with everything that happened to them.

use bonafide_domain::membership::{Change, Membership};
use serde_json::Value as Json;

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::memberships;
use crate::organisation::branch;
use crate::plans;
use crate::values;
use crate::written::{MoneyRecord, damaged};

const WHAT: &str = "an event of a membership";

/// All that a profile holds, in the order of their sale. `person` are the person's profiles: whoever else had or has a
/// membership is not told by his id.
pub(super) fn of_profile(tx: &mut Tx<'_>, profile: Id, person: &[Id]) -> Result<Vec<Json>, Fault> {
    let rows = tx.query("SELECT id FROM memberships WHERE holder_id = $1 ORDER BY id", values![profile])?;
    let ids = rows.into_iter().map(|mut row| row.id(0)).collect::<Result<Vec<Id>, Fault>>()?;
    ids.into_iter().map(|id| membership(tx, id, person)).collect()
}

fn membership(tx: &mut Tx<'_>, id: Id, person: &[Id]) -> Result<Json, Fault> {
    let gone = |what: &str| Fault::damaged(format!("{what} of the membership {id} is missing"));
    let held = memberships::get(tx, id)?.ok_or_else(|| gone("the row"))?;
    let plan = plans::get(tx, held.plan)?.ok_or_else(|| gone("the plan"))?;
    let branch = branch::get(tx, held.branch)?.ok_or_else(|| gone("the branch"))?;
    let sold = &held.membership;
    let freezes: Vec<Json> = sold
        .freezes()
        .map(|(_, span)| {
            serde_json::json!({ "from": span.from().to_string(), "until": span.until().to_string() })
        })
        .collect();
    let (paid, cancelled_on) = (paid(sold), cancelled_on(sold));
    Ok(serde_json::json!({
        "id": id, "plan": plan.plan.name.as_str(), "plan_version": sold.terms().spec().version,
        "branch": branch.content.name.as_str(), "paid": paid, "sold_on": sold.sold_on().to_string(),
        "first_day": sold.first_day().to_string(), "valid_until": sold.until().map(|date| date.to_string()),
        "used_up_on": sold.used_up_on().map(|date| date.to_string()), "cancelled_on": cancelled_on,
        "freezes": freezes, "history": history(tx, id, person)?,
    }))
}

/// What was paid when it was sold; renewals stand in the history.
fn paid(sold: &Membership) -> Option<MoneyRecord> {
    sold.history().iter().find_map(|event| match event.change {
        Change::Sold { paid, .. } => Some(MoneyRecord::of(paid)),
        _ => None,
    })
}

fn cancelled_on(sold: &Membership) -> Option<String> {
    let last = sold.history().last().filter(|event| matches!(event.change, Change::Cancelled { .. }));
    last.map(|event| event.on.to_string())
}

/// The events in the form in which they are kept.
fn history(tx: &mut Tx<'_>, id: Id, person: &[Id]) -> Result<Vec<Json>, Fault> {
    let authors = memberships::history(tx, id)?
        .ok_or_else(|| Fault::damaged(format!("the membership {id} has no history")))?;
    let rows = tx.query(
        "SELECT kind, payload FROM membership_events WHERE membership_id = $1 ORDER BY sequence",
        values![id],
    )?;
    rows.into_iter()
        .zip(authors)
        .map(|(mut row, entry)| {
            let (kind, payload) = (row.text(0)?, row.text(1)?);
            let mut contents: Json = serde_json::from_str(&payload).map_err(|_| damaged(WHAT))?;
            for whom in ["holder", "to"] {
                hide_others(contents.get_mut(whom), person);
            }
            Ok(serde_json::json!({
                "on": entry.event.on.to_string(), "at_us": entry.event.at.get(), "by": entry.author.kind,
                "what": kind, "contents": contents,
            }))
        })
        .collect()
}

/// The other's id is the other's.
fn hide_others(holder: Option<&mut Json>, person: &[Id]) {
    if let Some(holder) = holder {
        let of_person = holder.as_str().and_then(Id::parse).is_some_and(|id| person.contains(&id));
        if !of_person {
            *holder = "somebody else".into();
        }
    }
}
