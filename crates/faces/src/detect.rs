//! Finds faces with five landmarks (YuNet).
//!
//! The post-processing follows the network's own definition: at each cell of strides 8, 16 and 32 the score is
//! √(class × objectness), the box is centre offset and log size in strides, each landmark an offset in strides.

use std::num::NonZeroUsize;

use crate::network::{Network, NetworkFault, NetworkShape, WeightsRefusal};
use crate::photo::Photo;
use crate::scale::{DetectorPicture, detector_picture};

/// Landmarks in the order of the network: the person's right eye, left eye, nose tip, right and left mouth corner.
/// The person's right is the left side of the picture.
pub const LANDMARKS: usize = 5;

const STRIDES: [usize; 3] = [8, 16, 32];

/// Cells below this are not looked at. 0.6 finds turned and half-lit faces; what is found below
/// [`crate::quality::QualityLimits::detector_score_min`] is still refused for a template.
const SCORE_MIN: f32 = 0.6;

/// Two boxes that share more than this (intersection over union) are one face.
const OVERLAP_MAX: f32 = 0.3;

/// More candidates than this are not compared with each other: an image of noise must not cost quadratic time.
const CANDIDATES_MAX: usize = 1_000;

/// A point of the photo, in pixels from its top left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// To the right, in pixels.
    pub x_px: f32,
    /// Downwards, in pixels.
    pub y_px: f32,
}

/// A face that was found, in pixels of the photo. The box may reach outside of the photo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectedFace {
    /// Left edge of the box, in pixels.
    pub left_px: f32,
    /// Top edge of the box, in pixels.
    pub top_px: f32,
    /// Width of the box, in pixels.
    pub width_px: f32,
    /// Height of the box, in pixels.
    pub height_px: f32,
    /// Right eye, left eye, nose tip, right and left mouth corner.
    pub landmarks: [Point; LANDMARKS],
    /// The detector's score, from 0 to 1.
    pub score: f32,
}

impl DetectedFace {
    fn area_px(&self) -> f32 {
        self.width_px * self.height_px
    }

    /// The middle of the box.
    #[must_use]
    pub fn centre(&self) -> Point {
        Point { x_px: self.left_px + self.width_px / 2.0, y_px: self.top_px + self.height_px / 2.0 }
    }

    /// Intersection over union of two boxes, from 0 to 1.
    fn overlap(&self, other: &DetectedFace) -> f32 {
        let along = |a: f32, a_len: f32, b: f32, b_len: f32| ((a + a_len).min(b + b_len) - a.max(b)).max(0.0);
        let shared = along(self.left_px, self.width_px, other.left_px, other.width_px)
            * along(self.top_px, self.height_px, other.top_px, other.height_px);
        shared / (self.area_px() + other.area_px() - shared)
    }
}

/// How large the picture is when the detector sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DetectorInput {
    /// Long side up to 256 pixels: a face at a desk, a kiosk or in a portrait.
    Fast,
    /// Long side up to 640 pixels: small and distant faces.
    Full,
}

impl DetectorInput {
    /// A small photo is never enlarged: tight crops lose their landmarks when they are.
    pub(crate) fn long_side_px(self, photo: &Photo) -> u32 {
        let largest = match self {
            DetectorInput::Fast => 256,
            DetectorInput::Full => 640,
        };
        photo.width_px().max(photo.height_px()).min(largest)
    }
}

/// The face detector.
#[derive(Debug)]
pub struct Detector {
    network: Network,
}

/// The detector's input is N×3×H×W, BGR from 0 to 255; each stride gives class, objectness, box and landmarks.
pub(crate) const DETECTOR_SHAPE: NetworkShape =
    NetworkShape { input: &[Some(1), Some(3), None, None], outputs: 12, output_len: None };

impl Detector {
    /// Loads the detector's weights.
    ///
    /// # Errors
    /// [`WeightsRefusal`] when the bytes are not the pinned file or do not fit.
    pub fn load(
        bytes: &[u8],
        pinned_sha256: &str,
        threads: NonZeroUsize,
    ) -> Result<Detector, WeightsRefusal> {
        Ok(Detector { network: Network::load(bytes, pinned_sha256, DETECTOR_SHAPE, threads)? })
    }

    /// All faces of a photo, the main one first: ordered by the area of the box, less towards the edges.
    ///
    /// # Errors
    /// [`NetworkFault`] when the network cannot be run.
    pub fn detect(&self, photo: &Photo, input: DetectorInput) -> Result<Vec<DetectedFace>, NetworkFault> {
        let picture = detector_picture(photo, input.long_side_px(photo))?;
        let outputs = self.network.run(&[1, 3, picture.height_px, picture.width_px], &picture.bgr_planes)?;
        let mut faces = without_overlaps(candidates(&outputs, &picture)?);
        let (width_px, height_px) = (photo.width_px() as f32, photo.height_px() as f32);
        faces.sort_by(|a, b| {
            prominence(b, width_px, height_px).total_cmp(&prominence(a, width_px, height_px))
        });
        Ok(faces)
    }
}

/// What orders faces: the box's area times its closeness to the middle, from the whole area in the middle of the photo
/// down to none at a corner. A person in front of the camera wins over a passer-by at the edge.
fn prominence(face: &DetectedFace, width_px: f32, height_px: f32) -> f32 {
    let centre = face.centre();
    let (dx, dy) = ((centre.x_px - width_px / 2.0) / width_px, (centre.y_px - height_px / 2.0) / height_px);
    let distance = (dx * dx + dy * dy).sqrt() / std::f32::consts::FRAC_1_SQRT_2;
    face.area_px() * (1.0 - distance).max(0.0).powi(2)
}

/// Reads the cells of all strides. The outputs are, for each stride: class, then objectness, then box, then landmarks.
fn candidates(outputs: &[Vec<f32>], picture: &DetectorPicture) -> Result<Vec<DetectedFace>, NetworkFault> {
    let mut found = Vec::new();
    for (level, stride) in STRIDES.into_iter().enumerate() {
        let (columns, rows) = (picture.width_px / stride, picture.height_px / stride);
        let cells = columns * rows;
        let [class, object, boxes, points] = [0, 3, 6, 9].map(|kind| outputs[kind + level].as_slice());
        let lengths = [class.len(), object.len(), boxes.len() / 4, points.len() / (2 * LANDMARKS)];
        if lengths != [cells; 4] {
            return Err(NetworkFault(format!("stride {stride}: {lengths:?} cells instead of {cells}")));
        }
        for cell in 0..cells {
            let score = (class[cell].clamp(0.0, 1.0) * object[cell].clamp(0.0, 1.0)).sqrt();
            // A NaN score is not above the threshold, so it is not a face.
            if score >= SCORE_MIN {
                let at = ((cell % columns) as f32, (cell / columns) as f32);
                let face = face_at(
                    at,
                    stride as f32,
                    &boxes[cell * 4..][..4],
                    &points[cell * 10..][..10],
                    score,
                    picture,
                );
                found.extend(face);
            }
        }
    }
    Ok(found)
}

/// One cell in pixels of the photo; `None` when the network gave a number that is not finite or an empty box.
fn face_at(
    (column, row): (f32, f32),
    stride: f32,
    offsets: &[f32],
    points: &[f32],
    score: f32,
    picture: &DetectorPicture,
) -> Option<DetectedFace> {
    let to_photo_x = |x: f32| x * stride * picture.photo_px_per_px_x;
    let to_photo_y = |y: f32| y * stride * picture.photo_px_per_px_y;
    let (width_px, height_px) = (to_photo_x(offsets[2].exp()), to_photo_y(offsets[3].exp()));
    let (centre_x, centre_y) = (to_photo_x(column + offsets[0]), to_photo_y(row + offsets[1]));
    let landmarks = std::array::from_fn(|index| Point {
        x_px: to_photo_x(column + points[2 * index]),
        y_px: to_photo_y(row + points[2 * index + 1]),
    });
    let face = DetectedFace {
        left_px: centre_x - width_px / 2.0,
        top_px: centre_y - height_px / 2.0,
        width_px,
        height_px,
        landmarks,
        score,
    };
    let finite = landmarks.iter().all(|point| point.x_px.is_finite() && point.y_px.is_finite())
        && [face.left_px, face.top_px, width_px, height_px].iter().all(|value| value.is_finite());
    (finite && width_px > 0.0 && height_px > 0.0).then_some(face)
}

/// Keeps the best-scored of overlapping boxes.
fn without_overlaps(mut candidates: Vec<DetectedFace>) -> Vec<DetectedFace> {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    candidates.truncate(CANDIDATES_MAX);
    let mut kept: Vec<DetectedFace> = Vec::new();
    for candidate in candidates {
        if kept.iter().all(|face| face.overlap(&candidate) <= OVERLAP_MAX) {
            kept.push(candidate);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(left_px: f32, top_px: f32, side_px: f32, score: f32) -> DetectedFace {
        let landmarks = [Point { x_px: left_px, y_px: top_px }; LANDMARKS];
        DetectedFace { left_px, top_px, width_px: side_px, height_px: side_px, landmarks, score }
    }

    #[test]
    fn overlapping_boxes_are_one_face_and_the_best_score_stays() {
        let faces = without_overlaps(vec![
            face(0.0, 0.0, 100.0, 0.7),
            face(5.0, 5.0, 100.0, 0.9),
            face(300.0, 0.0, 100.0, 0.8),
        ]);
        assert_eq!(faces.iter().map(|face| face.score).collect::<Vec<_>>(), [0.9, 0.8]);
    }

    #[test]
    fn noise_keeps_a_bounded_number_of_candidates() {
        let noise = (0..5_000).map(|index| face(index as f32 * 300.0, 0.0, 100.0, 0.7)).collect();
        assert_eq!(without_overlaps(noise).len(), CANDIDATES_MAX);
    }

    #[test]
    fn a_central_face_comes_before_a_larger_one_in_the_corner() {
        let central = face(500.0, 250.0, 200.0, 0.7);
        let corner = face(0.0, 0.0, 260.0, 0.9);
        assert!(prominence(&central, 1280.0, 720.0) > prominence(&corner, 1280.0, 720.0));
    }
}
