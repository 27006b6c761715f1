//! The older system's list of events, sent by a manager: each of its lines is joined to what we would have done. The same list may be
//! sent again, alone or as a part of a longer one: a line counts once.

use axum::extract::State;
use axum::response::Response;
use bonafide_store::audit::entry::Acting;
use bonafide_store::fault::Fault;
use bonafide_store::id::Id;
use bonafide_store::organisation::access_point;
use bonafide_store::store::Work;
use bonafide_store::trial::{Observed, observe};
use sha2::{Digest, Sha256};

use crate::flows::trial::{Whom, member};
use crate::import::events::{EVENTS_BYTES_MAX, Event, NoEvent, NoList, Read, read};
use crate::pages::desk::branch_of;
use crate::pages::desk::trial::{answer, since_us};
use crate::server::app::{App, Shared};
use crate::server::caller::Caller;
use crate::server::page::Page;
use crate::server::routes::{Access, Route};
use crate::server::trouble::Trouble;
use crate::server::upload::Uploaded;

/// Bytes of the form around the list.
const FORM_BYTES_MAX: usize = 16 * 1024;

/// Lines that are written down in one transaction: the doors do not wait long.
const AT_ONCE: usize = 100;

/// Lines that were left out, which the page names.
const NAMED_MAX: usize = 20;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/desk/trial/lists", Access::MANAGERS, send).with_body(EVENTS_BYTES_MAX + FORM_BYTES_MAX),
    ]
}

/// What became of a list.
#[derive(Default)]
pub(super) struct Listed {
    /// Lines that were written down now.
    pub(super) noted: u64,
    /// Lines that were there already.
    pub(super) repeated: u64,
    /// Lines about somebody whom we do not know.
    pub(super) unknown: u64,
    /// Lines of those who left, and of the time before the trial, which are not compared.
    pub(super) not_compared: u64,
    /// Lines that were left out: the line, and the key of why.
    pub(super) left_out: Vec<(String, &'static str)>,
    /// How many more of them there are.
    pub(super) more: u64,
}

impl Listed {
    fn leave_out(&mut self, line: u32, key: &'static str) {
        if self.left_out.len() < NAMED_MAX {
            self.left_out.push((line.to_string(), key));
        } else {
            self.more += 1;
        }
    }
}

const fn no_list_key(why: &NoList) -> &'static str {
    match why {
        NoList::Table(_) => "trial-list-no-table",
        NoList::NoColumns => "trial-list-no-columns",
    }
}

async fn send(
    State(app): State<Shared>,
    page: Page,
    caller: Caller,
    Uploaded { form, files }: Uploaded,
) -> Result<Response, Trouble> {
    let branch = branch_of(&app, &caller, form.text("branch")).await?;
    let (acting, chosen) = (caller.acting(), form.id("door"));
    let file = files.into_iter().next();
    let listed = app.aside(move |app| {
        let Some(file) = file else { return Ok(Err("trial-list-none")) };
        let doors = app.store.read(|tx| access_point::list(tx, branch.id, true))?;
        let Some(since_us) = app.store.read(|tx| since_us(tx, branch.id))? else {
            return Ok(Err("trial-off"));
        };
        let rows = match read(file.to_vec(), &branch.content.time_zone.calendar()) {
            Ok(rows) => rows,
            Err(why) => return Ok(Err(no_list_key(&why))),
        };
        let doors = doors.iter().map(|kept| (kept.content.name.as_str().to_lowercase(), kept.id)).collect();
        let trial = Trial { doors, chosen, since_us, now_us: acting.now_us };
        let mut listed = Listed::default();
        let lines = trial.lines(rows, &mut listed);
        note(app, &acting, &lines, &mut listed)?;
        Ok(Ok(Some(listed)))
    });
    let listed = listed.await?;
    answer(&app, page, &caller, form.text("branch"), listed).await
}

/// What a list is compared with.
struct Trial {
    /// The doors of the branch by their names in small letters.
    doors: Vec<(String, Id)>,
    /// The door of all lines that name none.
    chosen: Option<Id>,
    since_us: i64,
    now_us: i64,
}

/// A line that counts.
#[derive(Clone)]
struct Line {
    observed: Observed,
    whom: Whom,
}

impl Trial {
    /// The lines that count; what becomes of the others stands in `listed`.
    fn lines(&self, rows: Vec<Read>, listed: &mut Listed) -> Vec<Line> {
        let mut lines = Vec::with_capacity(rows.len());
        for (line, row) in rows {
            match row.map_err(key) {
                Err(None) => listed.not_compared += 1,
                Err(Some(key)) => listed.leave_out(line, key),
                Ok(event) if event.at_us < self.since_us => listed.not_compared += 1,
                Ok(event) if event.at_us > self.now_us => listed.leave_out(line, "trial-line-ahead"),
                Ok(event) => match self.door(&event) {
                    Some(door) => lines.push(Line::of(&event, door)),
                    None => listed.leave_out(line, "trial-line-door"),
                },
            }
        }
        lines
    }

    fn door(&self, event: &Event) -> Option<Id> {
        let own = |id: &Id| self.doors.iter().any(|(_, door)| door == id);
        let Some(name) = &event.door else { return self.chosen.filter(own) };
        let name = name.to_lowercase();
        let named = self.doors.iter().find(|(known, _)| *known == name).map(|(_, door)| *door);
        named.or(self.chosen.filter(own))
    }
}

/// Why a line is left out; nothing for one that is only not compared.
const fn key(why: NoEvent) -> Option<&'static str> {
    match why {
        NoEvent::Left => None,
        NoEvent::Time => Some("trial-line-time"),
        NoEvent::Result => Some("trial-line-result"),
        NoEvent::Nobody => Some("trial-line-nobody"),
    }
}

impl Line {
    fn of(event: &Event, access_point: Id) -> Line {
        let whom = match (&event.card, event.member) {
            (Some(card), _) => Whom::listed_card(card),
            (None, number) => Whom::Number(number.unwrap_or(0)),
        };
        let observed = Observed {
            operation: operation(event, access_point),
            access_point,
            admitted: event.admitted,
            at_us: event.at_us,
            member: None,
            passage: None,
        };
        Line { observed, whom }
    }
}

/// The id of a line is made of what it says, so that it counts once in however many lists it stands.
fn operation(event: &Event, access_point: Id) -> Id {
    let mut hash = Sha256::new_with_prefix(b"bonafide line of an older system's list v1");
    hash.update(access_point.bytes());
    hash.update(event.at_us.to_be_bytes());
    hash.update([u8::from(event.admitted)]);
    hash.update(event.member.unwrap_or(0).to_be_bytes());
    hash.update(event.card.as_deref().unwrap_or_default().as_bytes());
    let hash: [u8; 32] = hash.finalize().into();
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    Id::from_bytes(id)
}

/// Writes the lines down, some at once.
fn note(app: &App, acting: &Acting, lines: &[Line], listed: &mut Listed) -> Result<(), Trouble> {
    for some in lines.chunks(AT_ONCE) {
        let (some, acting) = (some.to_vec(), acting.clone());
        let told = app.store.write(move |work| Ok(Ok::<_, ()>(note_some(work, &acting, &some)?)))?;
        let (noted, repeated, unknown) = told.map_err(|()| Trouble::forbidden())?;
        listed.noted += noted;
        listed.repeated += repeated;
        listed.unknown += unknown;
    }
    Ok(())
}

/// How many were noted, were there already, and are about somebody whom we do not know.
fn note_some(work: &mut Work<'_, '_>, acting: &Acting, lines: &[Line]) -> Result<(u64, u64, u64), Fault> {
    let (mut noted, mut repeated, mut unknown) = (0, 0, 0);
    for line in lines {
        let member = member(work.tx, work.vault, acting.now_us, &line.whom)?;
        let observed = Observed { member, ..line.observed };
        match observe(work, acting, &observed)? {
            Ok(done) if done.repeated => repeated += 1,
            // The id is made of the line: something else cannot be under it, and a door that went meanwhile compares nothing.
            Err(_) => {}
            Ok(_) => {
                noted += 1;
                unknown += u64::from(member.is_none());
            }
        }
    }
    Ok((noted, repeated, unknown))
}
