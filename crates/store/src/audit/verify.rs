//! Finds what was changed behind the program's back: from the rows up to the signed heads, once through.

use std::collections::BTreeMap;

use crate::audit::entry::{LEAF_COLUMNS, leaf};
use crate::audit::merkle::{At, Hash, empty_root, node_hash};
use crate::audit::order::{Head, as_integer};
use crate::db::Tx;
use crate::fault::Fault;
use crate::keys::ring::is_signed;
use crate::values;

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// The entry with this index is missing: a row was deleted.
    Missing {
        /// The index, from zero.
        index: u64,
    },
    /// The entry with this index is not the one that was written: a row was altered or moved.
    Altered {
        /// The index, from zero.
        index: u64,
    },
    /// The tree's own nodes were changed, or rows stand behind its end.
    Tree {
        /// The index of the first entry that the tree does not cover rightly.
        index: u64,
    },
    /// A head's root is not that of the entries: the tree was made anew after a change.
    Head {
        /// The head's size.
        size: u64,
    },
    /// A head is not signed by this installation's key.
    Signature {
        /// The head's size.
        size: u64,
    },
    /// A head that was kept elsewhere is larger than the tree, or has another root: the end was cut off, or an old book was
    /// put in the place of the new one.
    Elsewhere {
        /// The kept head's size.
        size: u64,
    },
}

/// The result of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Entries in the tree.
    pub size: u64,
    /// Entries that have no place yet.
    pub unordered: u64,
    /// Heads that were checked.
    pub heads: u64,
    /// The last head.
    pub last: Option<Head>,
    /// The first thing that does not fit; nothing when the audit is whole.
    pub broken: Option<Broken>,
}

/// Entries that are held in memory at a time. A power of two, so that no whole subtree of the lower levels lies across.
const CHUNK: u64 = 1 << 13;

/// Checks all entries against the tree, the tree against the heads, the heads against their signatures, and all against the
/// heads that were kept elsewhere (`elsewhere`: size and root). `progress` is told how many entries are done.
///
/// # Errors
/// When the book cannot be read; what does not fit is an answer.
pub fn verify(
    tx: &mut Tx<'_>,
    verifying_key: &[u8; 32],
    elsewhere: &[(u64, Hash)],
    mut progress: impl FnMut(u64),
) -> Result<Verified, Fault> {
    let mut unordered = tx.query_one("SELECT COUNT(*) FROM audit_entries WHERE seq IS NULL", &[])?;
    let unordered = unordered.integer(0)?.unsigned_abs();
    let mut walk = Walk { verifying_key, elsewhere, peaks: Vec::new(), size: 0, heads: 0, last: None };
    let mut broken = None;
    while broken.is_none() {
        let chunk = Chunk::read(tx, walk.size)?;
        let ended = chunk.leaves.is_empty();
        broken = walk.over(chunk);
        progress(walk.size);
        if ended {
            break;
        }
    }
    let beyond = elsewhere.iter().find(|(size, _)| *size > walk.size);
    let broken = broken.or_else(|| beyond.map(|(size, _)| Broken::Elsewhere { size: *size }));
    Ok(Verified { size: walk.size, unordered, heads: walk.heads, last: walk.last, broken })
}

/// The next entries, and what the book says about them.
struct Chunk {
    /// Sequence and leaf of each entry.
    leaves: Vec<(u64, Hash)>,
    /// The tree's nodes that are whole with one of these entries.
    nodes: BTreeMap<At, Hash>,
    /// The heads with one of these entries as their last.
    heads: Vec<(Head, [u8; 64])>,
}

impl Chunk {
    fn read(tx: &mut Tx<'_>, from: u64) -> Result<Chunk, Fault> {
        let (first, end) = (as_integer(from)?, as_integer(from + CHUNK)?);
        let mut chunk = Chunk { leaves: Vec::new(), nodes: BTreeMap::new(), heads: Vec::new() };
        // Whatever has a number from here on: a row that was moved to the end shows up as a gap.
        let sql =
            format!("SELECT {LEAF_COLUMNS}, seq FROM audit_entries WHERE seq >= $1 ORDER BY seq LIMIT $2");
        tx.for_each(&sql, values![first, as_integer(CHUNK)?], |mut row| {
            chunk.leaves.push((row.integer(11)?.unsigned_abs(), leaf(&mut row)?));
            Ok(())
        })?;
        for level in 0..LEVELS {
            tx.for_each(
                "SELECT place, hash FROM audit_nodes WHERE level = $1 AND place >= $2 AND place < $3",
                values![level, first >> level, end >> level],
                |mut row| {
                    chunk.nodes.insert((level, row.integer(0)?.unsigned_abs()), row.bytes(1)?);
                    Ok(())
                },
            )?;
        }
        tx.for_each(
            "SELECT size, root, at_us, signature FROM audit_checkpoints WHERE size > $1 AND size <= $2 ORDER BY size",
            values![first, end],
            |mut row| {
                let head =
                    Head { size: row.integer(0)?.unsigned_abs(), root: row.bytes(1)?, at_us: row.integer(2)? };
                chunk.heads.push((head, row.bytes(3)?));
                Ok(())
            },
        )?;
        Ok(chunk)
    }
}

/// Levels of a tree that an integer can count.
const LEVELS: u32 = 63;

struct Walk<'a> {
    verifying_key: &'a [u8; 32],
    elsewhere: &'a [(u64, Hash)],
    /// The roots of the whole subtrees so far, the largest first, with their levels.
    peaks: Vec<(u32, Hash)>,
    size: u64,
    heads: u64,
    last: Option<Head>,
}

impl Walk<'_> {
    /// Goes over a chunk; the answer is the first thing that does not fit.
    fn over(&mut self, mut chunk: Chunk) -> Option<Broken> {
        let mut heads = std::mem::take(&mut chunk.heads).into_iter().peekable();
        for (seq, leaf) in std::mem::take(&mut chunk.leaves) {
            let index = self.size;
            if seq != index {
                return Some(Broken::Missing { index });
            }
            match chunk.nodes.remove(&(0, index)) {
                Some(hash) if hash == leaf => {}
                Some(_) => return Some(Broken::Altered { index }),
                None => return Some(Broken::Tree { index }),
            }
            if !self.grow(leaf, &mut chunk.nodes) {
                return Some(Broken::Tree { index });
            }
            while let Some((head, signature)) = heads.next_if(|(head, _)| head.size == self.size) {
                if let Some(broken) = self.check_head(head, &signature) {
                    return Some(broken);
                }
            }
            let kept = self.elsewhere.iter().find(|(size, _)| *size == self.size);
            if kept.is_some_and(|(_, root)| *root != self.root()) {
                return Some(Broken::Elsewhere { size: self.size });
            }
        }
        // Heads or nodes without their entries: the end was cut off.
        let cut = heads.next().is_some() || !chunk.nodes.is_empty();
        cut.then_some(Broken::Missing { index: self.size })
    }

    /// Adds a leaf; false when a node that is whole with it is not the one that is kept.
    fn grow(&mut self, leaf: Hash, nodes: &mut BTreeMap<At, Hash>) -> bool {
        let (mut level, mut hash) = (0, leaf);
        self.size += 1;
        while let Some((_, left)) = self.peaks.pop_if(|(peak, _)| *peak == level) {
            hash = node_hash(&left, &hash);
            level += 1;
            let place = (self.size >> level) - 1;
            if nodes.remove(&(level, place)) != Some(hash) {
                return false;
            }
        }
        self.peaks.push((level, hash));
        true
    }

    fn root(&self) -> Hash {
        let peaks = self.peaks.iter().rev().map(|(_, hash)| *hash);
        peaks.reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
    }

    fn check_head(&mut self, head: Head, signature: &[u8; 64]) -> Option<Broken> {
        self.heads += 1;
        if head.root != self.root() {
            return Some(Broken::Head { size: head.size });
        }
        if !is_signed(self.verifying_key, &head.message(), signature) {
            return Some(Broken::Signature { size: head.size });
        }
        self.last = Some(head);
        None
    }
}
