//! The Merkle tree of RFC 9162, section 2.1, over nodes that somebody else keeps.
//!
//! A node at `level` and `place` is the hash over the 2^level leaves from `place` × 2^level on; only whole subtrees are
//! kept, so that a node never changes. The rest of a tree of any size is put together from them.

use sha2::{Digest, Sha256};

use crate::fault::Fault;

/// A SHA-256.
pub type Hash = [u8; 32];

/// A node's address: level and place.
pub type At = (u32, u64);

/// The hash of a leaf.
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

/// The hash of a node over its two halves.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the empty tree.
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The nodes that become whole when leaf number `index` is added, the leaf first.
///
/// # Errors
/// When `kept` fails, or a node is missing.
pub fn append(
    index: u64,
    leaf: Hash,
    mut kept: impl FnMut(At) -> Result<Hash, Fault>,
) -> Result<Vec<(At, Hash)>, Fault> {
    let mut whole = vec![((0, index), leaf)];
    let (mut level, mut place, mut hash) = (0, index, leaf);
    while place % 2 == 1 {
        hash = node_hash(&kept((level, place - 1))?, &hash);
        (level, place) = (level + 1, place / 2);
        whole.push(((level, place), hash));
    }
    Ok(whole)
}

/// The hash over the leaves from `start` (a multiple of the largest power of two in `len`) for `len` leaves.
fn range(start: u64, len: u64, kept: &mut impl FnMut(At) -> Result<Hash, Fault>) -> Result<Hash, Fault> {
    // From the right: the smallest whole subtree first, each further one to its left.
    let mut hash: Option<Hash> = None;
    let mut rest = len;
    while rest > 0 {
        let level = rest.trailing_zeros();
        rest &= rest - 1;
        let peak = kept((level, (start + rest) >> level))?;
        hash = Some(hash.map_or(peak, |right| node_hash(&peak, &right)));
    }
    Ok(hash.unwrap_or_else(empty_root))
}

/// The root of the tree of the first `size` leaves.
///
/// # Errors
/// When `kept` fails, or a node is missing.
pub fn root(size: u64, mut kept: impl FnMut(At) -> Result<Hash, Fault>) -> Result<Hash, Fault> {
    range(0, size, &mut kept)
}

/// The hashes that lead from leaf number `index` to the root of the tree of the first `size` leaves; `None` when there is no
/// such leaf.
///
/// # Errors
/// When `kept` fails, or a node is missing.
pub fn inclusion_proof(
    index: u64,
    size: u64,
    mut kept: impl FnMut(At) -> Result<Hash, Fault>,
) -> Result<Option<Vec<Hash>>, Fault> {
    if index >= size {
        return Ok(None);
    }
    // Down from the root, each time into the half that has the leaf; the other half's hash is part of the proof.
    let mut proof = Vec::new();
    let (mut start, mut len) = (0, size);
    while len > 1 {
        let left = 1 << (len - 1).ilog2();
        if index < start + left {
            proof.push(range(start + left, len - left, &mut kept)?);
            len = left;
        } else {
            proof.push(range(start, left, &mut kept)?);
            (start, len) = (start + left, len - left);
        }
    }
    proof.reverse();
    Ok(Some(proof))
}

/// Whether a proof leads from the leaf to the root (RFC 9162, section 2.1.3.2).
#[must_use]
pub fn is_included(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut place, mut last) = (index, size - 1);
    let mut hash = leaf;
    for step in proof {
        if last == 0 {
            return false;
        }
        if place % 2 == 1 || place == last {
            hash = node_hash(step, &hash);
            while place.is_multiple_of(2) && place != 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, step);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn tree(leaves: u64) -> HashMap<At, Hash> {
        let data = |index: u64| -> Vec<u8> {
            // The known leaves first, then numbers.
            let known = [
                "",
                "00",
                "10",
                "2021",
                "3031",
                "40414243",
                "5051525354555657",
                "606162636465666768696a6b6c6d6e6f",
            ];
            known.get(index as usize).map_or_else(
                || index.to_le_bytes().to_vec(),
                |hex| {
                    (0..hex.len() / 2)
                        .map(|at| u8::from_str_radix(&hex[2 * at..][..2], 16).unwrap())
                        .collect()
                },
            )
        };
        let mut nodes = HashMap::new();
        for index in 0..leaves {
            let whole = append(index, leaf_hash(&data(index)), |at| Ok(nodes[&at])).unwrap();
            nodes.extend(whole);
        }
        nodes
    }

    fn hex(hash: Hash) -> String {
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The definition, with its recursion.
    fn slow_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [one] => *one,
            many => {
                let (left, right) = many.split_at(1 << (many.len() - 1).ilog2());
                node_hash(&slow_root(left), &slow_root(right))
            }
        }
    }

    #[test]
    fn the_known_roots_come_out() {
        let nodes = tree(8);
        for (size, known) in [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ] {
            assert_eq!(hex(root(size, |at| Ok(nodes[&at])).unwrap()), known, "{size}");
        }
    }

    #[test]
    fn the_known_paths_come_out() {
        // Index, size, and the path that the recursive definition of RFC 9162 gives over the known leaves.
        let cases: [(u64, u64, &[&str]); 4] = [
            (
                0,
                8,
                &[
                    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
                ],
            ),
            (
                5,
                8,
                &[
                    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ],
            ),
            (
                6,
                7,
                &[
                    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                ],
            ),
            (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        ];
        let nodes = tree(8);
        for (index, size, known) in cases {
            let path = inclusion_proof(index, size, |at| Ok(nodes[&at])).unwrap().unwrap();
            assert_eq!(path.into_iter().map(hex).collect::<Vec<_>>(), known, "{index} of {size}");
        }
    }

    #[test]
    fn roots_and_proofs_of_every_size_hold() {
        let nodes = tree(70);
        let kept = |at: At| Ok(nodes[&at]);
        for size in 0..=70 {
            let leaves: Vec<Hash> = (0..size).map(|index| nodes[&(0, index)]).collect();
            let whole = root(size, kept).unwrap();
            assert_eq!(whole, slow_root(&leaves), "{size}");
            for index in 0..size {
                let proof = inclusion_proof(index, size, kept).unwrap().unwrap();
                assert!(
                    is_included(leaves[index as usize], index, size, &proof, &whole),
                    "{index} of {size}"
                );
                assert!(!is_included(leaf_hash(b"other"), index, size, &proof, &whole));
                assert!(!is_included(leaves[index as usize], index + 1, size, &proof, &whole));
                for at in 0..proof.len() {
                    let mut changed = proof.clone();
                    changed[at][0] ^= 1;
                    assert!(!is_included(leaves[index as usize], index, size, &changed, &whole));
                    assert!(!is_included(leaves[index as usize], index, size, &proof[..at], &whole));
                }
            }
            assert_eq!(inclusion_proof(size, size, kept).unwrap(), None);
        }
    }
}
