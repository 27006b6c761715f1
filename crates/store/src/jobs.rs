//! What is to be done after a commit: the outbox, and everything that runs by itself.
//!
//! A job is added in the transaction of its cause, so that neither is there without the other. A worker claims one for a
//! while; when it dies, the job comes back after that while. A job is done at least once, so that what it does must bear a
//! second time; its `done` stands in the transaction of its effect where that is in the book too. Nothing is forgotten
//! silently: what keeps failing is dead, in sight, until a person revives it.

use sha2::{Digest, Sha256};

use crate::audit::entry::{Acting, Subject, record};
use crate::db::Tx;
use crate::dialect;
use crate::fault::Fault;
use crate::id::Id;
use crate::value::Row;
use crate::values;

/// How often a job is tried before it is dead. With the pauses of [`pause_us`] that is half a day at least and a day at most.
pub const TRIES_MAX: u32 = 32;

/// The first pause after a failure.
pub const FIRST_PAUSE_US: i64 = 5_000_000;

/// The longest pause between two tries.
pub const LONGEST_PAUSE_US: i64 = 3_600_000_000;

/// What is kept of a failure's words.
pub const LAST_FAULT_BYTES_MAX: usize = 500;

/// The fault of a job whose worker never came back from its last try.
pub const WORKER_LOST: &str = "worker_lost";

/// Dead jobs that one question shows at most.
pub const DEAD_SHOWN_MAX: u32 = 200;

/// How long a job that is done is kept at least, in microseconds: far longer than a device or a till repeats its question.
pub const DONE_KEPT_US: i64 = 90 * 86_400_000_000;

/// A job to be added. The id is its cause's own, so that a cause that is asked for twice makes one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewJob<'a> {
    /// The id.
    pub id: Id,
    /// What is to be done.
    pub kind: &'a str,
    /// With which row.
    pub subject: Option<Id>,
    /// All that the worker must know, as JSON: ids, never a person's data, which stays sealed in its own row.
    pub payload: &'a str,
    /// Not before this time.
    pub due_us: i64,
}

/// What became of [`add`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is there now.
    New,
    /// It was there already, the same: nothing was changed, whatever has become of it since.
    Before,
    /// The id has another job: nothing was changed.
    Differs {
        /// The first field that differs.
        field: &'static str,
    },
}

/// A job in the hands of one worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Which.
    pub id: Id,
    /// What is to be done.
    pub kind: String,
    /// With which row.
    pub subject: Option<Id>,
    /// All that the worker must know.
    pub payload: String,
    /// Which try this is, from 1.
    pub tries: u32,
    /// Until when nobody else gets it. With `tries` it makes this claim different from every other of the same job.
    pub until_us: i64,
}

/// Somebody else has the job by now, or it is not running any more: the worker was away longer than its claim. What it has
/// done in this transaction must be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost;

/// What becomes of a job that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It is tried again.
    Again {
        /// At this time.
        due_us: i64,
    },
    /// It is dead, until a person revives it.
    Dead,
}

/// A job that is not tried any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    /// Which.
    pub id: Id,
    /// What was to be done.
    pub kind: String,
    /// With which row.
    pub subject: Option<Id>,
    /// How often it was tried.
    pub tries: u32,
    /// What the last try said.
    pub last_fault: Option<String>,
    /// When it was added.
    pub made_us: i64,
}

/// How many jobs there are in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// To be done, now or later.
    pub waiting: u64,
    /// Claimed.
    pub running: u64,
    /// Done, and not forgotten yet.
    pub done: u64,
    /// Dead.
    pub dead: u64,
}

/// Adds a job, in the transaction of its cause.
///
/// # Errors
/// When it cannot be written: then its cause is not done either.
pub fn add(tx: &mut Tx<'_>, job: &NewJob<'_>, now_us: i64) -> Result<Added, Fault> {
    let added = tx.execute(
        "INSERT INTO jobs (id, kind, subject_id, payload, state, tries, due_us, made_us)
         VALUES ($1, $2, $3, $4, 'waiting', 0, $5, $6) ON CONFLICT (id) DO NOTHING",
        values![job.id, job.kind, job.subject, job.payload, job.due_us, now_us],
    )?;
    if added == 1 {
        return Ok(Added::New);
    }
    // The time is no part of the question: a cause that is repeated is later.
    let mut row =
        tx.query_one("SELECT kind, subject_id, payload FROM jobs WHERE id = $1", values![job.id])?;
    let differs = |field| Ok(Added::Differs { field });
    if row.text(0)? != job.kind {
        return differs("kind");
    }
    if row.id_or_null(1)? != job.subject {
        return differs("subject");
    }
    if row.text(2)? != job.payload {
        return differs("payload");
    }
    Ok(Added::Before)
}

/// Takes the job that is due longest, for `lease_us`: nobody else gets it until then. `None` when nothing is due.
///
/// A try counts when it begins, so that a job that kills its worker each time ends too, as dead with [`WORKER_LOST`].
///
/// # Errors
/// When the book cannot be written.
pub fn claim(tx: &mut Tx<'_>, now_us: i64, lease_us: i64) -> Result<Option<Claimed>, Fault> {
    tx.execute(
        "UPDATE jobs SET state = 'dead', claimed_until_us = NULL, last_fault = $1
         WHERE state = 'running' AND due_us <= $2 AND tries >= $3",
        values![WORKER_LOST, now_us, TRIES_MAX],
    )?;
    let row = dialect::claim_job(tx, now_us, now_us.saturating_add(lease_us))?;
    row.map(|mut row| {
        Ok(Claimed {
            id: row.id(0)?,
            kind: row.text(1)?,
            subject: row.id_or_null(2)?,
            payload: row.text(3)?,
            tries: row.number(4)?,
            until_us: row.integer(5)?,
        })
    })
    .transpose()
}

/// The job is done. Belongs into the transaction of the effect, which is taken back when the claim is lost.
///
/// # Errors
/// When the book cannot be written.
pub fn done(tx: &mut Tx<'_>, claimed: &Claimed) -> Result<Result<(), Lost>, Fault> {
    let changed = tx.execute(
        "UPDATE jobs SET state = 'done', claimed_until_us = NULL, last_fault = NULL
         WHERE id = $1 AND state = 'running' AND tries = $2 AND claimed_until_us = $3",
        values![claimed.id, claimed.tries, claimed.until_us],
    )?;
    Ok(if changed == 1 { Ok(()) } else { Err(Lost) })
}

/// The try failed, with words for whoever runs the server: no person's data, cut at [`LAST_FAULT_BYTES_MAX`].
///
/// # Errors
/// When the book cannot be written: then the job comes back when the claim ends.
pub fn failed(
    tx: &mut Tx<'_>,
    claimed: &Claimed,
    fault: &str,
    now_us: i64,
) -> Result<Result<After, Lost>, Fault> {
    let after = if claimed.tries >= TRIES_MAX {
        After::Dead
    } else {
        After::Again { due_us: now_us.saturating_add(pause_us(claimed.id, claimed.tries)) }
    };
    let (state, due_us) = match after {
        After::Again { due_us } => ("waiting", due_us),
        After::Dead => ("dead", now_us),
    };
    let words = &fault[..fault.floor_char_boundary(LAST_FAULT_BYTES_MAX)];
    let changed = tx.execute(
        "UPDATE jobs SET state = $1, due_us = $2, claimed_until_us = NULL, last_fault = $3
         WHERE id = $4 AND state = 'running' AND tries = $5 AND claimed_until_us = $6",
        values![state, due_us, words, claimed.id, claimed.tries, claimed.until_us],
    )?;
    Ok(if changed == 1 { Ok(after) } else { Err(Lost) })
}

/// The pause after so many tries: 5 s, 10 s, 20 s, … up to an hour, shortened by up to a half. By how much, the id and the
/// try say: jobs that failed together do not come back together, and a test sees the same pause each time.
#[must_use]
pub fn pause_us(id: Id, tries: u32) -> i64 {
    let doublings = tries.saturating_sub(1).min(20);
    let longest = (FIRST_PAUSE_US << doublings).min(LONGEST_PAUSE_US);
    let hash = Sha256::new().chain_update(id.bytes()).chain_update(tries.to_le_bytes()).finalize();
    let share = i64::from(u16::from_le_bytes([hash[0], hash[1]]));
    longest - longest / 2 * share / i64::from(u16::MAX)
}

/// When a worker should look again: the time when the next job is due, or comes back from a worker that died. `None` when
/// there is none.
///
/// # Errors
/// When the book cannot be read.
pub fn next_due_us(tx: &mut Tx<'_>) -> Result<Option<i64>, Fault> {
    tx.query_one("SELECT MIN(due_us) FROM jobs WHERE state IN ('waiting', 'running')", &[])?
        .integer_or_null(0)
}

/// The dead jobs, oldest id first, those after `after`; as many as `limit`, and [`DEAD_SHOWN_MAX`] at most.
///
/// # Errors
/// When the book cannot be read.
pub fn dead(tx: &mut Tx<'_>, after: Option<Id>, limit: u32) -> Result<Vec<Dead>, Fault> {
    let after = after.map_or_else(Vec::new, |id| id.bytes().to_vec());
    let rows = tx.query(
        "SELECT id, kind, subject_id, tries, last_fault, made_us FROM jobs
         WHERE state = 'dead' AND id > $1 ORDER BY id LIMIT $2",
        values![after, limit.min(DEAD_SHOWN_MAX)],
    )?;
    rows.into_iter().map(|mut row| read_dead(&mut row)).collect()
}

fn read_dead(row: &mut Row) -> Result<Dead, Fault> {
    Ok(Dead {
        id: row.id(0)?,
        kind: row.text(1)?,
        subject: row.id_or_null(2)?,
        tries: row.number(3)?,
        last_fault: row.text_or_null(4)?,
        made_us: row.integer(5)?,
    })
}

/// How many there are in each state.
///
/// # Errors
/// When the book cannot be read.
pub fn counts(tx: &mut Tx<'_>) -> Result<Counts, Fault> {
    let mut counts = Counts::default();
    for mut row in tx.query("SELECT state, COUNT(*) FROM jobs GROUP BY state", &[])? {
        let state = row.text(0)?;
        let count = row.integer(1)?.unsigned_abs();
        match state.as_str() {
            "waiting" => counts.waiting = count,
            "running" => counts.running = count,
            "done" => counts.done = count,
            "dead" => counts.dead = count,
            _ => return Err(Fault::damaged(format!("a job in the state {state}"))),
        }
    }
    Ok(counts)
}

/// A person wants a dead job tried again, with all its tries. False when it is not dead: nothing was changed.
///
/// # Errors
/// When the book cannot be written.
pub fn revive(tx: &mut Tx<'_>, id: Id, acting: &Acting) -> Result<bool, Fault> {
    let revived = tx.execute(
        "UPDATE jobs SET state = 'waiting', tries = 0, due_us = $1 WHERE id = $2 AND state = 'dead'",
        values![acting.now_us, id],
    )?;
    if revived == 0 {
        return Ok(false);
    }
    record(tx, acting, "job_revived", Subject::row("jobs", id), None)?;
    Ok(true)
}

/// Forgets jobs that are done and were added before `made_before_us`, as many as `limit`; tells how many. From then on their
/// ids would be new again: keep them for longer than anybody repeats his question.
///
/// # Errors
/// When the book cannot be written.
pub fn forget_done(tx: &mut Tx<'_>, made_before_us: i64, limit: u32) -> Result<u64, Fault> {
    tx.execute(
        "DELETE FROM jobs WHERE id IN
             (SELECT id FROM jobs WHERE state = 'done' AND made_us < $1 ORDER BY id LIMIT $2)",
        values![made_before_us, limit],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_all_tries_take_a_day() {
        let mut shortest_day = i64::MAX;
        for byte in 0..100 {
            let id = Id::from_bytes([byte; 16]);
            let mut all_us = 0;
            for tries in 1..TRIES_MAX {
                let pause = pause_us(id, tries);
                let longest = (FIRST_PAUSE_US << (tries - 1).min(12)).min(LONGEST_PAUSE_US);
                assert!(longest / 2 <= pause && pause <= longest, "{tries}: {pause}");
                assert_eq!(pause, pause_us(id, tries), "the same each time");
                all_us += pause;
            }
            shortest_day = shortest_day.min(all_us);
            assert!(all_us <= 24 * LONGEST_PAUSE_US, "{all_us}");
        }
        assert!(shortest_day >= 12 * LONGEST_PAUSE_US, "{shortest_day}");
        let (one, other) = (Id::from_bytes([1; 16]), Id::from_bytes([2; 16]));
        assert_ne!(pause_us(one, 20), pause_us(other, 20), "two jobs do not come back together");
    }
}
