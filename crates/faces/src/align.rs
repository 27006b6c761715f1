//! Turns, scales and crops a face to the recogniser's frame by its five landmarks.

use zeroize::Zeroizing;

use crate::detect::{DetectedFace, LANDMARKS, Point};
use crate::photo::Photo;

/// Where a recogniser wants the landmarks, in pixels of its square input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlignmentFrame {
    /// Side of the square, in pixels.
    pub side_px: usize,
    /// Right eye, left eye, nose tip, right and left mouth corner as (x, y), in pixels.
    pub landmarks_px: [(f32, f32); LANDMARKS],
}

/// The usual 112×112 frame, as in the InsightFace and OpenCV implementations.
pub const FRAME_112: AlignmentFrame = AlignmentFrame {
    side_px: 112,
    landmarks_px: [
        (38.2946, 51.6963),
        (73.5318, 51.5014),
        (56.0252, 71.7366),
        (41.5493, 92.3655),
        (70.7299, 92.2041),
    ],
};

/// An upright face in a recogniser's frame: packed RGB, `side_px` rows of `side_px` pixels. Wiped on drop.
pub struct AlignedFace {
    side_px: usize,
    rgb: Zeroizing<Vec<u8>>,
    outside_share: f32,
}

impl AlignedFace {
    /// Side of the square, in pixels.
    #[must_use]
    pub fn side_px(&self) -> usize {
        self.side_px
    }

    /// The share of the frame that lies outside of the photo and is black, from 0 to 1.
    #[must_use]
    pub fn outside_share(&self) -> f32 {
        self.outside_share
    }

    /// Packed RGB, three bytes a pixel, row by row.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }
}

/// Crops `face` out of `photo` into `frame`. Pixels outside of the photo are black.
#[must_use]
pub fn align(photo: &Photo, face: &DetectedFace, frame: &AlignmentFrame) -> AlignedFace {
    let to_photo = FrameToPhoto::fit(&face.landmarks, frame);
    warp(photo, &to_photo, frame.side_px)
}

/// Crops the box scaled by `scale` about its centre, without turning it: what liveness and quality networks expect.
#[must_use]
pub fn crop(photo: &Photo, centre: Point, width_px: f32, height_px: f32, side_px: usize) -> AlignedFace {
    let (step_x, step_y) = (width_px / side_px as f32, height_px / side_px as f32);
    let to_photo = FrameToPhoto {
        x: [step_x, 0.0, centre.x_px - width_px / 2.0 + step_x / 2.0],
        y: [0.0, step_y, centre.y_px - height_px / 2.0 + step_y / 2.0],
    };
    warp(photo, &to_photo, side_px)
}

/// An affine map from the frame's pixels to the photo's pixels.
struct FrameToPhoto {
    x: [f32; 3],
    y: [f32; 3],
}

impl FrameToPhoto {
    /// The similarity (turn, scale, shift; no mirror) that carries the photo's landmarks to the frame's with the least
    /// squares of distances in the frame, inverted: the crop that the recogniser was trained on.
    ///
    /// In the plane this has a closed form: with points as complex numbers about their means, frame ≈ photo / a and
    /// a = Σ|photo|² / Σ conj(photo)·frame. It equals Umeyama's method wherever no mirroring would fit better. Fitting
    /// the frame to the photo instead gives a smaller `a`, a tighter crop, for every face that is not the frame's own.
    fn fit(landmarks: &[Point; LANDMARKS], frame: &AlignmentFrame) -> FrameToPhoto {
        let mean = |values: [f64; LANDMARKS]| values.iter().sum::<f64>() / LANDMARKS as f64;
        let frame_x = frame.landmarks_px.map(|(x, _)| f64::from(x));
        let frame_y = frame.landmarks_px.map(|(_, y)| f64::from(y));
        let photo_x = landmarks.map(|point| f64::from(point.x_px));
        let photo_y = landmarks.map(|point| f64::from(point.y_px));
        let centre = [frame_x, frame_y, photo_x, photo_y].map(mean);
        let (mut real, mut imaginary, mut square) = (0.0, 0.0, 0.0);
        for index in 0..LANDMARKS {
            let (fx, fy) = (frame_x[index] - centre[0], frame_y[index] - centre[1]);
            let (px, py) = (photo_x[index] - centre[2], photo_y[index] - centre[3]);
            real += fx * px + fy * py;
            imaginary += fx * py - fy * px;
            square += px * px + py * py;
        }
        let scale = square / (real * real + imaginary * imaginary);
        let (cos, sin) = (scale * real, scale * imaginary);
        let shift_x = centre[2] - cos * centre[0] + sin * centre[1];
        let shift_y = centre[3] - sin * centre[0] - cos * centre[1];
        FrameToPhoto {
            x: [cos as f32, -sin as f32, shift_x as f32],
            y: [sin as f32, cos as f32, shift_y as f32],
        }
    }
}

/// Samples between four pixels at each pixel of the frame.
fn warp(photo: &Photo, map: &FrameToPhoto, side_px: usize) -> AlignedFace {
    let mut rgb = Zeroizing::new(vec![0; 3 * side_px * side_px]);
    let mut outside = 0_usize;
    for (row, line) in rgb.chunks_exact_mut(3 * side_px).enumerate() {
        let row = row as f32;
        let (start_x, start_y) = (map.x[1] * row + map.x[2], map.y[1] * row + map.y[2]);
        for (column, pixel) in line.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let column = column as f32;
            let (x, y) = (map.x[0] * column + start_x, map.y[0] * column + start_y);
            outside += usize::from(!is_inside(photo, x, y));
            *pixel = between(photo, x, y);
        }
    }
    AlignedFace { side_px, rgb, outside_share: outside as f32 / (side_px * side_px) as f32 }
}

fn is_inside(photo: &Photo, x: f32, y: f32) -> bool {
    // Half a pixel of tolerance: the edge itself is not outside.
    (-0.5..=photo.width_px() as f32 - 0.5).contains(&x)
        && (-0.5..=photo.height_px() as f32 - 0.5).contains(&y)
}

/// Bilinear sample at (`x`, `y`); pixels outside of the photo count as black.
fn between(photo: &Photo, x: f32, y: f32) -> [u8; 3] {
    let (left, top) = (x.floor(), y.floor());
    let (across, down) = (x - left, y - top);
    let width = photo.width_px() as usize;
    let (left, top) = (left as i64, top as i64);
    let inside = left >= 0
        && top >= 0
        && left + 1 < i64::from(photo.width_px())
        && top + 1 < i64::from(photo.height_px());
    let corners = if inside {
        let at = 3 * (top as usize * width + left as usize);
        let (upper, lower) = (&photo.rgb()[at..at + 6], &photo.rgb()[at + 3 * width..at + 3 * width + 6]);
        [
            [upper[0], upper[1], upper[2]],
            [upper[3], upper[4], upper[5]],
            [lower[0], lower[1], lower[2]],
            [lower[3], lower[4], lower[5]],
        ]
    } else {
        [(left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)]
            .map(|(x, y)| pixel_or_black(photo, x, y))
    };
    std::array::from_fn(|channel| {
        let [a, b, c, d] = corners.map(|corner| f32::from(corner[channel]));
        let (upper, lower) = (a + (b - a) * across, c + (d - c) * across);
        // Between two bytes the value stays a byte; adding a half and cutting rounds it.
        (upper + (lower - upper) * down + 0.5) as u8
    })
}

fn pixel_or_black(photo: &Photo, x: i64, y: i64) -> [u8; 3] {
    let inside =
        (0..i64::from(photo.width_px())).contains(&x) && (0..i64::from(photo.height_px())).contains(&y);
    if !inside {
        return [0; 3];
    }
    let at = 3 * (y as usize * photo.width_px() as usize + x as usize);
    [photo.rgb()[at], photo.rgb()[at + 1], photo.rgb()[at + 2]]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face_at(landmarks: [(f32, f32); LANDMARKS]) -> DetectedFace {
        let landmarks = landmarks.map(|(x_px, y_px)| Point { x_px, y_px });
        DetectedFace { left_px: 0.0, top_px: 0.0, width_px: 1.0, height_px: 1.0, landmarks, score: 1.0 }
    }

    /// Red rises to the right, green downwards.
    fn gradient(side: u32) -> Photo {
        let rgb = (0..side * side).flat_map(|at| [(at % side) as u8, (at / side) as u8, 7]).collect();
        Photo::from_rgb(side, side, rgb).unwrap()
    }

    #[test]
    fn a_face_already_in_the_frame_is_copied() {
        let aligned = align(&gradient(112), &face_at(FRAME_112.landmarks_px), &FRAME_112);
        assert!(aligned.outside_share() < 1e-6);
        for (x, y) in [(0, 0), (111, 0), (40, 70), (111, 111)] {
            assert_eq!(aligned.rgb()[3 * (y * 112 + x)..][..3], [x as u8, y as u8, 7], "({x}, {y})");
        }
    }

    #[test]
    fn a_turned_and_enlarged_face_comes_back_upright() {
        // The face is turned by a quarter and twice as large: frame (x, y) lies at photo (230 - 2y, 2x + 3).
        let turned = FRAME_112.landmarks_px.map(|(x, y)| (230.0 - 2.0 * y, 2.0 * x + 3.0));
        let aligned = align(&gradient(250), &face_at(turned), &FRAME_112);
        for (x, y) in [(0, 0), (30, 80), (100, 10)] {
            let pixel = &aligned.rgb()[3 * (y * 112 + x)..][..3];
            assert_eq!(pixel, [230 - 2 * y as u8, 2 * x as u8 + 3, 7], "({x}, {y})");
        }
    }

    #[test]
    fn outside_of_the_photo_is_black_and_any_position_is_safe() {
        for shift in [-1e9_f32, -500.0, -56.5, 90.0, 500.0, 1e9, f32::NAN, f32::INFINITY] {
            let moved = FRAME_112.landmarks_px.map(|(x, y)| (x + shift, y + shift));
            let aligned = align(&gradient(112), &face_at(moved), &FRAME_112);
            assert_eq!(aligned.rgb().len(), 3 * 112 * 112);
            if shift.abs() >= 500.0 && shift.is_finite() {
                assert!(aligned.rgb().iter().all(|&byte| byte == 0), "shift {shift}");
                assert!(aligned.outside_share() > 0.999);
            }
        }
    }

    #[test]
    fn a_crop_keeps_the_middle_in_the_middle() {
        let cropped = crop(&gradient(200), Point { x_px: 100.0, y_px: 60.0 }, 80.0, 80.0, 40);
        let middle = &cropped.rgb()[3 * (20 * 40 + 20)..][..2];
        assert!(middle[0].abs_diff(101) <= 1 && middle[1].abs_diff(61) <= 1, "{middle:?}");
    }
}
