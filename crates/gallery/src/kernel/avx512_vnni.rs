//! AVX-512 with VNNI: one instruction multiplies a whole line of 16 templates by four components of the query.

use std::arch::x86_64::{
    __m512i, _CMP_GE_OQ, _mm512_add_epi32, _mm512_add_epi64, _mm512_cmp_ps_mask, _mm512_cvtepi32_ps,
    _mm512_dpbusd_epi32, _mm512_loadu_ps, _mm512_loadu_si512, _mm512_mul_ps, _mm512_reduce_add_epi64,
    _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_si512, _mm512_slli_epi32, _mm512_storeu_ps,
};

use zeroize::Zeroizing;

use super::{Blocks, Found, Kernel, LINE_BYTES};
use crate::limits::BLOCK_SLOTS;
use crate::query::Query;
use crate::vector::BIAS;

/// Proves that the CPU has AVX-512 F and VNNI and that the system keeps the registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512Vnni(());

impl Avx512Vnni {
    pub(crate) fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vnni");
        has.then_some(Self(()))
    }
}

/// A query component is split as `128 × high + low`, both signed bytes: `vpdpbusd` takes no wider ones. One template
/// line is loaded once and multiplied twice, which costs nothing as long as memory is the limit.
const HIGH_SHIFT: u32 = 7;

/// Four signed bytes as the instruction wants them.
type Quad = i32;

/// `Q` queries, interleaved by lines, so that the inner loop reads them one after the other.
pub(crate) struct Packed<const Q: usize> {
    /// For each line and query: the four high parts, the four low parts.
    lines: Zeroizing<Vec<[[Quad; 2]; Q]>>,
    /// What the bias of the stored bytes adds to every dot product, negated: the sums start with it.
    starts: [[i32; 2]; Q],
}

/// High and low part. The low part lies in −64..=63, so the high part is at most 127.
fn split(value: i16) -> (i8, i8) {
    let high = (value + (1 << (HIGH_SHIFT - 1))) >> HIGH_SHIFT;
    (high as i8, (value - (high << HIGH_SHIFT)) as i8)
}

fn split_quad(quad: [i16; 4]) -> [Quad; 2] {
    let parts = quad.map(split);
    [i32::from_le_bytes(parts.map(|p| p.0 as u8)), i32::from_le_bytes(parts.map(|p| p.1 as u8))]
}

impl Kernel for Avx512Vnni {
    type Packed<const Q: usize> = Packed<Q>;

    fn pack<const Q: usize>(self, queries: [&Query; Q]) -> Packed<Q> {
        let quads = queries.map(Query::quads);
        let lines = quads.map(<[_]>::len).into_iter().min().unwrap_or(0);
        let lines =
            Zeroizing::new((0..lines).map(|line| quads.map(|quads| split_quad(quads[line]))).collect());
        let starts = queries.map(|query| {
            let sum = |part: fn((i8, i8)) -> i8| {
                query.values().iter().map(|value| i32::from(part(split(*value)))).sum::<i32>()
            };
            [sum(|p| p.0), sum(|p| p.1)].map(|sum| -i32::from(BIAS) * sum)
        });
        Packed { lines, starts }
    }

    fn scan<const Q: usize>(
        self,
        blocks: Blocks<'_>,
        packed: &Packed<Q>,
        limits: &mut [f32; Q],
        found: &mut impl FnMut(Found<'_>) -> f32,
    ) {
        // SAFETY: `self` exists only if the CPU has the features.
        unsafe { scan(blocks, packed, limits, found) };
    }

    fn sum(self, bytes: &[u8]) -> u64 {
        // SAFETY: `self` exists only if the CPU has the features.
        unsafe { sum(bytes) }
    }
}

#[target_feature(enable = "avx512f,avx512vnni")]
fn load(line: &[u8; LINE_BYTES]) -> __m512i {
    // SAFETY: the reference is valid for 64 bytes, and the load needs no alignment.
    unsafe { _mm512_loadu_si512(line.as_ptr().cast()) }
}

#[target_feature(enable = "avx512f,avx512vnni")]
fn scan<const Q: usize>(
    blocks: Blocks<'_>,
    packed: &Packed<Q>,
    limits: &mut [f32; Q],
    found: &mut impl FnMut(Found<'_>) -> f32,
) {
    for (block, (lines, inverse_norms)) in blocks.iter().enumerate() {
        // The sums of all queries stay in registers: 2 × 8 of the 32.
        let mut sums = [[_mm512_setzero_si512(); 2]; Q];
        for (sums, starts) in sums.iter_mut().zip(&packed.starts) {
            *sums = [_mm512_set1_epi32(starts[0]), _mm512_set1_epi32(starts[1])];
        }
        for (line, quads) in lines.iter().zip(packed.lines.iter()) {
            let codes = load(line);
            for q in 0..Q {
                sums[q][0] = _mm512_dpbusd_epi32(sums[q][0], codes, _mm512_set1_epi32(quads[q][0]));
                sums[q][1] = _mm512_dpbusd_epi32(sums[q][1], codes, _mm512_set1_epi32(quads[q][1]));
            }
        }
        // SAFETY: the reference is valid for 16 floats, and the load needs no alignment.
        let inverse_norms = unsafe { _mm512_loadu_ps(inverse_norms.as_ptr()) };
        for query in 0..Q {
            let dots = _mm512_add_epi32(_mm512_slli_epi32::<HIGH_SHIFT>(sums[query][0]), sums[query][1]);
            let keys = _mm512_mul_ps(_mm512_cvtepi32_ps(dots), inverse_norms);
            let slots = _mm512_cmp_ps_mask::<_CMP_GE_OQ>(keys, _mm512_set1_ps(limits[query]));
            if slots != 0 {
                let mut stored = [0.0; BLOCK_SLOTS];
                // SAFETY: the array is valid for 16 floats, and the store needs no alignment.
                unsafe { _mm512_storeu_ps(stored.as_mut_ptr(), keys) };
                limits[query] = found(Found { query, block, slots, keys: &stored });
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512vnni")]
fn sum(bytes: &[u8]) -> u64 {
    let (lines, _) = bytes.as_chunks::<LINE_BYTES>();
    let (fours, rest) = lines.as_chunks::<4>();
    let mut sums = [_mm512_setzero_si512(); 4];
    for four in fours {
        for (sum, line) in sums.iter_mut().zip(four) {
            *sum = _mm512_add_epi64(*sum, load(line));
        }
    }
    for line in rest {
        sums[0] = _mm512_add_epi64(sums[0], load(line));
    }
    let pairs = [_mm512_add_epi64(sums[0], sums[1]), _mm512_add_epi64(sums[2], sums[3])];
    _mm512_reduce_add_epi64(_mm512_add_epi64(pairs[0], pairs[1])) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::QUERY_MAX;

    #[test]
    fn every_query_component_splits_into_two_signed_bytes() {
        let max = QUERY_MAX as i16;
        for value in -max..=max {
            let (high, low) = split(value);
            assert_eq!(i16::from(high) * 128 + i16::from(low), value);
        }
    }
}
