//! Whether one of a member's memberships opens an entrance, and which: what the door asks.

use bonafide_domain::calendar::UtcMicros;
use bonafide_domain::entitlement::{self, Entitled, Entrance, NoChoice, NotEntitled};
use bonafide_domain::membership::Membership;

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::members::day_number;
use crate::members::merging::has_absorbed;
use crate::memberships::{Held, OF_MEMBER_MAX, of_member, replayed};
use crate::values;

/// The membership that opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opens {
    /// Which one.
    pub membership: Id,
    /// What is to be written before the door opens.
    pub entitled: Entitled,
}

/// None of a member's memberships opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NothingOpens {
    /// The member has none.
    NoMembership,
    /// The reason that helps most.
    NotEntitled {
        /// The membership that is nearest to opening.
        membership: Id,
        /// What it says.
        why: NotEntitled,
    },
}

/// Chooses among a member's memberships as [`entitlement::choose`] does. Nothing is written: the flow uses the visit.
///
/// # Errors
/// When the book cannot be read, or a history means nothing.
pub fn choose(
    tx: &mut Tx<'_>,
    member: Id,
    entrance: &Entrance<'_>,
    at: UtcMicros,
) -> Result<Result<Opens, NothingOpens>, Fault> {
    // What has run, or waits to, is nearer to opening than all that is over. So what is over is read only where there is
    // nothing else: a door does not wait for the histories of ten years.
    let running = not_over(tx, member, day_number(entrance.calendar.date_of(at)))?;
    let chosen = among(&running, entrance, at);
    let over = matches!(
        chosen,
        Err(NothingOpens::NoMembership
            | NothingOpens::NotEntitled {
                why: NotEntitled::Ended { .. } | NotEntitled::Cancelled { .. },
                ..
            })
    );
    if over { Ok(among(&of_member(tx, member)?, entrance, at)) } else { Ok(chosen) }
}

fn among(held: &[Held], entrance: &Entrance<'_>, at: UtcMicros) -> Result<Opens, NothingOpens> {
    let memberships: Vec<&Membership> = held.iter().map(|held| &held.membership).collect();
    match entitlement::choose(&memberships, entrance, at) {
        Ok(choice) => Ok(Opens { membership: held[choice.index].id, entitled: choice.entitled }),
        Err(NoChoice::NoMembership) => Err(NothingOpens::NoMembership),
        Err(NoChoice::NotEntitled { index, why }) => {
            Err(NothingOpens::NotEntitled { membership: held[index].id, why })
        }
    }
}

/// The memberships of a member that are not over on a day, in the order of their sale.
fn not_over(tx: &mut Tx<'_>, member: Id, day: i64) -> Result<Vec<Held>, Fault> {
    // CROSS JOIN keeps the order of the tables: SQLite would walk all memberships of the club for the sake of ORDER BY.
    const OF_MERGED: &str = "WITH RECURSIVE same (id) AS (
             SELECT id FROM members WHERE id = $1
             UNION SELECT m.id FROM members m JOIN same s ON m.merged_into = s.id)
         SELECT h.id, h.plan_id, h.plan_version, h.branch_id
         FROM same s CROSS JOIN memberships h
         WHERE h.holder_id = s.id AND (h.until_day IS NULL OR h.until_day > $2)
             AND (h.cancelled_day IS NULL OR h.cancelled_day > $2)
         ORDER BY h.id DESC LIMIT $3";
    const OF_ONE: &str = "SELECT id, plan_id, plan_version, branch_id FROM memberships
         WHERE holder_id = $1 AND (until_day IS NULL OR until_day > $2)
             AND (cancelled_day IS NULL OR cancelled_day > $2)
         ORDER BY id DESC LIMIT $3";
    let sql = if has_absorbed(tx, member)? { OF_MERGED } else { OF_ONE };
    let rows = tx.query(sql, values![member, day, OF_MEMBER_MAX])?;
    rows.into_iter().rev().map(|row| replayed(tx, row)).collect()
}
