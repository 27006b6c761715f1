//! Plain loops, for a CPU of which nothing is known.

use zeroize::Zeroizing;

use super::{Blocks, Found, Kernel, LINE_BYTES};
use crate::limits::BLOCK_SLOTS;
use crate::query::Query;
use crate::vector::BIAS;

/// Needs no proof.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portable;

impl Kernel for Portable {
    /// For each query its components, four for each line.
    type Packed<const Q: usize> = [Zeroizing<Vec<[i16; 4]>>; Q];

    fn pack<const Q: usize>(self, queries: [&Query; Q]) -> Self::Packed<Q> {
        queries.map(|query| Zeroizing::new(query.quads().to_vec()))
    }

    fn scan<const Q: usize>(
        self,
        blocks: Blocks<'_>,
        packed: &Self::Packed<Q>,
        limits: &mut [f32; Q],
        found: &mut impl FnMut(Found<'_>) -> f32,
    ) {
        for (block, (lines, inverse_norms)) in blocks.iter().enumerate() {
            for (query, (quads, limit)) in packed.iter().zip(limits.iter_mut()).enumerate() {
                let dots = dot_products(lines, quads);
                let mut keys = [0.0; BLOCK_SLOTS];
                let mut slots = 0_u16;
                for slot in 0..BLOCK_SLOTS {
                    keys[slot] = dots[slot] as f32 * inverse_norms[slot];
                    slots |= u16::from(keys[slot] >= *limit) << slot;
                }
                if slots != 0 {
                    *limit = found(Found { query, block, slots, keys: &keys });
                }
            }
        }
    }

    fn sum(self, bytes: &[u8]) -> u64 {
        let (lines, _) = bytes.as_chunks::<LINE_BYTES>();
        lines
            .as_flattened()
            .as_chunks::<8>()
            .0
            .iter()
            .fold(0, |sum, word| sum.wrapping_add(u64::from_le_bytes(*word)))
    }
}

/// Wrapping operations, because release builds check the others and the sums fit anyway (see `DIM_MAX`). The loops run
/// over the slots inside, where compilers find vectors of equal work.
fn dot_products(lines: &[[u8; LINE_BYTES]], quads: &[[i16; 4]]) -> [i32; BLOCK_SLOTS] {
    let mut products = [[0_i32; 4]; BLOCK_SLOTS];
    for (line, quad) in lines.iter().zip(quads) {
        let codes = line.map(|code| i16::from(code).wrapping_sub(i16::from(BIAS)));
        for (sums, codes) in products.iter_mut().zip(codes.as_chunks::<4>().0) {
            for component in 0..4 {
                let product = i32::from(codes[component]).wrapping_mul(i32::from(quad[component]));
                sums[component] = sums[component].wrapping_add(product);
            }
        }
    }
    products.map(|sums| sums.into_iter().fold(0, i32::wrapping_add))
}
