//! Deciding at a door, in one transaction with everything that the decision takes.

use bonafide_domain::admission::exit::{self, ExitFacts, ExitMark, Leaver};
use bonafide_domain::admission::facts::{EntryFacts, Person, StillOpens, Takes, Ticket, Who as WhoFacts};
use bonafide_domain::admission::rules::{Passing, Times};
use bonafide_domain::admission::{self, Decided, Decision, Mark, Refusal};
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::qr::CodeRefusal;

use crate::audit::entry::{Acting, Detail, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::members;
use crate::memberships::{self, command};
use crate::passages::door::{self, Door};
use crate::passages::facts::{self, Before, PersonRead};
use crate::passages::passing::{self, End};
use crate::passages::record::{
    Columns, Kept, columns, exit_mark_of_word, exit_mark_word, list, list_of, mark_of_word, mark_word,
    methods_text, outcome_of,
};
use crate::passages::{
    Answer, Asked, Differing, Left, NotDecided, Outcome, Recognised, ShownCode, TABLE, Way, Who, way_of_word,
    way_word,
};
use crate::passages::{attention, flood};
use crate::qr::used;
use crate::store::Work;
use crate::value::Row;
use crate::values;

/// Decides whether somebody may pass inwards, and writes it with the visit that it takes.
///
/// # Errors
/// When it cannot be written: then nobody is let in by it; the inner error when nothing was decided.
pub fn enter(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    asked: &Asked,
) -> Result<Result<Answer, NotDecided>, Fault> {
    let recognised = recognised(work.tx, &asked.who)?;
    if let Some(before) = recorded(work.tx, asked.operation)? {
        return match before.differs(asked, Way::Entry, recognised.map(|(member, _)| member))? {
            Some(differing) => Ok(Err(NotDecided::OtherOperation(differing))),
            None => before.answer().map(Ok),
        };
    }
    let Some(door) = door::get(work.tx, asked.access_point)? else {
        return Ok(Err(NotDecided::NoAccessPoint));
    };
    let at = UtcMicros::parse(acting.now_us).map_err(|_| Fault::broken("the clock is not set"))?;
    if let Some((member, _)) = recognised {
        passing::lapse_at_door(work, acting, &door, member)?;
    }
    let read = match recognised {
        Some(who) => Some(facts::read(work.tx, work.vault, &door, who, asked.host, at)?),
        None => None,
    };
    let decided = decide(work.tx, &door, asked, (recognised, read.as_ref()), at)?;
    let before = read.and_then(|read| read.before);
    let member = recognised.map(|(member, _)| member);
    write_entry(work, acting, &door, asked, member, before, decided).map(Ok)
}

/// What would be decided about an entry, without anything being written. Grants that are due lapse only when it is.
pub(super) fn consider(
    work: &mut Work<'_, '_>,
    door: &Door,
    asked: &Asked,
    at: UtcMicros,
) -> Result<(Option<Id>, Decided), Fault> {
    let recognised = recognised(work.tx, &asked.who)?;
    let read = match recognised {
        Some(who) => Some(facts::read(work.tx, work.vault, door, who, asked.host, at)?),
        None => None,
    };
    let decided = decide(work.tx, door, asked, (recognised, read.as_ref()), at)?;
    Ok((recognised.map(|(member, _)| member), decided))
}

/// The answer that an entry got under its id, if it is the same request.
pub(super) fn answered_before(tx: &mut Tx<'_>, asked: &Asked) -> Result<Option<Answer>, Fault> {
    let member = recognised(tx, &asked.who)?.map(|(member, _)| member);
    let Some(before) = recorded(tx, asked.operation)? else { return Ok(None) };
    if before.differs(asked, Way::Entry, member)?.is_some() {
        return Ok(None);
    }
    before.answer().map(Some)
}

/// The member with all that he showed; a member who is not there (any more) is nobody.
fn recognised<'a>(tx: &mut Tx<'_>, who: &'a Who) -> Result<Option<(Id, &'a Recognised)>, Fault> {
    let Who::Member(recognised) = who else { return Ok(None) };
    let person = facts::person(tx, recognised.member)?;
    Ok(person.map(|person| (person, recognised)))
}

/// Hands the rules what was read.
fn decide(
    tx: &mut Tx<'_>,
    door: &Door,
    asked: &Asked,
    (recognised, read): (Option<(Id, &Recognised)>, Option<&PersonRead>),
    at: UtcMicros,
) -> Result<Decided, Fault> {
    let who = match bad_code(tx, &asked.who)? {
        Some(why) => WhoFacts::BadCode(why),
        None => who_is_there(&asked.who, recognised, read),
    };
    Ok(admission::decide(&EntryFacts {
        at,
        methods: &door.point.methods,
        rules: &door.rules,
        use_of_door: door.use_of_door(),
        room: facts::room(tx, door, recognised.map(|(member, _)| member), at)?,
        who,
    }))
}

fn who_is_there<'a>(
    who: &Who,
    recognised: Option<(Id, &Recognised)>,
    read: Option<&'a PersonRead>,
) -> WhoFacts<'a> {
    match (who, recognised, read) {
        (Who::Several, ..) => WhoFacts::Several,
        (Who::Contradictory, ..) => WhoFacts::Contradictory,
        (Who::Member(_), Some((_, recognised)), Some(read)) => WhoFacts::Member(Person {
            shown: &read.shown,
            face_does_not_fit: recognised.face_does_not_fit,
            suspended: read.suspended,
            guest: read.guest,
            before: read.before.as_ref().map(|before| before.grant),
            inside_since: read.inside_since,
            last_entry: read.last_entry,
            ticket: read.ticket,
            check_due: read.check_due,
        }),
        _ => WhoFacts::Nobody,
    }
}

/// Why a code that was shown opens nothing.
fn bad_code(tx: &mut Tx<'_>, who: &Who) -> Result<Option<CodeRefusal>, Fault> {
    if let Who::BadCode(why) = who {
        return Ok(Some(*why));
    }
    for code in codes(who) {
        if code.refused.is_some() {
            return Ok(code.refused);
        }
        if used::was_used(tx, &code.id)? {
            return Ok(Some(CodeRefusal::Replay));
        }
    }
    Ok(None)
}

fn codes(who: &Who) -> &[ShownCode] {
    match who {
        Who::Member(recognised) => &recognised.codes,
        _ => &[],
    }
}

/// Writes the decision: first what it takes, then itself. The codes that open the door are used up by that, and those that open
/// nothing are not: whoever is asked for a second factor shows the same picture again.
fn write_entry(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    door: &Door,
    asked: &Asked,
    member: Option<Id>,
    before: Option<Before>,
    decided: Decided,
) -> Result<Answer, Fault> {
    let Decided { decision, marks } = decided;
    let lapses_us = acting.now_us + door.rules.times.grant_us();
    let mut visit = None;
    let outcome = match decision {
        Decision::Admit(ticket) => {
            visit = take(work, acting, &ticket)?;
            Outcome::Admitted { ticket, lapses_us }
        }
        Decision::SamePassage(opens) => {
            let before = before.ok_or_else(|| Fault::broken("the same passage as none"))?;
            Outcome::SamePassage { grant: before.passage, opens }
        }
        Decision::Refuse(refusal) => Outcome::Refused(refusal),
        Decision::AskSecondFactor(methods) => Outcome::SecondFactor(methods),
    };
    // Made-up cards and codes by the thousand are counted and not written down one by one.
    let mut begins_flood = false;
    if member.is_none() && matches!(outcome, Outcome::Refused(Refusal::Unknown | Refusal::Code(_))) {
        match flood::count(work.tx, door.id, acting.now_us)? {
            flood::Read::Row { begins_flood: begins } => begins_flood = begins,
            flood::Read::Counted(passage) => {
                return Ok(Answer { passage, member, outcome, marks, repeated: false, shadow: door.shadow });
            }
        }
    }
    let used_up = if outcome.opens() { codes(&asked.who) } else { &[] };
    for code in used_up {
        used::mark(work.tx, &code.id)?;
    }
    let marks_text = list(&marks, mark_word)?;
    let columns = columns(&outcome)?;
    let row = NewRow { asked, door, way: Way::Entry, member, columns, marks: &marks_text, visit };
    let passage = insert(work, acting, (Id::new(acting.now_us)?, acting.now_us), &row)?;
    if begins_flood {
        flood::begin(work.tx, door.id, acting.now_us, passage)?;
    }
    if matches!(outcome, Outcome::Admitted { .. }) {
        open_grant(work, acting, door, (passage, member), Way::Entry, lapses_us)?;
    }
    let decision = attention::Decided { door, passage, member, now_us: acting.now_us };
    attention::note_entry(work.tx, &decision, &outcome, &marks)?;
    Ok(Answer { passage, member, outcome, marks, repeated: false, shadow: door.shadow })
}

/// Begins the membership and takes the visit. The rules have just said that both may be done: what is refused here contradicts
/// them. The answer is the operation of a visit, to be given back when the grant lapses.
fn take(work: &mut Work<'_, '_>, acting: &Acting, ticket: &Ticket) -> Result<Option<Id>, Fault> {
    let membership = Id::from(ticket.membership);
    let asked = || Ok(memberships::Asked { operation: Id::new(acting.now_us)?, on: ticket.on });
    let contradiction = |words: String| Fault::broken(format!("{membership}: {words}"));
    if ticket.starts {
        let started = command::start(work, acting, membership, asked()?)?;
        started.map_err(|refusal| contradiction(format!("not begun: {refusal:?}")))?;
    }
    match ticket.takes {
        Takes::Nothing => Ok(None),
        Takes::Visit => {
            let asked: memberships::Asked = asked()?;
            let used = command::use_visit(work, acting, membership, asked)?;
            used.map_err(|refusal| contradiction(format!("no visit: {refusal:?}")))?;
            Ok(Some(asked.operation))
        }
        Takes::GuestPass => {
            let used = command::use_guest_pass(work, acting, membership, asked()?)?;
            used.map_err(|refusal| contradiction(format!("no guest: {refusal:?}")))?;
            Ok(None)
        }
    }
}

/// Notes that somebody leaves. There is no refusal: whoever cannot be noted leaves all the same, and so does everybody when this
/// fails.
///
/// # Errors
/// When it cannot be written: open the door, and write it down elsewhere.
pub fn leave(work: &mut Work<'_, '_>, acting: &Acting, asked: &Asked) -> Result<Left, Fault> {
    let recognised = recognised(work.tx, &asked.who)?;
    let member = recognised.map(|(member, _)| member);
    let mut operation = asked.operation;
    if let Some(before) = recorded(work.tx, operation)? {
        if before.differs(asked, Way::Exit, member)?.is_none() {
            return before.left();
        }
        // A device that uses an id twice is no reason to keep anybody: it is a passage of its own.
        operation = Id::new(acting.now_us)?;
    }
    let Some(door) = door::get(work.tx, asked.access_point)? else {
        let at = UtcMicros::parse(acting.now_us).unwrap_or(UtcMicros::MIN);
        let exit = exit::leave(&ExitFacts::default(), &Times::STANDARD, at);
        return Ok(Left { grant: None, marks: exit.marks, repeated: false, shadow: false });
    };
    let asked = Asked { operation, ..asked.clone() };
    leave_by(work, acting, &door, &asked, member)
}

fn leave_by(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    door: &Door,
    asked: &Asked,
    member: Option<Id>,
) -> Result<Left, Fault> {
    // A clock that is not set makes nobody stay; what it would be compared with is left aside.
    let at = UtcMicros::parse(acting.now_us);
    let (mut leaver, mut before) = (None, None);
    if let (Some(member), Ok(at), Who::Member(recognised)) = (member, at, &asked.who) {
        let stays = facts::stays(work.tx, member, door.zone.branch)?;
        before = facts::newest_grant(work.tx, door, member, Way::Exit, at)?;
        leaver = Some(Leaver {
            state: recognised.shown.first().map(|shown| shown.state),
            inside_since: stays.iter().find(|stay| stay.zone == door.zone_id).map(|stay| stay.since),
            before: before.as_ref().map(|before| before.grant),
        });
    }
    let facts = ExitFacts { leaver, is_exit: door.is_exit() };
    let exit = exit::leave(&facts, &door.rules.times, at.unwrap_or(UtcMicros::MIN));
    // Whoever feeds a reader on the way out with made-up cards finds it open each time, and does not fill the book (case D-24).
    let mut begins_flood = false;
    if member.is_none() {
        match flood::count(work.tx, door.id, acting.now_us)? {
            flood::Read::Row { begins_flood: begins } => begins_flood = begins,
            flood::Read::Counted(_) => {
                return Ok(Left { grant: None, marks: exit.marks, repeated: false, shadow: door.shadow });
            }
        }
    }
    let marks_text = list(&exit.marks, exit_mark_word)?;
    let lapses_us = acting.now_us.saturating_add(door.rules.times.grant_us());
    let same = before.filter(|_| exit.same_passage).map(|before| before.passage);
    let columns = Columns {
        outcome: if same.is_some() { "same_passage" } else { "admitted" },
        reason: None,
        detail: "{}".to_owned(),
        membership: None,
        grant: same,
        lapses_us: same.is_none().then_some(lapses_us),
    };
    // Whoever saw the code on the way out does not come in by it.
    for code in codes(&asked.who) {
        if !used::was_used(work.tx, &code.id)? {
            used::mark(work.tx, &code.id)?;
        }
    }
    let row = NewRow { asked, door, way: Way::Exit, member, columns, marks: &marks_text, visit: None };
    let passage = insert(work, acting, (Id::new(acting.now_us)?, acting.now_us), &row)?;
    if begins_flood {
        flood::begin(work.tx, door.id, acting.now_us, passage)?;
    }
    if same.is_none() {
        open_grant(work, acting, door, (passage, member), Way::Exit, lapses_us)?;
    }
    let decision = attention::Decided { door, passage, member, now_us: acting.now_us };
    attention::note_exit(work.tx, &decision, &exit.marks)?;
    let grant = Some(same.unwrap_or(passage));
    Ok(Left { grant, marks: exit.marks, repeated: false, shadow: door.shadow })
}

/// A grant without an end yet; at a door that cannot tell, the end comes at once.
pub(super) fn open_grant(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    door: &Door,
    (passage, member): (Id, Option<Id>),
    way: Way,
    lapses_us: i64,
) -> Result<(), Fault> {
    work.tx.execute(
        "INSERT INTO open_grants (passage_id, member_id, zone_id, direction, lapses_us) VALUES ($1, $2, $3, $4, $5)",
        values![passage, member, door.zone_id, way_word(way), lapses_us],
    )?;
    if door.rules.passing == Passing::Assumed {
        let operation = Id::new(acting.now_us)?;
        passing::end(work, acting, operation, passage, End::Assumed)?;
    }
    Ok(())
}

/// A decision that is about to be written.
pub(super) struct NewRow<'a> {
    pub(super) asked: &'a Asked,
    pub(super) door: &'a Door,
    pub(super) way: Way,
    pub(super) member: Option<Id>,
    pub(super) columns: Columns,
    pub(super) marks: &'a str,
    pub(super) visit: Option<Id>,
}

/// Writes a decision of `at_us` under an id.
pub(super) fn insert(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    (id, at_us): (Id, i64),
    new: &NewRow<'_>,
) -> Result<Id, Fault> {
    let NewRow { asked, door, way, member, columns, marks, visit } = new;
    let way = way_word(*way);
    let shown: &[_] = match &asked.who {
        Who::Member(recognised) => &recognised.shown,
        _ => &[],
    };
    let methods = methods_text(shown.iter().map(|one| one.method))?;
    let credential = shown.iter().find_map(|one| one.credential);
    let reason = columns.reason.unwrap_or("");
    let json = format!(
        r#"{{"way":"{way}","outcome":"{}","reason":"{reason}","detail":{},"marks":{marks},"methods":{methods}}}"#,
        columns.outcome, columns.detail
    );
    let key = match member {
        Some(member) => members::data_key(work.tx, work.vault, *member)?.map(|key| (*member, key)),
        None => None,
    };
    let detail = key.as_ref().map(|(member, key)| Detail { member: *member, key, json: &json });
    let entry = record(work.tx, acting, "passage_decided", Subject::row(TABLE, id), detail)?;
    work.tx.execute(
        "INSERT INTO passages (id, operation_id, at_us, access_point_id, zone_id, branch_id, direction, member_id,
             credential_id, methods, outcome, reason, detail, marks, membership_id, visit_operation_id, grant_id,
             lapses_us, audit_entry_id, shadow)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        values![
            id,
            asked.operation,
            at_us,
            door.id,
            door.zone_id,
            door.zone.branch,
            way,
            *member,
            credential,
            methods,
            columns.outcome,
            columns.reason,
            columns.detail.as_str(),
            *marks,
            columns.membership,
            *visit,
            columns.grant,
            columns.lapses_us,
            entry,
            door.shadow
        ],
    )?;
    Ok(id)
}

/// A decision that was written under an id.
struct Recorded {
    passage: Id,
    access_point: Id,
    way: Way,
    member: Option<Id>,
    methods: String,
    marks: String,
    kept: Kept,
    shadow: bool,
}

fn recorded(tx: &mut Tx<'_>, operation: Id) -> Result<Option<Recorded>, Fault> {
    let row = tx.query_opt(
        "SELECT id, access_point_id, direction, member_id, methods, marks, outcome, reason, detail, membership_id,
             grant_id, lapses_us, shadow
         FROM passages WHERE operation_id = $1",
        values![operation],
    )?;
    row.map(|mut row| recorded_of(&mut row)).transpose()
}

fn recorded_of(row: &mut Row) -> Result<Recorded, Fault> {
    let way = way_of_word(&row.text(2)?).ok_or_else(|| Fault::damaged("a passage has no direction"))?;
    Ok(Recorded {
        passage: row.id(0)?,
        access_point: row.id(1)?,
        way,
        member: row.id_or_null(3)?,
        methods: row.text(4)?,
        marks: row.text(5)?,
        kept: Kept {
            outcome: row.text(6)?,
            reason: row.text_or_null(7)?,
            detail: row.text(8)?,
            membership: row.id_or_null(9)?,
            grant: row.id_or_null(10)?,
            lapses_us: row.integer_or_null(11)?,
        },
        shadow: row.boolean(12)?,
    })
}

impl Recorded {
    /// In what a request differs. What the card allows by now does not count: it is the answer of then.
    fn differs(&self, asked: &Asked, way: Way, member: Option<Id>) -> Result<Option<Differing>, Fault> {
        let methods = match &asked.who {
            Who::Member(recognised) => methods_text(recognised.shown.iter().map(|one| one.method))?,
            _ => methods_text(std::iter::empty())?,
        };
        Ok(if self.access_point != asked.access_point {
            Some(Differing::AccessPoint)
        } else if self.way != way {
            Some(Differing::Way)
        } else if self.member != member {
            Some(Differing::Member)
        } else if self.methods != methods || self.is_by_hand() {
            // What the staff did is no answer to a device.
            Some(Differing::Shown)
        } else {
            None
        })
    }

    fn is_by_hand(&self) -> bool {
        matches!(outcome_of(&self.kept), Ok(Outcome::AdmittedByHand { .. }))
    }

    fn answer(self) -> Result<Answer, Fault> {
        let Recorded { passage, member, marks, kept, shadow, .. } = self;
        let marks: Vec<Mark> = list_of(&marks, mark_of_word)?;
        Ok(Answer { passage, member, outcome: outcome_of(&kept)?, marks, repeated: true, shadow })
    }

    fn left(self) -> Result<Left, Fault> {
        let marks: Vec<ExitMark> = list_of(&self.marks, exit_mark_of_word)?;
        let grant = Some(self.kept.grant.unwrap_or(self.passage));
        Ok(Left { grant, marks, repeated: true, shadow: self.shadow })
    }
}

impl Outcome {
    /// Whether the door is to open.
    #[must_use]
    pub const fn opens(&self) -> bool {
        match self {
            Outcome::Admitted { .. } | Outcome::AdmittedByHand { .. } => true,
            Outcome::SamePassage { opens, .. } => matches!(opens, StillOpens::Yes),
            Outcome::Refused(_) | Outcome::SecondFactor(_) => false,
        }
    }
}

impl Answer {
    /// The refusal, when it is one.
    #[must_use]
    pub const fn refusal(&self) -> Option<Refusal> {
        match self.outcome {
            Outcome::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}
