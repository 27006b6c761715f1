//! Data that is built into the program beside the weights: the prior of the gallery's centre and the calibration tables.

use bonafide_domain::calibration::Calibration;
use bonafide_faces::centre::CentrePrior;
use bonafide_faces::template::ModelId;
use serde::{Deserialize, Serialize};

use crate::evaluation::calibration_file::{self, Compares};
use crate::failure::Failure;

const CENTRE_PRIOR: &str = include_str!("../../../models/centre-prior-sface-2021dec.json");
const CALIBRATION: &str = include_str!("../../../models/calibration-sface-2021dec.json");
const PHOTO_CALIBRATION: &str = include_str!("../../../models/calibration-photos-sface-2021dec.json");

/// The file form of a [`CentrePrior`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CentrePriorFile {
    /// The recogniser that made the templates.
    pub model: String,
    /// How many people the mean is of.
    pub people: usize,
    /// Where the photos are from, with their licence.
    pub source: String,
    /// The mean.
    pub vector: Vec<f32>,
}

/// Reads the file form of a prior.
///
/// # Errors
/// When the text is not JSON of [`CentrePriorFile`] or its numbers are no mean.
pub fn parse_centre_prior(json: &str) -> Result<CentrePrior, Failure> {
    let refused = |words: String| Failure::new("bad_centre_prior", words);
    let file: CentrePriorFile = serde_json::from_str(json).map_err(|error| refused(error.to_string()))?;
    let model = ModelId::parse(&file.model).ok_or_else(|| refused(format!("{} is no model", file.model)))?;
    CentrePrior::from_vector(model, file.vector).map_err(|refusal| refused(refusal.to_string()))
}

/// The prior that is built in.
///
/// # Errors
/// Never with the file in the repository; a test reads it.
pub fn centre_prior() -> Result<CentrePrior, Failure> {
    parse_centre_prior(CENTRE_PRIOR)
}

/// The built-in calibration table of a search among members, and of a claim to be one of them.
///
/// # Errors
/// Never with the file in the repository; a test reads it.
pub fn calibration() -> Result<Calibration, Failure> {
    calibration_file::parse(CALIBRATION, Compares::MemberWithPhoto)
}

/// The built-in calibration table of one photo against another.
///
/// # Errors
/// Never with the file in the repository; a test reads it.
pub fn photo_calibration() -> Result<Calibration, Failure> {
    calibration_file::parse(PHOTO_CALIBRATION, Compares::PhotoWithPhoto)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bonafide_faces::centre::Centre;

    #[test]
    fn the_built_in_data_belong_together() {
        let centre = Centre::of_gallery(&centre_prior().unwrap(), &[]).unwrap();
        for table in [calibration(), photo_calibration()] {
            assert_eq!(table.unwrap().model(), centre.recipe().as_str());
        }
    }

    #[test]
    fn a_damaged_prior_is_refused() {
        for json in [
            "",
            "{}",
            r#"{"model":"","people":1,"source":"","vector":[1]}"#,
            r#"{"model":"m","people":1,"source":"","vector":[]}"#,
        ] {
            assert_eq!(parse_centre_prior(json).err().unwrap().key, "bad_centre_prior", "{json}");
        }
    }
}
