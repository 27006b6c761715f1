//! The shipped engine: a photo to a template, step by step or in one call.

use std::num::NonZeroUsize;

use crate::align::{AlignedFace, FRAME_112, align, crop};
use crate::detect::{DetectedFace, Detector, DetectorInput};
use crate::embed::{ChannelOrder, Recogniser, RecogniserSpec};
use crate::network::{NetworkFault, NetworkShape, WeightsRefusal};
use crate::photo::Photo;
use crate::quality::{Quality, QualityLimits, QualityRefusal, measure};
use crate::template::{ModelId, Template};

// Statics, not constants: a constant of ten megabytes is copied into every unit that names it.
static DETECTOR_BYTES: &[u8] = include_bytes!("../../../models/face_detection_yunet_2023mar_int8bq.onnx");
const DETECTOR_SHA256: &str = "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10";
static RECOGNISER_BYTES: &[u8] = include_bytes!("../../../models/face_recognition_sface_2021dec_int8bq.onnx");
const RECOGNISER_SHA256: &str = "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee";

/// The identity of templates made by the shipped recogniser. `fit2` is the version of the alignment: another crop of the
/// same face is another template.
pub const SHIPPED_MODEL: &str = "sface-2021dec-int8bq-fit2";

/// Side of the crop in which a face is looked at both ways up, in pixels, and how many faces wide it is. Smaller crops
/// (96 pixels) made one mistake in 5,957.
const UPRIGHT_CROP_SIDE_PX: usize = 128;
const UPRIGHT_CROP_FACES: f32 = 2.0;

/// The shipped recogniser: 1×3×112×112, RGB from 0 to 255, to 128 numbers.
const SHIPPED_SPEC: RecogniserSpec = RecogniserSpec {
    frame: FRAME_112,
    channels: ChannelOrder::Rgb,
    shape: NetworkShape {
        input: &[Some(1), Some(3), Some(112), Some(112)],
        outputs: 1,
        output_len: Some(128),
    },
};

/// Why a photo gives no template: the person can do something, or the program is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaptureRefusal {
    /// The photo is not good enough; the refusal carries the advice.
    Quality(QualityRefusal),
    /// The network failed.
    Fault(NetworkFault),
}

impl From<QualityRefusal> for CaptureRefusal {
    fn from(refusal: QualityRefusal) -> Self {
        CaptureRefusal::Quality(refusal)
    }
}

impl From<NetworkFault> for CaptureRefusal {
    fn from(fault: NetworkFault) -> Self {
        CaptureRefusal::Fault(fault)
    }
}

impl std::fmt::Display for CaptureRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CaptureRefusal::Quality(refusal) => refusal.fmt(f),
            CaptureRefusal::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for CaptureRefusal {}

/// The faces of a photo and the measures of the main one, with its aligned crop.
pub struct Findings {
    /// All faces, the main one first.
    pub faces: Vec<DetectedFace>,
    /// The main face, aligned and measured; `None` without a face.
    pub main: Option<(AlignedFace, Quality)>,
}

/// A template with the measures of the capture it came from.
pub struct Capture {
    /// The template.
    pub template: Template,
    /// The measures.
    pub quality: Quality,
}

/// Detector and recogniser together.
#[derive(Debug)]
pub struct Engine {
    detector: Detector,
    recogniser: Recogniser,
}

impl Engine {
    /// Loads the weights that are built into the program. Each network runs on `threads` threads.
    ///
    /// # Errors
    /// [`WeightsRefusal`] when the built-in weights were changed.
    pub fn shipped(threads: NonZeroUsize) -> Result<Engine, WeightsRefusal> {
        let model =
            ModelId::parse(SHIPPED_MODEL).ok_or_else(|| WeightsRefusal::UnknownName(SHIPPED_MODEL.into()))?;
        let recogniser = Recogniser::load(RECOGNISER_BYTES, RECOGNISER_SHA256, SHIPPED_SPEC, model, threads)?;
        Engine::with_recogniser(recogniser, threads)
    }

    /// The shipped detector with another recogniser.
    ///
    /// # Errors
    /// [`WeightsRefusal`] when the built-in weights were changed.
    pub fn with_recogniser(recogniser: Recogniser, threads: NonZeroUsize) -> Result<Engine, WeightsRefusal> {
        Ok(Engine { detector: Detector::load(DETECTOR_BYTES, DETECTOR_SHA256, threads)?, recogniser })
    }

    /// The identity of the templates that this engine makes.
    #[must_use]
    pub fn model(&self) -> &ModelId {
        self.recogniser.model()
    }

    /// All faces, the main one first. Looks at the small picture, and at the full one only when nothing was found.
    ///
    /// # Errors
    /// [`NetworkFault`] when the network cannot be run.
    pub fn detect(&self, photo: &Photo) -> Result<Vec<DetectedFace>, NetworkFault> {
        let faces = self.detector.detect(photo, DetectorInput::Fast)?;
        let full_sees_more =
            DetectorInput::Full.long_side_px(photo) > DetectorInput::Fast.long_side_px(photo);
        if !faces.is_empty() || !full_sees_more {
            return Ok(faces);
        }
        self.detector.detect(photo, DetectorInput::Full)
    }

    /// All faces at the given input size, the main one first.
    ///
    /// # Errors
    /// [`NetworkFault`] when the network cannot be run.
    pub fn detect_at(&self, photo: &Photo, input: DetectorInput) -> Result<Vec<DetectedFace>, NetworkFault> {
        self.detector.detect(photo, input)
    }

    /// A face in the recogniser's frame.
    #[must_use]
    pub fn align(&self, photo: &Photo, face: &DetectedFace) -> AlignedFace {
        align(photo, face, self.recogniser.frame())
    }

    /// The template of an aligned face, whatever its quality.
    ///
    /// # Errors
    /// [`NetworkFault`] when the network cannot be run.
    pub fn embed(&self, face: &AlignedFace) -> Result<Template, NetworkFault> {
        self.recogniser.embed(face)
    }

    /// Faces and measures of a photo, without a template.
    ///
    /// # Errors
    /// [`NetworkFault`] when the network cannot be run.
    pub fn inspect(&self, photo: &Photo) -> Result<Findings, NetworkFault> {
        Ok(self.findings(photo, self.detect(photo)?))
    }

    /// As [`Engine::inspect`], at the given input size of the detector.
    ///
    /// # Errors
    /// [`NetworkFault`] when the network cannot be run.
    pub fn inspect_at(&self, photo: &Photo, input: DetectorInput) -> Result<Findings, NetworkFault> {
        Ok(self.findings(photo, self.detect_at(photo, input)?))
    }

    fn findings(&self, photo: &Photo, faces: Vec<DetectedFace>) -> Findings {
        let main = faces.first().and_then(|face| {
            let aligned = self.align(photo, face);
            measure(photo, &faces, &aligned).map(|quality| (aligned, quality))
        });
        Findings { faces, main }
    }

    /// Whether the main face of `photo` is inside of `limits`; `findings` are those of the same photo.
    ///
    /// # Errors
    /// [`CaptureRefusal::Quality`] with advice for the person, [`CaptureRefusal::Fault`] when the network fails.
    pub fn judge(
        &self,
        photo: &Photo,
        findings: &Findings,
        limits: &QualityLimits,
    ) -> Result<(), CaptureRefusal> {
        let (Some(face), Some((_, quality))) = (findings.faces.first(), &findings.main) else {
            return Err(QualityRefusal::NoFace.into());
        };
        limits.check(quality)?;
        if limits.must_be_upright && self.is_upside_down(photo, face)? {
            return Err(QualityRefusal::UpsideDown.into());
        }
        Ok(())
    }

    /// The detector finds faces that stand on their heads, a little less surely than upright ones, and puts the eyes where
    /// the mouth is. So the face is looked at both ways up. Of 4,058 photos of the development sets none was taken for
    /// turned, and each of 1,899 that were turned was noticed.
    fn is_upside_down(&self, photo: &Photo, face: &DetectedFace) -> Result<bool, NetworkFault> {
        let width_px = face.width_px.max(face.height_px) * UPRIGHT_CROP_FACES;
        let cropped = crop(photo, face.centre(), width_px, width_px, UPRIGHT_CROP_SIDE_PX);
        let upright = cropped.rgb().to_vec();
        let mut turned = upright.clone();
        turned.as_chunks_mut::<3>().0.reverse();
        Ok(self.crop_score(turned)? > self.crop_score(upright)?)
    }

    /// The detector's best score in a crop of [`UPRIGHT_CROP_SIDE_PX`]; zero without a face.
    fn crop_score(&self, rgb: Vec<u8>) -> Result<f32, NetworkFault> {
        let side_px = UPRIGHT_CROP_SIDE_PX as u32;
        let crop =
            Photo::from_rgb(side_px, side_px, rgb).map_err(|refusal| NetworkFault(refusal.to_string()))?;
        let faces = self.detector.detect(&crop, DetectorInput::Fast)?;
        Ok(faces.iter().map(|face| face.score).fold(0.0, f32::max))
    }

    /// The template of the main face, when its quality is inside of `limits`.
    ///
    /// # Errors
    /// As [`Engine::judge`].
    pub fn capture(&self, photo: &Photo, limits: &QualityLimits) -> Result<Capture, CaptureRefusal> {
        let findings = self.inspect(photo)?;
        self.judge(photo, &findings, limits)?;
        let (aligned, quality) = findings.main.ok_or(QualityRefusal::NoFace)?;
        Ok(Capture { template: self.embed(&aligned)?, quality })
    }
}
