//! A loaded network: weights checked by SHA-256 and shape, folded, ready to run on a fixed number of threads.

use std::num::NonZeroUsize;
use std::sync::Arc;

use prost::Message;
use rten::{Model, NodeId, RunOptions, ThreadPool, ValueOrView, ValueView};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;
use sha2::{Digest, Sha256};

use crate::convnet::ConvNet;
use crate::fold::{FoldRefusal, fold};
use crate::onnx::ModelProto;

/// What a weight file must look like before it is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkShape {
    /// Dimensions of the one input; `None` is open (a side that the caller chooses).
    pub input: &'static [Option<usize>],
    /// How many outputs the network gives.
    pub outputs: usize,
    /// Length of the first output for one picture; `None` where it follows the input's size.
    pub output_len: Option<usize>,
}

/// Why a weight file is refused. Each reason names what was found and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WeightsRefusal {
    /// The SHA-256 of the file is not the pinned one: the file was changed, or is another file.
    WrongHash {
        /// Lower-case hex of the file.
        found: String,
        /// Lower-case hex that was pinned.
        pinned: String,
    },
    /// The file cannot be folded into a plain float graph.
    Fold(FoldRefusal),
    /// The runtime does not take the graph (its own words).
    Runtime(String),
    /// The input or the outputs are not of the expected shape.
    WrongShape {
        /// What the file has.
        found: String,
        /// What its role needs.
        expected: String,
    },
    /// No role is known under this name.
    UnknownName(String),
}

impl std::fmt::Display for WeightsRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            WeightsRefusal::WrongHash { found, pinned } => {
                write!(
                    f,
                    "the weights have SHA-256 {found}, but {pinned} was pinned: use the pinned file or pin this one"
                )
            }
            WeightsRefusal::Fold(reason) => write!(f, "{reason}"),
            WeightsRefusal::Runtime(words) => {
                write!(f, "the inference runtime does not take the weights: {words}")
            }
            WeightsRefusal::WrongShape { found, expected } => {
                write!(f, "the weights do not fit their role: found {found}, expected {expected}")
            }
            WeightsRefusal::UnknownName(name) => write!(f, "no weights are known under the name {name}"),
        }
    }
}

impl std::error::Error for WeightsRefusal {}

/// The network failed while it ran. This is a fault of the program or of the weights, never of the photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkFault(pub String);

impl std::fmt::Display for NetworkFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the network could not be run: {}", self.0)
    }
}

impl std::error::Error for NetworkFault {}

/// Who computes a network.
enum Executor {
    /// Our own, for graphs of the few forms that it knows; the shipped networks are.
    Own(Box<ConvNet>),
    /// The general runtime, for everything else.
    General(Box<GeneralRuntime>),
}

struct GeneralRuntime {
    model: Model,
    input: NodeId,
    outputs: Vec<NodeId>,
}

/// One network on its own thread pool.
pub struct Network {
    executor: Executor,
    thread_pool: Arc<ThreadPool>,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let outputs = match &self.executor {
            Executor::Own(net) => net.output_count(),
            Executor::General(runtime) => runtime.outputs.len(),
        };
        f.debug_struct("Network").field("outputs", &outputs).finish_non_exhaustive()
    }
}

/// Lower-case hex of the SHA-256 of `bytes`.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Network {
    /// Checks, folds and loads a weight file.
    ///
    /// `pinned_sha256` is lower-case hex; `shape` is what the role of the file demands.
    ///
    /// # Errors
    /// A [`WeightsRefusal`] that names what does not fit. Nothing of the file is run before its hash was checked.
    pub fn load(
        bytes: &[u8],
        pinned_sha256: &str,
        shape: NetworkShape,
        threads: NonZeroUsize,
    ) -> Result<Network, WeightsRefusal> {
        let found = sha256_hex(bytes);
        if found != pinned_sha256 {
            return Err(WeightsRefusal::WrongHash { found, pinned: pinned_sha256.to_owned() });
        }
        let mut proto = fold(bytes).map_err(WeightsRefusal::Fold)?;
        check_shape(&proto, shape)?;
        open_dims(&mut proto, shape);
        // What our executor does not know is no fault of the file: the general runtime takes it.
        let executor = match ConvNet::compile(&proto) {
            Ok(net) => Executor::Own(Box::new(net)),
            Err(_) => Executor::General(Box::new(GeneralRuntime::load(&proto)?)),
        };
        let thread_pool = Arc::new(ThreadPool::with_num_threads(threads.get()));
        let network = Network { executor, thread_pool };
        network.check_output(shape)?;
        Ok(network)
    }

    /// Runs the network on one input in row-major order and returns all outputs, in the file's order.
    ///
    /// # Errors
    /// [`NetworkFault`] when the runtime fails, for example on an input of the wrong length.
    pub fn run(&self, shape: &[usize], input: &[f32]) -> Result<Vec<Vec<f32>>, NetworkFault> {
        match &self.executor {
            // Inside of the pool, so that matrix products use its threads and not all of the machine's.
            Executor::Own(net) => self.thread_pool.run(|| net.run(shape, input)).map_err(NetworkFault),
            Executor::General(runtime) => runtime.run(&self.thread_pool, shape, input),
        }
    }

    /// A file may declare one shape and compute another: only a run shows what comes out.
    fn check_output(&self, shape: NetworkShape) -> Result<(), WeightsRefusal> {
        let Some(expected) = shape.output_len else { return Ok(()) };
        let dims: Vec<usize> = shape.input.iter().map(|dim| dim.unwrap_or(1)).collect();
        let zeros = vec![0.0; dims.iter().product()];
        let outputs = self.run(&dims, &zeros).map_err(|fault| WeightsRefusal::Runtime(fault.0))?;
        let found = outputs.first().map_or(0, Vec::len);
        if found == expected {
            return Ok(());
        }
        Err(WeightsRefusal::WrongShape {
            found: format!("{found} outputs"),
            expected: format!("{expected} outputs"),
        })
    }
}

impl GeneralRuntime {
    fn load(proto: &ModelProto) -> Result<GeneralRuntime, WeightsRefusal> {
        let model =
            Model::load(proto.encode_to_vec()).map_err(|error| WeightsRefusal::Runtime(error.to_string()))?;
        let outputs = model.output_ids().to_vec();
        let input = *model.input_ids().first().ok_or_else(|| WeightsRefusal::Runtime("no input".into()))?;
        Ok(GeneralRuntime { model, input, outputs })
    }

    fn run(
        &self,
        thread_pool: &Arc<ThreadPool>,
        shape: &[usize],
        input: &[f32],
    ) -> Result<Vec<Vec<f32>>, NetworkFault> {
        let fault = |words: &dyn std::fmt::Display| NetworkFault(words.to_string());
        let view = ValueView::from_shape(shape, input).map_err(|error| fault(&error))?;
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(thread_pool)));
        let outputs = self
            .model
            .run(vec![(self.input, ValueOrView::View(view))], &self.outputs, Some(options))
            .map_err(|error| fault(&error))?;
        outputs
            .into_iter()
            .map(|value| {
                Tensor::<f32>::try_from(value).map(|tensor| tensor.to_vec()).map_err(|error| fault(&error))
            })
            .collect()
    }
}

fn check_shape(proto: &ModelProto, shape: NetworkShape) -> Result<(), WeightsRefusal> {
    let graph = proto.graph.as_ref().ok_or(WeightsRefusal::Fold(FoldRefusal::NotOnnx))?;
    let dims: Vec<_> = graph.input.iter().map(crate::onnx::ValueInfoProto::dims).collect();
    // The batch may be open in the file: we always run one picture. A fixed side where we need an open one is
    // opened below, so it fits as well.
    let fits = |found: &[Option<usize>]| {
        found.len() == shape.input.len()
            && found.iter().zip(shape.input).all(|(found, expected)| match (found, expected) {
                (Some(found), Some(expected)) => found == expected,
                _ => true,
            })
    };
    if dims.len() == 1 && fits(&dims[0]) && graph.output.len() == shape.outputs {
        return Ok(());
    }
    Err(WeightsRefusal::WrongShape {
        found: format!("inputs {} and {} outputs", words(&dims), graph.output.len()),
        expected: format!("inputs {} and {} outputs", words(&[shape.input.to_vec()]), shape.outputs),
    })
}

fn words(inputs: &[Vec<Option<usize>>]) -> String {
    let one = |dims: &Vec<Option<usize>>| {
        dims.iter()
            .map(|dim| dim.map_or_else(|| "any".into(), |dim| dim.to_string()))
            .collect::<Vec<_>>()
            .join("×")
    };
    inputs.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn open_dims(proto: &mut ModelProto, shape: NetworkShape) {
    let Some(graph) = proto.graph.as_mut() else { return };
    let open: Vec<usize> =
        shape.input.iter().enumerate().filter(|(_, dim)| dim.is_none()).map(|(axis, _)| axis).collect();
    if open.is_empty() {
        return;
    }
    for axis in open {
        graph.input[0].open_dim(axis, &format!("input_dim_{axis}"));
    }
    for (index, output) in graph.output.iter_mut().enumerate() {
        for axis in 0..output.dims().len() {
            output.open_dim(axis, &format!("output_{index}_dim_{axis}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::{GraphProto, NodeProto, OperatorSetIdProto, ValueInfoProto};

    const ONE: NonZeroUsize = NonZeroUsize::MIN;
    const SHAPE: NetworkShape = NetworkShape { input: &[Some(1), Some(4)], outputs: 1, output_len: Some(4) };

    fn relu(dims: &[i64], outputs: usize) -> Vec<u8> {
        let node = NodeProto {
            op_type: "Relu".into(),
            input: vec!["x".into()],
            output: vec!["y".into()],
            ..NodeProto::default()
        };
        let graph = GraphProto {
            name: "g".into(),
            node: vec![node],
            input: vec![ValueInfoProto::floats("x", dims)],
            output: (0..outputs).map(|_| ValueInfoProto::floats("y", dims)).collect(),
            ..GraphProto::default()
        };
        let opset_import = vec![OperatorSetIdProto { domain: String::new(), version: 17 }];
        ModelProto { ir_version: 8, graph: Some(graph), opset_import }.encode_to_vec()
    }

    fn load(bytes: &[u8], shape: NetworkShape) -> Result<Network, WeightsRefusal> {
        Network::load(bytes, &sha256_hex(bytes), shape, ONE)
    }

    #[test]
    fn a_fitting_file_runs() {
        let network = load(&relu(&[1, 4], 1), SHAPE).unwrap();
        assert_eq!(network.run(&[1, 4], &[-1.0, 0.0, 2.0, -3.0]).unwrap(), [[0.0, 0.0, 2.0, 0.0]]);
    }

    #[test]
    fn a_wrong_length_is_a_fault_and_not_an_answer() {
        let network = load(&relu(&[1, 4], 1), SHAPE).unwrap();
        assert!(network.run(&[1, 4], &[1.0; 3]).is_err());
        assert!(network.run(&[1, 5], &[1.0; 5]).is_err());
    }

    #[test]
    fn another_hash_is_refused_before_anything_is_read() {
        let refusal = Network::load(b"not even onnx", &"0".repeat(64), SHAPE, ONE).unwrap_err();
        assert!(matches!(refusal, WeightsRefusal::WrongHash { .. }), "{refusal}");
    }

    #[test]
    fn other_shapes_are_refused_with_both_shapes_named() {
        let wide = load(&relu(&[1, 5], 1), SHAPE).unwrap_err();
        assert_eq!(
            wide.to_string(),
            "the weights do not fit their role: found inputs 1×5 and 1 outputs, expected inputs 1×4 and 1 outputs"
        );
        for bytes in [relu(&[1, 4], 2), relu(&[4], 1)] {
            assert!(matches!(load(&bytes, SHAPE), Err(WeightsRefusal::WrongShape { .. })));
        }
        let long = NetworkShape { output_len: Some(5), ..SHAPE };
        assert!(matches!(load(&relu(&[1, 4], 1), long), Err(WeightsRefusal::WrongShape { .. })));
    }

    #[test]
    fn an_operator_that_the_runtime_lacks_is_refused() {
        let bytes = relu(&[1, 4], 1);
        let mut proto = ModelProto::decode(bytes.as_slice()).unwrap();
        proto.graph.as_mut().unwrap().node[0].op_type = "NoSuchOperator".into();
        assert!(matches!(load(&proto.encode_to_vec(), SHAPE), Err(WeightsRefusal::Runtime(_))));
    }
}
