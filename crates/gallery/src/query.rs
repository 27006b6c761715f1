//! A face to look for.

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::vector::{VectorError, quantise_query};

/// A checked and quantised face to look for. It is wiped when dropped.
#[derive(Clone)]
pub struct Query {
    dim: usize,
    /// 15-bit components, padded with zeros to whole groups of four.
    values: Zeroizing<Vec<i16>>,
    /// 1/‖values‖: turns a key into a cosine.
    inverse_norm: f32,
}

impl Query {
    /// Checks and quantises. The vector need not have length one; NaN, infinity, zero and impossible lengths are
    /// refused. Whether the length is that of a gallery is known only when it is searched.
    pub fn new(vector: &[f32]) -> Result<Self, VectorError> {
        // The capacity is right from the start: a growing vector would leave unwiped copies behind.
        let mut values = Zeroizing::new(Vec::with_capacity(vector.len() + 3));
        let inverse_norm = quantise_query(vector, &mut values)?;
        Ok(Self { dim: vector.len(), values, inverse_norm })
    }

    /// Number of components.
    pub fn dim(&self) -> usize {
        self.dim
    }

    pub(crate) fn values(&self) -> &[i16] {
        &self.values
    }

    pub(crate) fn inverse_norm(&self) -> f32 {
        self.inverse_norm
    }

    /// The components in groups of four, one group for each line of a block.
    pub(crate) fn quads(&self) -> &[[i16; 4]] {
        self.values.as_chunks().0
    }
}

impl Drop for Query {
    fn drop(&mut self) {
        self.inverse_norm.zeroize();
    }
}

/// Shows no component: a template must not reach a log.
impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").field("dim", &self.dim).finish_non_exhaustive()
    }
}
