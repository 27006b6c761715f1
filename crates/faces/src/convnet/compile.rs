//! From a graph to steps. Every operator is taken only in the form that our networks use; anything else is refused,
//! and the caller takes a general runtime.

use std::collections::HashMap;

use rten_gemm::GemmExecutor;

use super::attributes::{dims, float_or, int_or, ints_are, scalar, word_is};
use super::draft::{Body, ConvDraft, Draft, Tail};
use super::layer::{Layer, Product};
use super::{Program, Step};
use crate::onnx::{GraphProto, NodeProto, TensorProto};

/// The steps of `graph`.
///
/// # Errors
/// The operator or value that is not of a form that we execute.
pub(super) fn compile(graph: &GraphProto, gemm: &GemmExecutor) -> Result<Program, String> {
    let [input] = graph.input.as_slice() else { return Err("not exactly one input".into()) };
    let input_dims = input.dims();
    if input_dims.len() != 4 || input_dims[0].is_some_and(|batch| batch != 1) {
        return Err("the input is not one picture of planes".into());
    }
    let mut reader = Reader::new(graph, &input.name);
    for node in &graph.node {
        reader.read(node).ok_or_else(|| format!("operator {} in this form", node.op_type))?;
    }
    let outputs: Option<Vec<usize>> =
        graph.output.iter().map(|output| reader.values.get(output.name.as_str()).copied()).collect();
    let outputs = outputs.ok_or("an output that nothing computes")?;
    let value_count = reader.value_count;
    let mut steps = Vec::with_capacity(reader.drafts.len());
    for draft in reader.drafts {
        let (inputs, output) = (draft.inputs.clone(), draft.output);
        let layer = draft.finish(gemm).ok_or("a convolution or product of this form")?;
        steps.push(Step { layer, inputs, output, last_reads: Vec::new() });
    }
    mark_last_reads(&mut steps, &outputs);
    Ok(Program { input_dims, steps, outputs, value_count })
}

/// Notes at each step which values nothing reads afterwards, so that their memory serves the next step.
fn mark_last_reads(steps: &mut [Step], outputs: &[usize]) {
    let mut read_later: Vec<usize> = outputs.to_vec();
    for step in steps.iter_mut().rev() {
        for &value in step.inputs.iter().chain([&step.output]) {
            if !read_later.contains(&value) {
                read_later.push(value);
                step.last_reads.push(value);
            }
        }
    }
}

/// What is known while nodes are read one after the other.
struct Reader<'a> {
    constants: HashMap<&'a str, &'a TensorProto>,
    /// The number of each computed value.
    values: HashMap<&'a str, usize>,
    value_count: usize,
    /// How often a name is read, by nodes and as an output.
    reads: HashMap<&'a str, usize>,
    drafts: Vec<Draft>,
}

impl<'a> Reader<'a> {
    fn new(graph: &'a GraphProto, input: &'a str) -> Reader<'a> {
        let mut reads = HashMap::new();
        let by_nodes = graph.node.iter().flat_map(|node| &node.input).map(String::as_str);
        for name in by_nodes.chain(graph.output.iter().map(|output| output.name.as_str())) {
            *reads.entry(name).or_insert(0) += 1;
        }
        let constants = graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
        Reader { constants, values: HashMap::from([(input, 0)]), value_count: 1, reads, drafts: Vec::new() }
    }

    /// The constant that is input `index`.
    fn constant(&self, node: &NodeProto, index: usize) -> Option<&'a TensorProto> {
        self.constants.get(node.input.get(index)?.as_str()).copied()
    }

    fn floats(&self, node: &NodeProto, index: usize) -> Option<Vec<f32>> {
        self.constant(node, index)?.to_f32()
    }

    /// Reads one node; `None` when it is not of a form that we execute.
    fn read(&mut self, node: &'a NodeProto) -> Option<()> {
        if !node.domain.is_empty() || node.output.len() != 1 {
            return None;
        }
        if let Some(tail) = self.tail(node) {
            return self.follow(node, &tail);
        }
        let body = match node.op_type.as_str() {
            "Conv" => Body::Conv(self.conv(node)?),
            "Gemm" => Body::Product(self.product(node)?),
            _ => Body::Plain(self.plain(node)?),
        };
        let inputs: Vec<usize> =
            node.input.iter().filter_map(|name| self.values.get(name.as_str()).copied()).collect();
        let computed_inputs = if node.op_type == "Add" { 2 } else { 1 };
        // The first input is always computed; where there is only one, the others are the constants read above.
        let first_is_computed =
            node.input.first().is_some_and(|name| self.values.contains_key(name.as_str()));
        (inputs.len() == computed_inputs && first_is_computed).then_some(())?;
        self.push(node, body, inputs)
    }

    fn push(&mut self, node: &'a NodeProto, body: Body, inputs: Vec<usize>) -> Option<()> {
        let output = self.value_count;
        self.value_count += 1;
        self.values.insert(node.output.first()?, output);
        self.drafts.push(Draft::new(body, inputs, output));
        Some(())
    }

    /// Folds a tail into the step before it when nothing else reads that step, or makes it a step of its own.
    fn follow(&mut self, node: &'a NodeProto, tail: &Tail) -> Option<()> {
        let source = node.input.first()?.as_str();
        let value = *self.values.get(source)?;
        if self.reads.get(source) == Some(&1)
            && let Some(draft) = self.drafts.iter_mut().find(|draft| draft.output == value)
            && draft.absorb(tail)
        {
            self.values.insert(node.output.first()?, value);
            return Some(());
        }
        self.push(node, Body::Nothing, vec![value])?;
        self.drafts.last_mut()?.absorb(tail).then_some(())
    }

    /// The node as a tail of what it reads.
    fn tail(&self, node: &NodeProto) -> Option<Tail> {
        match node.op_type.as_str() {
            "Relu" => Some(Tail::bend(vec![0.0])),
            "PRelu" => {
                let slope = self.constant(node, 1)?;
                let by_channel = matches!(slope.dims.as_slice(), [_, 1, 1] | [1]);
                slope.to_f32().filter(|_| by_channel).map(Tail::bend)
            }
            "Sub" => Some(Tail::linear(vec![1.0], vec![-scalar(self.constant(node, 1)?)?])),
            "Mul" => Some(Tail::linear(vec![scalar(self.constant(node, 1)?)?], vec![0.0])),
            "BatchNormalization" if int_or(node, "training_mode", 0) == 0 => {
                let epsilon = float_or(node, "epsilon", 1e-5);
                let (gamma, beta) = (self.floats(node, 1)?, self.floats(node, 2)?);
                let (mean, variance) = (self.floats(node, 3)?, self.floats(node, 4)?);
                let same = [beta.len(), mean.len(), variance.len()] == [gamma.len(); 3];
                let scale: Vec<f32> =
                    gamma.iter().zip(&variance).map(|(gamma, var)| gamma / (var + epsilon).sqrt()).collect();
                let shift =
                    beta.iter().zip(mean.iter().zip(&scale)).map(|(beta, (mean, scale))| beta - mean * scale);
                same.then(|| Tail::linear(scale.clone(), shift.collect()))
            }
            _ => None,
        }
    }

    fn conv(&self, node: &NodeProto) -> Option<ConvDraft> {
        let weights = self.constant(node, 1)?;
        let [out_channels, in_channels_per_group, side, width] = dims(weights)?.try_into().ok()?;
        let bias = match node.input.len() {
            2 => vec![0.0; out_channels],
            3 => self.floats(node, 2)?,
            _ => return None,
        };
        let groups = usize::try_from(int_or(node, "group", 1)).ok()?;
        let strides = node.attribute("strides").map_or(&[1, 1][..], |strides| &strides.ints);
        let stride = match *strides {
            [1, 1] => 1,
            [2, 2] => 2,
            _ => return None,
        };
        let border = match side {
            1 => 0,
            3 => 1,
            _ => return None,
        };
        // Without the attribute there is no border.
        let pads_fit = node.attribute("pads").map_or(&[0; 4][..], |pads| &pads.ints) == [border; 4];
        let plain = ints_are(node, "dilations", &[1, 1])
            && word_is(node, "auto_pad", "NOTSET", "NOTSET")
            && pads_fit
            && width == side
            && bias.len() == out_channels
            && out_channels > 0
            && in_channels_per_group > 0;
        plain.then_some(())?;
        Some(ConvDraft { weights: weights.to_f32()?, bias, in_channels_per_group, groups, side, stride })
    }

    fn product(&self, node: &NodeProto) -> Option<Product> {
        let matrix = self.constant(node, 1)?;
        let [outputs, inputs] = dims(matrix)?.try_into().ok()?;
        let bias = self.floats(node, 2)?;
        let is_one = |name| float_or(node, name, 1.0).to_bits() == 1.0_f32.to_bits();
        let plain = is_one("alpha")
            && is_one("beta")
            && int_or(node, "transA", 0) == 0
            && int_or(node, "transB", 0) == 1
            && bias.len() == outputs
            && outputs > 0
            && inputs > 0;
        plain.then_some(())?;
        Some(Product { matrix: matrix.to_f32()?, inputs, bias })
    }

    /// Layers without weights.
    fn plain(&self, node: &NodeProto) -> Option<Layer> {
        let (layer, is_plain) = match node.op_type.as_str() {
            "Add" => (Layer::Add, true),
            "Sigmoid" => (Layer::Sigmoid, true),
            "Flatten" => (Layer::Flatten, int_or(node, "axis", 1) == 1),
            "Transpose" => {
                let to_the_end = node.attribute("perm").is_some_and(|perm| perm.ints == [0, 2, 3, 1]);
                (Layer::ChannelsLast, to_the_end)
            }
            "MaxPool" => {
                let halves = ["kernel_shape", "strides"]
                    .iter()
                    .all(|name| node.attribute(name).is_some_and(|attribute| attribute.ints == [2, 2]));
                let plain = ints_are(node, "pads", &[0; 4])
                    && ints_are(node, "dilations", &[1, 1])
                    && int_or(node, "ceil_mode", 0) == 0
                    && word_is(node, "auto_pad", "NOTSET", "NOTSET");
                (Layer::MaxPool, halves && plain)
            }
            "Resize" => {
                let doubled = self.floats(node, 2)? == [1.0, 1.0, 2.0, 2.0];
                let nearest = word_is(node, "mode", "nearest", "nearest")
                    && word_is(node, "nearest_mode", "floor", "round_prefer_floor")
                    && word_is(node, "coordinate_transformation_mode", "asymmetric", "half_pixel");
                (Layer::Enlarge, doubled && nearest && node.input.len() == 3)
            }
            "Reshape" => {
                let shape = self.constant(node, 1)?.to_i64()?;
                let columns = match *shape {
                    [1, -1, columns] => usize::try_from(columns).ok().filter(|&columns| columns > 0)?,
                    _ => return None,
                };
                (Layer::Reshape { columns }, true)
            }
            _ => return None,
        };
        is_plain.then_some(layer)
    }
}
