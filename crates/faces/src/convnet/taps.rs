//! The one vector kernel of the direct convolutions.
//!
//! A convolution is a sum of shifted copies of its input: `out[m][i] = act(bias[m] + Σ_t weight[t][m] · source[offset[t] + i])`.
//! A tap is one such shift. With the input laid out by [`super::planes`] (3×3) or as it is (1×1), every shift is a plain
//! slice, so the loop over `i` has neither borders nor strides. Several output channels share each load.

use rten_simd::Isa;
use rten_simd::ops::{BitOps, NumOps};

/// Output channels that share each load of the dense convolutions.
pub(super) const GROUP: usize = 4;

/// The widest vector of any instruction set that we may run on, in floats.
const LANES_MAX: usize = 64;

/// What is summed for `M` output channels.
#[derive(Clone, Copy)]
pub(super) struct Taps<'a, const M: usize> {
    /// Everything that is read.
    pub(super) source: &'a [f32],
    /// Where each tap starts in `source`.
    pub(super) offsets: &'a [usize],
    /// The weights of each tap.
    pub(super) weights: &'a [[f32; M]],
    /// What each sum starts with.
    pub(super) bias: [f32; M],
    /// The factor of what is below zero: 0 for Relu, 1 for no activation.
    pub(super) slope: [f32; M],
}

/// `x` above zero, `slope · x` below.
#[inline(always)]
fn activated<I: Isa>(isa: I, x: I::F32, slope: I::F32) -> I::F32 {
    let ops = isa.f32();
    // Zero comes first: where a number is NaN, x86 gives the second operand, and NaN must not become an answer.
    ops.mul_add(ops.min(ops.zero(), x), slope, ops.max(ops.zero(), x))
}

impl<const M: usize> Taps<'_, M> {
    /// Fills `rows` (of one length) with the sums from position `start` on.
    #[inline(always)]
    pub(super) fn sweep<I: Isa>(&self, isa: I, start: usize, rows: [&mut [f32]; M]) {
        // As many sums as fit into the registers: 32 with 16 lanes, 16 with fewer.
        if isa.f32().len() >= 16 || M == 1 {
            self.sweep_blocks::<I, 4>(isa, start, rows);
        } else {
            self.sweep_blocks::<I, 2>(isa, start, rows);
        }
    }

    #[inline(always)]
    fn sweep_blocks<I: Isa, const V: usize>(&self, isa: I, start: usize, mut rows: [&mut [f32]; M]) {
        let lanes = isa.f32().len();
        let len = rows.iter().map(|row| row.len()).min().unwrap_or(0);
        let mut at = 0;
        while len - at >= V * lanes {
            self.block::<I, V>(isa, start, at, &mut rows);
            at += V * lanes;
        }
        while len - at >= lanes {
            self.block::<I, 1>(isa, start, at, &mut rows);
            at += lanes;
        }
        if at < len {
            self.tail(isa, start, at, len - at, &mut rows);
        }
    }

    #[inline(always)]
    fn block<I: Isa, const V: usize>(&self, isa: I, start: usize, at: usize, rows: &mut [&mut [f32]; M]) {
        let ops = isa.f32();
        let lanes = ops.len();
        let mut sums = [[ops.zero(); V]; M];
        for (sums, &bias) in sums.iter_mut().zip(&self.bias) {
            *sums = [ops.splat(bias); V];
        }
        for (&offset, weights) in self.offsets.iter().zip(self.weights) {
            let xs = ops.load_many::<V>(&self.source[offset + start + at..]);
            for (sums, &weight) in sums.iter_mut().zip(weights) {
                let weight = ops.splat(weight);
                for (sum, &x) in sums.iter_mut().zip(&xs) {
                    *sum = ops.mul_add(x, weight, *sum);
                }
            }
        }
        for ((sums, row), &slope) in sums.into_iter().zip(rows).zip(&self.slope) {
            let slope = ops.splat(slope);
            let out = row[at..][..V * lanes].chunks_exact_mut(lanes);
            for (sum, out) in sums.into_iter().zip(out) {
                ops.store(activated(isa, sum, slope), out);
            }
        }
    }

    /// The last numbers, fewer than a vector has lanes.
    #[inline(always)]
    fn tail<I: Isa>(&self, isa: I, start: usize, at: usize, len: usize, rows: &mut [&mut [f32]; M]) {
        let ops = isa.f32();
        let mut sums = [ops.zero(); M];
        for (sum, &bias) in sums.iter_mut().zip(&self.bias) {
            *sum = ops.splat(bias);
        }
        for (&offset, weights) in self.offsets.iter().zip(self.weights) {
            let (x, _) = ops.load_pad(&self.source[offset + start + at..][..len]);
            for (sum, &weight) in sums.iter_mut().zip(weights) {
                *sum = ops.mul_add(x, ops.splat(weight), *sum);
            }
        }
        let mut lanes = [0.0; LANES_MAX];
        for ((sum, row), &slope) in sums.into_iter().zip(rows).zip(&self.slope) {
            ops.store(activated(isa, sum, ops.splat(slope)), &mut lanes);
            row[at..][..len].copy_from_slice(&lanes[..len]);
        }
    }
}

/// `scale · x + shift` with the activation, in place.
#[inline(always)]
pub(super) fn finish_row<I: Isa>(isa: I, row: &mut [f32], scale: f32, shift: f32, slope: f32) {
    let ops = isa.f32();
    let (scales, shifts, slopes) = (ops.splat(scale), ops.splat(shift), ops.splat(slope));
    let mut vectors = row.chunks_exact_mut(ops.len());
    for vector in vectors.by_ref() {
        let x = ops.mul_add(ops.load(vector), scales, shifts);
        ops.store(activated(isa, x, slopes), vector);
    }
    let tail = vectors.into_remainder();
    let mut lanes = [0.0; LANES_MAX];
    let (x, _) = ops.load_pad(tail);
    ops.store(activated(isa, ops.mul_add(x, scales, shifts), slopes), &mut lanes);
    tail.copy_from_slice(&lanes[..tail.len()]);
}
