//! One step of a network: what it makes of which shapes.

use rten_gemm::{BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_simd::{Isa, SimdOp};
use rten_tensor::NdTensorView;

use super::planes::{Conv3x3, Extent};
use super::pointwise::Pointwise;
use super::rearrange::{channels_last, enlarge_2x2, max_pool_2x2};
use super::taps::finish_row;

/// A tensor in row-major order.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) shape: &'a [usize],
    pub(super) values: &'a [f32],
}

/// A vector times a matrix, plus a vector.
#[derive(Debug)]
pub(super) struct Product {
    /// Outputs by inputs, row-major.
    pub(super) matrix: Vec<f32>,
    pub(super) inputs: usize,
    pub(super) bias: Vec<f32>,
}

/// `scale · x + shift`, then times `slope` below zero; one of each for all channels or one for each.
#[derive(Debug, PartialEq)]
pub(super) struct Affine {
    pub(super) scale: Vec<f32>,
    pub(super) shift: Vec<f32>,
    pub(super) slope: Vec<f32>,
}

/// One step. Convolutions carry their normalisation and activation.
pub(super) enum Layer {
    Conv3x3(Conv3x3),
    Pointwise(Pointwise),
    Affine(Affine),
    Product(Product),
    Add,
    Sigmoid,
    MaxPool,
    Enlarge,
    ChannelsLast,
    /// To 1×n×`columns`.
    Reshape {
        columns: usize,
    },
    /// To 1×n.
    Flatten,
}

fn count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1_usize, |product, &dim| product.checked_mul(dim))
}

/// One picture of channel planes.
fn planes(shape: &[usize]) -> Option<(usize, Extent)> {
    match *shape {
        [1, channels, rows, columns] => Some((channels, Extent { rows, columns })),
        _ => None,
    }
}

impl Layer {
    /// The shape that comes out, or `None` when the layer does not take `input`.
    pub(super) fn out_shape(&self, inputs: &[View<'_>]) -> Option<Vec<usize>> {
        let first = inputs.first()?.shape;
        let from_planes = |make: &dyn Fn(usize, Extent) -> Option<[usize; 4]>| {
            planes(first).and_then(|(channels, extent)| make(channels, extent)).map(Vec::from)
        };
        match self {
            Layer::Conv3x3(conv) => from_planes(&|channels, extent| {
                let out = conv.out_extent(extent).filter(|_| channels == conv.in_channels)?;
                Some([1, conv.out_channels(), out.rows, out.columns])
            }),
            Layer::Pointwise(conv) => from_planes(&|channels, extent| {
                (channels == conv.in_channels())
                    .then(|| [1, conv.out_channels(), extent.rows, extent.columns])
            }),
            Layer::Affine(affine) => {
                let channels = affine.scale.len();
                (channels == 1 || first.get(1) == Some(&channels)).then(|| first.to_vec())
            }
            Layer::Product(product) => (first == [1, product.inputs]).then(|| vec![1, product.bias.len()]),
            Layer::Add => (inputs.len() == 2 && inputs[1].shape == first).then(|| first.to_vec()),
            Layer::Sigmoid => Some(first.to_vec()),
            Layer::MaxPool => {
                from_planes(&|channels, extent| Some([1, channels, extent.rows / 2, extent.columns / 2]))
            }
            Layer::Enlarge => from_planes(&|channels, extent| {
                Some([1, channels, extent.rows.checked_mul(2)?, extent.columns.checked_mul(2)?])
            }),
            Layer::ChannelsLast => {
                from_planes(&|channels, extent| Some([1, extent.rows, extent.columns, channels]))
            }
            Layer::Reshape { columns } => {
                let count = count(first)?;
                count.is_multiple_of(*columns).then(|| vec![1, count / columns, *columns])
            }
            Layer::Flatten => first.first().filter(|&&batch| batch == 1).and(Some(vec![1, count(first)?])),
        }
        .filter(|shape| count(shape).is_some_and(|count| count > 0))
    }

    /// Floats that [`Layer::fill`] needs beside its inputs and output.
    pub(super) fn scratch_len(&self, inputs: &[View<'_>]) -> Option<usize> {
        match self {
            Layer::Conv3x3(conv) => conv.scratch_len(planes(inputs.first()?.shape)?.1),
            _ => Some(0),
        }
    }

    /// Fills `out`, which has the length of [`Layer::out_shape`].
    pub(super) fn fill(
        &self,
        gemm: &GemmExecutor,
        inputs: &[View<'_>],
        scratch: &mut [f32],
        out: &mut [f32],
    ) -> Result<(), String> {
        let misfit = || "a layer got numbers that do not fit".to_owned();
        let View { shape, values } = *inputs.first().ok_or_else(misfit)?;
        let extent = planes(shape).map_or(Extent { rows: 0, columns: 0 }, |(_, extent)| extent);
        match self {
            Layer::Conv3x3(conv) => conv.run(extent, values, scratch, out).ok_or_else(misfit)?,
            Layer::Pointwise(conv) => conv.run(gemm, extent.cells().ok_or_else(misfit)?, values, out)?,
            Layer::Affine(affine) => {
                out.copy_from_slice(values);
                let channels = if affine.scale.len() == 1 { 1 } else { shape.get(1).copied().unwrap_or(1) };
                ApplyAffine { affine, cells: (values.len() / channels).max(1), out }.dispatch();
            }
            Layer::Product(product) => product.fill(gemm, values, out)?,
            Layer::Add => {
                let second = inputs.get(1).ok_or_else(misfit)?.values;
                out.iter_mut().zip(values.iter().zip(second)).for_each(|(out, (a, b))| *out = a + b);
            }
            Layer::Sigmoid => {
                out.iter_mut().zip(values).for_each(|(out, x)| *out = 1.0 / (1.0 + (-x).exp()));
            }
            Layer::MaxPool => max_pool_2x2(extent, values, out),
            Layer::Enlarge => enlarge_2x2(extent, values, out),
            Layer::ChannelsLast => channels_last(shape.get(1).copied().unwrap_or(1), values, out),
            Layer::Reshape { .. } | Layer::Flatten => out.copy_from_slice(values),
        }
        Ok(())
    }
}

impl Product {
    fn fill(&self, gemm: &GemmExecutor, values: &[f32], out: &mut [f32]) -> Result<(), String> {
        let vector =
            NdTensorView::try_from_data([1, self.inputs], values).map_err(|error| error.to_string())?;
        let matrix = NdTensorView::try_from_data([self.bias.len(), self.inputs], self.matrix.as_slice())
            .map_err(|error| error.to_string())?;
        let options = GemmOptions { bias: Some(BiasVector::Row(&self.bias)), ..GemmOptions::default() };
        gemm.gemm(out, GemmInputA::Unpacked(vector), GemmInputB::Unpacked(matrix.transposed()), options)
            .map_err(|error| error.to_string())
    }
}

/// One run of [`Affine`] in place.
struct ApplyAffine<'a> {
    affine: &'a Affine,
    cells: usize,
    out: &'a mut [f32],
}

impl SimdOp for ApplyAffine<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let Affine { scale, shift, slope } = self.affine;
        let channels = scale.iter().zip(shift).zip(slope);
        for (row, ((&scale, &shift), &slope)) in self.out.chunks_exact_mut(self.cells).zip(channels) {
            finish_row(isa, row, scale, shift, slope);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::noise::{assert_close, noise};
    use super::*;

    /// What a layer makes of its inputs, with the shape.
    fn run(layer: &Layer, inputs: &[View<'_>]) -> Option<(Vec<usize>, Vec<f32>)> {
        let shape = layer.out_shape(inputs)?;
        let mut out = vec![f32::NAN; count(&shape)?];
        let mut scratch = vec![f32::NAN; layer.scratch_len(inputs)?];
        layer.fill(&GemmExecutor::new(), inputs, &mut scratch, &mut out).ok()?;
        Some((shape, out))
    }

    #[test]
    fn an_affine_step_takes_one_number_for_all_or_one_for_each_channel() {
        for (channels, cells) in [(3, 49), (1, 1), (16, 33)] {
            let values = noise(1, channels * cells);
            for count in [1, channels] {
                let affine =
                    Affine { scale: noise(2, count), shift: noise(3, count), slope: noise(4, count) };
                let of = |values: &[f32], at: usize| values[if count == 1 { 0 } else { at / cells }];
                let expected: Vec<f32> = (0..values.len())
                    .map(|at| {
                        let x = values[at] * of(&affine.scale, at) + of(&affine.shift, at);
                        if x > 0.0 { x } else { x * of(&affine.slope, at) }
                    })
                    .collect();
                let shape = [1, channels, 1, cells];
                let (_, out) =
                    run(&Layer::Affine(affine), &[View { shape: &shape, values: &values }]).unwrap();
                assert_close(&out, &expected, 1e-6, &format!("{count} of {channels}"));
            }
        }
    }

    #[test]
    fn a_product_is_a_sum_of_products() {
        for (inputs, outputs) in [(1, 1), (7, 3), (1000, 33)] {
            let (values, matrix, bias) = (noise(1, inputs), noise(2, inputs * outputs), noise(3, outputs));
            let sums = matrix.chunks_exact(inputs).zip(&bias);
            let expected: Vec<f32> = sums
                .map(|(row, bias)| bias + row.iter().zip(&values).map(|(a, b)| a * b).sum::<f32>())
                .collect();
            let layer = Layer::Product(Product { matrix: matrix.clone(), inputs, bias: bias.clone() });
            let (shape, out) = run(&layer, &[View { shape: &[1, inputs], values: &values }]).unwrap();
            assert_eq!(shape, [1, outputs]);
            assert_close(&out, &expected, 1e-5, "product");
        }
    }

    #[test]
    fn plain_layers_keep_or_change_the_shape_as_they_should() {
        let values = noise(1, 24);
        let input = View { shape: &[1, 2, 3, 4], values: &values };
        let shape_of = |layer: &Layer| run(layer, &[input]).unwrap().0;
        assert_eq!(shape_of(&Layer::MaxPool), [1, 2, 1, 2]);
        assert_eq!(shape_of(&Layer::Enlarge), [1, 2, 6, 8]);
        assert_eq!(shape_of(&Layer::ChannelsLast), [1, 3, 4, 2]);
        assert_eq!(shape_of(&Layer::Reshape { columns: 8 }), [1, 3, 8]);
        assert_eq!(shape_of(&Layer::Flatten), [1, 24]);
        let doubled: Vec<f32> = values.iter().map(|value| 2.0 * value).collect();
        assert_close(&run(&Layer::Add, &[input, input]).unwrap().1, &doubled, 0.0, "add");
        let sigmoid: Vec<f32> = values.iter().map(|value| 1.0 / (1.0 + (-value).exp())).collect();
        assert_close(&run(&Layer::Sigmoid, &[input]).unwrap().1, &sigmoid, 1e-6, "sigmoid");
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let values = noise(1, 24);
        let input = View { shape: &[1, 2, 3, 4], values: &values };
        let other = View { shape: &[1, 2, 4, 3], values: &values };
        let thin = View { shape: &[1, 24, 1, 1], values: &values };
        let two = View { shape: &[2, 12], values: &values };
        let affine = Affine { scale: vec![1.0; 3], shift: vec![0.0; 3], slope: vec![1.0; 3] };
        let product = Product { matrix: vec![1.0; 12], inputs: 12, bias: vec![0.0] };
        assert_eq!(run(&Layer::Reshape { columns: 5 }, &[input]), None);
        assert_eq!(run(&Layer::Add, &[input, other]), None);
        assert_eq!(run(&Layer::Add, &[input]), None);
        assert_eq!(run(&Layer::MaxPool, &[thin]), None);
        assert_eq!(run(&Layer::MaxPool, &[two]), None);
        assert_eq!(run(&Layer::Flatten, &[two]), None);
        assert_eq!(run(&Layer::Affine(affine), &[input]), None);
        assert_eq!(run(&Layer::Product(product), &[two]), None);
        assert_eq!(run(&Layer::Sigmoid, &[]), None);
    }
}
