//! The part of the ONNX file format that we read, rewrite and hand on to the runtime.
//!
//! Field numbers are those of `onnx.proto` (ONNX IR version 6 to 10). Only what [`crate::fold`] needs is declared:
//! unknown fields (documentation, training information) are dropped when the file is written again. `packed` follows
//! `onnx.proto`, which is proto2: some readers take no other form.

use prost::Message;

/// `TensorProto.DataType` values that weights may have.
pub(crate) mod data_type {
    pub(crate) const FLOAT: i32 = 1;
    pub(crate) const INT8: i32 = 3;
    pub(crate) const INT64: i32 = 7;
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ModelProto {
    #[prost(int64, tag = "1")]
    pub(crate) ir_version: i64,
    #[prost(message, optional, tag = "7")]
    pub(crate) graph: Option<GraphProto>,
    #[prost(message, repeated, tag = "8")]
    pub(crate) opset_import: Vec<OperatorSetIdProto>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct OperatorSetIdProto {
    #[prost(string, tag = "1")]
    pub(crate) domain: String,
    #[prost(int64, tag = "2")]
    pub(crate) version: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct GraphProto {
    #[prost(message, repeated, tag = "1")]
    pub(crate) node: Vec<NodeProto>,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(message, repeated, tag = "5")]
    pub(crate) initializer: Vec<TensorProto>,
    #[prost(message, repeated, tag = "11")]
    pub(crate) input: Vec<ValueInfoProto>,
    #[prost(message, repeated, tag = "12")]
    pub(crate) output: Vec<ValueInfoProto>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct NodeProto {
    #[prost(string, repeated, tag = "1")]
    pub(crate) input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(crate) output: Vec<String>,
    #[prost(string, tag = "3")]
    pub(crate) name: String,
    #[prost(string, tag = "4")]
    pub(crate) op_type: String,
    #[prost(message, repeated, tag = "5")]
    pub(crate) attribute: Vec<AttributeProto>,
    #[prost(string, tag = "7")]
    pub(crate) domain: String,
}

impl NodeProto {
    pub(crate) fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.attribute.iter().find(|attribute| attribute.name == name)
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct AttributeProto {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(float, tag = "2")]
    pub(crate) f: f32,
    #[prost(int64, tag = "3")]
    pub(crate) i: i64,
    #[prost(bytes = "vec", tag = "4")]
    pub(crate) s: Vec<u8>,
    #[prost(message, optional, tag = "5")]
    pub(crate) t: Option<TensorProto>,
    #[prost(float, repeated, packed = "false", tag = "7")]
    pub(crate) floats: Vec<f32>,
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub(crate) ints: Vec<i64>,
    #[prost(int32, tag = "20")]
    pub(crate) kind: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TensorProto {
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub(crate) dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    pub(crate) data_type: i32,
    #[prost(float, repeated, tag = "4")]
    pub(crate) float_data: Vec<f32>,
    #[prost(int32, repeated, tag = "5")]
    pub(crate) int32_data: Vec<i32>,
    #[prost(int64, repeated, tag = "7")]
    pub(crate) int64_data: Vec<i64>,
    #[prost(string, tag = "8")]
    pub(crate) name: String,
    #[prost(bytes = "vec", tag = "9")]
    pub(crate) raw_data: Vec<u8>,
}

impl TensorProto {
    /// A float tensor in row-major order.
    pub(crate) fn from_floats(name: &str, dims: &[usize], values: &[f32]) -> TensorProto {
        TensorProto {
            dims: dims.iter().map(|&dim| dim as i64).collect(),
            data_type: data_type::FLOAT,
            name: name.to_owned(),
            raw_data: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            ..TensorProto::default()
        }
    }

    /// The number of elements that `dims` promises, or `None` when a dimension is negative or the product overflows.
    pub(crate) fn element_count(&self) -> Option<usize> {
        self.dims
            .iter()
            .try_fold(1_usize, |count, &dim| usize::try_from(dim).ok().and_then(|dim| count.checked_mul(dim)))
    }

    /// Elements as `f32`, from a float or int8 tensor; `None` for another type or a wrong length.
    pub(crate) fn to_f32(&self) -> Option<Vec<f32>> {
        let values = match self.data_type {
            data_type::FLOAT if self.raw_data.is_empty() => self.float_data.clone(),
            data_type::FLOAT => {
                self.raw_data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
            }
            data_type::INT8 if self.raw_data.is_empty() => {
                self.int32_data.iter().map(|&v| v as f32).collect()
            }
            data_type::INT8 => self.raw_data.iter().map(|&byte| f32::from(byte as i8)).collect(),
            _ => return None,
        };
        (Some(values.len()) == self.element_count()).then_some(values)
    }

    /// Elements of an int64 tensor; `None` for another type or a wrong length.
    pub(crate) fn to_i64(&self) -> Option<Vec<i64>> {
        let values = match self.data_type {
            data_type::INT64 if self.raw_data.is_empty() => self.int64_data.clone(),
            data_type::INT64 => {
                self.raw_data.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b)).collect()
            }
            _ => return None,
        };
        (Some(values.len()) == self.element_count()).then_some(values)
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ValueInfoProto {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) r#type: Option<TypeProto>,
}

impl ValueInfoProto {
    /// Declared dimensions: a number, or `None` where the file leaves it open.
    pub(crate) fn dims(&self) -> Vec<Option<usize>> {
        let shape = self.r#type.as_ref().and_then(|t| t.tensor_type.as_ref()).and_then(|t| t.shape.as_ref());
        shape.map_or_else(Vec::new, |shape| {
            shape
                .dim
                .iter()
                .map(|dim| usize::try_from(dim.dim_value).ok().filter(|&value| value > 0))
                .collect()
        })
    }

    /// Declares dimension `axis` as open, under `name`.
    pub(crate) fn open_dim(&mut self, axis: usize, name: &str) {
        let shape = self.r#type.as_mut().and_then(|t| t.tensor_type.as_mut()).and_then(|t| t.shape.as_mut());
        if let Some(dim) = shape.and_then(|shape| shape.dim.get_mut(axis)) {
            *dim = DimensionProto { dim_value: 0, dim_param: name.to_owned() };
        }
    }

    /// A float tensor of open or fixed dimensions.
    #[cfg(test)]
    pub(crate) fn floats(name: &str, dims: &[i64]) -> ValueInfoProto {
        let dim =
            dims.iter().map(|&dim_value| DimensionProto { dim_value, dim_param: String::new() }).collect();
        let tensor = TensorTypeProto { elem_type: data_type::FLOAT, shape: Some(TensorShapeProto { dim }) };
        ValueInfoProto { name: name.to_owned(), r#type: Some(TypeProto { tensor_type: Some(tensor) }) }
    }
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TypeProto {
    #[prost(message, optional, tag = "1")]
    pub(crate) tensor_type: Option<TensorTypeProto>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TensorTypeProto {
    #[prost(int32, tag = "1")]
    pub(crate) elem_type: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) shape: Option<TensorShapeProto>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TensorShapeProto {
    #[prost(message, repeated, tag = "1")]
    pub(crate) dim: Vec<DimensionProto>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct DimensionProto {
    #[prost(int64, tag = "1")]
    pub(crate) dim_value: i64,
    #[prost(string, tag = "2")]
    pub(crate) dim_param: String,
}
