//! The sequencer: gives entries their place, grows the tree, signs its head.
//!
//! On SQLite the one writer does it within each commit. On a server a tree head that every transaction changes would make
//! all of them wait for each other, so one process at a time does it within a second, under a lock.

use std::collections::HashMap;

use crate::audit::entry::{LEAF_COLUMNS, leaf};
use crate::audit::merkle::{At, Hash, append, root};
use crate::db::Tx;
use crate::dialect;
use crate::fault::Fault;
use crate::keys::ring::Ring;
use crate::value::Value;
use crate::values;

/// Entries that one run orders at most: a server that was away for a day does not do it all in one transaction.
const ENTRIES_MAX: u32 = 10_000;

/// Nodes that are written in one statement.
const NODES_AT_ONCE: usize = 32;

/// A head of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// The time of the last of them, in microseconds since 1970.
    pub at_us: i64,
}

impl Head {
    /// What is signed.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        let mut message = b"bonafide/checkpoint/1".to_vec();
        message.extend(self.size.to_le_bytes());
        message.extend(self.root);
        message.extend(self.at_us.to_le_bytes());
        message
    }
}

/// A node of the tree that must be there.
pub(crate) fn kept(tx: &mut Tx<'_>, (level, place): At) -> Result<Hash, Fault> {
    let row = tx.query_opt(
        "SELECT hash FROM audit_nodes WHERE level = $1 AND place = $2",
        values![level, as_integer(place)?],
    )?;
    row.ok_or_else(|| Fault::damaged(format!("the audit tree lacks node {place} of level {level}")))?.bytes(0)
}

pub(crate) fn as_integer(number: u64) -> Result<i64, Fault> {
    i64::try_from(number).map_err(|_| Fault::broken("more audit entries than an integer can count"))
}

/// How many entries are in the tree.
///
/// # Errors
/// When the book cannot be read.
pub fn size(tx: &mut Tx<'_>) -> Result<u64, Fault> {
    let last =
        tx.query_one("SELECT COALESCE(MAX(place), -1) FROM audit_nodes WHERE level = 0", &[])?.integer(0)?;
    Ok((last + 1).unsigned_abs())
}

fn known(tx: &mut Tx<'_>, made: &HashMap<At, Hash>, at: At) -> Result<Hash, Fault> {
    made.get(&at).map_or_else(|| kept(tx, at), |hash| Ok(*hash))
}

/// Writes nodes and leaves none: as many as [`NODES_AT_ONCE`] in a statement, the rest one by one, so that two statements stay prepared.
fn write_nodes(tx: &mut Tx<'_>, waiting: &mut Vec<(At, Hash)>) -> Result<(), Fault> {
    let (many, rest) = waiting.as_chunks::<NODES_AT_ONCE>();
    for nodes in many {
        write_rows(tx, nodes)?;
    }
    for node in rest {
        write_rows(tx, std::slice::from_ref(node))?;
    }
    waiting.clear();
    Ok(())
}

fn write_rows(tx: &mut Tx<'_>, nodes: &[(At, Hash)]) -> Result<(), Fault> {
    let row = |number: usize| format!("(${}, ${}, ${})", 3 * number + 1, 3 * number + 2, 3 * number + 3);
    let rows: Vec<String> = (0..nodes.len()).map(row).collect();
    let mut values = Vec::with_capacity(3 * nodes.len());
    for ((level, place), hash) in nodes {
        values.extend([Value::from(*level), Value::from(as_integer(*place)?), Value::from(*hash)]);
    }
    let sql = format!("INSERT INTO audit_nodes (level, place, hash) VALUES {}", rows.join(", "));
    tx.execute(&sql, &values).map(drop)
}

/// Orders the entries that have no place yet, and signs the new head. Tells how many they were.
///
/// # Errors
/// When the tree cannot be read or written.
pub(crate) fn order(tx: &mut Tx<'_>, ring: &Ring) -> Result<u32, Fault> {
    dialect::lock_audit_order(tx)?;
    let rows = tx.query(
        &format!(
            "SELECT {LEAF_COLUMNS}, id, at_us FROM audit_entries WHERE seq IS NULL ORDER BY id LIMIT $1"
        ),
        values![ENTRIES_MAX],
    )?;
    if rows.is_empty() {
        return Ok(0);
    }
    let count = rows.len() as u32;
    let mut next = size(tx)?;
    let mut at_us = i64::MIN;
    // Asked for again by the entries after them: on a server each question is a way there and back.
    let mut made: HashMap<At, Hash> = HashMap::new();
    let mut waiting: Vec<(At, Hash)> = Vec::new();
    for mut row in rows {
        let (id, entry_us) = (row.id(11)?, row.integer(12)?);
        let whole = append(next, leaf(&mut row)?, |at| known(tx, &made, at))?;
        made.extend(whole.iter().copied());
        waiting.extend(whole);
        if waiting.len() >= NODES_AT_ONCE {
            write_nodes(tx, &mut waiting)?;
        }
        tx.execute("UPDATE audit_entries SET seq = $1 WHERE id = $2", values![as_integer(next)?, id])?;
        next += 1;
        at_us = at_us.max(entry_us);
    }
    write_nodes(tx, &mut waiting)?;
    let head = Head { size: next, root: root(next, |at| known(tx, &made, at))?, at_us };
    tx.execute(
        "INSERT INTO audit_checkpoints (size, root, at_us, signature) VALUES ($1, $2, $3, $4)",
        values![as_integer(head.size)?, head.root, head.at_us, ring.sign(&head.message())],
    )?;
    Ok(count)
}
