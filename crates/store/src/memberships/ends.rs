//! When a member's last membership ends: the column of members that lists are filtered by.

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::members::NO_END_DAY;
use crate::values;

/// Works out the last valid day of the memberships of a member that are not cancelled, those of profiles merged into his
/// own too, and of the member whom he was merged into. One that lasts until its visits are used is later than all that end,
/// until the last visit is used: that day was its last.
pub(crate) fn refresh_ends(tx: &mut Tx<'_>, member: Id) -> Result<(), Fault> {
    let mut next = Some(member);
    while let Some(member) = next {
        let mut row = tx.query_one(
            "UPDATE members SET membership_ends_day = (
                 WITH RECURSIVE same (id) AS (
                     SELECT id FROM members WHERE id = $1
                     UNION SELECT m.id FROM members m JOIN same s ON m.merged_into = s.id)
                 SELECT MAX(COALESCE(h.until_day - 1, h.used_up_day, $2))
                 FROM memberships h JOIN same s ON s.id = h.holder_id
                 WHERE h.cancelled_day IS NULL)
             WHERE id = $1 RETURNING merged_into",
            values![member, NO_END_DAY],
        )?;
        next = row.id_or_null(0)?;
    }
    Ok(())
}
