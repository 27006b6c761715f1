//! Weights that an operator adds by own decision: known by name, pinned by SHA-256, checked by shape.
//!
//! The program ships none of these files. Each name below says how its network is fed and what its numbers mean; a file
//! that does not fit its name is refused when it is loaded, not when somebody stands at the door.

use std::num::NonZeroUsize;
use std::path::Path;

use crate::align::{AlignedFace, AlignmentFrame, crop};
use crate::detect::{DetectedFace, Point};
use crate::embed::{ChannelOrder, Recogniser, RecogniserSpec, colour_planes};
use crate::network::{Network, NetworkFault, NetworkShape, WeightsRefusal};
use crate::photo::Photo;
use crate::template::ModelId;

/// The largest weight file that is read, in bytes.
pub const WEIGHTS_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// The names under which weights may be supplied.
pub const NAMES: [&str; 4] =
    ["face-reidentification-retail-0095", "lightqnet-dm100", "minifasnet-v2-2.7", "minifasnet-v1se-4.0"];

/// A supplied network, ready to run.
#[derive(Debug)]
pub enum Supplied {
    /// Makes templates.
    Recogniser(Recogniser),
    /// Tells how good a face picture is.
    Quality(QualityNetwork),
    /// Tells a live face from a picture of one.
    Liveness(LivenessNetwork),
}

/// Why supplied weights cannot be used.
#[derive(Debug)]
pub enum SuppliedRefusal {
    /// The file cannot be read.
    Io(std::io::Error),
    /// The file is larger than [`WEIGHTS_BYTES_MAX`].
    TooLarge {
        /// Size of the file, in bytes.
        bytes: u64,
    },
    /// The weights do not fit.
    Weights(WeightsRefusal),
}

impl std::fmt::Display for SuppliedRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SuppliedRefusal::Io(error) => write!(f, "the weights cannot be read: {error}"),
            SuppliedRefusal::TooLarge { bytes } => {
                write!(f, "the weights have {bytes} bytes, the most is {WEIGHTS_BYTES_MAX}")
            }
            SuppliedRefusal::Weights(WeightsRefusal::UnknownName(name)) => {
                write!(f, "no weights are known under the name {name}; known are {}", NAMES.join(", "))
            }
            SuppliedRefusal::Weights(refusal) => write!(f, "{refusal}"),
        }
    }
}

impl std::error::Error for SuppliedRefusal {}

impl From<WeightsRefusal> for SuppliedRefusal {
    fn from(refusal: WeightsRefusal) -> Self {
        SuppliedRefusal::Weights(refusal)
    }
}

/// Loads the weights known as `name` from `path`, which must have the SHA-256 `pinned_sha256` (lower-case hex).
///
/// # Errors
/// [`SuppliedRefusal`] when the name is unknown, the file unreadable, changed or of another shape.
pub fn load(
    name: &str,
    path: &Path,
    pinned_sha256: &str,
    threads: NonZeroUsize,
) -> Result<Supplied, SuppliedRefusal> {
    if !NAMES.contains(&name) {
        return Err(WeightsRefusal::UnknownName(name.to_owned()).into());
    }
    let bytes = std::fs::metadata(path).map_err(SuppliedRefusal::Io)?.len();
    if bytes > WEIGHTS_BYTES_MAX {
        return Err(SuppliedRefusal::TooLarge { bytes });
    }
    let bytes = std::fs::read(path).map_err(SuppliedRefusal::Io)?;
    Ok(from_bytes(name, &bytes, pinned_sha256, threads)?)
}

/// [`load`] for weights in memory.
///
/// # Errors
/// [`WeightsRefusal`] when the name is unknown or the bytes do not fit it.
pub fn from_bytes(
    name: &str,
    bytes: &[u8],
    pinned_sha256: &str,
    threads: NonZeroUsize,
) -> Result<Supplied, WeightsRefusal> {
    let network = |shape| Network::load(bytes, pinned_sha256, shape, threads);
    let liveness =
        |box_scale| Ok(Supplied::Liveness(LivenessNetwork { network: network(LIVENESS_SHAPE)?, box_scale }));
    match name {
        "face-reidentification-retail-0095" => {
            // Two files under one name are two models: the hash is part of the identity.
            let id = format!("{name}-{}", &pinned_sha256[..pinned_sha256.len().min(12)]);
            let model = ModelId::parse(&id).ok_or(WeightsRefusal::UnknownName(id))?;
            Recogniser::load(bytes, pinned_sha256, RETAIL_0095, model, threads).map(Supplied::Recogniser)
        }
        "lightqnet-dm100" => Ok(Supplied::Quality(QualityNetwork { network: network(QUALITY_SHAPE)? })),
        "minifasnet-v2-2.7" => liveness(2.7),
        "minifasnet-v1se-4.0" => liveness(4.0),
        _ => Err(WeightsRefusal::UnknownName(name.to_owned())),
    }
}

/// Open Model Zoo's landmark positions are given for the unit square.
const RETAIL_0095: RecogniserSpec = RecogniserSpec {
    frame: AlignmentFrame {
        side_px: 128,
        landmarks_px: [
            (0.315_568_75 * 128.0, 0.461_574_1 * 128.0),
            (0.682_622_9 * 128.0, 0.461_574_1 * 128.0),
            (0.500_262_5 * 128.0, 0.640_505_4 * 128.0),
            (0.349_471_9 * 128.0, 0.824_692 * 128.0),
            (0.653_436_4 * 128.0, 0.824_692 * 128.0),
        ],
    },
    channels: ChannelOrder::Bgr,
    shape: NetworkShape {
        input: &[Some(1), Some(3), Some(128), Some(128)],
        outputs: 1,
        output_len: Some(256),
    },
};

const QUALITY_SIDE_PX: usize = 96;
const QUALITY_SHAPE: NetworkShape = NetworkShape {
    input: &[Some(1), Some(3), Some(QUALITY_SIDE_PX), Some(QUALITY_SIDE_PX)],
    outputs: 1,
    output_len: Some(1),
};

const LIVENESS_SIDE_PX: usize = 80;
const LIVENESS_SHAPE: NetworkShape = NetworkShape {
    input: &[Some(1), Some(3), Some(LIVENESS_SIDE_PX), Some(LIVENESS_SIDE_PX)],
    outputs: 1,
    output_len: Some(3),
};

/// A network that grades a face picture.
#[derive(Debug)]
pub struct QualityNetwork {
    network: Network,
}

impl QualityNetwork {
    /// The grade from 0 to 1; clean faces have about 0.6, blurred ones about 0.1.
    ///
    /// # Errors
    /// [`NetworkFault`] when the network cannot be run.
    pub fn grade(&self, photo: &Photo, face: &DetectedFace) -> Result<f32, NetworkFault> {
        let side = face.width_px.max(face.height_px);
        let cropped = crop(photo, face.centre(), side, side, QUALITY_SIDE_PX);
        let mut planes = colour_planes(&cropped, ChannelOrder::Bgr);
        for value in planes.iter_mut() {
            *value = (*value - 128.0) / 128.0;
        }
        first_number(&run_square(&self.network, &planes, QUALITY_SIDE_PX)?, 0)
    }
}

/// A network that looks for the signs of a printed or replayed face. Weak evidence: it may deny, never grant.
#[derive(Debug)]
pub struct LivenessNetwork {
    network: Network,
    box_scale: f32,
}

impl LivenessNetwork {
    /// The chance that the face is live, from 0 to 1, as the network sees it.
    ///
    /// # Errors
    /// [`NetworkFault`] when the network cannot be run.
    pub fn live(&self, photo: &Photo, face: &DetectedFace) -> Result<f32, NetworkFault> {
        let cropped = self.crop(photo, face);
        let planes = colour_planes(&cropped, ChannelOrder::Bgr);
        first_number(&run_square(&self.network, &planes, LIVENESS_SIDE_PX)?, 1)
    }

    /// These networks learnt on another detector's boxes, which are wider and lower than ours.
    fn crop(&self, photo: &Photo, face: &DetectedFace) -> AlignedFace {
        let (left, top) = (face.left_px - 0.125 * face.width_px, face.top_px + 0.1 * face.height_px);
        let (width, height) = (1.25 * face.width_px, 0.9 * face.height_px);
        // The crop shrinks rather than reach outside of the photo, as in the networks' training.
        let scale = self
            .box_scale
            .min((photo.width_px() - 1) as f32 / width)
            .min((photo.height_px() - 1) as f32 / height)
            .max(f32::MIN_POSITIVE);
        let (crop_width, crop_height) = (width * scale, height * scale);
        let inside = |centre: f32, len: f32, max: u32| centre.max(len / 2.0).min(max as f32 - len / 2.0);
        let centre = Point {
            x_px: inside(left + width / 2.0, crop_width, photo.width_px()),
            y_px: inside(top + height / 2.0, crop_height, photo.height_px()),
        };
        crop(photo, centre, crop_width, crop_height, LIVENESS_SIDE_PX)
    }
}

fn run_square(network: &Network, planes: &[f32], side_px: usize) -> Result<Vec<Vec<f32>>, NetworkFault> {
    network.run(&[1, 3, side_px, side_px], planes)
}

fn first_number(outputs: &[Vec<f32>], index: usize) -> Result<f32, NetworkFault> {
    outputs
        .first()
        .and_then(|output| output.get(index))
        .copied()
        .filter(|value| value.is_finite())
        .ok_or_else(|| NetworkFault("the network gave no number".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: NonZeroUsize = NonZeroUsize::MIN;

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let refusal = load("arcface", Path::new("x.onnx"), "", ONE).unwrap_err();
        assert!(refusal.to_string().contains("lightqnet-dm100"), "{refusal}");
    }

    #[test]
    fn a_missing_file_and_a_changed_file_are_refused() {
        let missing = load(NAMES[1], Path::new("no/such/file.onnx"), "", ONE).unwrap_err();
        assert!(matches!(missing, SuppliedRefusal::Io(_)), "{missing}");
        for name in NAMES {
            let refusal = from_bytes(name, b"changed", &"0".repeat(64), ONE).unwrap_err();
            assert!(matches!(refusal, WeightsRefusal::WrongHash { .. }), "{name}: {refusal}");
        }
    }

    #[test]
    fn the_shipped_recogniser_does_not_fit_any_other_name() {
        let bytes = include_bytes!("../../../models/face_recognition_sface_2021dec_int8bq.onnx");
        let hash = crate::network::sha256_hex(bytes);
        for name in NAMES {
            let refusal = from_bytes(name, bytes, &hash, ONE).unwrap_err();
            assert!(matches!(refusal, WeightsRefusal::WrongShape { .. }), "{name}: {refusal}");
        }
    }
}
