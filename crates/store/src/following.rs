//! How one process keeps up with what all processes of a chain do: it reads the trace in its order.
//!
//! Every change has its entry in the audit, every entry gets the next number of the order within a second of its commit, and
//! the numbers have no gaps. So the number of the last entry that was read is all that a follower must remember, and nothing
//! can be passed over. Whoever changes a member himself may call [`Directory::follow`] at once and need not wait for the round.

use std::collections::HashSet;

use crate::audit::order::as_integer;
use crate::audit::order::size;
use crate::consents::texts;
use crate::db::Tx;
use crate::directory::{Directory, Loaded};
use crate::erasure::certificate;
use crate::fault::Fault;
use crate::id::Id;
use crate::keys::member::Vault;
use crate::members;
use crate::organisation::branch;
use crate::store::Store;
use crate::values;

/// Entries that are read in one round.
const ENTRIES_MAX: u32 = 10_000;

/// Where a process is in the trace.
#[derive(Debug)]
pub struct Follower {
    next: u64,
}

/// What a round brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Followed {
    /// Entries that were read. As many as a round may read mean that there are more.
    pub entries: u64,
    /// Members that were looked at anew.
    pub members: usize,
}

/// What the entries of a round ask for.
#[derive(Debug, Default)]
pub struct Changes {
    /// Entries that were read. As many as a round may read mean that there are more.
    pub entries: u64,
    /// Members of whom more happened than that somebody looked at them.
    pub members: HashSet<Id>,
    /// Keys were destroyed.
    pub keys: bool,
    /// A branch or a text of consent is another one: whoever may be recognised where may have changed for everybody.
    pub laws: bool,
}

/// The changes that the trace tells from the entry number `next` on: for whoever keeps something else of members in memory
/// than a [`Directory`]. The next round begins at `next` and the entries that were read.
///
/// # Errors
/// When the book cannot be read.
pub fn changes(store: &Store, next: u64) -> Result<Changes, Fault> {
    let changes = store.read(|tx| wanted(tx, next))?;
    if changes.keys {
        store.vault().forget_opened();
    }
    Ok(changes)
}

impl Follower {
    /// Fills a directory and begins to follow from there. `progress` is told how many members are read.
    ///
    /// # Errors
    /// As [`Directory::load`].
    pub fn start(
        store: &Store,
        directory: &Directory,
        progress: impl FnMut(u64),
    ) -> Result<(Follower, Loaded), Fault> {
        // The place first: what is changed while the members are read is looked at once more, and nothing is missed.
        let next = store.read(size)?;
        let loaded = directory.load(store, progress)?;
        Ok((Follower { next }, loaded))
    }

    /// Reads on: to be called at least twice a second, so that with the order of the entries no process is more than about
    /// a second behind another.
    ///
    /// # Errors
    /// When the book or the keys cannot be read; the next round reads the same entries again.
    pub fn round(&mut self, store: &Store, directory: &Directory) -> Result<Followed, Fault> {
        let next = self.next;
        let wanted = changes(store, next)?;
        if !wanted.members.is_empty() {
            let vault: &Vault = store.vault();
            store.read(|tx| directory.follow_all(tx, vault, &wanted.members))?;
        }
        self.next += wanted.entries;
        Ok(Followed { entries: wanted.entries, members: wanted.members.len() })
    }
}

fn wanted(tx: &mut Tx<'_>, next: u64) -> Result<Changes, Fault> {
    let mut wanted = Changes::default();
    let rows = tx.query(
        "SELECT action, subject_kind, subject_id FROM audit_entries WHERE seq >= $1 ORDER BY seq LIMIT $2",
        values![as_integer(next)?, ENTRIES_MAX],
    )?;
    for mut row in rows {
        wanted.entries += 1;
        let (action, kind, id) = (row.text(0)?, row.text(1)?, row.id_or_null(2)?);
        wanted.laws |= kind == branch::TABLE || texts::ACTIONS.contains(&action.as_str());
        match (kind.as_str(), id) {
            // Looking changes nothing, and is most of what happens to a member.
            (members::TABLE, Some(id)) if !members::LOOKS.contains(&action.as_str()) => {
                wanted.members.insert(id);
            }
            (certificate::TABLE, _) => wanted.keys = true,
            _ => {}
        }
    }
    Ok(wanted)
}
