//! Runs the shipped networks.
//!
//! The general runtime takes depthwise convolutions cell by cell, which is most of the time of both shipped networks
//! (docs/decisions/0002-inference-runtime.md). This one knows only their few operators: [`compile`] reads the graph into
//! steps, with normalisation and activation folded into the convolutions; [`planes`] and [`pointwise`] compute them with
//! the one vector kernel of [`taps`] or the runtime's matrix product. Whatever is not of a known form is refused when the
//! file is loaded, and the caller takes the general runtime.

mod attributes;
mod compile;
mod draft;
mod layer;
mod planes;
mod pointwise;
mod rearrange;
mod taps;

use std::sync::{Mutex, PoisonError};

use rten_gemm::GemmExecutor;

use crate::onnx::ModelProto;
use layer::{Layer, View};

/// A step and what it reads. Values are numbered; 0 is the input.
struct Step {
    layer: Layer,
    inputs: Vec<usize>,
    output: usize,
    /// Values that nothing reads after this step.
    last_reads: Vec<usize>,
}

/// A graph in the order of execution.
struct Program {
    input_dims: Vec<Option<usize>>,
    steps: Vec<Step>,
    outputs: Vec<usize>,
    value_count: usize,
}

/// A network that is ready to run. Matrix products use the threads of the pool that the caller runs it in, everything
/// else the calling thread.
pub(crate) struct ConvNet {
    program: Program,
    /// Memory of earlier runs: one arena for each run at the same time.
    arenas: Mutex<Vec<Arena>>,
}

/// A computed tensor; its buffer may be longer than the shape says.
#[derive(Default)]
struct Value {
    shape: Vec<usize>,
    len: usize,
    buffer: Vec<f32>,
}

/// The memory of one run.
#[derive(Default)]
struct Arena {
    values: Vec<Value>,
    free: Vec<Vec<f32>>,
    scratch: Vec<f32>,
}

/// A buffer of at least `len` numbers, whose contents mean nothing.
fn take(free: &mut Vec<Vec<f32>>, len: usize) -> Vec<f32> {
    let fitting = (0..free.len()).filter(|&index| free[index].len() >= len);
    if let Some(best) = fitting.min_by_key(|&index| free[index].len()) {
        return free.swap_remove(best);
    }
    // One that is too small goes, so that pictures of many sizes do not leave ever more buffers behind.
    free.sort_unstable_by_key(Vec::len);
    free.pop();
    vec![0.0; len]
}

impl Arena {
    /// Makes the buffers of `values` free again.
    fn release(&mut self, values: impl IntoIterator<Item = usize>) {
        for value in values {
            if let Some(value) = self.values.get_mut(value).map(std::mem::take)
                && !value.buffer.is_empty()
            {
                self.free.push(value.buffer);
            }
        }
    }
}

impl ConvNet {
    /// Reads a folded graph.
    ///
    /// # Errors
    /// The first thing that is not of a form that we execute.
    pub(crate) fn compile(model: &ModelProto) -> Result<ConvNet, String> {
        let graph = model.graph.as_ref().ok_or("no graph")?;
        let gemm = GemmExecutor::new();
        let program = compile::compile(graph, &gemm)?;
        Ok(ConvNet { program, arenas: Mutex::new(Vec::new()) })
    }

    /// How many outputs there are.
    pub(crate) fn output_count(&self) -> usize {
        self.program.outputs.len()
    }

    /// All outputs in the file's order, in row-major order.
    ///
    /// # Errors
    /// What does not fit, for example an input of the wrong length.
    pub(crate) fn run(&self, shape: &[usize], input: &[f32]) -> Result<Vec<Vec<f32>>, String> {
        let dims = &self.program.input_dims;
        let fits = shape.len() == dims.len()
            && shape.first() == Some(&1)
            && shape.iter().zip(dims).all(|(&side, dim)| dim.is_none_or(|dim| dim == side));
        let len = shape.iter().try_fold(1_usize, |product, &side| product.checked_mul(side));
        if !fits || len != Some(input.len()) || input.is_empty() {
            return Err(format!("an input of {} numbers and shape {shape:?}", input.len()));
        }
        let mut arena = self.arenas().pop().unwrap_or_default();
        let outputs = self.run_in(&mut arena, View { shape, values: input });
        arena.release(0..self.program.value_count);
        self.arenas().push(arena);
        outputs
    }

    fn arenas(&self) -> std::sync::MutexGuard<'_, Vec<Arena>> {
        // A run that panicked took its arena with it; the others are sound.
        self.arenas.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run_in(&self, arena: &mut Arena, input: View<'_>) -> Result<Vec<Vec<f32>>, String> {
        arena.values.resize_with(self.program.value_count, Value::default);
        // Made for each run, which costs nothing, because it may not go from thread to thread as the network does.
        let gemm = GemmExecutor::new();
        for step in &self.program.steps {
            run_step(&gemm, arena, input, step)?;
            arena.release(step.last_reads.iter().copied());
        }
        let outputs = &self.program.outputs;
        outputs.iter().map(|&value| Ok(view(&arena.values, input, value)?.values.to_vec())).collect()
    }
}

/// Computes one value.
fn run_step(gemm: &GemmExecutor, arena: &mut Arena, input: View<'_>, step: &Step) -> Result<(), String> {
    let Arena { values, free, scratch } = arena;
    let inputs: Vec<View<'_>> =
        step.inputs.iter().map(|&value| view(values, input, value)).collect::<Result<_, _>>()?;
    let misfit = || format!("a layer does not take {:?}", inputs.first().map(|input| input.shape));
    let shape = step.layer.out_shape(&inputs).ok_or_else(misfit)?;
    let scratch_len = step.layer.scratch_len(&inputs).ok_or_else(misfit)?;
    let len =
        shape.iter().try_fold(1_usize, |product, &side| product.checked_mul(side)).ok_or_else(misfit)?;
    if scratch.len() < scratch_len {
        scratch.resize(scratch_len, 0.0);
    }
    let mut buffer = take(free, len);
    step.layer.fill(gemm, &inputs, scratch, &mut buffer[..len])?;
    if let Some(value) = values.get_mut(step.output) {
        *value = Value { shape, len, buffer };
    }
    Ok(())
}

/// Value `number`, which an earlier step computed.
fn view<'a>(values: &'a [Value], input: View<'a>, number: usize) -> Result<View<'a>, String> {
    if number == 0 {
        return Ok(input);
    }
    let value = values.get(number).filter(|value| value.len > 0).ok_or("a value that was not computed")?;
    Ok(View { shape: &value.shape, values: &value.buffer[..value.len] })
}

#[cfg(test)]
mod noise;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use prost::Message;
    use rten::{Model, RunOptions, ThreadPool, ValueOrView, ValueView};
    use rten_tensor::Tensor;
    use rten_tensor::prelude::*;

    use super::noise::{assert_close, noise};
    use super::*;
    use crate::fold::fold;
    use crate::onnx::{
        AttributeProto, GraphProto, NodeProto, OperatorSetIdProto, TensorProto, ValueInfoProto,
    };

    const YUNET: &[u8] = include_bytes!("../../../models/face_detection_yunet_2023mar_int8bq.onnx");
    const SFACE: &[u8] = include_bytes!("../../../models/face_recognition_sface_2021dec_int8bq.onnx");

    fn shipped(bytes: &[u8], open: bool) -> ModelProto {
        let mut model = fold(bytes).unwrap();
        let graph = model.graph.as_mut().unwrap();
        if open {
            for axis in 2..4 {
                graph.input[0].open_dim(axis, &format!("side_{axis}"));
            }
            for (index, output) in graph.output.iter_mut().enumerate() {
                output.open_dim(1, &format!("cells_{index}"));
            }
        }
        model
    }

    /// The general runtime's answer.
    fn general(model: &ModelProto, shape: &[usize], input: &[f32]) -> Vec<Vec<f32>> {
        let model = Model::load(model.encode_to_vec()).unwrap();
        let view = ValueOrView::View(ValueView::from_shape(shape, input).unwrap());
        let pool = Arc::new(ThreadPool::with_num_threads(1));
        let options = RunOptions::default().with_thread_pool(Some(pool));
        let outputs =
            model.run(vec![(model.input_ids()[0], view)], model.output_ids(), Some(options)).unwrap();
        outputs.into_iter().map(|value| Tensor::<f32>::try_from(value).unwrap().to_vec()).collect()
    }

    /// Smooth like a photo, with a little noise.
    fn picture(shape: &[usize]) -> Vec<f32> {
        let columns = shape[3];
        let wave = |at: usize| {
            let (x, y) = ((at % columns) as f32, (at / columns) as f32);
            127.0 + 60.0 * (x * 0.11).sin() + 50.0 * (y * 0.07 + x * 0.03).cos()
        };
        noise(9, shape.iter().product())
            .iter()
            .enumerate()
            .map(|(at, noise)| wave(at) + 8.0 * noise)
            .collect()
    }

    fn check(model: &ModelProto, shape: &[usize]) -> (Vec<Vec<f32>>, Vec<Vec<f32>>) {
        let input = picture(shape);
        let net = ConvNet::compile(model).unwrap();
        let (found, expected) = (net.run(shape, &input).unwrap(), general(model, shape, &input));
        assert_eq!(found.len(), expected.len());
        assert_eq!(net.output_count(), expected.len());
        for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_close(found, expected, 1e-3, &format!("output {index} at {shape:?}"));
        }
        (found, expected)
    }

    #[test]
    fn the_detector_gives_what_the_general_runtime_gives() {
        let model = shipped(YUNET, true);
        for shape in [[1, 3, 192, 320], [1, 3, 256, 256]] {
            check(&model, &shape);
        }
    }

    #[test]
    fn the_recogniser_gives_what_the_general_runtime_gives() {
        let (found, expected) = check(&shipped(SFACE, false), &[1, 3, 112, 112]);
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        let (a, b) = (&found[0], &expected[0]);
        let cosine = dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
        assert!(cosine >= 0.999_99, "{cosine}");
    }

    #[test]
    fn the_same_input_gives_the_same_bits_whatever_ran_before() {
        let net = ConvNet::compile(&shipped(YUNET, true)).unwrap();
        let small = [1, 3, 64, 96];
        let bits = || -> Vec<u32> {
            net.run(&small, &picture(&small)).unwrap().concat().iter().map(|value| value.to_bits()).collect()
        };
        let first = bits();
        net.run(&[1, 3, 160, 128], &picture(&[1, 3, 160, 128])).unwrap();
        assert_eq!(bits(), first);
        assert_eq!(net.arenas().len(), 1);
    }

    #[test]
    fn a_network_is_shared_and_moved_between_threads() {
        fn crosses_threads<T: Send + Sync>() {}
        crosses_threads::<ConvNet>();
    }

    #[test]
    fn an_input_that_does_not_fit_is_an_error() {
        let net = ConvNet::compile(&shipped(YUNET, true)).unwrap();
        let numbers = vec![0.0; 3 * 64 * 64];
        assert!(net.run(&[1, 3, 64, 64], &numbers).is_ok());
        assert!(net.run(&[1, 3, 64, 64], &numbers[1..]).is_err());
        assert!(net.run(&[1, 3, 64], &numbers[..192]).is_err());
        assert!(net.run(&[1, 4, 64, 48], &numbers).is_err());
        assert!(net.run(&[3, 1, 64, 64], &numbers).is_err());
        assert!(net.run(&[1, 3, 0, 64], &[]).is_err());
        assert!(net.run(&[1, 3, usize::MAX, 2], &numbers).is_err());
        // Sides that cannot be halved five times do not meet again where the network adds.
        assert!(net.run(&[1, 3, 40, 64], &numbers[..3 * 40 * 64]).is_err());
    }

    fn node(op_type: &str, input: &[&str], output: &str, attribute: Vec<AttributeProto>) -> NodeProto {
        NodeProto {
            op_type: op_type.into(),
            input: input.iter().map(|&name| name.into()).collect(),
            output: vec![output.into()],
            attribute,
            ..NodeProto::default()
        }
    }

    fn ints(name: &str, ints: &[i64]) -> AttributeProto {
        AttributeProto { name: name.into(), ints: ints.into(), kind: 7, ..AttributeProto::default() }
    }

    /// A graph from `x` of 1×2×5×5 with constants that the nodes may name.
    fn graph(node: Vec<NodeProto>, outputs: &[&str]) -> ModelProto {
        let constant =
            |name: &str, dims: &[usize], values: &[f32]| TensorProto::from_floats(name, dims, values);
        let graph = GraphProto {
            name: "g".into(),
            node,
            initializer: vec![
                constant("dense", &[3, 2, 3, 3], &noise(1, 54)),
                constant("two_by_two", &[3, 2, 2, 2], &noise(1, 24)),
                constant("slope", &[3, 1, 1], &noise(2, 3)),
                constant("gamma", &[3], &[1.5, -0.5, 2.0]),
                constant("beta", &[3], &noise(3, 3)),
                constant("mean", &[3], &noise(4, 3)),
                constant("variance", &[3], &[0.5, 1.0, 2.0]),
                constant("half", &[1], &[0.5]),
            ],
            input: vec![ValueInfoProto::floats("x", &[1, 2, 5, 5])],
            output: outputs.iter().map(|name| ValueInfoProto::floats(name, &[1, 3, 5, 5])).collect(),
        };
        let opset_import = vec![OperatorSetIdProto { domain: String::new(), version: 17 }];
        ModelProto { ir_version: 8, graph: Some(graph), opset_import }
    }

    fn normalised_nodes() -> Vec<NodeProto> {
        vec![
            node("Sub", &["x", "half"], "x0", vec![]),
            node("Mul", &["x0", "half"], "x1", vec![]),
            node(
                "Conv",
                &["x1", "dense"],
                "c",
                vec![ints("pads", &[1; 4]), ints("strides", &[1, 1]), ints("dilations", &[1, 1])],
            ),
            node("BatchNormalization", &["c", "gamma", "beta", "mean", "variance"], "n", vec![]),
            node("PRelu", &["n", "slope"], "p", vec![]),
            node("Relu", &["p"], "y", vec![]),
        ]
    }

    #[test]
    fn tails_are_folded_only_where_nothing_else_reads_what_lies_between() {
        for (outputs, steps) in
            [(&["y"][..], 3), (&["y", "n"], 4), (&["c", "y"], 4), (&["p", "y", "c", "n"], 5)]
        {
            let model = graph(normalised_nodes(), outputs);
            check(&model, &[1, 2, 5, 5]);
            assert_eq!(ConvNet::compile(&model).unwrap().program.steps.len(), steps, "{outputs:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let refused = |nodes: Vec<NodeProto>| ConvNet::compile(&graph(nodes, &["y"])).err().unwrap();
        let conv = |weights, attributes| refused(vec![node("Conv", &["x", weights], "y", attributes)]);
        assert!(refused(vec![node("NoSuchOperator", &["x"], "y", vec![])]).contains("NoSuchOperator"));
        conv("two_by_two", vec![]);
        conv("dense", vec![]);
        conv("dense", vec![ints("pads", &[0, 0, 1, 1])]);
        conv("dense", vec![ints("pads", &[1; 4]), ints("dilations", &[2, 2])]);
        conv("dense", vec![ints("pads", &[1; 4]), ints("strides", &[3, 3])]);
        conv("x", vec![ints("pads", &[1; 4])]);
        refused(vec![node("Relu", &["nowhere"], "y", vec![])]);
        refused(vec![node("Relu", &["x"], "z", vec![])]);
        refused(vec![node("Add", &["x", "half"], "y", vec![])]);
        refused(vec![node("Mul", &["x", "gamma"], "y", vec![])]);
        refused(vec![node("Sub", &["half", "x"], "y", vec![])]);
        refused(vec![node("PRelu", &["x", "gamma"], "y", vec![])]);
        refused(vec![node("MaxPool", &["x"], "y", vec![ints("kernel_shape", &[3, 3])])]);
        refused(vec![node("Resize", &["x", "", "half"], "y", vec![])]);
        refused(vec![node("Reshape", &["x", "half"], "y", vec![])]);
        refused(vec![node("Transpose", &["x"], "y", vec![ints("perm", &[0, 3, 1, 2])])]);
    }
}
