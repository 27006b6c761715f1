//! 3×3 convolutions with stride 1 or 2 and one row and column of zeros around the input.
//!
//! A channel's plane is copied so that each of the nine taps becomes one slice. Rows lie behind each other with a single
//! zero between them, which is the right border of one row and the left border of the next; one output per row, under
//! that zero, means nothing and is dropped. For stride 2 the even and odd columns of the even and odd rows are four such
//! planes ("phases"), because a tap then reads only one of them.

use rten_simd::{Isa, SimdOp};

use super::taps::{GROUP, Taps};

/// Rows and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl Extent {
    /// Rows times columns.
    pub(super) fn cells(self) -> Option<usize> {
        self.rows.checked_mul(self.columns)
    }
}

/// How channels hang together.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Weights3x3 {
    /// Output channel `c` reads input channel `c` only: nine weights each.
    Depthwise(Vec<[[f32; 1]; 9]>),
    /// Every output channel reads every input channel. By group of output channels, then input channel and tap; the
    /// channels beyond the last whole group stand alone.
    Dense { grouped: Vec<Vec<[f32; GROUP]>>, single: Vec<Vec<[f32; 1]>> },
}

impl Weights3x3 {
    /// Takes weights in the order of the file: output channel, input channel, tap.
    pub(super) fn depthwise(weights: &[f32]) -> Weights3x3 {
        Weights3x3::Depthwise(weights.as_chunks::<9>().0.iter().map(|taps| taps.map(|tap| [tap])).collect())
    }

    /// Takes weights in the order of the file: output channel, input channel, tap.
    pub(super) fn dense(weights: &[f32], taps: usize) -> Weights3x3 {
        let (grouped, single) = by_group(weights, taps);
        Weights3x3::Dense { grouped, single }
    }
}

/// Weights of whole groups of output channels, tap by tap, and of each channel that is left.
pub(super) type GroupedWeights = (Vec<Vec<[f32; GROUP]>>, Vec<Vec<[f32; 1]>>);

/// Interleaves the weights of the output channels of each group.
pub(super) fn by_group(weights: &[f32], taps: usize) -> GroupedWeights {
    let groups = weights.chunks_exact(GROUP * taps.max(1));
    let single = groups.remainder().chunks_exact(taps.max(1));
    let group = |weights: &[f32]| {
        (0..taps).map(|tap| std::array::from_fn(|member| weights[member * taps + tap])).collect()
    };
    (groups.map(group).collect(), single.map(|row| row.iter().map(|&tap| [tap]).collect()).collect())
}

/// A 3×3 convolution with its activation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Conv3x3 {
    pub(super) stride: usize,
    pub(super) in_channels: usize,
    pub(super) weights: Weights3x3,
    pub(super) bias: Vec<f32>,
    pub(super) slope: Vec<f32>,
}

/// Where things lie in the copy of one plane.
#[derive(Debug, Clone, Copy)]
struct PhaseLayout {
    stride: usize,
    /// Floats from row to row.
    pitch: usize,
    /// Rows of each phase.
    rows: usize,
    /// Floats of one phase.
    phase_len: usize,
    out: Extent,
}

impl PhaseLayout {
    fn new(input: Extent, stride: usize) -> Option<PhaseLayout> {
        if input.rows == 0 || input.columns == 0 || !(1..=2).contains(&stride) {
            return None;
        }
        let out = Extent { rows: input.rows.div_ceil(stride), columns: input.columns.div_ceil(stride) };
        let pitch = out.columns.checked_add(1)?;
        let rows = out.rows.checked_add(if stride == 1 { 2 } else { 1 })?;
        let phase_len = rows.checked_mul(pitch)?.checked_add(1)?;
        Some(PhaseLayout { stride, pitch, rows, phase_len, out })
    }

    /// Floats of the copy of one plane.
    fn plane_len(self) -> Option<usize> {
        self.phase_len.checked_mul(self.stride * self.stride)
    }

    /// Outputs of one plane with the meaningless ones between the rows.
    fn swept_len(self) -> usize {
        self.out.rows * self.pitch - 1
    }

    /// Where each tap starts in the copy of one plane.
    fn offsets(self) -> [usize; 9] {
        std::array::from_fn(|tap| {
            let (y, x) = (tap / 3, tap % 3);
            let phase = (y % self.stride) * self.stride + x % self.stride;
            phase * self.phase_len + (y / self.stride) * self.pitch + x / self.stride
        })
    }

    /// Copies one plane.
    #[inline(always)]
    fn spread(self, plane: &[f32], input: Extent, copy: &mut [f32]) {
        for (index, phase) in copy.chunks_exact_mut(self.phase_len).enumerate() {
            let (first_row, first_column) = (index / self.stride, index % self.stride);
            // The position behind the last row is the right border of that row.
            phase[self.phase_len - 1] = 0.0;
            for (row, out) in phase.chunks_exact_mut(self.pitch).take(self.rows).enumerate() {
                let from = (row * self.stride + first_row).checked_sub(1).filter(|&from| from < input.rows);
                match from {
                    Some(from) => {
                        let from = &plane[from * input.columns..][..input.columns];
                        self.spread_row(from, first_column, out);
                    }
                    None => out.fill(0.0),
                }
            }
        }
    }

    #[inline(always)]
    fn spread_row(self, from: &[f32], first_column: usize, out: &mut [f32]) {
        if self.stride == 1 {
            out[0] = 0.0;
            out[1..].copy_from_slice(from);
            return;
        }
        let (pairs, last) = from.as_chunks::<2>();
        if first_column == 0 {
            // Column 0 of the padded row is the border; then come the odd columns of the input.
            out[0] = 0.0;
            for (out, pair) in out[1..].iter_mut().zip(pairs) {
                *out = pair[1];
            }
            out[1 + pairs.len()..].fill(0.0);
        } else {
            for (out, pair) in out.iter_mut().zip(pairs) {
                *out = pair[0];
            }
            out[pairs.len()..].fill(0.0);
            out[pairs.len()..].iter_mut().zip(last).for_each(|(out, &last)| *out = last);
        }
    }

    /// Drops the meaningless outputs between the rows.
    #[inline(always)]
    fn gather(self, swept: &[f32], out: &mut [f32]) {
        for (out, swept) in out.chunks_exact_mut(self.out.columns).zip(swept.chunks(self.pitch)) {
            out.copy_from_slice(&swept[..self.out.columns]);
        }
    }
}

impl Conv3x3 {
    /// Channels that come out.
    pub(super) fn out_channels(&self) -> usize {
        self.bias.len()
    }

    /// Rows and columns that come out.
    pub(super) fn out_extent(&self, input: Extent) -> Option<Extent> {
        PhaseLayout::new(input, self.stride).map(|layout| layout.out)
    }

    /// Floats that [`Conv3x3::run`] needs beside its input and output.
    pub(super) fn scratch_len(&self, input: Extent) -> Option<usize> {
        let layout = PhaseLayout::new(input, self.stride)?;
        let (planes, swept) = match &self.weights {
            Weights3x3::Depthwise(_) => (1, 1),
            Weights3x3::Dense { .. } => (self.in_channels, GROUP),
        };
        let copies = layout.plane_len()?.checked_mul(planes)?;
        layout.out.rows.checked_mul(layout.pitch)?.checked_mul(swept)?.checked_add(copies)
    }

    /// Fills `out`. `input` has `in_channels` planes of `extent`; `scratch` has [`Conv3x3::scratch_len`] floats.
    pub(super) fn run(
        &self,
        extent: Extent,
        input: &[f32],
        scratch: &mut [f32],
        out: &mut [f32],
    ) -> Option<()> {
        let layout = PhaseLayout::new(extent, self.stride)?;
        let fits = input.len() == extent.cells()?.checked_mul(self.in_channels)?
            && out.len() == layout.out.cells()?.checked_mul(self.out_channels())?
            && scratch.len() >= self.scratch_len(extent)?;
        fits.then(|| Sweep { conv: self, layout, extent, input, scratch, out }.dispatch())
    }
}

/// One run of one convolution, compiled for each instruction set.
struct Sweep<'a> {
    conv: &'a Conv3x3,
    layout: PhaseLayout,
    extent: Extent,
    input: &'a [f32],
    scratch: &'a mut [f32],
    out: &'a mut [f32],
}

impl SimdOp for Sweep<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        match &self.conv.weights {
            Weights3x3::Depthwise(weights) => self.depthwise(isa, weights),
            Weights3x3::Dense { grouped, single } => self.dense(isa, grouped, single),
        }
    }
}

impl Sweep<'_> {
    #[inline(always)]
    fn depthwise<I: Isa>(self, isa: I, weights: &[[[f32; 1]; 9]]) {
        let Sweep { conv, layout, extent, input, scratch, out } = self;
        let (copy, swept) = scratch.split_at_mut(layout.phase_len * layout.stride * layout.stride);
        let swept = &mut swept[..layout.swept_len()];
        let offsets = layout.offsets();
        let planes = input.chunks_exact(extent.rows * extent.columns);
        let outs = out.chunks_exact_mut(layout.out.rows * layout.out.columns);
        let finish = conv.bias.iter().zip(&conv.slope);
        for (((plane, out), weights), (&bias, &slope)) in planes.zip(outs).zip(weights).zip(finish) {
            layout.spread(plane, extent, copy);
            let taps = Taps { source: copy, offsets: &offsets, weights, bias: [bias], slope: [slope] };
            taps.sweep(isa, 0, [&mut *swept]);
            layout.gather(swept, out);
        }
    }

    #[inline(always)]
    fn dense<I: Isa>(self, isa: I, grouped: &[Vec<[f32; GROUP]>], single: &[Vec<[f32; 1]>]) {
        let Sweep { conv, layout, extent, input, scratch, out } = self;
        let plane_len = layout.phase_len * layout.stride * layout.stride;
        let (copies, swept) = scratch.split_at_mut(plane_len * conv.in_channels);
        let planes = input.chunks_exact(extent.rows * extent.columns);
        for (plane, copy) in planes.zip(copies.chunks_exact_mut(plane_len)) {
            layout.spread(plane, extent, copy);
        }
        let one_plane = layout.offsets();
        let offsets: Vec<usize> = (0..conv.in_channels)
            .flat_map(|channel| one_plane.map(|offset| channel * plane_len + offset))
            .collect();
        let cells = layout.out.rows * layout.out.columns;
        let (out_groups, out_single) = out.split_at_mut(grouped.len() * GROUP * cells);
        let (bias_groups, bias_single) = conv.bias.split_at(grouped.len() * GROUP);
        let (slope_groups, slope_single) = conv.slope.split_at(grouped.len() * GROUP);
        let finish = bias_groups.as_chunks::<GROUP>().0.iter().zip(slope_groups.as_chunks::<GROUP>().0);
        let outs = out_groups.chunks_exact_mut(GROUP * cells);
        for ((weights, out), (&bias, &slope)) in grouped.iter().zip(outs).zip(finish) {
            let taps = Taps { source: copies, offsets: &offsets, weights, bias, slope };
            let mut rows = swept.chunks_exact_mut(layout.swept_len());
            let mut rows: [&mut [f32]; GROUP] = std::array::from_fn(|_| rows.next().unwrap_or_default());
            taps.sweep(isa, 0, rows.each_mut().map(|row| &mut **row));
            for (out, swept) in out.chunks_exact_mut(cells).zip(rows) {
                layout.gather(swept, out);
            }
        }
        let finish = bias_single.iter().zip(slope_single);
        for ((weights, out), (&bias, &slope)) in
            single.iter().zip(out_single.chunks_exact_mut(cells)).zip(finish)
        {
            let taps = Taps { source: copies, offsets: &offsets, weights, bias: [bias], slope: [slope] };
            let swept = &mut swept[..layout.swept_len()];
            taps.sweep(isa, 0, [&mut *swept]);
            layout.gather(swept, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::noise::{assert_close, noise};
    use super::*;

    /// The definition of the operator, cell by cell; `per_group` input channels for each output channel.
    fn slow(
        conv: &Conv3x3,
        weights: &[f32],
        per_group: usize,
        input: &[f32],
        extent: Extent,
        out: Extent,
    ) -> Vec<f32> {
        let mut result = Vec::new();
        for channel in 0..conv.bias.len() {
            let first_input = if per_group == 1 && conv.in_channels > 1 { channel } else { 0 };
            for cell in 0..out.rows * out.columns {
                let (row, column) = (cell / out.columns, cell % out.columns);
                let mut sum = conv.bias[channel];
                for tap in 0..per_group * 9 {
                    let (plane, y, x) = (first_input + tap / 9, tap % 9 / 3, tap % 3);
                    let (from_row, from_column) = (row * conv.stride + y, column * conv.stride + x);
                    let inside =
                        (1..=extent.rows).contains(&from_row) && (1..=extent.columns).contains(&from_column);
                    if inside {
                        let at = (plane * extent.rows + from_row - 1) * extent.columns + from_column - 1;
                        sum += input[at] * weights[channel * per_group * 9 + tap];
                    }
                }
                result.push(if sum > 0.0 { sum } else { sum * conv.slope[channel] });
            }
        }
        result
    }

    fn check(conv: &Conv3x3, weights: &[f32], per_group: usize, extent: Extent) {
        let case = format!("{} channels, stride {}, {extent:?}", conv.in_channels, conv.stride);
        let input = noise(3, conv.in_channels * extent.cells().unwrap());
        let out_extent = conv.out_extent(extent).unwrap();
        // What earlier runs left in the buffers must not matter.
        let mut scratch = vec![f32::NAN; conv.scratch_len(extent).unwrap()];
        let mut out = vec![f32::NAN; conv.out_channels() * out_extent.cells().unwrap()];
        conv.run(extent, &input, &mut scratch, &mut out).unwrap();
        assert_close(&out, &slow(conv, weights, per_group, &input, extent, out_extent), 1e-5, &case);
    }

    const SIZES: [(usize, usize); 7] = [(1, 1), (1, 5), (2, 3), (7, 7), (14, 14), (33, 17), (6, 101)];

    #[test]
    fn depthwise_convolutions_follow_the_definition() {
        for (rows, columns) in SIZES {
            for (stride, channels) in [(1, 1), (1, 3), (1, 16), (2, 1), (2, 3), (2, 16)] {
                let weights = noise(1, channels * 9);
                let conv = Conv3x3 {
                    stride,
                    in_channels: channels,
                    weights: Weights3x3::depthwise(&weights),
                    bias: noise(2, channels),
                    slope: noise(4, channels),
                };
                check(&conv, &weights, 1, Extent { rows, columns });
            }
        }
    }

    #[test]
    fn dense_convolutions_follow_the_definition() {
        for (rows, columns) in SIZES {
            for (stride, in_channels, out_channels) in [(1, 3, 16), (2, 3, 5), (1, 2, 3), (2, 16, 9)] {
                let weights = noise(5, in_channels * out_channels * 9);
                let conv = Conv3x3 {
                    stride,
                    in_channels,
                    weights: Weights3x3::dense(&weights, in_channels * 9),
                    bias: noise(6, out_channels),
                    slope: vec![0.0; out_channels],
                };
                check(&conv, &weights, in_channels, Extent { rows, columns });
            }
        }
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let weights = Weights3x3::depthwise(&[1.0; 9]);
        let conv = Conv3x3 { stride: 1, in_channels: 1, weights, bias: vec![0.0], slope: vec![1.0] };
        let extent = Extent { rows: 3, columns: 3 };
        let mut scratch = vec![0.0; conv.scratch_len(extent).unwrap()];
        assert_eq!(conv.run(extent, &[1.0; 8], &mut scratch, &mut [0.0; 9]), None);
        assert_eq!(conv.run(extent, &[1.0; 9], &mut scratch, &mut [0.0; 8]), None);
        assert_eq!(conv.run(extent, &[1.0; 9], &mut scratch[1..], &mut [0.0; 9]), None);
        assert_eq!(conv.out_extent(Extent { rows: 0, columns: 3 }), None);
        assert_eq!(conv.scratch_len(Extent { rows: usize::MAX, columns: 2 }), None);
    }
}
