//! `bonafide faces inspect`: what the program sees in a photo.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bonafide_faces::detect::{DetectedFace, DetectorInput};
use bonafide_faces::engine::{CaptureRefusal, Findings};
use bonafide_faces::photo::Photo;
use bonafide_faces::quality::{Quality, QualityLimits, QualityRefusal};
use bonafide_faces::supplied::{self, Supplied};
use serde::Serialize;

use crate::capture::{FILE_RECOGNITION, engine, read_photo};
use crate::drawing::Canvas;
use crate::failure::Failure;
use crate::output::{self, Answer};

/// Show the faces of a photo with their landmarks and quality.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  bonafide faces inspect group.jpg --out seen.png\n  bonafide faces inspect \
    face.jpg --json --weights lightqnet-dm100=lightqnet-dm100.onnx#<SHA-256>"
)]
pub struct InspectArgs {
    /// The photo.
    photo: PathBuf,
    /// Draw what was found into this PNG file.
    #[arg(long, value_name = "PNG")]
    out: Option<PathBuf>,
    /// Look for small and distant faces too.
    #[arg(long)]
    full: bool,
    /// Weights of your own: NAME=FILE#SHA256, several times if needed.
    #[arg(long, value_name = "NAME=FILE#SHA256")]
    weights: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FaceAnswer {
    left_px: f32,
    top_px: f32,
    width_px: f32,
    height_px: f32,
    detector_score: f32,
    /// Right eye, left eye, nose tip, right and left mouth corner, as x and y.
    landmarks_px: Vec<[f32; 2]>,
}

#[derive(Debug, Serialize)]
struct QualityAnswer {
    face_width_px: f32,
    eye_distance_px: f32,
    sharpness_levels2: f32,
    brightness_level: f32,
    yaw_deg: f32,
    pitch_deg: f32,
    roll_deg: f32,
    outside_share: f32,
    rival_faces: usize,
}

#[derive(Debug, Serialize)]
struct Verdict {
    accepted: bool,
    reason: Option<&'static str>,
    advice: Option<&'static str>,
    words: Option<String>,
}

#[derive(Debug, Serialize)]
struct SuppliedAnswer {
    name: String,
    /// `quality` or `live`, from 0 to 1.
    measure: &'static str,
    value: f32,
}

#[derive(Debug, Serialize)]
struct InspectAnswer {
    photo: PathBuf,
    width_px: u32,
    height_px: u32,
    faces: Vec<FaceAnswer>,
    quality: Option<QualityAnswer>,
    recognition: Verdict,
    enrolment: Verdict,
    supplied: Vec<SuppliedAnswer>,
}

impl Answer for InspectAnswer {
    fn text(&self) -> String {
        let mut lines = vec![format!(
            "{}: {}×{} px, {} faces",
            self.photo.display(),
            self.width_px,
            self.height_px,
            self.faces.len()
        )];
        if let Some(q) = &self.quality {
            lines.push(format!(
                "  face {:.0} px wide, eyes {:.0} px apart",
                q.face_width_px, q.eye_distance_px
            ));
            lines.push(format!(
                "  sharpness {:.0}, brightness {:.0}",
                q.sharpness_levels2, q.brightness_level
            ));
            lines
                .push(format!("  yaw {:.0}°, pitch {:.0}°, roll {:.0}°", q.yaw_deg, q.pitch_deg, q.roll_deg));
        }
        for (name, verdict) in [("recognition", &self.recognition), ("enrolment", &self.enrolment)] {
            lines.push(format!("  {name}: {}", verdict.words.as_deref().unwrap_or("good")));
        }
        lines.extend(
            self.supplied.iter().map(|own| format!("  {}: {} {:.3}", own.name, own.measure, own.value)),
        );
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// When the photo or the weights cannot be used, or the picture cannot be written.
pub fn run(args: &InspectArgs, json: bool) -> Result<(), Failure> {
    let own = args.weights.iter().map(|text| load_own(text)).collect::<Result<Vec<_>, _>>()?;
    let photo = read_photo(&args.photo)?;
    let engine = engine(NonZeroUsize::MIN)?;
    let findings =
        if args.full { engine.inspect_at(&photo, DetectorInput::Full)? } else { engine.inspect(&photo)? };
    let verdict = |limits: &QualityLimits| match engine.judge(&photo, &findings, limits) {
        Ok(()) => Ok(verdict(Ok(()))),
        Err(CaptureRefusal::Quality(refusal)) => Ok(verdict(Err(refusal))),
        Err(CaptureRefusal::Fault(fault)) => Err(Failure::from(fault)),
    };
    let mut answer = InspectAnswer {
        photo: args.photo.clone(),
        width_px: photo.width_px(),
        height_px: photo.height_px(),
        faces: findings.faces.iter().map(face_answer).collect(),
        quality: findings.main.as_ref().map(|(_, quality)| quality_answer(quality)),
        recognition: verdict(&FILE_RECOGNITION)?,
        enrolment: verdict(&QualityLimits::ENROLMENT)?,
        supplied: Vec::new(),
    };
    if let Some(face) = findings.faces.first() {
        answer.supplied = own
            .iter()
            .filter_map(|own| measure_own(own, &photo, face).transpose())
            .collect::<Result<_, _>>()?;
    }
    if let Some(out) = &args.out {
        draw(&photo, &findings, &answer, out)?;
    }
    output::print(&answer, json)
}

fn face_answer(face: &DetectedFace) -> FaceAnswer {
    FaceAnswer {
        left_px: face.left_px,
        top_px: face.top_px,
        width_px: face.width_px,
        height_px: face.height_px,
        detector_score: face.score,
        landmarks_px: face.landmarks.iter().map(|point| [point.x_px, point.y_px]).collect(),
    }
}

fn quality_answer(quality: &Quality) -> QualityAnswer {
    QualityAnswer {
        face_width_px: quality.face_width_px,
        eye_distance_px: quality.eye_distance_px,
        sharpness_levels2: quality.sharpness_levels2,
        brightness_level: quality.brightness_level,
        yaw_deg: quality.pose.yaw_deg,
        pitch_deg: quality.pose.pitch_deg,
        roll_deg: quality.pose.roll_deg,
        outside_share: quality.outside_share,
        rival_faces: quality.rival_faces,
    }
}

fn verdict(checked: Result<(), QualityRefusal>) -> Verdict {
    let refusal = checked.err();
    Verdict {
        accepted: refusal.is_none(),
        reason: refusal.map(QualityRefusal::key),
        advice: refusal.map(|refusal| refusal.advice().key()),
        words: refusal.map(|refusal| refusal.to_string()),
    }
}

fn load_own(text: &str) -> Result<(String, Supplied), Failure> {
    let parts = text
        .split_once('=')
        .and_then(|(name, rest)| rest.rsplit_once('#').map(|(path, hash)| (name, path, hash)));
    let (name, path, hash) = parts
        .ok_or_else(|| Failure::new("bad_weights_argument", format!("{text}: write NAME=FILE#SHA256")))?;
    supplied::load(name, Path::new(path), &hash.to_ascii_lowercase(), NonZeroUsize::MIN)
        .map(|supplied| (name.to_owned(), supplied))
        .map_err(|refusal| Failure::new("weights_refused", format!("{path}: {refusal}")))
}

/// `None` for a recogniser: its template is not for people to read.
fn measure_own(
    (name, own): &(String, Supplied),
    photo: &Photo,
    face: &DetectedFace,
) -> Result<Option<SuppliedAnswer>, Failure> {
    let (measure, value) = match own {
        Supplied::Quality(network) => ("quality", network.grade(photo, face)?),
        Supplied::Liveness(network) => ("live", network.live(photo, face)?),
        Supplied::Recogniser(_) => return Ok(None),
    };
    Ok(Some(SuppliedAnswer { name: name.clone(), measure, value }))
}

const MAIN: [u8; 3] = [80, 220, 120];
const OTHER: [u8; 3] = [240, 190, 60];

fn draw(photo: &Photo, findings: &Findings, answer: &InspectAnswer, out: &Path) -> Result<(), Failure> {
    let mut canvas = Canvas::of(photo);
    let thickness_px = i64::from(photo.width_px().max(photo.height_px()) / 400).clamp(1, 12);
    for (index, face) in findings.faces.iter().enumerate() {
        let colour = if index == 0 { MAIN } else { OTHER };
        canvas.outline(face.left_px, face.top_px, face.width_px, face.height_px, thickness_px, colour);
        for point in face.landmarks {
            canvas.point(point.x_px, point.y_px, thickness_px, colour);
        }
    }
    // The picture has plain letters only: the degree and multiplication signs of the text are not among them.
    let text = answer.text().replace('°', " deg").replace('×', "x");
    for (top_px, line) in (4..).step_by(18).zip(text.lines()) {
        canvas.line(4, top_px, line.trim_start(), [255; 3]);
    }
    std::fs::write(out, canvas.png()?).map_err(|error| Failure::io("write", out, &error))
}
