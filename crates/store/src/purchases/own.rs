//! Which member an employee is himself: nobody earns points at his own till (case T-14).

use crate::audit::entry::{Acting, Actor, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::ledger;
use crate::store::Work;
use crate::values;

/// Says which member an employee is, or that he is none. Tells whether it was otherwise before.
///
/// # Errors
/// When it cannot be written.
pub fn set_own_member(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    employee: Id,
    member: Option<Id>,
) -> Result<bool, Fault> {
    if own_member(work.tx, employee)? == member {
        return Ok(false);
    }
    work.tx.execute("DELETE FROM employee_members WHERE employee_id = $1", values![employee])?;
    if let Some(member) = member {
        work.tx.execute(
            "INSERT INTO employee_members (employee_id, member_id) VALUES ($1, $2)",
            values![employee, member],
        )?;
    }
    let action = if member.is_some() { "employee_is_member" } else { "employee_is_no_member" };
    record(work.tx, acting, action, Subject::row("employees", employee), None)?;
    Ok(true)
}

/// Which member an employee is himself.
///
/// # Errors
/// When the book cannot be read.
pub fn own_member(tx: &mut Tx<'_>, employee: Id) -> Result<Option<Id>, Fault> {
    let sql = "SELECT member_id FROM employee_members WHERE employee_id = $1";
    tx.query_opt(sql, values![employee])?.map(|mut row| row.id(0)).transpose()
}

/// Whether a wallet belongs to whoever acts: to any of his profiles.
pub(crate) fn is_own(tx: &mut Tx<'_>, acting: &Acting, wallet: Id) -> Result<bool, Fault> {
    let Actor::Staff(employee) = acting.actor else { return Ok(false) };
    match own_member(tx, employee)? {
        Some(member) => ledger::is_of(tx, wallet, member),
        None => Ok(false),
    }
}
