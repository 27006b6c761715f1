//! A face template: a unit vector that belongs to one model.
//!
//! A template is biometric data. It is wiped when dropped, has no `Debug` and no `Serialize`, and can only be compared
//! with a template of the same model: the numbers of two models mean different things.

use std::sync::Arc;

use zeroize::{Zeroize, Zeroizing};

/// Which model made a template, with its version: the identity under which templates may be compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelId(Arc<str>);

impl ModelId {
    /// The longest identity that is accepted, in bytes.
    pub const LEN_MAX: usize = 120;

    /// An identity of printable ASCII without spaces, for example `sface-2021dec-int8bq`.
    ///
    /// Returns `None` for an empty, overlong or unprintable one.
    #[must_use]
    pub fn parse(id: &str) -> Option<ModelId> {
        let fits =
            !id.is_empty() && id.len() <= Self::LEN_MAX && id.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| ModelId(id.into()))
    }

    /// The identity as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ModelId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why numbers are not a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateRefusal {
    /// No numbers, or none at all to average.
    Empty,
    /// A number is NaN or infinite.
    NotFinite,
    /// All numbers are zero, so there is no direction.
    Zero,
    /// The templates to average have different lengths or models.
    Mixed,
}

impl std::fmt::Display for TemplateRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            TemplateRefusal::Empty => "a template needs at least one number",
            TemplateRefusal::NotFinite => "a template cannot hold NaN or infinity",
            TemplateRefusal::Zero => "a template cannot be all zeros",
            TemplateRefusal::Mixed => "templates of different models cannot be averaged",
        })
    }
}

impl std::error::Error for TemplateRefusal {}

/// Two templates of different models were to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelMismatch {
    /// The model of the first template.
    pub left: ModelId,
    /// The model of the second template.
    pub right: ModelId,
}

impl std::fmt::Display for ModelMismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "a template of {} cannot be compared with one of {}: enrol again with one model",
            self.left, self.right
        )
    }
}

impl std::error::Error for ModelMismatch {}

/// A unit vector and its model. Wiped on drop.
#[derive(Clone)]
pub struct Template {
    model: ModelId,
    vector: Zeroizing<Vec<f32>>,
}

impl Template {
    /// Normalises `vector` to length one.
    ///
    /// # Errors
    /// [`TemplateRefusal`] for an empty or all-zero vector and for NaN or infinity; the vector is wiped either way.
    pub fn from_vector(model: ModelId, mut vector: Vec<f32>) -> Result<Template, TemplateRefusal> {
        let length = match length_of(&vector) {
            Ok(length) => length,
            Err(refusal) => {
                vector.zeroize();
                return Err(refusal);
            }
        };
        for value in &mut vector {
            *value = (f64::from(*value) / length) as f32;
        }
        Ok(Template { model, vector: Zeroizing::new(vector) })
    }

    /// The normalised mean of templates of one model: what a member enrolled with several photos is searched by.
    ///
    /// # Errors
    /// [`TemplateRefusal::Empty`] without templates, [`TemplateRefusal::Mixed`] for several models,
    /// [`TemplateRefusal::Zero`] when the templates cancel out.
    pub fn mean(templates: &[Template]) -> Result<Template, TemplateRefusal> {
        let first = templates.first().ok_or(TemplateRefusal::Empty)?;
        let mut sum = vec![0.0_f32; first.vector.len()];
        for template in templates {
            if template.model != first.model || template.vector.len() != sum.len() {
                sum.zeroize();
                return Err(TemplateRefusal::Mixed);
            }
            for (total, value) in sum.iter_mut().zip(template.vector.iter()) {
                *total += value;
            }
        }
        Template::from_vector(first.model.clone(), sum)
    }

    /// The model that made this template.
    #[must_use]
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// The unit vector itself, for the gallery and for a sealed file. It must not reach a log, a page or an answer.
    #[must_use]
    pub fn expose(&self) -> &[f32] {
        &self.vector
    }

    /// Cosine similarity, from -1 to 1.
    ///
    /// # Errors
    /// [`ModelMismatch`] when the templates come from different models.
    pub fn similarity(&self, other: &Template) -> Result<f32, ModelMismatch> {
        if self.model != other.model || self.vector.len() != other.vector.len() {
            return Err(ModelMismatch { left: self.model.clone(), right: other.model.clone() });
        }
        let dot: f64 =
            self.vector.iter().zip(other.vector.iter()).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        Ok(dot as f32)
    }
}

fn length_of(vector: &[f32]) -> Result<f64, TemplateRefusal> {
    if vector.is_empty() {
        return Err(TemplateRefusal::Empty);
    }
    if vector.iter().any(|value| !value.is_finite()) {
        return Err(TemplateRefusal::NotFinite);
    }
    let square: f64 = vector.iter().map(|value| f64::from(*value) * f64::from(*value)).sum();
    if square > 0.0 { Ok(square.sqrt()) } else { Err(TemplateRefusal::Zero) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(id: &str) -> ModelId {
        ModelId::parse(id).unwrap()
    }

    #[test]
    fn b14_nan_infinity_and_zero_are_refused() {
        let cases: [(&[f32], TemplateRefusal); 5] = [
            (&[], TemplateRefusal::Empty),
            (&[f32::NAN, 1.0], TemplateRefusal::NotFinite),
            (&[1.0, f32::INFINITY], TemplateRefusal::NotFinite),
            (&[0.0, 0.0], TemplateRefusal::Zero),
            (&[-0.0], TemplateRefusal::Zero),
        ];
        for (vector, expected) in cases {
            assert_eq!(
                Template::from_vector(model("m"), vector.to_vec()).err(),
                Some(expected),
                "{vector:?}"
            );
        }
    }

    #[test]
    fn huge_and_tiny_vectors_become_unit_vectors() {
        for vector in [vec![f32::MAX, f32::MAX], vec![f32::MIN_POSITIVE, f32::MIN_POSITIVE]] {
            let template = Template::from_vector(model("m"), vector).unwrap();
            assert!((template.similarity(&template).unwrap() - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn b15_models_are_never_mixed() {
        let one = Template::from_vector(model("a"), vec![1.0, 0.0]).unwrap();
        let two = Template::from_vector(model("b"), vec![1.0, 0.0]).unwrap();
        let three = Template::from_vector(model("a"), vec![1.0, 0.0, 0.0]).unwrap();
        assert_eq!(one.similarity(&two), Err(ModelMismatch { left: model("a"), right: model("b") }));
        assert!(one.similarity(&three).is_err());
        assert_eq!(Template::mean(&[one.clone(), two]).err(), Some(TemplateRefusal::Mixed));
        assert_eq!(Template::mean(&[one, three]).err(), Some(TemplateRefusal::Mixed));
        assert_eq!(Template::mean(&[]).err(), Some(TemplateRefusal::Empty));
    }

    #[test]
    fn the_mean_is_the_normalised_mean() {
        let one = Template::from_vector(model("a"), vec![2.0, 0.0]).unwrap();
        let two = Template::from_vector(model("a"), vec![0.0, 5.0]).unwrap();
        let mean = Template::mean(&[one.clone(), two]).unwrap();
        assert!((mean.similarity(&one).unwrap() - std::f32::consts::FRAC_1_SQRT_2).abs() < 1e-6);
        let opposite = Template::from_vector(model("a"), vec![-1.0, 0.0]).unwrap();
        assert_eq!(Template::mean(&[one, opposite]).err(), Some(TemplateRefusal::Zero));
    }

    #[test]
    fn identities_are_plain_words() {
        for bad in ["", "two words", "ж", &"x".repeat(121)] {
            assert_eq!(ModelId::parse(bad), None, "{bad}");
        }
        assert_eq!(model("sface-2021dec").as_str(), "sface-2021dec");
    }
}
