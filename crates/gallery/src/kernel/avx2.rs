//! AVX2: components are widened to 16 bits and multiplied in pairs by `vpmaddwd`.
//!
//! `vpmaddubsw` would need half the instructions, but it saturates its sums of two products at 16 bits.

use std::arch::x86_64::{
    __m128i, __m256i, _CMP_GE_OQ, _mm_loadu_si128, _mm256_add_epi32, _mm256_add_epi64, _mm256_cmp_ps,
    _mm256_cvtepi32_ps, _mm256_cvtepu8_epi16, _mm256_hadd_epi32, _mm256_loadu_ps, _mm256_loadu_si256,
    _mm256_madd_epi16, _mm256_movemask_ps, _mm256_mul_ps, _mm256_permute4x64_epi64, _mm256_set1_epi32,
    _mm256_set1_epi64x, _mm256_set1_ps, _mm256_setzero_si256, _mm256_storeu_ps, _mm256_storeu_si256,
};

use zeroize::Zeroizing;

use super::{Blocks, Found, Kernel, LINE_BYTES};
use crate::limits::BLOCK_SLOTS;
use crate::query::Query;
use crate::vector::BIAS;

/// Proves that the CPU has AVX2 and that the system keeps the registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(crate) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

/// One query.
pub(crate) struct Packed {
    /// For each line four components of 16 bits.
    lines: Zeroizing<Vec<i64>>,
    /// What the bias of the stored bytes adds to every dot product, negated.
    start: i32,
}

impl Kernel for Avx2 {
    type Packed<const Q: usize> = [Packed; Q];

    fn pack<const Q: usize>(self, queries: [&Query; Q]) -> [Packed; Q] {
        queries.map(|query| {
            let word = |quad: &[i16; 4]| {
                quad.iter().rev().fold(0_i64, |word, value| word << 16 | i64::from(value.cast_unsigned()))
            };
            let sum: i32 = query.values().iter().copied().map(i32::from).sum();
            let lines = Zeroizing::new(query.quads().iter().map(word).collect());
            Packed { lines, start: -i32::from(BIAS) * sum }
        })
    }

    fn scan<const Q: usize>(
        self,
        blocks: Blocks<'_>,
        packed: &[Packed; Q],
        limits: &mut [f32; Q],
        found: &mut impl FnMut(Found<'_>) -> f32,
    ) {
        // SAFETY: `self` exists only if the CPU has the feature.
        unsafe { scan(blocks, packed, limits, found) };
    }

    fn sum(self, bytes: &[u8]) -> u64 {
        // SAFETY: `self` exists only if the CPU has the feature.
        unsafe { sum(bytes) }
    }
}

/// The queries are taken in pairs: the 16 registers hold the sums of two, and after the first pair the block is in the
/// nearest cache.
#[target_feature(enable = "avx2")]
fn scan<const Q: usize>(
    blocks: Blocks<'_>,
    packed: &[Packed; Q],
    limits: &mut [f32; Q],
    found: &mut impl FnMut(Found<'_>) -> f32,
) {
    let (pairs, single) = packed.as_chunks::<2>();
    for (block, (lines, inverse_norms)) in blocks.iter().enumerate() {
        let (pair_limits, single_limit) = limits.as_chunks_mut::<2>();
        for (index, (pair, limits)) in pairs.iter().zip(pair_limits).enumerate() {
            let dots = dot_products(lines, pair);
            for (q, (dots, limit)) in dots.into_iter().zip(limits).enumerate() {
                compare(dots, inverse_norms, (index * 2 + q, block), limit, found);
            }
        }
        for (single, limit) in single.iter().zip(single_limit) {
            let [dots] = dot_products(lines, std::array::from_ref(single));
            compare(dots, inverse_norms, (Q - 1, block), limit, found);
        }
    }
}

/// From the dot products of a block to the slots that reach the limit.
#[target_feature(enable = "avx2")]
fn compare(
    dots: [__m256i; 2],
    inverse_norms: &[f32; BLOCK_SLOTS],
    (query, block): (usize, usize),
    limit: &mut f32,
    found: &mut impl FnMut(Found<'_>) -> f32,
) {
    let mut keys = [0.0; BLOCK_SLOTS];
    let mut slots = 0_u16;
    let halves = inverse_norms.as_chunks::<8>().0.iter().zip(keys.as_chunks_mut::<8>().0);
    for (half, (dots, (inverse_norms, keys))) in dots.into_iter().zip(halves).enumerate() {
        // SAFETY: the reference is valid for 8 floats, and the load needs no alignment.
        let inverse_norms = unsafe { _mm256_loadu_ps(inverse_norms.as_ptr()) };
        let half_keys = _mm256_mul_ps(_mm256_cvtepi32_ps(dots), inverse_norms);
        let reached = _mm256_cmp_ps::<_CMP_GE_OQ>(half_keys, _mm256_set1_ps(*limit));
        slots |= (_mm256_movemask_ps(reached) as u16) << (half * 8);
        // SAFETY: the reference is valid for 8 floats, and the store needs no alignment.
        unsafe { _mm256_storeu_ps(keys.as_mut_ptr(), half_keys) };
    }
    if slots != 0 {
        *limit = found(Found { query, block, slots, keys: &keys });
    }
}

/// For each query slots 0..8 and 8..16.
#[target_feature(enable = "avx2")]
fn dot_products<const N: usize>(lines: &[[u8; LINE_BYTES]], packed: &[Packed; N]) -> [[__m256i; 2]; N] {
    // Each sum belongs to four slots: two lanes of 32 bits for each.
    let mut sums = [[_mm256_setzero_si256(); 4]; N];
    let quads: [&[i64]; N] = std::array::from_fn(|n| &packed[n].lines[..lines.len()]);
    for (index, line) in lines.iter().enumerate() {
        for (part, codes) in line.as_chunks::<16>().0.iter().enumerate() {
            // SAFETY: the reference is valid for 16 bytes, and the load needs no alignment.
            let codes: __m128i = unsafe { _mm_loadu_si128(codes.as_ptr().cast()) };
            let codes = _mm256_cvtepu8_epi16(codes);
            for n in 0..N {
                let products = _mm256_madd_epi16(codes, _mm256_set1_epi64x(quads[n][index]));
                sums[n][part] = _mm256_add_epi32(sums[n][part], products);
            }
        }
    }
    let mut dots = [[_mm256_setzero_si256(); 2]; N];
    for n in 0..N {
        for half in 0..2 {
            // The two lanes of a slot are added; what comes out is slots 0 1 4 5 2 3 6 7, hence the permutation.
            let added = _mm256_hadd_epi32(sums[n][half * 2], sums[n][half * 2 + 1]);
            let ordered = _mm256_permute4x64_epi64::<0b11_01_10_00>(added);
            dots[n][half] = _mm256_add_epi32(ordered, _mm256_set1_epi32(packed[n].start));
        }
    }
    dots
}

#[target_feature(enable = "avx2")]
fn sum(bytes: &[u8]) -> u64 {
    let (lines, _) = bytes.as_chunks::<LINE_BYTES>();
    let (pairs, rest) = lines.as_chunks::<2>();
    let mut sums = [_mm256_setzero_si256(); 4];
    let last = rest.first().map(|line| (line, &[0; LINE_BYTES]));
    for (a, b) in pairs.iter().map(|pair| (&pair[0], &pair[1])).chain(last) {
        for (sum, half) in sums.iter_mut().zip(a.as_chunks::<32>().0.iter().chain(b.as_chunks::<32>().0)) {
            // SAFETY: the reference is valid for 32 bytes, and the load needs no alignment.
            *sum = _mm256_add_epi64(*sum, unsafe { _mm256_loadu_si256(half.as_ptr().cast()) });
        }
    }
    let sum = _mm256_add_epi64(_mm256_add_epi64(sums[0], sums[1]), _mm256_add_epi64(sums[2], sums[3]));
    let mut words = [0_u64; 4];
    // SAFETY: the array is valid for 32 bytes, and the store needs no alignment.
    unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), sum) };
    words.into_iter().fold(0, u64::wrapping_add)
}
