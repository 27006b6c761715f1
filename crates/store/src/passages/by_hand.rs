//! One of the staff lets somebody in by hand: a decision of its own, with a name and a reason, that opens a grant like every other.
//!
//! Nothing is taken from a membership, and presence follows when somebody passes. It overrules every check but those of the
//! door itself, because whoever stands there knows more than the book: the person may be known to nobody.

use bonafide_domain::admission::facts::UseOfDoor;
use bonafide_domain::profile::ShortNote;

use crate::audit::entry::{Acting, Actor};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::passages::attention::{self, How, NotSettled};
use crate::passages::decide::{NewRow, insert, open_grant};
use crate::passages::door::{self, Door};
use crate::passages::facts::person;
use crate::passages::record::columns;
use crate::passages::{Answer, Asked, Outcome, Way, Who, note};
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::words::words;
use crate::written::damaged;

const TABLE: &str = "hand_admissions";

/// Why somebody is let in by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The staff knows him, and what he carries was forgotten or does not work.
    Known,
    /// He has just paid or promised to.
    Paid,
    /// A guest, or somebody who looks around.
    Guest,
    /// A supplier, a craftsman, an inspector.
    Service,
    /// An emergency.
    Emergency,
    /// The reader or the program is at fault.
    ReaderFault,
    /// Something else: say what in the note.
    Other,
}

words! {
    /// The word that stands for why somebody is let in by hand.
    reason_word, reason_of_word: Reason {
        Known = "known", Paid = "paid", Guest = "guest", Service = "service", Emergency = "emergency",
        ReaderFault = "reader_fault", Other = "other",
    }
}

/// Whom to let in, where and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByHand {
    /// The id of the request, from the desk.
    pub operation: Id,
    /// Where.
    pub access_point: Id,
    /// Who; nothing when nobody knows him.
    pub member: Option<Id>,
    /// The decision that this overrules, if there was one.
    pub refused: Option<Id>,
    /// Why.
    pub reason: Reason,
    /// What else is to be said.
    pub note: Option<ShortNote>,
}

/// Why nobody is let in. The checks stand in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAdmitted {
    /// Only somebody of the staff may, under his own name.
    NotStaff,
    /// [`Reason::Other`] says nothing without a note.
    NoteMissing,
    /// The id was used for something else.
    OtherOperation,
    /// There is no such door.
    NoAccessPoint,
    /// The door, its zone or its branch is closed.
    OutOfUse,
    /// The door is to leave by.
    NoEntrance,
    /// There is no such member.
    NoMember,
    /// There is no such decision, or it refused nobody.
    NoRefusal,
    /// It was at another door.
    OtherDoor,
    /// Somebody else has decided about it.
    SettledBefore {
        /// Who.
        staff: Id,
        /// What he decided.
        how: How,
        /// When, in microseconds since 1970.
        at_us: i64,
    },
}

/// Lets somebody in. Asked again under the same id, the answer is the same, and nothing is opened twice.
///
/// # Errors
/// When it cannot be written: then nobody is let in by it; the inner error when it must not be.
pub fn admit(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    by_hand: &ByHand,
) -> Result<Result<Answer, NotAdmitted>, Fault> {
    let Actor::Staff(staff) = acting.actor else { return Ok(Err(NotAdmitted::NotStaff)) };
    if by_hand.reason == Reason::Other && by_hand.note.is_none() {
        return Ok(Err(NotAdmitted::NoteMissing));
    }
    if let Some(before) = admitted_before(work.tx, by_hand)? {
        return Ok(before);
    }
    let Some(door) = door::get(work.tx, by_hand.access_point)? else {
        return Ok(Err(NotAdmitted::NoAccessPoint));
    };
    match door.use_of_door() {
        UseOfDoor::OutOfUse => return Ok(Err(NotAdmitted::OutOfUse)),
        UseOfDoor::ExitOnly => return Ok(Err(NotAdmitted::NoEntrance)),
        UseOfDoor::Entrance => {}
    }
    let member = match by_hand.member {
        None => None,
        Some(member) => match person(work.tx, member)? {
            None => return Ok(Err(NotAdmitted::NoMember)),
            known => known,
        },
    };
    if let Err(refusal) = overrule(work, acting, by_hand)? {
        return Ok(Err(refusal));
    }
    write(work, acting, by_hand, &door, (staff, member)).map(Ok)
}

fn write(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    by_hand: &ByHand,
    door: &Door,
    (staff, member): (Id, Option<Id>),
) -> Result<Answer, Fault> {
    let lapses_us = acting.now_us.saturating_add(door.rules.times.grant_us());
    let outcome = Outcome::AdmittedByHand { lapses_us };
    let (operation, access_point) = (by_hand.operation, by_hand.access_point);
    let asked = Asked { operation, access_point, who: Who::Nobody, host: None };
    let columns = columns(&outcome)?;
    let row = NewRow { asked: &asked, door, way: Way::Entry, member, columns, marks: "[]", visit: None };
    let passage = insert(work, acting, (Id::new(acting.now_us)?, acting.now_us), &row)?;
    let about = note::about(work.tx, work.vault, member)?;
    let sealed = note::seal(work.vault, (TABLE, passage), &about, by_hand.note.as_ref())?;
    work.tx.execute(
        "INSERT INTO hand_admissions (passage_id, staff_id, at_us, reason, note_sealed, refused_id, member_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            passage,
            staff,
            acting.now_us,
            reason_word(by_hand.reason),
            sealed,
            by_hand.refused,
            member
        ],
    )?;
    open_grant(work, acting, door, (passage, member), Way::Entry, lapses_us)?;
    let decided = attention::Decided { door, passage, member, now_us: acting.now_us };
    attention::note_entry(work.tx, &decided, &outcome, &[])?;
    Ok(Answer { passage, member, outcome, marks: Vec::new(), repeated: false, shadow: door.shadow })
}

/// The refusal is decided about by this. One that waits no more, because it is old or was never in the list, may be overruled too.
fn overrule(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    by_hand: &ByHand,
) -> Result<Result<(), NotAdmitted>, Fault> {
    let Some(refused) = by_hand.refused else { return Ok(Ok(())) };
    let row = work.tx.query_opt(
        "SELECT access_point_id FROM passages
         WHERE id = $1 AND outcome IN ('refused', 'second_factor') AND direction = 'entry'",
        values![refused],
    )?;
    let Some(mut row) = row else { return Ok(Err(NotAdmitted::NoRefusal)) };
    if row.id(0)? != by_hand.access_point {
        return Ok(Err(NotAdmitted::OtherDoor));
    }
    let (operation, note) = (by_hand.operation, by_hand.note.as_ref());
    let settled = attention::settle_open(work, acting, operation, refused, How::AdmittedByHand, note)?;
    Ok(match settled {
        Err(NotSettled::SettledBefore { staff, how, at_us }) => {
            Err(NotAdmitted::SettledBefore { staff, how, at_us })
        }
        _ => Ok(()),
    })
}

fn admitted_before(tx: &mut Tx<'_>, by_hand: &ByHand) -> Result<Option<Result<Answer, NotAdmitted>>, Fault> {
    let row = tx.query_opt(
        "SELECT p.id, p.access_point_id, p.member_id, p.lapses_us, p.shadow, h.reason, h.refused_id
         FROM passages p LEFT JOIN hand_admissions h ON h.passage_id = p.id WHERE p.operation_id = $1",
        values![by_hand.operation],
    )?;
    let Some(mut row) = row else { return Ok(None) };
    let (passage, access_point, member) = (row.id(0)?, row.id(1)?, row.id_or_null(2)?);
    let asked = match by_hand.member {
        Some(member) => person(tx, member)?,
        None => None,
    };
    let same = access_point == by_hand.access_point
        && member == asked
        && row.text_or_null(5)?.as_deref() == Some(reason_word(by_hand.reason))
        && row.id_or_null(6)? == by_hand.refused;
    if !same {
        return Ok(Some(Err(NotAdmitted::OtherOperation)));
    }
    let lapses_us = row.integer_or_null(3)?.ok_or_else(|| damaged(TABLE))?;
    let (outcome, shadow) = (Outcome::AdmittedByHand { lapses_us }, row.boolean(4)?);
    Ok(Some(Ok(Answer { passage, member, outcome, marks: Vec::new(), repeated: true, shadow })))
}

/// An admission by hand, for whoever looks after the staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// The decision.
    pub passage: Id,
    /// When, in microseconds since 1970.
    pub at_us: i64,
    /// Who let him in.
    pub staff: Id,
    /// Who was let in; nothing when nobody knew him.
    pub member: Option<Id>,
    /// Why.
    pub reason: Reason,
    /// What was written about it.
    pub note: Option<ShortNote>,
    /// The decision that it overruled.
    pub refused: Option<Id>,
}

/// The admission by hand of a decision; `None` when it was none.
///
/// # Errors
/// When the book cannot be read, or the note does not open.
pub fn get(tx: &mut Tx<'_>, vault: &Vault, passage: Id) -> Result<Option<Admitted>, Fault> {
    let row = tx.query_opt(
        "SELECT at_us, staff_id, member_id, reason, note_sealed, refused_id FROM hand_admissions WHERE passage_id = $1",
        values![passage],
    )?;
    row.map(|row| admitted(tx, vault, passage, row)).transpose()
}

fn admitted(tx: &mut Tx<'_>, vault: &Vault, passage: Id, mut row: Row) -> Result<Admitted, Fault> {
    let (member, sealed) = (row.id_or_null(2)?, row.blob_or_null(4)?);
    let about = note::about(tx, vault, member)?;
    Ok(Admitted {
        passage,
        at_us: row.integer(0)?,
        staff: row.id(1)?,
        member,
        reason: reason_of_word(&row.text(3)?).ok_or_else(|| damaged(TABLE))?,
        note: note::open(vault, (TABLE, passage), &about, sealed.as_deref())?,
        refused: row.id_or_null(5)?,
    })
}
