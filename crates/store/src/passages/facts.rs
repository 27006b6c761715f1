//! Reading what an entry is decided by.

use bonafide_domain::access_method::Place;
use bonafide_domain::admission::facts::{
    self, Consent, Grant, Guest, NoTicket, Room, Suspended, Takes, Ticket,
};
use bonafide_domain::admission::stay;
use bonafide_domain::calendar::{Calendar, UtcMicros};
use bonafide_domain::entitlement::{self, Entitled, Entrance, NoChoice, entitled_further};
use bonafide_domain::membership::Membership;
use bonafide_domain::plan::Reach;

use crate::consents::{self, Question};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::members::day_number;
use crate::members::face_alone;
use crate::members::merging::profiles_of_person;
use crate::memberships::entrance::{self, NothingOpens};
use crate::memberships::{self, Held};
use crate::passages::door::Door;
use crate::passages::{Recognised, Shown, Way, way_word};
use crate::values;

/// A stay of a member in the branch of a door.
pub(super) struct Stay {
    pub(super) zone: Id,
    pub(super) since: UtcMicros,
    pub(super) membership: Option<Id>,
}

/// A grant that was given before, with its row.
pub(super) struct Before {
    pub(super) passage: Id,
    pub(super) grant: Grant,
}

/// What is read about a member at an entrance. The rules get it as [`facts::Person`].
pub(super) struct PersonRead {
    pub(super) shown: Vec<facts::Shown>,
    pub(super) suspended: Option<Suspended>,
    pub(super) guest: Guest,
    pub(super) before: Option<Before>,
    pub(super) inside_since: Option<UtcMicros>,
    pub(super) last_entry: Option<UtcMicros>,
    pub(super) ticket: Result<Ticket, NoTicket>,
    pub(super) check_due: bool,
}

/// The instant of a column.
pub(super) fn instant(at_us: i64) -> Result<UtcMicros, Fault> {
    UtcMicros::parse(at_us).map_err(|_| Fault::damaged("a moment is out of range"))
}

/// The profile that remains of a member, after mergings; `None` when there is no such member.
pub(crate) fn person(tx: &mut Tx<'_>, member: Id) -> Result<Option<Id>, Fault> {
    let row = tx.query_opt("SELECT merged_into FROM members WHERE id = $1", values![member])?;
    match row.map(|mut row| row.id_or_null(0)).transpose()? {
        None => Ok(None),
        Some(None) => Ok(Some(member)),
        Some(Some(_)) => Ok(profiles_of_person(tx, member)?.first().copied()),
    }
}

/// Reads everything about a member who wants to enter.
pub(super) fn read(
    tx: &mut Tx<'_>,
    vault: &Vault,
    door: &Door,
    (member, recognised): (Id, &Recognised),
    host: Option<Id>,
    at: UtcMicros,
) -> Result<PersonRead, Fault> {
    let calendar = door.branch.time_zone.calendar();
    let stays = stays(tx, member, door.zone.branch)?;
    let inside_since = stays.iter().find(|stay| stay.zone == door.zone_id).map(|stay| stay.since);
    let mut shown = Vec::new();
    for one in &recognised.shown {
        shown.push(shown_with_consent(tx, vault, door, &calendar, one, at)?);
    }
    let (guest, ticket) = ticket(tx, door, &calendar, member, host, &stays, at)?;
    let biometric = recognised.shown.iter().any(|one| one.method.is_biometric());
    if biometric && face_alone::is_never_alone(tx, member)? {
        shown.iter_mut().for_each(|one| one.assurance.never_alone = true);
    }
    let mut row = tx.query_one("SELECT check_due_day FROM members WHERE id = $1", values![member])?;
    let today = day_number(calendar.date_of(at));
    Ok(PersonRead {
        shown,
        suspended: suspended(tx, member, at)?,
        guest,
        before: newest_grant(tx, door, member, Way::Entry, at)?,
        inside_since,
        last_entry: last_entry(tx, door, member, at)?,
        ticket,
        check_due: row.integer_or_null(0)?.is_some_and(|due_day| due_day <= today),
    })
}

/// The stays of a member in a branch, the stale ones too.
pub(super) fn stays(tx: &mut Tx<'_>, member: Id, branch: Id) -> Result<Vec<Stay>, Fault> {
    let rows = tx.query(
        "SELECT zone_id, since_us, membership_id FROM presence WHERE member_id = $1 AND branch_id = $2",
        values![member, branch],
    )?;
    rows.into_iter()
        .map(|mut row| {
            let (zone, since) = (row.id(0)?, instant(row.integer(1)?)?);
            Ok(Stay { zone, since, membership: row.id_or_null(2)? })
        })
        .collect()
}

fn shown_with_consent(
    tx: &mut Tx<'_>,
    vault: &Vault,
    door: &Door,
    calendar: &Calendar,
    shown: &Shown,
    at: UtcMicros,
) -> Result<facts::Shown, Fault> {
    let Shown { method, state, assurance, biometric, .. } = *shown;
    let Some(modality) = method.modality() else { return Ok(facts::Shown::plain(method, state)) };
    let consent = match (biometric, door.point.methods.place().purpose()) {
        (Some((profile, keeping)), Some(purpose)) => {
            let jurisdiction = door.branch.jurisdiction;
            let (now_us, today) = (at.get(), calendar.date_of(at));
            let question = Question { jurisdiction, member: profile, modality, purpose, now_us, today };
            match consents::may_match(tx, vault, &question, keeping, &door.point.methods)? {
                Ok(_permit) => Consent::InForce,
                Err(_) => Consent::Missing,
            }
        }
        _ => Consent::Missing,
    };
    Ok(facts::Shown { method, state, assurance, consent })
}

/// The suspension that lasts longest, of any profile of the person.
fn suspended(tx: &mut Tx<'_>, member: Id, at: UtcMicros) -> Result<Option<Suspended>, Fault> {
    let mut rows = Vec::new();
    for profile in profiles_of_person(tx, member)? {
        rows.extend(tx.query(
            "SELECT until_us FROM suspensions
             WHERE member_id = $1 AND lifted_us IS NULL AND (until_us IS NULL OR until_us > $2)",
            values![profile, at.get()],
        )?);
    }
    let mut longest: Option<Suspended> = None;
    for mut row in rows {
        let until = row.integer_or_null(0)?.map(instant).transpose()?;
        let is_longer = |known: &Suspended| match (known.until, until) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(known), Some(until)) => until > known,
        };
        if longest.as_ref().is_none_or(is_longer) {
            longest = Some(Suspended { until });
        }
    }
    Ok(longest)
}

/// The newest grant at a door that a further tap may belong to. One that has lapsed is none.
pub(super) fn newest_grant(
    tx: &mut Tx<'_>,
    door: &Door,
    member: Id,
    way: Way,
    at: UtcMicros,
) -> Result<Option<Before>, Fault> {
    let times = door.rules.times;
    let from_us = at.get() - times.grant_us().max(times.double_tap_us());
    let rows = tx.query(
        "SELECT p.id, p.at_us, p.lapses_us, e.kind FROM passages p
         LEFT JOIN passage_events e ON e.grant_id = p.id AND e.kind IN ('passed', 'assumed', 'lapsed')
         WHERE p.member_id = $1 AND p.at_us >= $2 AND p.access_point_id = $3 AND p.direction = $4
             AND p.outcome = 'admitted'
         ORDER BY p.at_us DESC, p.id DESC LIMIT 1",
        values![member, from_us, door.id, way_word(way)],
    )?;
    let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
    let end = row.text_or_null(3)?;
    if end.as_deref() == Some("lapsed") {
        return Ok(None);
    }
    let passage = row.id(0)?;
    let grant =
        Grant { at: instant(row.integer(1)?)?, lapses_at: instant(row.integer(2)?)?, passed: end.is_some() };
    Ok(Some(Before { passage, grant }))
}

fn last_entry(tx: &mut Tx<'_>, door: &Door, member: Id, at: UtcMicros) -> Result<Option<UtcMicros>, Fault> {
    let again_after_us = door.rules.times.again_after_us();
    if again_after_us == 0 {
        return Ok(None);
    }
    let mut row = tx.query_one(
        "SELECT MAX(at_us) FROM passage_events WHERE member_id = $1 AND zone_id = $2 AND at_us > $3 AND at_us <= $4
             AND direction = 'entry' AND kind IN ('passed', 'assumed')",
        values![member, door.zone_id, at.get() - again_after_us, at.get()],
    )?;
    row.integer_or_null(0)?.map(instant).transpose()
}

/// How full the zone is, this member aside. Nobody is counted where there is no limit.
pub(super) fn room(tx: &mut Tx<'_>, door: &Door, member: Option<Id>, at: UtcMicros) -> Result<Room, Fault> {
    let Some(capacity) = door.zone.capacity else { return Ok(Room { capacity: None, taken: 0 }) };
    let nobody = Id::from_bytes([0; 16]);
    let mut row = tx.query_one(
        "SELECT (SELECT COUNT(*) FROM presence WHERE zone_id = $1 AND since_us > $2 AND member_id <> $3)
             + (SELECT COUNT(*) FROM open_grants g WHERE g.zone_id = $1 AND g.lapses_us > $4
                    AND g.direction = 'entry' AND g.member_id <> $3
                    AND NOT EXISTS (SELECT 1 FROM presence p WHERE p.zone_id = g.zone_id
                        AND p.member_id = g.member_id AND p.since_us > $2))",
        values![door.zone_id, at.get() - stay::INSIDE_US_MAX, member.unwrap_or(nobody), at.get()],
    )?;
    Ok(Room { capacity: Some(capacity), taken: row.number(0)? })
}

/// What lets a member in, and whether he comes as a guest.
fn ticket(
    tx: &mut Tx<'_>,
    door: &Door,
    calendar: &Calendar,
    member: Id,
    host: Option<Id>,
    stays: &[Stay],
    at: UtcMicros,
) -> Result<(Guest, Result<Ticket, NoTicket>), Fault> {
    let entrance = Entrance { branch: door.zone.branch.into(), calendar, zone: door.zone_id.into() };
    if let Some(ticket) = further(tx, door, &entrance, stays, at)? {
        return Ok((Guest::No, Ok(ticket)));
    }
    if let Some(host) = host {
        return guest(tx, door, &entrance, (member, host), at);
    }
    let opens = match door.point.methods.place() {
        Place::StaffZone | Place::Safe => by_name(tx, member, &entrance, at)?,
        _ => entrance::choose(tx, member, &entrance, at)?.map(|opens| (opens.membership, opens.entitled)),
    };
    let ticket = opens.map(|(membership, entitled)| {
        let takes = if entitled.takes_visit { Takes::Visit } else { Takes::Nothing };
        of(membership, entitled, takes)
    });
    let why_not = |why| match why {
        NothingOpens::NoMembership => NoTicket::NoMembership,
        NothingOpens::NotEntitled { why, .. } => NoTicket::NotEntitled(why),
    };
    Ok((Guest::No, ticket.map_err(why_not)))
}

fn of(membership: Id, entitled: Entitled, takes: Takes) -> Ticket {
    Ticket { membership: membership.into(), on: entitled.on, starts: entitled.starts, takes }
}

/// At an inner door the membership goes on that opened the outer one. Whoever is in this very zone already has left it without
/// being seen, or his card has gone from hand to hand: that is another visit.
fn further(
    tx: &mut Tx<'_>,
    door: &Door,
    entrance: &Entrance<'_>,
    stays: &[Stay],
    at: UtcMicros,
) -> Result<Option<Ticket>, Fault> {
    let elsewhere = stays.iter().filter(|one| one.zone != door.zone_id && stay::goes_on(one.since, at));
    let Some(membership) = elsewhere.max_by_key(|one| one.since).and_then(|one| one.membership) else {
        return Ok(None);
    };
    let Some(held) = memberships::get(tx, membership)? else { return Ok(None) };
    if staff_only(door) && !names_its_zones(&held) {
        return Ok(None);
    }
    let entitled = entitled_further(&held.membership, entrance, at);
    Ok(entitled.ok().map(|entitled| of(membership, entitled, Takes::Nothing)))
}

fn staff_only(door: &Door) -> bool {
    matches!(door.point.methods.place(), Place::StaffZone | Place::Safe)
}

/// "All zones" of a plan are those for members: a zone of the staff and a safe are opened only by a plan that names them.
fn names_its_zones(held: &Held) -> bool {
    matches!(held.membership.terms().spec().zones, Reach::Only(_))
}

fn by_name(
    tx: &mut Tx<'_>,
    member: Id,
    entrance: &Entrance<'_>,
    at: UtcMicros,
) -> Result<Result<(Id, Entitled), NothingOpens>, Fault> {
    let held: Vec<Held> = memberships::of_member(tx, member)?.into_iter().filter(names_its_zones).collect();
    let all: Vec<&Membership> = held.iter().map(|held| &held.membership).collect();
    Ok(match entitlement::choose(&all, entrance, at) {
        Ok(choice) => Ok((held[choice.index].id, choice.entitled)),
        Err(NoChoice::NoMembership) => Err(NothingOpens::NoMembership),
        Err(NoChoice::NotEntitled { index, why }) => {
            Err(NothingOpens::NotEntitled { membership: held[index].id, why })
        }
    })
}

/// A guest comes in by a guest's visit of his host, who is in the branch.
fn guest(
    tx: &mut Tx<'_>,
    door: &Door,
    entrance: &Entrance<'_>,
    (member, host): (Id, Id),
    at: UtcMicros,
) -> Result<(Guest, Result<Ticket, NoTicket>), Fault> {
    let no_host = Ok((Guest::WithoutHost, Err(NoTicket::NoMembership)));
    let Some(host) = person(tx, host)?.filter(|host| *host != member) else { return no_host };
    let stays = stays(tx, host, door.zone.branch)?;
    let goes_on = stays.iter().filter(|one| stay::goes_on(one.since, at));
    let Some(membership) = goes_on.max_by_key(|one| one.since).and_then(|one| one.membership) else {
        return no_host;
    };
    let Some(held) = memberships::get(tx, membership)? else { return no_host };
    let ticket = match entitled_further(&held.membership, entrance, at) {
        Err(why) => Err(NoTicket::NotEntitled(why)),
        Ok(entitled) if held.membership.guest_visits_left(entitled.on) == 0 => Err(NoTicket::NoGuestPass),
        Ok(_) if staff_only(door) => Err(NoTicket::NoGuestPass),
        Ok(entitled) => Ok(of(membership, entitled, Takes::GuestPass)),
    };
    Ok((Guest::OfHostInside, ticket))
}
