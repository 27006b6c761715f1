//! Rows of a spreadsheet into the book, so that a second run adds nobody twice and overwrites nothing that staff have changed.

use bonafide_domain::duplicates::Strength;

use crate::audit::entry::Acting;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::ring::Lookup;
use crate::members::lookup::duplicates;
use crate::members::profile::{Profile, to_record};
use crate::members::{self, ChangeRefusal};
use crate::search::folded_key;
use crate::store::Work;
use crate::values;

/// Rows that one transaction takes at most.
pub const ROWS_MAX: usize = 500;

/// A row that was read and checked.
pub struct ImportedRow {
    /// By which a second run knows it again: of what identifies the person.
    pub key: [u8; 16],
    /// Who it is.
    pub profile: Profile,
}

/// What a row came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// A new member.
    Added {
        /// The number.
        number: u32,
    },
    /// A member of an earlier run, to whom the row brought something new.
    Updated,
    /// A member of an earlier run; nothing is new.
    Unchanged,
    /// A member of an earlier run whom staff have changed since: their word counts.
    KeptAsChanged,
    /// Very likely a member already; not taken.
    Duplicate {
        /// That member's number.
        of: u32,
    },
}

/// Takes a row. With `duplicates_anyway` a likely duplicate becomes a member of its own.
///
/// # Errors
/// When it cannot be written.
pub fn take(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    row: &ImportedRow,
    duplicates_anyway: bool,
) -> Result<Taken, Fault> {
    let ring = work.vault.ring();
    let row_hash = ring.lookup(Lookup::ImportRow, &row.key);
    let content_hash = ring.lookup(Lookup::ImportContent, &content(&row.profile)?);
    let known = work.tx.query_opt(
        "SELECT member_id, content_hash, member_version FROM import_rows WHERE row_hash = $1",
        values![row_hash],
    )?;
    if let Some(mut known) = known {
        let (member, old, version): (Id, [u8; 16], u32) = (known.id(0)?, known.bytes(1)?, known.number(2)?);
        if old == content_hash {
            return Ok(Taken::Unchanged);
        }
        return update(work, acting, row, member, version, (row_hash, content_hash));
    }
    if !duplicates_anyway {
        let found = duplicates(work.tx, work.vault, &row.profile, &[], folded_key)?;
        if let Some(same) = found.iter().find(|one| one.likeness.strength >= Strength::Likely) {
            return Ok(Taken::Duplicate { of: same.member.number });
        }
    }
    let (member, number) = members::add(work, acting, &row.profile)?;
    work.tx.execute(
        "INSERT INTO import_rows (row_hash, member_id, content_hash, member_version) VALUES ($1, $2, $3, 1)",
        values![row_hash, member, content_hash],
    )?;
    Ok(Taken::Added { number })
}

fn update(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    row: &ImportedRow,
    member: Id,
    version: u32,
    (row_hash, content_hash): ([u8; 16], [u8; 16]),
) -> Result<Taken, Fault> {
    match members::change(work, acting, member, version, &row.profile)? {
        Ok(version) => {
            work.tx.execute(
                "UPDATE import_rows SET content_hash = $1, member_version = $2 WHERE row_hash = $3",
                values![content_hash, version, row_hash],
            )?;
            Ok(Taken::Updated)
        }
        Err(ChangeRefusal::ChangedMeanwhile { .. } | ChangeRefusal::NotFound) => Ok(Taken::KeptAsChanged),
    }
}

/// All that a row brings, as bytes.
fn content(profile: &Profile) -> Result<Vec<u8>, Fault> {
    let mut bytes = to_record(profile)?.to_vec();
    bytes.extend(members::profile::category_word(&profile.category).as_bytes());
    for tag in &profile.tags {
        bytes.push(0);
        bytes.extend(tag.as_str().as_bytes());
    }
    bytes.push(0);
    bytes.extend(profile.source.as_deref().unwrap_or("").as_bytes());
    Ok(bytes)
}
