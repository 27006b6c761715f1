//! Whom a door lets in while the book cannot be written, if it is set to keep admitting.
//!
//! The book is read and the rules decide as always. Instead of the book, the emergency journal gets the decision, durable before
//! the door opens; later it is written into the book under the same ids, with a mark. What the journal cannot note opens nothing.
//! Nobody is refused into the journal, and nobody is asked for a second factor by it: such an answer waits for the book.

use bonafide_domain::access_method::Assurance;
use bonafide_domain::admission::facts::{Takes, Ticket};
use bonafide_domain::admission::rules::AntiPassback;
use bonafide_domain::admission::{Decision, Mark};
use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::credential::CredentialState;
use bonafide_domain::qr::{CodeId, KeyId};
use serde::{Deserialize, Serialize};

use crate::audit::entry::{Acting, Actor};
use crate::fault::{Fault, FaultKind};
use crate::id::Id;
use crate::journal::NotKept;
use crate::memberships::{self, command};
use crate::organisation::access_point::{WhenUnwritable, method, method_of};
use crate::passages::attention;
use crate::passages::decide::{self, NewRow, insert, open_grant};
use crate::passages::door;
use crate::passages::facts::person;
use crate::passages::record::{Kept, columns, list, list_of, mark_of_word, mark_word, outcome_of};
use crate::passages::{Answer, Asked, Outcome, Recognised, Shown, ShownCode, Way, Who};
use crate::qr::used;
use crate::store::{Store, Work};
use crate::written::{damaged, from_text, to_text};

const WHAT: &str = "a record of the emergency journal";

/// How long a door has time to report that somebody has gone through, from the moment at which the book has the grant: 10 minutes.
const REPORT_WAIT_US: i64 = 10 * 60 * 1_000_000;

/// Whom a door has let in.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    operation: String,
    passage: String,
    at_us: i64,
    access_point: String,
    member: String,
    shown: Vec<ShownRecord>,
    codes: Vec<CodeRecord>,
    marks: String,
    membership: String,
    detail: String,
    lapses_us: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ShownRecord {
    method: String,
    credential: Option<String>,
}

#[derive(Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct CodeRecord {
    key: [u8; 8],
    step: u32,
    tap: u8,
}

/// Whether a fault means that the book can be read and not be written.
#[must_use]
pub const fn may_help(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::Full | FaultKind::Halted)
}

/// Lets somebody in by the journal; `None` when this door does not, when the rules admit nobody, and when the journal cannot note
/// it: then the door stays closed.
///
/// # Errors
/// When the book cannot be read.
pub fn admit(
    store: &Store,
    acting: &Acting,
    ask: impl FnOnce(&mut Work<'_, '_>) -> Result<Asked, Fault>,
) -> Result<Option<Answer>, Fault> {
    let Some(journal) = store.journal() else { return Ok(None) };
    let at = UtcMicros::parse(acting.now_us).map_err(|_| Fault::broken("the clock is not set"))?;
    let considered = store.read(|tx| {
        let mut work = Work { tx, vault: store.vault() };
        let asked = ask(&mut work)?;
        Ok(considered(&mut work, &asked, at)?.map(|found| (asked, found)))
    })?;
    let (asked, member, outcome, mut marks, once) = match considered {
        None => return Ok(None),
        Some((_, Considered::Before(answer))) => return Ok(Some(answer)),
        Some((asked, Considered::Admits { member, outcome, marks, once })) => {
            (asked, member, outcome, marks, once)
        }
    };
    marks.push(Mark::NotedLater);
    let answer = Answer {
        passage: Id::new(acting.now_us)?,
        member: Some(member),
        outcome,
        marks,
        repeated: false,
        shadow: false,
    };
    let record = record_of(&asked, &answer, acting.now_us)?;
    match journal.keep(|known| beside(known, &record, (answer, once))) {
        Ok(answer) | Err(NotKept::Refused(Beside::Same(answer))) => Ok(Some(answer)),
        Err(NotKept::Refused(Beside::Fault(fault))) => Err(fault),
        Err(NotKept::Refused(Beside::Never) | NotKept::NoPlace) => Ok(None),
    }
}

/// What the rules say without anything being written.
enum Considered {
    /// It was decided under this id while the book could be written.
    Before(Answer),
    Admits {
        member: Id,
        outcome: Outcome,
        marks: Vec<Mark>,
        /// The door lets nobody in twice, and who is inside by the journal is not known to the book.
        once: bool,
    },
}

fn considered(work: &mut Work<'_, '_>, asked: &Asked, at: UtcMicros) -> Result<Option<Considered>, Fault> {
    if let Some(before) = decide::answered_before(work.tx, asked)? {
        return Ok(Some(Considered::Before(before)));
    }
    let Some(door) = door::get(work.tx, asked.access_point)? else { return Ok(None) };
    // A guest takes a pass of his host, which may be his last one: that is for the book.
    if door.point.when_unwritable != WhenUnwritable::KeepAdmitting || door.shadow || asked.host.is_some() {
        return Ok(None);
    }
    let (member, decided) = decide::consider(work, &door, asked, at)?;
    Ok(match (member, decided.decision) {
        (Some(member), Decision::Admit(ticket)) => {
            let lapses_us = at.get() + door.rules.times.grant_us();
            let outcome = Outcome::Admitted { ticket, lapses_us };
            let once = door.rules.anti_passback == AntiPassback::Hard;
            Some(Considered::Admits { member, outcome, marks: decided.marks, once })
        }
        _ => None,
    })
}

/// What the records that are there already make of one more.
enum Beside {
    /// It is there, under the same id.
    Same(Answer),
    /// It cannot be known to be right: the code has opened, the visit may have been the last one, he may be inside, or the id is
    /// another's.
    Never,
    Fault(Fault),
}

fn beside(known: &[&str], new: &Record, (answer, once): (Answer, bool)) -> Result<(String, Answer), Beside> {
    let takes_visit = |outcome: &Outcome| match outcome {
        Outcome::Admitted { ticket, .. } => ticket.takes != Takes::Nothing,
        _ => true,
    };
    for text in known {
        let old: Record = from_text(text, WHAT).map_err(Beside::Fault)?;
        if old.operation == new.operation {
            let same = old.member == new.member && old.access_point == new.access_point;
            return Err(if same {
                answer_of(&old).map_or_else(Beside::Fault, Beside::Same)
            } else {
                Beside::Never
            });
        }
        let same_code = old.codes.iter().any(|code| new.codes.contains(code));
        let same_visits = old.membership == new.membership && takes_visit(&answer.outcome);
        let twice = once && old.member == new.member && old.access_point == new.access_point;
        if same_code || same_visits || twice {
            return Err(Beside::Never);
        }
    }
    Ok((to_text(new).map_err(Beside::Fault)?, answer))
}

fn record_of(asked: &Asked, answer: &Answer, at_us: i64) -> Result<Record, Fault> {
    let (Who::Member(recognised), Some(member)) = (&asked.who, answer.member) else {
        return Err(Fault::broken("nobody is let in"));
    };
    let columns = columns(&answer.outcome)?;
    let (Some(membership), Some(lapses_us)) = (columns.membership, columns.lapses_us) else {
        return Err(Fault::broken("a grant without a membership"));
    };
    let shown = |one: &Shown| ShownRecord {
        method: method(one.method).to_owned(),
        credential: one.credential.map(|id| id.to_string()),
    };
    let code =
        |code: &ShownCode| CodeRecord { key: code.id.key().0, step: code.id.step(), tap: code.id.tap() };
    Ok(Record {
        operation: asked.operation.to_string(),
        passage: answer.passage.to_string(),
        at_us,
        access_point: asked.access_point.to_string(),
        member: member.to_string(),
        shown: recognised.shown.iter().map(shown).collect(),
        codes: recognised.codes.iter().map(code).collect(),
        marks: list(&answer.marks, mark_word)?,
        membership: membership.to_string(),
        detail: columns.detail,
        lapses_us,
    })
}

fn id(text: &str) -> Result<Id, Fault> {
    Id::parse(text).ok_or_else(|| damaged(WHAT))
}

fn answer_of(record: &Record) -> Result<Answer, Fault> {
    Ok(Answer {
        passage: id(&record.passage)?,
        member: Some(id(&record.member)?),
        outcome: outcome_of(&kept_of(record)?)?,
        marks: list_of(&record.marks, mark_of_word)?,
        repeated: true,
        shadow: false,
    })
}

fn kept_of(record: &Record) -> Result<Kept, Fault> {
    Ok(Kept {
        outcome: "admitted".to_owned(),
        reason: None,
        detail: record.detail.clone(),
        membership: Some(id(&record.membership)?),
        grant: None,
        lapses_us: Some(record.lapses_us),
    })
}

fn asked_of(record: &Record) -> Result<Asked, Fault> {
    let shown = |one: &ShownRecord| {
        Ok(Shown {
            method: method_of(&one.method).ok_or_else(|| damaged(WHAT))?,
            credential: one.credential.as_deref().map(id).transpose()?,
            state: CredentialState::Active,
            assurance: Assurance::NONE,
            biometric: None,
        })
    };
    let code = |code: &CodeRecord| {
        let id = CodeId::new(KeyId(code.key), code.step, code.tap).ok_or_else(|| damaged(WHAT))?;
        Ok(ShownCode { id, refused: None })
    };
    Ok(Asked {
        operation: id(&record.operation)?,
        access_point: id(&record.access_point)?,
        who: Who::Member(Recognised {
            member: id(&record.member)?,
            shown: record.shown.iter().map(shown).collect::<Result<_, Fault>>()?,
            face_does_not_fit: false,
            codes: record.codes.iter().map(code).collect::<Result<_, Fault>>()?,
        }),
        host: None,
    })
}

/// Writes into the book whom doors have let in without it; the answer is how many. To be called every few seconds. A record that the
/// book cannot take keeps none of the others out.
///
/// # Errors
/// When the book cannot be written: what it does not have stays in the journal.
pub fn take_in(store: &Store, now_us: i64) -> Result<u32, Fault> {
    let Some(journal) = store.journal() else { return Ok(0) };
    let (mut taken, mut failed) = (0, None);
    for (place, text) in journal.records() {
        match take_in_one(store, &text, now_us) {
            Ok(()) => {
                journal.forget(place)?;
                taken += 1;
            }
            Err(fault) if fault.is_of_all() => return Err(fault),
            Err(fault) => failed = failed.or(Some(fault)),
        }
    }
    failed.map_or(Ok(taken), Err)
}

fn take_in_one(store: &Store, text: &str, now_us: i64) -> Result<(), Fault> {
    let record: Record = from_text(text, WHAT)?;
    let acting = Acting { actor: Actor::Program, origin: "emergency journal".to_owned(), now_us };
    let Ok(()) = store.write(move |work| {
        write(work, &acting, &record)?;
        Ok(Ok::<_, std::convert::Infallible>(()))
    })?;
    Ok(())
}

fn write(work: &mut Work<'_, '_>, acting: &Acting, record: &Record) -> Result<(), Fault> {
    let asked = asked_of(record)?;
    let (Some(door), None) =
        (door::get(work.tx, asked.access_point)?, decide::answered_before(work.tx, &asked)?)
    else {
        return Ok(());
    };
    let outcome = outcome_of(&kept_of(record)?)?;
    let Outcome::Admitted { ticket, .. } = &outcome else { return Err(damaged(WHAT)) };
    // Who was erased meanwhile is nobody: that somebody came in stays true.
    let member = person(work.tx, id(&record.member)?)?;
    let visit = if member.is_some() { take(work, acting, ticket)? } else { None };
    if let Who::Member(recognised) = &asked.who {
        for code in &recognised.codes {
            if used::may_open(work.tx, &code.id)? {
                used::mark(work.tx, &code.id)?;
            }
        }
    }
    let asked = if member.is_some() { asked } else { Asked { who: Who::Nobody, ..asked } };
    let mut columns = columns(&outcome)?;
    columns.membership = columns.membership.filter(|_| member.is_some());
    let row =
        NewRow { asked: &asked, door: &door, way: Way::Entry, member, columns, marks: &record.marks, visit };
    let passage = insert(work, acting, (id(&record.passage)?, record.at_us), &row)?;
    open_grant(work, acting, &door, (passage, member), Way::Entry, acting.now_us + REPORT_WAIT_US)?;
    let marks: Vec<Mark> = list_of(&record.marks, mark_of_word)?;
    let decided = attention::Decided { door: &door, passage, member, now_us: acting.now_us };
    attention::note_entry(work.tx, &decided, &outcome, &marks)
}

/// What the visit takes, as far as it is still there: he is in already.
fn take(work: &mut Work<'_, '_>, acting: &Acting, ticket: &Ticket) -> Result<Option<Id>, Fault> {
    let membership = Id::from(ticket.membership);
    let asked = || Ok::<_, Fault>(memberships::Asked { operation: Id::new(acting.now_us)?, on: ticket.on });
    if ticket.starts {
        let _begun_or_not = command::start(work, acting, membership, asked()?)?;
    }
    match ticket.takes {
        Takes::Nothing | Takes::GuestPass => Ok(None),
        Takes::Visit => {
            let asked = asked()?;
            Ok(command::use_visit(work, acting, membership, asked)?.ok().map(|_| asked.operation))
        }
    }
}
