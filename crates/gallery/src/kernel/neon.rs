//! NEON as every aarch64 CPU has it: components are widened to 16 bits and multiplied into 32-bit sums.

use std::arch::aarch64::{
    int32x4_t, uint8x16_t, vaddq_s32, vaddq_u64, vaddvq_u32, vaddvq_u64, vandq_u32, vcgeq_f32, vcombine_s16,
    vcvtq_f32_s32, vdupq_n_f32, vdupq_n_s32, vdupq_n_u64, vget_low_s16, vget_low_u8, vld1_s16, vld1q_f32,
    vld1q_u8, vld1q_u32, vmlal_high_s16, vmlal_s16, vmovl_high_u8, vmovl_u8, vmulq_f32, vpaddq_s32,
    vreinterpretq_s16_u16, vreinterpretq_u64_u8, vst1q_f32,
};

use zeroize::Zeroizing;

use super::{Blocks, Found, Kernel, LINE_BYTES};
use crate::limits::BLOCK_SLOTS;
use crate::query::Query;
use crate::vector::BIAS;

/// Proves that the CPU has NEON.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neon(());

impl Neon {
    pub(crate) fn detect() -> Option<Self> {
        std::arch::is_aarch64_feature_detected!("neon").then_some(Self(()))
    }
}

/// One query.
pub(crate) struct Packed {
    /// For each line four components.
    lines: Zeroizing<Vec<[i16; 4]>>,
    /// What the bias of the stored bytes adds to every dot product, negated.
    start: i32,
}

impl Kernel for Neon {
    type Packed<const Q: usize> = [Packed; Q];

    fn pack<const Q: usize>(self, queries: [&Query; Q]) -> [Packed; Q] {
        queries.map(|query| {
            let sum: i32 = query.values().iter().copied().map(i32::from).sum();
            Packed { lines: Zeroizing::new(query.quads().to_vec()), start: -i32::from(BIAS) * sum }
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

/// The queries are taken one by one: the sums of one need half of the registers, and after the first the block is in
/// the nearest cache.
#[target_feature(enable = "neon")]
fn scan<const Q: usize>(
    blocks: Blocks<'_>,
    packed: &[Packed; Q],
    limits: &mut [f32; Q],
    found: &mut impl FnMut(Found<'_>) -> f32,
) {
    for (block, (lines, inverse_norms)) in blocks.iter().enumerate() {
        for (query, (packed, limit)) in packed.iter().zip(limits.iter_mut()).enumerate() {
            let dots = dot_products(lines, packed);
            let mut keys = [0.0; BLOCK_SLOTS];
            let mut slots = 0_u16;
            let quarters = inverse_norms.as_chunks::<4>().0.iter().zip(keys.as_chunks_mut::<4>().0);
            for (quarter, (dots, (inverse_norms, keys))) in dots.into_iter().zip(quarters).enumerate() {
                // SAFETY: the reference is valid for 4 floats.
                let inverse_norms = unsafe { vld1q_f32(inverse_norms.as_ptr()) };
                let quarter_keys = vmulq_f32(vcvtq_f32_s32(dots), inverse_norms);
                let reached = vcgeq_f32(quarter_keys, vdupq_n_f32(*limit));
                // SAFETY: both arrays are valid for 4 elements.
                let bits = unsafe {
                    vst1q_f32(keys.as_mut_ptr(), quarter_keys);
                    vld1q_u32([1, 2, 4, 8].as_ptr())
                };
                slots |= (vaddvq_u32(vandq_u32(reached, bits)) as u16) << (quarter * 4);
            }
            if slots != 0 {
                *limit = found(Found { query, block, slots, keys: &keys });
            }
        }
    }
}

/// Four slots in each.
#[target_feature(enable = "neon")]
fn dot_products(lines: &[[u8; LINE_BYTES]], packed: &Packed) -> [int32x4_t; 4] {
    // Each sum belongs to one slot: the products of its four components of a line go to the four lanes.
    let mut sums = [[vdupq_n_s32(0); 4]; 4];
    for (line, quad) in lines.iter().zip(packed.lines.iter()) {
        // SAFETY: the reference is valid for 4 integers.
        let values = unsafe { vld1_s16(quad.as_ptr()) };
        let twice = vcombine_s16(values, values);
        for (sums, codes) in sums.iter_mut().zip(line.as_chunks::<16>().0) {
            let codes = load(codes);
            let low = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(codes)));
            let high = vreinterpretq_s16_u16(vmovl_high_u8(codes));
            sums[0] = vmlal_s16(sums[0], vget_low_s16(low), values);
            sums[1] = vmlal_high_s16(sums[1], low, twice);
            sums[2] = vmlal_s16(sums[2], vget_low_s16(high), values);
            sums[3] = vmlal_high_s16(sums[3], high, twice);
        }
    }
    let start = vdupq_n_s32(packed.start);
    sums.map(|[a, b, c, d]| vaddq_s32(start, vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d))))
}

#[target_feature(enable = "neon")]
fn load(bytes: &[u8; 16]) -> uint8x16_t {
    // SAFETY: the reference is valid for 16 bytes.
    unsafe { vld1q_u8(bytes.as_ptr()) }
}

#[target_feature(enable = "neon")]
fn sum(bytes: &[u8]) -> u64 {
    let (lines, _) = bytes.as_chunks::<LINE_BYTES>();
    let mut sums = [vdupq_n_u64(0); 4];
    for line in lines {
        for (sum, quarter) in sums.iter_mut().zip(line.as_chunks::<16>().0) {
            *sum = vaddq_u64(*sum, vreinterpretq_u64_u8(load(quarter)));
        }
    }
    vaddvq_u64(vaddq_u64(vaddq_u64(sums[0], sums[1]), vaddq_u64(sums[2], sums[3])))
}
