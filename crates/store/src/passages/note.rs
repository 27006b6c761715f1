//! Lines that the staff write about what they did at a door. They may name somebody, so that they are sealed: with the key of the
//! member whom they are about, or with the installation's own where nobody is known.

use bonafide_domain::profile::ShortNote;

use crate::db::Tx;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::{DataKey, Field, Vault};
use crate::members;

const COLUMN: &str = "note_sealed";

/// The member whom a note is about, with his key.
pub(super) type About = Option<(Id, DataKey)>;

/// The key of whom something is about; a member who is not there has none.
pub(super) fn about(tx: &mut Tx<'_>, vault: &Vault, member: Option<Id>) -> Result<About, Fault> {
    let Some(member) = member else { return Ok(None) };
    Ok(members::data_key(tx, vault, member)?.map(|key| (member, key)))
}

/// Seals a note into its row.
pub(super) fn seal(
    vault: &Vault,
    (table, row): (&'static str, Id),
    about: &About,
    note: Option<&ShortNote>,
) -> Result<Option<Vec<u8>>, Fault> {
    let Some(note) = note else { return Ok(None) };
    let plain = note.as_str().as_bytes();
    let sealed = match about {
        Some((member, key)) => key.seal(&Field { table, column: COLUMN, row, member: *member }, plain)?,
        None => vault.ring().seal_for_house(&place(table, row), plain)?,
    };
    Ok(Some(sealed))
}

/// Opens the note of a row.
pub(super) fn open(
    vault: &Vault,
    (table, row): (&'static str, Id),
    about: &About,
    sealed: Option<&[u8]>,
) -> Result<Option<ShortNote>, Fault> {
    let Some(sealed) = sealed else { return Ok(None) };
    let damaged = || Fault::damaged(format!("the note of {table} {row} does not open"));
    let plain = match about {
        Some((member, key)) => key.open(&Field { table, column: COLUMN, row, member: *member }, sealed)?,
        None => vault.ring().open_for_house(&place(table, row), sealed).ok_or_else(damaged)?,
    };
    let text = std::str::from_utf8(&plain).map_err(|_| damaged())?;
    ShortNote::parse(text).map(Some).map_err(|_| damaged())
}

fn place(table: &str, row: Id) -> String {
    format!("note/{table}/{row}")
}
