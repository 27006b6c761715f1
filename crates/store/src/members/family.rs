//! Family ties between members. A tie is kept once and read from both sides.

use bonafide_domain::profile::FamilyTie;

use crate::audit::entry::{Acting, Detail, Subject, record};
use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::members::merging::profiles_of_person;
use crate::members::{self, TABLE};
use crate::store::Work;
use crate::values;
use crate::words::words;

/// Ties of one member at most.
pub const TIES_MAX: usize = 50;

words! {
    /// The word for what a member is to another: `parent` of him.
    tie_word, tie_of_word: FamilyTie {
        ParentOf = "parent", ChildOf = "child", PartnerOf = "partner", SiblingOf = "sibling",
        GrandparentOf = "grandparent", GrandchildOf = "grandchild", RelativeOf = "relative",
    }
}

/// A relative of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relative {
    /// Who, after mergings.
    pub member: Id,
    /// His number.
    pub number: u32,
    /// What he is to the member who was asked about.
    pub tie: FamilyTie,
}

/// Why two members are not tied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTied {
    /// One of them does not exist.
    NotFound(Id),
    /// Both are one person.
    SamePerson,
    /// They are tied in another way already: untie them first.
    TiedAlready {
        /// What the first is to the second.
        tie: FamilyTie,
    },
    /// One of them has [`TIES_MAX`] ties.
    TooMany(Id),
}

/// Notes that `member` is `tie` to `relative`. Asked again it changes nothing.
///
/// # Errors
/// When it cannot be written; the inner error when it must not be done.
pub fn tie(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    member: Id,
    relative: Id,
    tie: FamilyTie,
) -> Result<Result<(), NotTied>, Fault> {
    let own = profiles_of_person(work.tx, member)?;
    for (id, profiles) in [(member, &own), (relative, &profiles_of_person(work.tx, relative)?)] {
        if profiles.is_empty() {
            return Ok(Err(NotTied::NotFound(id)));
        }
    }
    if own.contains(&relative) {
        return Ok(Err(NotTied::SamePerson));
    }
    match between(work.tx, member, relative)? {
        Some(kept) if kept == tie => return Ok(Ok(())),
        Some(kept) => return Ok(Err(NotTied::TiedAlready { tie: kept })),
        None => {}
    }
    for id in [member, relative] {
        if relatives(work.tx, id)?.len() >= TIES_MAX {
            return Ok(Err(NotTied::TooMany(id)));
        }
    }
    work.tx.execute(
        "INSERT INTO family_links (member_id, relative_id, tie) VALUES ($1, $2, $3)",
        values![member, relative, tie_word(tie)],
    )?;
    trace(work, acting, "family_tied", (member, relative), tie)?;
    Ok(Ok(()))
}

/// Takes the ties between two members away; tells whether there was one.
///
/// # Errors
/// When it cannot be written.
pub fn untie(work: &mut Work<'_, '_>, acting: &Acting, member: Id, relative: Id) -> Result<bool, Fault> {
    let Some(tie) = between(work.tx, member, relative)? else { return Ok(false) };
    for one in profiles_of_person(work.tx, member)? {
        for other in profiles_of_person(work.tx, relative)? {
            work.tx.execute(
                "DELETE FROM family_links
                 WHERE (member_id = $1 AND relative_id = $2) OR (member_id = $2 AND relative_id = $1)",
                values![one, other],
            )?;
        }
    }
    trace(work, acting, "family_untied", (member, relative), tie)?;
    Ok(true)
}

/// The relatives of a member, those of merged profiles too, by number.
///
/// # Errors
/// When the book cannot be read.
pub fn relatives(tx: &mut Tx<'_>, member: Id) -> Result<Vec<Relative>, Fault> {
    let profiles = profiles_of_person(tx, member)?;
    let mut found: Vec<Relative> = Vec::new();
    for profile in &profiles {
        let rows = tx.query(
            "SELECT member_id, relative_id, tie FROM family_links WHERE member_id = $1 OR relative_id = $1",
            values![*profile],
        )?;
        for mut row in rows {
            let (one, other, tie) = (row.id(0)?, row.id(1)?, row.text(2)?);
            let tie = tie_of_word(&tie).ok_or_else(|| Fault::damaged(format!("a family tie is {tie}")))?;
            let (who, tie) = if one == *profile { (other, tie.reversed()) } else { (one, tie) };
            let Some(kept) = profiles_of_person(tx, who)?.first().copied() else { continue };
            // Two profiles that became one person are no relatives any more.
            if profiles.contains(&kept) || found.iter().any(|known| known.member == kept) {
                continue;
            }
            let mut row = tx.query_one("SELECT number FROM members WHERE id = $1", values![kept])?;
            found.push(Relative { member: kept, number: row.number(0)?, tie });
        }
    }
    found.sort_by_key(|relative| relative.number);
    Ok(found)
}

/// What `member` is to `relative`.
fn between(tx: &mut Tx<'_>, member: Id, relative: Id) -> Result<Option<FamilyTie>, Fault> {
    let kept = profiles_of_person(tx, relative)?.first().copied();
    let found = relatives(tx, member)?.into_iter().find(|one| Some(one.member) == kept);
    Ok(found.map(|one| one.tie.reversed()))
}

/// An entry for each of the two, so that the page of either shows it.
fn trace(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    action: &'static str,
    (member, relative): (Id, Id),
    tie: FamilyTie,
) -> Result<(), Fault> {
    for (id, other, tie) in [(member, relative, tie), (relative, member, tie.reversed())] {
        let key = members::data_key(work.tx, work.vault, id)?
            .ok_or_else(|| Fault::damaged(format!("the member {id} of a family tie is missing")))?;
        let json = serde_json::json!({ "is": tie_word(tie), "to": other }).to_string();
        let detail = Detail { member: id, key: &key, json: &json };
        record(work.tx, acting, action, Subject::row(TABLE, id), Some(detail))?;
    }
    Ok(())
}
