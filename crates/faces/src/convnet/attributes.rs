//! Reads attributes and constants of nodes: what we need is there in the one form that we execute, or the node is refused.

use crate::onnx::{NodeProto, TensorProto};

/// Whether a list of numbers is absent or exactly `expected`.
pub(super) fn ints_are(node: &NodeProto, name: &str, expected: &[i64]) -> bool {
    node.attribute(name).is_none_or(|attribute| attribute.ints == expected)
}

/// The number of an attribute, or what the operator takes without it.
pub(super) fn int_or(node: &NodeProto, name: &str, default: i64) -> i64 {
    node.attribute(name).map_or(default, |attribute| attribute.i)
}

/// The number of an attribute, or what the operator takes without it.
pub(super) fn float_or(node: &NodeProto, name: &str, default: f32) -> f32 {
    node.attribute(name).map_or(default, |attribute| attribute.f)
}

/// Whether a word is `expected`; `default` is what the operator takes without it.
pub(super) fn word_is(node: &NodeProto, name: &str, expected: &str, default: &str) -> bool {
    node.attribute(name).map_or(default.as_bytes(), |attribute| attribute.s.as_slice()) == expected.as_bytes()
}

/// Dimensions as sizes, or `None` when one is negative.
pub(super) fn dims(tensor: &TensorProto) -> Option<Vec<usize>> {
    tensor.dims.iter().map(|&dim| usize::try_from(dim).ok()).collect()
}

/// The one number of a constant, whatever its rank.
pub(super) fn scalar(tensor: &TensorProto) -> Option<f32> {
    match tensor.to_f32()?.as_slice() {
        [value] => Some(*value),
        _ => None,
    }
}
