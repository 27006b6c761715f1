//! Who works here, with one role each; and who is signed in ([`session`]).
//!
//! The role and the place are read at every request, so that a right that is taken away is gone with the next one (case S-02), and
//! whoever has left is nobody at once (case S-01). Names of employees stand in plain words: they are the club's own trace of who
//! did what, which must be readable for years.

pub mod session;

use bonafide_domain::plain_text::Title;

use crate::audit::entry::{Acting, Subject, record, record_change};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::organisation::{NotFound, branch};
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::words::words;
use crate::written::damaged;

/// The table, as the audit names it.
pub const TABLE: &str = "employees";

/// The longest name to sign in with, in characters.
pub const SIGN_IN_CHARS_MAX: usize = 60;

/// The most employees that are listed.
pub const LIST_MAX: u32 = 1_000;

/// What somebody who works here may do, from most to least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Everything, the staff included.
    Owner,
    /// Everything but the staff and the installation.
    Manager,
    /// The desk: members, memberships, doors.
    Receptionist,
    /// The till.
    Cashier,
}

words! {
    /// The word that stands for a role.
    role_word, role_of_word: Role { Owner = "owner", Manager = "manager", Receptionist = "receptionist", Cashier = "cashier" }
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 4] = [Role::Owner, Role::Manager, Role::Receptionist, Role::Cashier];

    /// The role of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Role> {
        role_of_word(word)
    }
}

/// The name that somebody signs in with: folded to lower case, without spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInName(String);

/// It is empty, too long, or has spaces or control characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadSignInName;

impl SignInName {
    /// What somebody typed.
    ///
    /// # Errors
    /// [`BadSignInName`].
    pub fn parse(text: &str) -> Result<SignInName, BadSignInName> {
        let folded = text.trim().to_lowercase();
        let bad = |c: char| c.is_whitespace() || c.is_control();
        if folded.is_empty() || folded.chars().count() > SIGN_IN_CHARS_MAX || folded.chars().any(bad) {
            return Err(BadSignInName);
        }
        Ok(SignInName(folded))
    }

    /// The folded name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Somebody who works here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Employee {
    /// The name to sign in with.
    pub sign_in: SignInName,
    /// The name that others see.
    pub name: Title,
    /// What he may do.
    pub role: Role,
    /// Where; nothing when he works in every branch.
    pub branch: Option<Id>,
    /// The language of his pages: `en`, `ru`, `zh`.
    pub language: String,
}

/// An employee as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptEmployee {
    /// The row.
    pub id: Id,
    /// Who.
    pub content: Employee,
    /// When he left, in microseconds since 1970.
    pub left_us: Option<i64>,
}

/// Why an employee is not added or changed. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmployeeRefusal {
    /// There is none with this id.
    NotFound,
    /// There is no such branch.
    NoBranch,
    /// Another one signs in with this name.
    NameTaken,
    /// Nobody who owns the installation would be left.
    LastOwner,
}

const COLUMNS: &str = "id, sign_in, name, role, branch_id, language, left_us";

/// Adds an employee with the hash of a password (a PHC string).
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn add(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    employee: &Employee,
    password_hash: &str,
) -> Result<Result<Id, EmployeeRefusal>, Fault> {
    if let Some(refusal) = refusal(work.tx, None, employee)? {
        return Ok(Err(refusal));
    }
    let id = Id::new(acting.now_us)?;
    work.tx.execute(
        "INSERT INTO employees (id, sign_in, name, role, branch_id, language, password_hash, added_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            id,
            employee.sign_in.as_str(),
            employee.name.as_str(),
            role_word(employee.role),
            employee.branch,
            employee.language.as_str(),
            password_hash,
            acting.now_us
        ],
    )?;
    let after = words_of(employee);
    record_change(work.tx, acting, "employee_added", Subject::row(TABLE, id), None, Some(&after))?;
    Ok(Ok(id))
}

/// Puts another content in the place of an employee's.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn change(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    employee: &Employee,
) -> Result<Result<(), EmployeeRefusal>, Fault> {
    let Some(before) = get(work.tx, id)? else { return Ok(Err(EmployeeRefusal::NotFound)) };
    if let Some(refusal) = refusal(work.tx, Some(id), employee)? {
        return Ok(Err(refusal));
    }
    if employee.role != Role::Owner && is_last_owner(work.tx, id)? {
        return Ok(Err(EmployeeRefusal::LastOwner));
    }
    work.tx.execute(
        "UPDATE employees SET sign_in = $1, name = $2, role = $3, branch_id = $4, language = $5 WHERE id = $6",
        values![
            employee.sign_in.as_str(),
            employee.name.as_str(),
            role_word(employee.role),
            employee.branch,
            employee.language.as_str(),
            id
        ],
    )?;
    let (before, after) = (words_of(&before.content), words_of(employee));
    record_change(work.tx, acting, "employee_changed", Subject::row(TABLE, id), Some(&before), Some(&after))?;
    Ok(Ok(()))
}

/// Puts another password in the place of an employee's, and ends his sessions.
///
/// # Errors
/// When it cannot be written; the inner error when there is no such employee.
pub fn set_password(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
    password_hash: &str,
) -> Result<Result<(), NotFound>, Fault> {
    let changed = work
        .tx
        .execute("UPDATE employees SET password_hash = $1 WHERE id = $2", values![password_hash, id])?;
    if changed == 0 {
        return Ok(Err(NotFound));
    }
    session::end_all(work.tx, id)?;
    record(work.tx, acting, "employee_password_set", Subject::row(TABLE, id), None)?;
    Ok(Ok(()))
}

/// Notes that an employee has left, and ends his sessions.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn leave(work: &mut Work<'_, '_>, acting: &Acting, id: Id) -> Result<Result<(), EmployeeRefusal>, Fault> {
    let Some(before) = get(work.tx, id)? else { return Ok(Err(EmployeeRefusal::NotFound)) };
    if before.left_us.is_some() {
        return Ok(Ok(()));
    }
    if is_last_owner(work.tx, id)? {
        return Ok(Err(EmployeeRefusal::LastOwner));
    }
    work.tx.execute("UPDATE employees SET left_us = $1 WHERE id = $2", values![acting.now_us, id])?;
    session::end_all(work.tx, id)?;
    record(work.tx, acting, "employee_left", Subject::row(TABLE, id), None)?;
    Ok(Ok(()))
}

/// Lets an employee who had left sign in again, with the password that he had.
///
/// # Errors
/// When it cannot be written; the inner error when there is no such employee.
pub fn come_back(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    id: Id,
) -> Result<Result<(), EmployeeRefusal>, Fault> {
    let Some(before) = get(work.tx, id)? else { return Ok(Err(EmployeeRefusal::NotFound)) };
    if before.left_us.is_none() {
        return Ok(Ok(()));
    }
    work.tx.execute("UPDATE employees SET left_us = NULL WHERE id = $1", values![id])?;
    record(work.tx, acting, "employee_came_back", Subject::row(TABLE, id), None)?;
    Ok(Ok(()))
}

/// An employee, also one who has left.
///
/// # Errors
/// When the book cannot be read.
pub fn get(tx: &mut Tx<'_>, id: Id) -> Result<Option<KeptEmployee>, Fault> {
    let row = tx.query_opt(&format!("SELECT {COLUMNS} FROM employees WHERE id = $1"), values![id])?;
    row.map(kept).transpose()
}

/// Who works here, by name; with those who have left when `left` says so.
///
/// # Errors
/// When the book cannot be read.
pub fn list(tx: &mut Tx<'_>, left: bool) -> Result<Vec<KeptEmployee>, Fault> {
    let rows = tx.query(
        &format!(
            "SELECT {COLUMNS} FROM employees WHERE $1 OR left_us IS NULL ORDER BY name, id LIMIT {LIST_MAX}"
        ),
        values![left],
    )?;
    rows.into_iter().map(kept).collect()
}

/// The employee who signs in with a name, with the hash of his password; nobody who has left.
///
/// # Errors
/// When the book cannot be read.
pub fn of_sign_in(tx: &mut Tx<'_>, name: &SignInName) -> Result<Option<(Id, String)>, Fault> {
    let row = tx.query_opt(
        "SELECT id, password_hash FROM employees WHERE sign_in = $1 AND left_us IS NULL",
        values![name.as_str()],
    )?;
    row.map(|mut row| Ok((row.id(0)?, row.text(1)?))).transpose()
}

/// Whether nobody works here yet: then the installation is to be set up.
///
/// # Errors
/// When the book cannot be read.
pub fn is_nobody(tx: &mut Tx<'_>) -> Result<bool, Fault> {
    Ok(tx.query_opt("SELECT 1 FROM employees LIMIT 1", values![])?.is_none())
}

fn refusal(tx: &mut Tx<'_>, own: Option<Id>, employee: &Employee) -> Result<Option<EmployeeRefusal>, Fault> {
    if let Some(id) = employee.branch
        && branch::get(tx, id)?.is_none()
    {
        return Ok(Some(EmployeeRefusal::NoBranch));
    }
    let row =
        tx.query_opt("SELECT id FROM employees WHERE sign_in = $1", values![employee.sign_in.as_str()])?;
    let other = row.map(|mut row| row.id(0)).transpose()?.filter(|&found| Some(found) != own);
    Ok(other.map(|_| EmployeeRefusal::NameTaken))
}

fn is_last_owner(tx: &mut Tx<'_>, id: Id) -> Result<bool, Fault> {
    let rows =
        tx.query("SELECT id FROM employees WHERE role = 'owner' AND left_us IS NULL LIMIT 2", values![])?;
    let owners = rows.into_iter().map(|mut row| row.id(0)).collect::<Result<Vec<_>, _>>()?;
    Ok(owners == [id])
}

fn kept(mut row: Row) -> Result<KeptEmployee, Fault> {
    const WHAT: &str = "an employee";
    Ok(KeptEmployee {
        id: row.id(0)?,
        content: Employee {
            sign_in: SignInName(row.text(1)?),
            name: Title::parse(&row.text(2)?).map_err(|_| damaged(WHAT))?,
            role: role_of_word(&row.text(3)?).ok_or_else(|| damaged(WHAT))?,
            branch: row.id_or_null(4)?,
            language: row.text(5)?,
        },
        left_us: row.integer_or_null(6)?,
    })
}

fn words_of(employee: &Employee) -> String {
    let branch = employee.branch.map(|id| id.to_string());
    serde_json::json!({
        "sign_in": employee.sign_in.as_str(), "name": employee.name.as_str(),
        "role": role_word(employee.role), "branch": branch, "language": employee.language,
    })
    .to_string()
}
