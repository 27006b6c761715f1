//! Rows of a spreadsheet into the book, so that a second run adds nobody twice and overwrites nothing that staff have changed.

mod holdings;

use bonafide_domain::duplicates::Strength;

use crate::audit::entry::Acting;
use crate::credentials::content::Content;
use crate::fault::Fault;
use crate::id::Id;
use crate::imports::holdings::holder_of;
use crate::keys::ring::Lookup;
use crate::members::lookup::duplicates;
use crate::members::profile::{Profile, to_record};
use crate::members::{self, ChangeRefusal};
use crate::search::folded_key;
use crate::store::Work;
use crate::values;

pub use crate::imports::holdings::{CardsTaken, ImportedMembership, MembershipTaken};

/// Rows that one transaction takes at most.
pub const ROWS_MAX: usize = 500;

/// A row that was read and checked.
pub struct ImportedRow {
    /// By which a second run knows it again: of what identifies the person.
    pub key: [u8; 16],
    /// Who it is.
    pub profile: Profile,
    /// Cards and numbers that the member carries.
    pub cards: Vec<Content>,
    /// Visits that another program counted.
    pub visits: Option<u32>,
    /// The last of them, in microseconds since 1970.
    pub last_visit_us: Option<i64>,
    /// A membership that was sold by another program and is not over.
    pub membership: Option<ImportedMembership>,
}

impl ImportedRow {
    /// A row that brings a person and nothing else.
    #[must_use]
    pub fn of(key: [u8; 16], profile: Profile) -> ImportedRow {
        ImportedRow { key, profile, cards: Vec::new(), visits: None, last_visit_us: None, membership: None }
    }
}

/// What a row came to, with what it brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenRow {
    /// The person.
    pub member: Taken,
    /// The cards.
    pub cards: CardsTaken,
    /// The membership.
    pub membership: MembershipTaken,
}

/// What the person of a row came to.
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
/// Cards and the membership are given under operations that are made of the row, so that a second run gives nothing twice, and
/// brings what could not be brought the first time.
///
/// # Errors
/// When it cannot be written.
pub fn take(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    row: &ImportedRow,
    duplicates_anyway: bool,
) -> Result<TakenRow, Fault> {
    let (taken, holder) = take_person(work, acting, row, duplicates_anyway)?;
    let Some(holder) = holder else {
        return Ok(TakenRow {
            member: taken,
            cards: CardsTaken::default(),
            membership: MembershipTaken::None,
        });
    };
    if taken != Taken::Unchanged && (row.visits.is_some() || row.last_visit_us.is_some()) {
        members::raise_visits(work.tx, holder, row.visits.unwrap_or(0), row.last_visit_us)?;
    }
    let cards = holdings::give_cards(work, acting, row, holder)?;
    let membership = holdings::give_membership(work, acting, row, holder)?;
    Ok(TakenRow { member: taken, cards, membership })
}

/// The member of a row, and whether it is one; nobody when it seems to be somebody else's row already.
fn take_person(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    row: &ImportedRow,
    duplicates_anyway: bool,
) -> Result<(Taken, Option<Id>), Fault> {
    let ring = work.vault.ring();
    let row_hash = ring.lookup(Lookup::ImportRow, &row.key);
    let content_hash = ring.lookup(Lookup::ImportContent, &content(row)?);
    let known = work.tx.query_opt(
        "SELECT r.member_id, r.content_hash, r.member_version, COALESCE(m.merged_into, m.id)
         FROM import_rows r JOIN members m ON m.id = r.member_id WHERE r.row_hash = $1",
        values![row_hash],
    )?;
    if let Some(mut known) = known {
        let (member, old, version): (Id, [u8; 16], u32) = (known.id(0)?, known.bytes(1)?, known.number(2)?);
        let holder = Some(known.id(3)?);
        if old == content_hash {
            return Ok((Taken::Unchanged, holder));
        }
        return Ok((update(work, acting, row, member, version, (row_hash, content_hash))?, holder));
    }
    if !duplicates_anyway && let Some(of) = likely_duplicate(work, acting, row)? {
        return Ok((Taken::Duplicate { of }, None));
    }
    let (member, number) = members::add(work, acting, &row.profile)?;
    work.tx.execute(
        "INSERT INTO import_rows (row_hash, member_id, content_hash, member_version) VALUES ($1, $2, $3, 1)",
        values![row_hash, member, content_hash],
    )?;
    Ok((Taken::Added { number }, Some(member)))
}

/// The number of the member who has one of the cards, or is very much like the person of the row.
fn likely_duplicate(
    work: &mut Work<'_, '_>,
    acting: &Acting,
    row: &ImportedRow,
) -> Result<Option<u32>, Fault> {
    for card in &row.cards {
        if let Some(number) = holder_of(work.tx, work.vault, card, acting.now_us)? {
            return Ok(Some(number));
        }
    }
    let found = duplicates(work.tx, work.vault, &row.profile, &[], folded_key)?;
    let same = found.iter().find(|one| one.likeness.strength >= Strength::Likely);
    Ok(same.map(|same| same.member.number))
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
fn content(row: &ImportedRow) -> Result<Vec<u8>, Fault> {
    let profile = &row.profile;
    let mut bytes = to_record(profile)?.to_vec();
    bytes.extend(members::profile::category_word(&profile.category).as_bytes());
    for tag in &profile.tags {
        bytes.push(0);
        bytes.extend(tag.as_str().as_bytes());
    }
    bytes.push(0);
    bytes.extend(profile.source.as_deref().unwrap_or("").as_bytes());
    bytes.extend(format!("\0{:?}\0{:?}", row.visits, row.last_visit_us).as_bytes());
    Ok(bytes)
}
