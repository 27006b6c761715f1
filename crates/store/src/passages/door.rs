//! A door with all that its decisions depend on, and how it is set.

use bonafide_domain::access_method::Method;
use bonafide_domain::admission::facts::UseOfDoor;
use bonafide_domain::admission::rules::{
    AntiPassback, Demands, DemandsRefusal, DoorRules, Passing, Times, WhenCheckDue,
};

use crate::audit::entry::{Acting, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::organisation::access_point::{self, AccessPoint, Direction, method, method_of};
use crate::organisation::branch::{self, Branch};
use crate::organisation::zone::{self, Zone};
use crate::store::Work;
use crate::value::Row;
use crate::values;
use crate::words::words;
use crate::written::{damaged, from_text, to_text};

const WHAT: &str = "the rules of a door";

words! {
    /// The word that stands for how strict a door is about coming in twice.
    anti_passback_word, anti_passback_of_word: AntiPassback { Off = "off", Soft = "soft", Hard = "hard" }
}

words! {
    /// The word that stands for what a door does when a profile is to be looked at.
    when_check_due_word, when_check_due_of_word: WhenCheckDue { Mark = "mark", Refuse = "refuse" }
}

words! {
    /// The word that stands for how a door knows of passages.
    passing_word, passing_of_word: Passing { Reported = "reported", Assumed = "assumed" }
}

/// How a door is to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Which methods must be shown together; nothing when what the kind of place asks is enough.
    pub combinations: Vec<Vec<Method>>,
    /// About coming in twice.
    pub anti_passback: AntiPassback,
    /// About a profile that is to be looked at.
    pub when_check_due: WhenCheckDue,
    /// How it knows of passages.
    pub passing: Passing,
    /// Its times.
    pub times: Times,
}

/// Why a door is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSet {
    /// There is no such door.
    NotFound,
    /// It cannot demand this.
    Refused(DemandsRefusal),
}

/// Sets how a door decides.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn set_rules(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    access_point: Id,
    setting: &Setting,
) -> Result<Result<(), NotSet>, Fault> {
    let Some(point) = access_point::get(work.tx, access_point)? else { return Ok(Err(NotSet::NotFound)) };
    if let Err(refusal) = Demands::new(&point.content.methods, &setting.combinations) {
        return Ok(Err(NotSet::Refused(refusal)));
    }
    let words = |combination: &Vec<Method>| combination.iter().map(|&one| method(one)).collect::<Vec<_>>();
    work.tx.execute(
        "INSERT INTO door_rules (access_point_id, demands, anti_passback, when_check_due, passing, double_tap_us,
             grant_us, again_after_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (access_point_id) DO UPDATE SET demands = excluded.demands,
             anti_passback = excluded.anti_passback, when_check_due = excluded.when_check_due,
             passing = excluded.passing, double_tap_us = excluded.double_tap_us, grant_us = excluded.grant_us,
             again_after_us = excluded.again_after_us",
        values![
            access_point,
            to_text(&setting.combinations.iter().map(words).collect::<Vec<_>>())?,
            anti_passback_word(setting.anti_passback),
            when_check_due_word(setting.when_check_due),
            passing_word(setting.passing),
            setting.times.double_tap_us(),
            setting.times.grant_us(),
            setting.times.again_after_us()
        ],
    )?;
    record(work.tx, acting, "door_rules_set", Subject::row("access_points", access_point), None)?;
    Ok(Ok(()))
}

/// A door with its zone and branch, closed ones included.
#[derive(Debug, Clone)]
pub struct Door {
    /// The row of the access point.
    pub id: Id,
    /// The access point.
    pub point: AccessPoint,
    /// The row of its zone.
    pub zone_id: Id,
    /// The zone behind it.
    pub zone: Zone,
    /// The branch.
    pub branch: Branch,
    /// How it decides.
    pub rules: DoorRules,
    /// It decides in the shadow of an older system: nothing is to open by it.
    pub shadow: bool,
    /// A camera here makes sure that a living person stands before it. Without that a face never opens alone.
    pub liveness: bool,
    /// Out of use, as its zone or branch may be; or its rules do not fit its methods any more and must be set again.
    closed: bool,
}

impl Door {
    /// Whether it lets anybody in.
    #[must_use]
    pub const fn use_of_door(&self) -> UseOfDoor {
        match self.point.direction {
            _ if self.closed => UseOfDoor::OutOfUse,
            Direction::Exit => UseOfDoor::ExitOnly,
            Direction::Entry | Direction::Both => UseOfDoor::Entrance,
        }
    }

    /// Whether one is meant to leave by it. A closed one is left by all the same.
    #[must_use]
    pub const fn is_exit(&self) -> bool {
        matches!(self.point.direction, Direction::Exit | Direction::Both)
    }
}

/// A door; `None` when there is none with this id.
///
/// # Errors
/// When the book cannot be read.
pub fn get(tx: &mut Tx<'_>, id: Id) -> Result<Option<Door>, Fault> {
    // One statement: each further one would be a way to the server and back.
    let row = tx.query_opt(
        "SELECT p.id, p.zone_id, p.name, p.direction, p.methods, p.when_unwritable, p.closed_us, z.kind,
             z.id, z.branch_id, z.name, z.kind, z.capacity, z.closed_us,
             b.id, b.name, b.zone, b.currency, b.jurisdiction, b.language, b.opening, b.closed_us,
             r.demands, r.anti_passback, r.when_check_due, r.passing, r.double_tap_us, r.grant_us, r.again_after_us,
             p.trial_us IS NOT NULL OR b.trial_us IS NOT NULL, p.liveness
         FROM access_points p JOIN zones z ON z.id = p.zone_id JOIN branches b ON b.id = z.branch_id
             LEFT JOIN door_rules r ON r.access_point_id = p.id
         WHERE p.id = $1",
        values![id],
    )?;
    let Some(mut row) = row else { return Ok(None) };
    let mut last = row.split_off(29);
    let rules_row = row.split_off(22);
    let branch = branch::from_row(row.split_off(14))?;
    let zone = zone::from_row(row.split_off(8))?;
    let point = access_point::from_row(row)?;
    let (rules, fits) = rules(rules_row, &point.content)?;
    let closed = !fits || [point.closed_us, zone.closed_us, branch.closed_us].iter().any(Option::is_some);
    let (zone_id, zone, branch) = (zone.id, zone.content, branch.content);
    let (shadow, liveness) = (last.boolean(0)?, last.boolean(1)?);
    Ok(Some(Door { id, point: point.content, zone_id, zone, branch, rules, shadow, liveness, closed }))
}

/// What a door demands, as it was set; nothing where nothing was.
pub(crate) fn combinations(tx: &mut Tx<'_>, id: Id) -> Result<Vec<Vec<Method>>, Fault> {
    let row = tx.query_opt("SELECT demands FROM door_rules WHERE access_point_id = $1", values![id])?;
    row.map_or(Ok(Vec::new()), |mut row| demanded(&row.text(0)?))
}

fn demanded(text: &str) -> Result<Vec<Vec<Method>>, Fault> {
    let words: Vec<Vec<String>> = from_text(text, WHAT)?;
    let methods = |words: &Vec<String>| words.iter().map(|word| method_of(word)).collect::<Option<Vec<_>>>();
    words.iter().map(methods).collect::<Option<_>>().ok_or_else(|| damaged(WHAT))
}

/// The rules of a door, and whether they still fit its methods.
fn rules(mut row: Row, point: &AccessPoint) -> Result<(DoorRules, bool), Fault> {
    if row.is_null(0) {
        return Ok((DoorRules::standard(), true));
    }
    let combinations = demanded(&row.text(0)?)?;
    // The door may have lost a method since. What it demanded cannot be shown any more, and less would open it silently.
    let demands = Demands::new(&point.methods, &combinations);
    let fits = demands.is_ok();
    let demands = demands.unwrap_or_else(|_| Demands::default());
    let rules = DoorRules {
        demands,
        anti_passback: anti_passback_of_word(&row.text(1)?).ok_or_else(|| damaged(WHAT))?,
        when_check_due: when_check_due_of_word(&row.text(2)?).ok_or_else(|| damaged(WHAT))?,
        passing: passing_of_word(&row.text(3)?).ok_or_else(|| damaged(WHAT))?,
        times: Times::new(row.integer(4)?, row.integer(5)?, row.integer(6)?).map_err(|_| damaged(WHAT))?,
    };
    Ok((rules, fits))
}
