//! Folds a weight file into the plain float graph that the runtime takes.
//!
//! The shipped files store weights as int8 blocks: `DequantizeLinear` with `block_size`, then `Reshape`. No runtime that
//! we tried takes both files as they are, so the constant part is computed here, once, when the file is loaded. The
//! formula is that of the ONNX operator: `(q - zero_point) * scale`, one scale for each block along `axis`.

use std::collections::{HashMap, HashSet};

use prost::Message;

use crate::onnx::{GraphProto, ModelProto, NodeProto, TensorProto};

/// Why a weight file cannot be folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoldRefusal {
    /// The bytes are not an ONNX model.
    NotOnnx,
    /// A constant node is not of the form that we fold; the node's output is named.
    BadConstant(String),
}

impl std::fmt::Display for FoldRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FoldRefusal::NotOnnx => write!(f, "the file is not an ONNX model"),
            FoldRefusal::BadConstant(name) => {
                write!(f, "the constant {name} in the ONNX model cannot be computed")
            }
        }
    }
}

/// Reads an ONNX file and returns it with constants computed, stale inputs and drop-outs removed.
///
/// # Errors
/// [`FoldRefusal::NotOnnx`] when the bytes do not parse, [`FoldRefusal::BadConstant`] when a constant node has
/// inconsistent shapes.
pub(crate) fn fold(bytes: &[u8]) -> Result<ModelProto, FoldRefusal> {
    let mut model = ModelProto::decode(bytes).map_err(|_| FoldRefusal::NotOnnx)?;
    let graph = model.graph.as_mut().ok_or(FoldRefusal::NotOnnx)?;
    fold_constants(graph)?;
    bypass_dropouts(graph);
    drop_stale(graph);
    Ok(model)
}

fn fold_constants(graph: &mut GraphProto) -> Result<(), FoldRefusal> {
    let mut constants: HashMap<String, TensorProto> =
        graph.initializer.drain(..).map(|tensor| (tensor.name.clone(), tensor)).collect();
    let mut kept = Vec::with_capacity(graph.node.len());
    for node in graph.node.drain(..) {
        match folded(&node, &constants)? {
            Some(tensor) => {
                constants.insert(tensor.name.clone(), tensor);
            }
            None => kept.push(node),
        }
    }
    graph.node = kept;
    graph.initializer = constants.into_values().collect();
    // A hash map has no order; the same file must always give the same bytes.
    graph.initializer.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(())
}

/// The value of a node whose inputs are all constant and whose operator we fold; `None` leaves the node in place.
fn folded(
    node: &NodeProto,
    constants: &HashMap<String, TensorProto>,
) -> Result<Option<TensorProto>, FoldRefusal> {
    let Some(output) = node.output.first() else { return Ok(None) };
    let refuse = || FoldRefusal::BadConstant(output.clone());
    if node.op_type == "Constant" {
        let value = node.attribute("value").and_then(|attribute| attribute.t.clone());
        return Ok(value.map(|tensor| TensorProto { name: output.clone(), ..tensor }));
    }
    let inputs: Option<Vec<&TensorProto>> = node.input.iter().map(|name| constants.get(name)).collect();
    let Some(inputs) = inputs else { return Ok(None) };
    let folded = match (node.op_type.as_str(), inputs.as_slice()) {
        ("DequantizeLinear", [quantised, scales, zero_points]) => {
            let axis = node.attribute("axis").map_or(1, |a| a.i);
            let block_size = node.attribute("block_size").map_or(0, |a| a.i);
            dequantised(quantised, scales, zero_points, axis, block_size)
        }
        ("Reshape", [data, shape]) => reshaped(data, shape),
        _ => return Ok(None),
    };
    folded.map(|tensor| Some(TensorProto { name: output.clone(), ..tensor })).ok_or_else(refuse)
}

fn dequantised(
    quantised: &TensorProto,
    scales: &TensorProto,
    zero_points: &TensorProto,
    axis: i64,
    block_size: i64,
) -> Option<TensorProto> {
    let dims: Vec<usize> =
        quantised.dims.iter().map(|&dim| usize::try_from(dim).ok()).collect::<Option<_>>()?;
    let axis = usize::try_from(axis).ok().filter(|&axis| axis < dims.len())?;
    let block_size = usize::try_from(block_size).ok().filter(|&size| size > 0)?;
    let (values, scale, zero) = (quantised.to_f32()?, scales.to_f32()?, zero_points.to_f32()?);
    let inner: usize = dims[axis + 1..].iter().product();
    let blocks = dims[axis].div_ceil(block_size);
    let outer: usize = dims[..axis].iter().product();
    if scale.len() != outer * blocks * inner || zero.len() != scale.len() {
        return None;
    }
    let block_of = |index: usize| {
        let (before, after) = (index / (inner * dims[axis]), index % inner);
        let along = (index / inner) % dims[axis];
        (before * blocks + along / block_size) * inner + after
    };
    let floats: Vec<f32> = values
        .iter()
        .enumerate()
        .map(|(index, value)| (value - zero[block_of(index)]) * scale[block_of(index)])
        .collect();
    Some(TensorProto::from_floats("", &dims, &floats))
}

fn reshaped(data: &TensorProto, shape: &TensorProto) -> Option<TensorProto> {
    let dims = shape.to_i64()?;
    let reshaped = TensorProto { dims, ..data.clone() };
    (reshaped.element_count() == data.element_count()).then_some(reshaped)
}

/// Drop-out does nothing outside of training: whoever reads its output reads its input instead.
fn bypass_dropouts(graph: &mut GraphProto) {
    let mut bypass: HashMap<String, String> = HashMap::new();
    graph.node.retain(|node| match (node.op_type.as_str(), node.input.first(), node.output.first()) {
        ("Dropout", Some(input), Some(output)) => {
            let source = bypass.get(input).unwrap_or(input).clone();
            bypass.insert(output.clone(), source);
            false
        }
        _ => true,
    });
    for name in graph.node.iter_mut().flat_map(|node| node.input.iter_mut()) {
        if let Some(source) = bypass.get(name) {
            name.clone_from(source);
        }
    }
}

/// Removes initializers that nothing reads and graph inputs that are initializers or unread.
fn drop_stale(graph: &mut GraphProto) {
    let read: HashSet<&str> =
        graph.node.iter().flat_map(|node| node.input.iter().map(String::as_str)).collect();
    graph.initializer.retain(|tensor| read.contains(tensor.name.as_str()));
    let constant: HashSet<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    graph.input.retain(|input| read.contains(input.name.as_str()) && !constant.contains(input.name.as_str()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::{AttributeProto, data_type};

    fn int8(name: &str, dims: &[i64], values: &[i8]) -> TensorProto {
        TensorProto {
            name: name.into(),
            dims: dims.into(),
            data_type: data_type::INT8,
            raw_data: values.iter().map(|&value| value as u8).collect(),
            ..TensorProto::default()
        }
    }

    fn number(name: &str, i: i64) -> AttributeProto {
        AttributeProto { name: name.into(), i, kind: 2, ..AttributeProto::default() }
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

    fn blockwise_graph(block_size: i64) -> GraphProto {
        GraphProto {
            node: vec![
                node(
                    "DequantizeLinear",
                    &["q", "s", "z"],
                    "w",
                    vec![number("axis", 1), number("block_size", block_size)],
                ),
                node("Relu", &["x"], "y0", vec![]),
                node("Dropout", &["y0"], "y1", vec![]),
                node("MatMul", &["y1", "w"], "y", vec![]),
            ],
            initializer: vec![
                int8("q", &[2, 4], &[1, 2, 3, 4, -1, -2, -3, -4]),
                TensorProto::from_floats("s", &[2, 2], &[1.0, 10.0, 0.5, 2.0]),
                int8("z", &[2, 2], &[0, 1, 0, 0]),
                int8("stale", &[1], &[1]),
            ],
            ..GraphProto::default()
        }
    }

    #[test]
    fn blocks_are_dequantised_and_the_rest_is_cleared() {
        let model = ModelProto { graph: Some(blockwise_graph(2)), ..ModelProto::default() };
        let graph = fold(&model.encode_to_vec()).unwrap().graph.unwrap();
        let ops: Vec<&str> = graph.node.iter().map(|node| node.op_type.as_str()).collect();
        assert_eq!(ops, ["Relu", "MatMul"]);
        assert_eq!(graph.node[1].input, ["y0", "w"]);
        let names: Vec<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
        assert_eq!(names, ["w"]);
        assert_eq!(graph.initializer[0].to_f32().unwrap(), [1.0, 2.0, 20.0, 30.0, -0.5, -1.0, -6.0, -8.0]);
    }

    #[test]
    fn a_wrong_block_size_is_refused_by_name() {
        for block_size in [0, -1, 1, 3] {
            let model = ModelProto { graph: Some(blockwise_graph(block_size)), ..ModelProto::default() };
            let outcome = fold(&model.encode_to_vec()).map(|_| ());
            // A block of 3 happens to need as many scales as a block of 2: both halve a row of 4.
            let expected = if block_size == 3 { Ok(()) } else { Err(FoldRefusal::BadConstant("w".into())) };
            assert_eq!(outcome, expected, "block size {block_size}");
        }
    }

    #[test]
    fn other_bytes_are_not_onnx() {
        for bytes in [&b""[..], b"hello", &[0xff; 64]] {
            assert_eq!(fold(bytes).map(|_| ()), Err(FoldRefusal::NotOnnx));
        }
    }
}
