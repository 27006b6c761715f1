//! Layers that move numbers without computing: pooling, enlargement, another order of the axes.

use super::planes::Extent;

/// The largest of each 2×2 cells; an odd last row or column is dropped, as the operator demands without padding.
pub(super) fn max_pool_2x2(extent: Extent, input: &[f32], out: &mut [f32]) {
    let (rows, columns) = (extent.rows / 2, extent.columns / 2);
    let planes = input.chunks_exact(extent.rows * extent.columns);
    for (plane, out) in planes.zip(out.chunks_exact_mut(rows * columns)) {
        let row_pairs = plane.chunks_exact(2 * extent.columns);
        for (pair, out) in row_pairs.zip(out.chunks_exact_mut(columns)) {
            let (upper, lower) = pair.split_at(extent.columns);
            let cells = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
            for (out, (upper, lower)) in out.iter_mut().zip(cells) {
                *out = larger(larger(upper[0], upper[1]), larger(lower[0], lower[1]));
            }
        }
    }
}

/// The larger of two numbers, in a form that is one instruction.
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// Every cell twice in both directions.
pub(super) fn enlarge_2x2(extent: Extent, input: &[f32], out: &mut [f32]) {
    for (row, out) in input.chunks_exact(extent.columns).zip(out.chunks_exact_mut(4 * extent.columns)) {
        let (upper, lower) = out.split_at_mut(2 * extent.columns);
        for (pair, &value) in upper.as_chunks_mut::<2>().0.iter_mut().zip(row) {
            *pair = [value; 2];
        }
        lower.copy_from_slice(upper);
    }
}

/// From channel planes to one run of channels for each cell.
pub(super) fn channels_last(channels: usize, input: &[f32], out: &mut [f32]) {
    let cells = input.len() / channels.max(1);
    for (cell, out) in out.chunks_exact_mut(channels.max(1)).enumerate() {
        for (channel, out) in out.iter_mut().enumerate() {
            *out = input[channel * cells + cell];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::noise::noise;
    use super::*;

    const SIZES: [(usize, usize, usize); 5] = [(1, 2, 2), (3, 7, 7), (16, 14, 14), (2, 33, 17), (1, 5, 2)];

    fn bits(values: &[f32]) -> Vec<u32> {
        values.iter().map(|value| value.to_bits()).collect()
    }

    /// Every output cell by the channel, row and column that it is read from.
    fn slow(shape: (usize, usize, usize), cell: impl Fn(usize, usize, usize) -> f32) -> Vec<f32> {
        let (channels, rows, columns) = shape;
        (0..channels * rows * columns)
            .map(|at| cell(at / columns / rows, at / columns % rows, at % columns))
            .collect()
    }

    #[test]
    fn pooling_takes_the_largest_and_drops_an_odd_edge() {
        for (channels, rows, columns) in SIZES {
            let input = noise(1, channels * rows * columns);
            let mut out = vec![f32::NAN; channels * (rows / 2) * (columns / 2)];
            max_pool_2x2(Extent { rows, columns }, &input, &mut out);
            let at = |c: usize, y: usize, x: usize| input[(c * rows + y) * columns + x];
            let expected = slow((channels, rows / 2, columns / 2), |c, y, x| {
                [(0, 0), (0, 1), (1, 0), (1, 1)]
                    .iter()
                    .map(|(dy, dx)| at(c, 2 * y + dy, 2 * x + dx))
                    .fold(f32::NEG_INFINITY, f32::max)
            });
            assert_eq!(bits(&out), bits(&expected), "{rows}×{columns}");
        }
    }

    #[test]
    fn enlarging_repeats_every_cell() {
        for (channels, rows, columns) in SIZES {
            let input = noise(2, channels * rows * columns);
            let mut out = vec![f32::NAN; 4 * input.len()];
            enlarge_2x2(Extent { rows, columns }, &input, &mut out);
            let expected = slow((channels, 2 * rows, 2 * columns), |c, y, x| {
                input[(c * rows + y / 2) * columns + x / 2]
            });
            assert_eq!(bits(&out), bits(&expected), "{rows}×{columns}");
        }
    }

    #[test]
    fn channels_go_last() {
        let mut out = [0.0; 6];
        channels_last(2, &[1.0, 2.0, 3.0, 10.0, 20.0, 30.0], &mut out);
        assert_eq!(bits(&out), bits(&[1.0, 10.0, 2.0, 20.0, 3.0, 30.0]));
    }
}
