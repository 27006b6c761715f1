//! Whether two photos are of one person, as sure as a claim at a door.

use bonafide_domain::identify::{
    Claim, ClaimThreshold, Policy, Purpose as Recognition, admissible_claim, verify,
};
use bonafide_faces::centre::Centre;
use bonafide_faces::template::Template;

use crate::failure::Failure;
use crate::shipped;

/// What compares, made once.
pub struct Likeness {
    threshold: ClaimThreshold,
    centre: Centre,
}

impl Likeness {
    /// With the tables that are built in.
    ///
    /// # Errors
    /// `calibration_too_small`, never with the files in the repository.
    pub fn shipped() -> Result<Likeness, Failure> {
        let words = "the built-in calibration is too small: evaluate with more photos";
        let policy = Policy::standard(Recognition::Door);
        let threshold = admissible_claim(&policy, &shipped::photo_calibration()?)
            .map_err(|_| Failure::new("calibration_too_small", words))?;
        Ok(Likeness { threshold, centre: Centre::of_gallery(&shipped::centre_prior()?, &[])? })
    }

    /// Whether they are.
    ///
    /// # Errors
    /// `other_model` for a template of another model.
    pub fn same(&self, one: &Template, other: &Template) -> Result<bool, Failure> {
        let score = self
            .centre
            .apply(one)?
            .similarity(&self.centre.apply(other)?)
            .map_err(|mismatch| Failure::new("other_model", mismatch.to_string()))?;
        Ok(verify(&self.threshold, score) == Claim::Confirmed)
    }
}
