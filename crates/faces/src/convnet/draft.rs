//! A step while the graph is still read: what follows it may yet be folded into it.

use rten_gemm::GemmExecutor;

use super::layer::{Affine, Layer, Product};
use super::planes::{Conv3x3, Weights3x3};
use super::pointwise::Pointwise;

/// A convolution as the file describes it, with zeros around the input so that its size stays.
pub(super) struct ConvDraft {
    pub(super) weights: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) in_channels_per_group: usize,
    pub(super) groups: usize,
    /// 1 or 3.
    pub(super) side: usize,
    pub(super) stride: usize,
}

/// What a step computes before its tail.
pub(super) enum Body {
    Conv(ConvDraft),
    Product(Product),
    /// Nothing but the tail.
    Nothing,
    /// A layer that takes no tail.
    Plain(Layer),
}

/// What follows a body, for each output channel or one for all.
pub(super) struct Tail {
    scale: Vec<f32>,
    shift: Vec<f32>,
    slope: Option<Vec<f32>>,
}

impl Tail {
    /// A tail that changes nothing.
    fn identity() -> Tail {
        Tail { scale: vec![1.0], shift: vec![0.0], slope: None }
    }

    /// `scale · x + shift`.
    pub(super) fn linear(scale: Vec<f32>, shift: Vec<f32>) -> Tail {
        Tail { scale, shift, slope: None }
    }

    /// Times `slope` below zero.
    pub(super) fn bend(slope: Vec<f32>) -> Tail {
        Tail { scale: vec![1.0], shift: vec![0.0], slope: Some(slope) }
    }

    fn channels(&self) -> usize {
        let slopes = self.slope.as_ref().map_or(1, Vec::len);
        self.scale.len().max(self.shift.len()).max(slopes)
    }

    /// Both tails as one, `self` first. `None` when `self` already bends or the channels differ.
    fn then(&self, next: &Tail) -> Option<Tail> {
        let channels = self.channels().max(next.channels());
        if self.slope.is_some() {
            return None;
        }
        let pair = |a: &[f32], b: &[f32]| -> Option<Vec<(f32, f32)>> {
            Some(widened(a, channels)?.into_iter().zip(widened(b, channels)?).collect())
        };
        let scale = pair(&self.scale, &next.scale)?.into_iter().map(|(a, b)| a * b).collect();
        let shifted = pair(&self.shift, &next.scale)?.into_iter().map(|(a, b)| a * b);
        let shift = shifted.zip(widened(&next.shift, channels)?).map(|(a, b)| a + b).collect();
        Some(Tail { scale, shift, slope: next.slope.clone() })
    }
}

/// One number for each channel.
fn widened(values: &[f32], channels: usize) -> Option<Vec<f32>> {
    match values {
        [one] => Some(vec![*one; channels]),
        many => (many.len() == channels).then(|| many.to_vec()),
    }
}

/// A step with its place in the graph. Values are numbered; 0 is the input.
pub(super) struct Draft {
    pub(super) body: Body,
    pub(super) inputs: Vec<usize>,
    pub(super) output: usize,
    tail: Tail,
}

impl Draft {
    pub(super) fn new(body: Body, inputs: Vec<usize>, output: usize) -> Draft {
        Draft { body, inputs, output, tail: Tail::identity() }
    }

    /// Takes `tail` into this step; `false` when it cannot.
    pub(super) fn absorb(&mut self, tail: &Tail) -> bool {
        let channels = match &self.body {
            Body::Conv(conv) => Some(conv.bias.len()),
            // A product has no activation; one that follows is a step of its own.
            Body::Product(_) if tail.slope.is_some() => return false,
            Body::Product(product) => Some(product.bias.len()),
            Body::Nothing => None,
            Body::Plain(_) => return false,
        };
        let Some(joined) = self.tail.then(tail) else { return false };
        if channels.is_some_and(|channels| ![1, channels].contains(&joined.channels())) {
            return false;
        }
        self.tail = joined;
        true
    }

    /// The executable layer.
    pub(super) fn finish(self, gemm: &GemmExecutor) -> Option<Layer> {
        let Tail { scale, shift, slope } = self.tail;
        let slope = slope.unwrap_or_else(|| vec![1.0]);
        match self.body {
            Body::Plain(layer) => Some(layer),
            Body::Nothing => {
                let channels = scale.len().max(shift.len()).max(slope.len());
                let [scale, shift, slope] = [scale, shift, slope].map(|values| widened(&values, channels));
                Some(Layer::Affine(Affine { scale: scale?, shift: shift?, slope: slope? }))
            }
            Body::Product(Product { mut matrix, inputs, mut bias }) => {
                fold_in(&mut matrix, &mut bias, &scale, &shift)?;
                Some(Layer::Product(Product { matrix, inputs, bias }))
            }
            Body::Conv(mut conv) => {
                fold_in(&mut conv.weights, &mut conv.bias, &scale, &shift)?;
                let slope = widened(&slope, conv.bias.len())?;
                conv.finish(gemm, slope)
            }
        }
    }
}

/// Folds `scale · x + shift` into weights that are grouped by output channel.
fn fold_in(weights: &mut [f32], bias: &mut [f32], scale: &[f32], shift: &[f32]) -> Option<()> {
    let (scale, shift) = (widened(scale, bias.len())?, widened(shift, bias.len())?);
    let per_channel = weights.len().checked_div(bias.len()).filter(|&count| count > 0)?;
    for (weights, scale) in weights.chunks_exact_mut(per_channel).zip(&scale) {
        weights.iter_mut().for_each(|weight| *weight *= scale);
    }
    for (bias, (scale, shift)) in bias.iter_mut().zip(scale.iter().zip(&shift)) {
        *bias = *bias * scale + shift;
    }
    Some(())
}

impl ConvDraft {
    fn finish(self, gemm: &GemmExecutor, slope: Vec<f32>) -> Option<Layer> {
        let ConvDraft { weights, bias, in_channels_per_group, groups, side, stride } = self;
        match (side, in_channels_per_group, groups) {
            (1, in_channels, 1) if stride == 1 => {
                Pointwise::new(gemm, &weights, in_channels, bias, slope).map(Layer::Pointwise)
            }
            (3, 1, in_channels) if in_channels == bias.len() => {
                let weights = Weights3x3::depthwise(&weights);
                Some(Layer::Conv3x3(Conv3x3 { stride, in_channels, weights, bias, slope }))
            }
            (3, in_channels, 1) => {
                let weights = Weights3x3::dense(&weights, in_channels.checked_mul(9)?);
                Some(Layer::Conv3x3(Conv3x3 { stride, in_channels, weights, bias, slope }))
            }
            _ => None,
        }
    }
}
