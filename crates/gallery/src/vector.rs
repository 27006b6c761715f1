//! From floats to integers: what is refused, how templates and queries are quantised, and what error that makes.

use std::fmt;

use crate::limits::DIM_MAX;

/// Largest magnitude of a stored component. −128 is not used, so that the steps are symmetric.
pub(crate) const TEMPLATE_MAX: f64 = 127.0;

/// Largest magnitude of a query component: 127 × 128, which splits into two signed bytes (see the VNNI kernel).
pub(crate) const QUERY_MAX: f64 = 16_256.0;

/// Stored bytes are unsigned: the component plus this. `vpdpbusd` multiplies unsigned by signed bytes.
pub(crate) const BIAS: u8 = 128;

/// Why a vector is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VectorError {
    /// The vector has another length than the gallery's templates, or none, or more than [`DIM_MAX`].
    WrongLength {
        /// The length that would have been right; for a vector that fits no gallery, [`DIM_MAX`].
        expected: usize,
        /// The length that was given.
        actual: usize,
    },
    /// A component is NaN or infinite.
    NotFinite,
    /// All components are zero (or subnormal): the vector has no direction.
    Zero,
}

impl fmt::Display for VectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongLength { expected, actual } => {
                write!(f, "the vector has {actual} components instead of {expected}")
            }
            Self::NotFinite => f.write_str("the vector has a component that is not a finite number"),
            Self::Zero => f.write_str("the vector is zero"),
        }
    }
}

impl std::error::Error for VectorError {}

/// The length of a vector as it is stored: whole groups of four components.
pub(crate) fn padded(dim: usize) -> usize {
    dim.next_multiple_of(4)
}

/// Refuses what must never match; answers with the largest magnitude.
fn largest_magnitude(vector: &[f32]) -> Result<f64, VectorError> {
    if vector.is_empty() || vector.len() > DIM_MAX {
        return Err(VectorError::WrongLength { expected: DIM_MAX, actual: vector.len() });
    }
    if vector.iter().any(|x| !x.is_finite()) {
        return Err(VectorError::NotFinite);
    }
    let largest = vector.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
    if largest < f32::MIN_POSITIVE {
        return Err(VectorError::Zero);
    }
    Ok(f64::from(largest))
}

/// Rounds to the nearest integer, halves away from zero. Written out because `f64::round` is a library call on the
/// baseline x86-64, which would make loading a large gallery several times slower.
fn nearest(x: f64) -> i32 {
    (x + 0.5_f64.copysign(x)) as i32
}

/// Appends the stored form of `vector` to `codes` (biased bytes, padded to whole groups of four) and returns 1/‖code‖.
pub(crate) fn quantise_template(vector: &[f32], codes: &mut Vec<u8>) -> Result<f32, VectorError> {
    let per_unit = TEMPLATE_MAX / largest_magnitude(vector)?;
    let mut norm_squared = 0_i32;
    codes.extend(vector.iter().map(|x| {
        let code = nearest(f64::from(*x) * per_unit);
        norm_squared += code * code;
        (code + i32::from(BIAS)) as u8
    }));
    codes.extend(std::iter::repeat_n(BIAS, padded(vector.len()) - vector.len()));
    Ok((1.0 / f64::from(norm_squared).sqrt()) as f32)
}

/// Appends the integer form of a query to `values` (padded with zeros) and returns 1/‖values‖.
pub(crate) fn quantise_query(vector: &[f32], values: &mut Vec<i16>) -> Result<f32, VectorError> {
    let per_unit = QUERY_MAX / largest_magnitude(vector)?;
    let mut norm_squared = 0_i64;
    values.extend(vector.iter().map(|x| {
        let value = nearest(f64::from(*x) * per_unit);
        norm_squared += i64::from(value) * i64::from(value);
        value as i16
    }));
    values.extend(std::iter::repeat_n(0, padded(vector.len()) - vector.len()));
    Ok((1.0 / (norm_squared as f64).sqrt()) as f32)
}

/// How far the score of any query against this template can be from the exact cosine because the template is stored
/// as int8.
///
/// With the step Δ = max|v| / 127 every component is off by at most Δ/2, so the stored direction is at most
/// asin(√d · Δ / (2‖v‖)) away from the true one, and a cosine moves by no more than the angle. This is the worst case;
/// for a face embedding of 128 components the usual error is about Δ/√12 ≈ 0.0006, twenty times smaller.
pub fn template_error_bound(vector: &[f32]) -> Result<f64, VectorError> {
    error_bound(vector, TEMPLATE_MAX)
}

/// How far any score of this query can be from the exact cosine because the query is rounded to 15 bits: 128 times
/// less than [`template_error_bound`], plus the rounding of f32.
pub fn query_error_bound(vector: &[f32]) -> Result<f64, VectorError> {
    // Conversion of the dot product, two factors and their products: five roundings of f32.
    const F32_ROUNDINGS: f64 = 5.0 * (f32::EPSILON as f64) / 2.0;
    Ok(error_bound(vector, QUERY_MAX)? + F32_ROUNDINGS)
}

fn error_bound(vector: &[f32], code_max: f64) -> Result<f64, VectorError> {
    let step = largest_magnitude(vector)? / code_max;
    let norm = vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
    let sine = (vector.len() as f64).sqrt() * step / (2.0 * norm);
    Ok(sine.min(1.0).asin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_away_from_zero() {
        for (x, expected) in [(0.5, 1), (-0.5, -1), (1.4, 1), (-1.6, -2), (126.999, 127), (0.0, 0)] {
            assert_eq!(nearest(x), expected, "{x}");
        }
    }

    #[test]
    fn the_largest_component_uses_the_whole_range() {
        for scale in [f32::MIN_POSITIVE, 1e-20, 1.0, 3e38] {
            let mut codes = Vec::new();
            quantise_template(&[scale, -scale, 0.0], &mut codes).unwrap();
            assert_eq!(codes, [255, 1, 128, 128], "{scale}");
            let mut values = Vec::new();
            quantise_query(&[scale, -scale, 0.0], &mut values).unwrap();
            assert_eq!(values, [16_256, -16_256, 0, 0], "{scale}");
        }
    }
}
