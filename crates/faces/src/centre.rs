//! Moves templates away from what all faces have in common.
//!
//! Embeddings of different people are not spread evenly: they share a direction, which adds to the score of strangers.
//! Taking that mean away before normalising parts strangers from members without any cost in the search. The mean is
//! that of the operator's own gallery, held by a prior from a few consenting people until the gallery is large enough:
//!
//! μ = (n·g + 30·c) / (n + 30), x = normalise(e − 0.75·μ)
//!
//! with n members, g the mean of their templates, c the shipped prior and e a template as the recogniser gave it. The
//! choice of 30 and 0.75, and what they bring, is in docs/decisions/0006-centred-templates.md.

use zeroize::Zeroizing;

use crate::network::sha256_hex;
use crate::template::{ModelId, ModelMismatch, Template, TemplateRefusal};

/// How many members the prior counts for.
const PRIOR_MEMBERS: f64 = 30.0;

/// The share of the mean that is taken away.
const SHARE: f64 = 0.75;

/// The version of the formula above. It is part of the identity of centred templates.
const RECIPE: &str = "centre1";

/// The mean of the templates of a few consenting people: the start for a gallery that has no mean of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct CentrePrior {
    model: ModelId,
    vector: Vec<f32>,
}

/// Why a prior or a centre cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CentreRefusal {
    /// The numbers are no vector of a mean, or there are no templates.
    Template(TemplateRefusal),
    /// Templates of another model than the prior's.
    Mismatch(ModelMismatch),
}

impl std::fmt::Display for CentreRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CentreRefusal::Template(refusal) => refusal.fmt(f),
            CentreRefusal::Mismatch(mismatch) => mismatch.fmt(f),
        }
    }
}

impl std::error::Error for CentreRefusal {}

impl From<TemplateRefusal> for CentreRefusal {
    fn from(refusal: TemplateRefusal) -> Self {
        CentreRefusal::Template(refusal)
    }
}

impl From<ModelMismatch> for CentreRefusal {
    fn from(mismatch: ModelMismatch) -> Self {
        CentreRefusal::Mismatch(mismatch)
    }
}

impl CentrePrior {
    /// A prior from its numbers, for example the shipped ones.
    ///
    /// # Errors
    /// [`TemplateRefusal`] for an empty vector, NaN or infinity. A zero vector is allowed: it takes nothing away.
    pub fn from_vector(model: ModelId, vector: Vec<f32>) -> Result<CentrePrior, TemplateRefusal> {
        if vector.is_empty() {
            return Err(TemplateRefusal::Empty);
        }
        if vector.iter().any(|value| !value.is_finite()) {
            return Err(TemplateRefusal::NotFinite);
        }
        Ok(CentrePrior { model, vector })
    }

    /// The mean of one template for each of several people. It is not a template and identifies nobody.
    ///
    /// # Errors
    /// [`CentreRefusal`] without templates or with templates of several models.
    pub fn of_people(templates: &[Template]) -> Result<CentrePrior, CentreRefusal> {
        let first = templates.first().ok_or(TemplateRefusal::Empty)?;
        let sum = sum_of(first.model(), first.expose().len(), templates)?;
        let vector = sum.iter().map(|total| (total / templates.len() as f64) as f32).collect();
        Ok(CentrePrior { model: first.model().clone(), vector })
    }

    /// The numbers, to be written to a file.
    #[must_use]
    pub fn vector(&self) -> &[f32] {
        &self.vector
    }
}

/// The mean that is taken away from the templates of one gallery and from all that is compared with them.
#[derive(Debug, Clone, PartialEq)]
pub struct Centre {
    from_model: ModelId,
    model: ModelId,
    recipe: ModelId,
    mean: Vec<f64>,
}

impl Centre {
    /// The centre of a gallery: `members` holds one template for each member, as the recogniser gave it. Without members
    /// it is the prior.
    ///
    /// # Errors
    /// [`CentreRefusal`] when a template is of another model than the prior.
    pub fn of_gallery(prior: &CentrePrior, members: &[Template]) -> Result<Centre, CentreRefusal> {
        let sum = sum_of(&prior.model, prior.vector.len(), members)?;
        let weight = members.len() as f64 + PRIOR_MEMBERS;
        let mean: Vec<f64> = sum
            .iter()
            .zip(&prior.vector)
            .map(|(total, prior)| (total + PRIOR_MEMBERS * f64::from(*prior)) / weight)
            .collect();
        let bytes: Vec<u8> = mean.iter().flat_map(|value| value.to_le_bytes()).collect();
        let recipe = named(&format!("{}+{RECIPE}", prior.model))?;
        let model = named(&format!("{recipe}-{}", &sha256_hex(&bytes)[..12]))?;
        Ok(Centre { from_model: prior.model.clone(), model, recipe, mean })
    }

    /// The identity that a calibration is made for: recogniser and formula, whatever the gallery.
    #[must_use]
    pub fn recipe(&self) -> &ModelId {
        &self.recipe
    }

    /// A template in this gallery's terms. Its model names the mean, so that it is never compared with another
    /// gallery's.
    ///
    /// # Errors
    /// [`CentreRefusal::Mismatch`] for a template of another model (or one that is centred already), and
    /// [`CentreRefusal::Template`] when nothing is left of it.
    pub fn apply(&self, template: &Template) -> Result<Template, CentreRefusal> {
        if *template.model() != self.from_model || template.expose().len() != self.mean.len() {
            let mismatch = ModelMismatch { left: self.from_model.clone(), right: template.model().clone() };
            return Err(mismatch.into());
        }
        let moved = template.expose().iter().zip(&self.mean);
        let vector = moved.map(|(value, mean)| (f64::from(*value) - SHARE * mean) as f32).collect();
        Ok(Template::from_vector(self.model.clone(), vector)?)
    }
}

fn named(id: &str) -> Result<ModelId, CentreRefusal> {
    // Only an overlong model name of an operator's own weights can get here.
    ModelId::parse(id).ok_or(CentreRefusal::Template(TemplateRefusal::Mixed))
}

fn sum_of(model: &ModelId, len: usize, templates: &[Template]) -> Result<Zeroizing<Vec<f64>>, ModelMismatch> {
    let mut sum = Zeroizing::new(vec![0.0; len]);
    for template in templates {
        if template.model() != model || template.expose().len() != len {
            return Err(ModelMismatch { left: model.clone(), right: template.model().clone() });
        }
        for (total, value) in sum.iter_mut().zip(template.expose()) {
            *total += f64::from(*value);
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(vector: [f32; 3]) -> Template {
        Template::from_vector(ModelId::parse("m").unwrap(), vector.to_vec()).unwrap()
    }

    fn prior(vector: [f32; 3]) -> CentrePrior {
        CentrePrior::from_vector(ModelId::parse("m").unwrap(), vector.to_vec()).unwrap()
    }

    #[test]
    fn strangers_with_a_shared_direction_are_parted() {
        let members = [template([1.0, 0.4, 0.0]), template([1.0, -0.4, 0.0])];
        let centre = Centre::of_gallery(&prior([1.0, 0.0, 0.0]), &members).unwrap();
        let [a, b] = members.each_ref().map(|member| centre.apply(member).unwrap());
        assert!(members[0].similarity(&members[1]).unwrap() > 0.7);
        assert!(a.similarity(&b).unwrap() < 0.0);
    }

    #[test]
    fn an_empty_gallery_has_the_prior_and_a_large_one_its_own_mean() {
        let empty = Centre::of_gallery(&prior([0.5, 0.0, 0.0]), &[]).unwrap();
        assert_eq!(empty.mean, [0.5, 0.0, 0.0]);
        let many: Vec<Template> = (0..3_000).map(|_| template([0.0, 1.0, 0.0])).collect();
        let large = Centre::of_gallery(&prior([0.5, 0.0, 0.0]), &many).unwrap();
        assert!((large.mean[0] - 0.5 * 30.0 / 3_030.0).abs() < 1e-9 && large.mean[1] > 0.99);
    }

    #[test]
    fn b15_templates_of_two_centres_or_of_none_are_never_compared() {
        let one = Centre::of_gallery(&prior([0.5, 0.0, 0.0]), &[]).unwrap();
        let two = Centre::of_gallery(&prior([0.4, 0.0, 0.0]), &[]).unwrap();
        let plain = template([1.0, 1.0, 0.0]);
        let (a, b) = (one.apply(&plain).unwrap(), two.apply(&plain).unwrap());
        assert!(a.similarity(&b).is_err() && a.similarity(&plain).is_err());
        assert!(one.apply(&a).is_err(), "a centred template is not centred again");
        assert_eq!(one.recipe(), two.recipe());
    }

    #[test]
    fn a_prior_is_the_mean_of_its_people_and_bad_numbers_are_refused() {
        let mean = CentrePrior::of_people(&[template([1.0, 0.0, 0.0]), template([0.0, 1.0, 0.0])]).unwrap();
        assert_eq!(mean.vector(), [0.5, 0.5, 0.0]);
        assert!(CentrePrior::of_people(&[]).is_err());
        let model = ModelId::parse("m").unwrap();
        assert_eq!(CentrePrior::from_vector(model.clone(), vec![]), Err(TemplateRefusal::Empty));
        assert_eq!(CentrePrior::from_vector(model, vec![f32::NAN]), Err(TemplateRefusal::NotFinite));
    }
}
