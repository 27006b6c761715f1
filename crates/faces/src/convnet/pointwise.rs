//! 1×1 convolutions: a matrix of weights times a matrix of planes, then the activation.

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedAMatrix};
use rten_simd::{Isa, SimdOp};
use rten_tensor::NdTensorView;

use super::planes::{GroupedWeights, by_group};
use super::taps::{GROUP, Taps, finish_row};

/// Up to this many input channels the direct kernel is faster than the matrix product, which first packs its input.
const DIRECT_CHANNELS_MAX: usize = 64;

/// Columns that the direct kernel takes at a time, so that the input stays in the nearest cache.
const DIRECT_COLUMNS: usize = 256;

enum Weights {
    Direct(GroupedWeights),
    Packed(Box<PackedAMatrix<f32>>),
}

/// A 1×1 convolution with its activation.
pub(super) struct Pointwise {
    in_channels: usize,
    weights: Weights,
    bias: Vec<f32>,
    slope: Vec<f32>,
}

impl Pointwise {
    /// Takes weights in the order of the file: output channel, input channel. `None` when lengths do not fit.
    pub(super) fn new(
        gemm: &GemmExecutor,
        weights: &[f32],
        in_channels: usize,
        bias: Vec<f32>,
        slope: Vec<f32>,
    ) -> Option<Pointwise> {
        if slope.len() != bias.len() || Some(weights.len()) != bias.len().checked_mul(in_channels) {
            return None;
        }
        let weights = if in_channels <= DIRECT_CHANNELS_MAX {
            Weights::Direct(by_group(weights, in_channels))
        } else {
            let matrix = NdTensorView::try_from_data([bias.len(), in_channels], weights).ok()?;
            Weights::Packed(Box::new(gemm.prepack_a(matrix)))
        };
        Some(Pointwise { in_channels, weights, bias, slope })
    }

    /// Channels that come in.
    pub(super) fn in_channels(&self) -> usize {
        self.in_channels
    }

    /// Channels that come out.
    pub(super) fn out_channels(&self) -> usize {
        self.bias.len()
    }

    /// Fills `out`; both have `cells` numbers for each channel.
    pub(super) fn run(
        &self,
        gemm: &GemmExecutor,
        cells: usize,
        input: &[f32],
        out: &mut [f32],
    ) -> Result<(), String> {
        let fits = Some(input.len()) == cells.checked_mul(self.in_channels)
            && Some(out.len()) == cells.checked_mul(self.bias.len());
        if !fits || cells == 0 {
            return Err(format!("a 1×1 convolution got {} numbers", input.len()));
        }
        match &self.weights {
            Weights::Direct(weights) => Direct { conv: self, weights, cells, input, out }.dispatch(),
            Weights::Packed(packed) => {
                let matrix = NdTensorView::try_from_data([self.in_channels, cells], input)
                    .map_err(|error| error.to_string())?;
                let (a, b) = (GemmInputA::Packed(packed), GemmInputB::Unpacked(matrix));
                gemm.gemm(out, a, b, GemmOptions::default()).map_err(|error| error.to_string())?;
                Finish { conv: self, cells, out }.dispatch();
            }
        }
        Ok(())
    }
}

/// Bias and activation of a whole output.
struct Finish<'a> {
    conv: &'a Pointwise,
    cells: usize,
    out: &'a mut [f32],
}

impl SimdOp for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let channels = self.conv.bias.iter().zip(&self.conv.slope);
        for (row, (&bias, &slope)) in self.out.chunks_exact_mut(self.cells).zip(channels) {
            finish_row(isa, row, 1.0, bias, slope);
        }
    }
}

/// The direct kernel on a whole input.
struct Direct<'a> {
    conv: &'a Pointwise,
    weights: &'a GroupedWeights,
    cells: usize,
    input: &'a [f32],
    out: &'a mut [f32],
}

impl SimdOp for Direct<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let Direct { conv, weights: (grouped, single), cells, input, out } = self;
        let offsets: Vec<usize> = (0..conv.in_channels).map(|channel| channel * cells).collect();
        let split = grouped.len() * GROUP;
        let (out_groups, out_single) = out.split_at_mut(split * cells);
        let ((bias_groups, bias_single), (slope_groups, slope_single)) =
            (conv.bias.split_at(split), conv.slope.split_at(split));
        let bias_groups = bias_groups.as_chunks::<GROUP>().0;
        let slope_groups = slope_groups.as_chunks::<GROUP>().0;
        for start in (0..cells).step_by(DIRECT_COLUMNS) {
            let columns = start..cells.min(start + DIRECT_COLUMNS);
            let outs = out_groups.chunks_exact_mut(GROUP * cells);
            for ((weights, out), (&bias, &slope)) in
                grouped.iter().zip(outs).zip(bias_groups.iter().zip(slope_groups))
            {
                let taps = Taps { source: input, offsets: &offsets, weights, bias, slope };
                let mut rows = out.chunks_exact_mut(cells).map(|row| &mut row[columns.clone()]);
                taps.sweep(isa, start, std::array::from_fn(|_| rows.next().unwrap_or_default()));
            }
            let outs = out_single.chunks_exact_mut(cells);
            for ((weights, out), (&bias, &slope)) in
                single.iter().zip(outs).zip(bias_single.iter().zip(slope_single))
            {
                let taps = Taps { source: input, offsets: &offsets, weights, bias: [bias], slope: [slope] };
                taps.sweep(isa, start, [&mut out[columns.clone()]]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::noise::{assert_close, noise};
    use super::*;

    fn slow(weights: &[f32], bias: &[f32], slope: &[f32], cells: usize, input: &[f32]) -> Vec<f32> {
        let in_channels = input.len() / cells;
        let cell = |channel: usize, cell: usize| {
            let row = &weights[channel * in_channels..][..in_channels];
            let products = row.iter().enumerate().map(|(from, weight)| weight * input[from * cells + cell]);
            let sum = bias[channel] + products.sum::<f32>();
            if sum > 0.0 { sum } else { sum * slope[channel] }
        };
        (0..bias.len())
            .flat_map(|channel| (0..cells).map(move |at| (channel, at)))
            .map(|(c, at)| cell(c, at))
            .collect()
    }

    #[test]
    fn both_ways_follow_the_definition() {
        let gemm = GemmExecutor::new();
        for cells in [1, 49, 196, 561, 1030] {
            for (in_channels, out_channels) in [(1, 1), (3, 4), (16, 10), (64, 7), (65, 16), (300, 33)] {
                let (weights, input) = (noise(1, in_channels * out_channels), noise(2, in_channels * cells));
                let (bias, slope) = (noise(3, out_channels), noise(4, out_channels));
                let conv = Pointwise::new(&gemm, &weights, in_channels, bias.clone(), slope.clone()).unwrap();
                let mut out = vec![f32::NAN; out_channels * cells];
                conv.run(&gemm, cells, &input, &mut out).unwrap();
                let case = format!("{in_channels} to {out_channels} channels, {cells} cells");
                assert_close(&out, &slow(&weights, &bias, &slope, cells, &input), 1e-5, &case);
            }
        }
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let gemm = GemmExecutor::new();
        assert!(Pointwise::new(&gemm, &[1.0; 5], 3, vec![0.0; 2], vec![0.0; 2]).is_none());
        assert!(Pointwise::new(&gemm, &[1.0; 6], 3, vec![0.0; 2], vec![0.0; 1]).is_none());
        let conv = Pointwise::new(&gemm, &[1.0; 6], 3, vec![0.0; 2], vec![0.0; 2]).unwrap();
        assert!(conv.run(&gemm, 4, &[1.0; 11], &mut [0.0; 8]).is_err());
        assert!(conv.run(&gemm, 4, &[1.0; 12], &mut [0.0; 7]).is_err());
        assert!(conv.run(&gemm, 0, &[], &mut []).is_err());
    }
}
