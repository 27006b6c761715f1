//! How far the nose has moved out of the plane of the eyes and the mouth.
//!
//! The eyes and the mouth's corners of two pictures give one mapping between the pictures that holds for every point of
//! their plane (a homography: it knows tilt and nearness). The nose is mapped with it. On a flat picture it lands where it
//! was, whatever was done to the picture; on a head it lands elsewhere. The difference, measured in distances between the
//! eyes, is the parallax.

use crate::detect::{LANDMARKS, Point};

/// Corners of the quadrilateral that are nearer to a line than this, as a share of the eyes' distance squared, give no
/// mapping: the face is in profile, or the detector is wrong.
const CORNER_AREA_MIN: f64 = 0.08;

/// Where the nose is, in distances between the eyes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parallax {
    /// Along the line of the eyes, positive to the person's left.
    pub aside: f64,
    /// Across it, positive towards the mouth.
    pub down: f64,
}

type At = [f64; 2];

/// A face as others are compared with it: its landmarks in a frame of its own, upright, with eyes at a distance of one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReferenceFace {
    marks: [At; LANDMARKS],
}

impl ReferenceFace {
    /// The mean of several views of one face that was held still; `None` without a view, or when one is no face.
    #[must_use]
    pub fn of(views: &[[Point; LANDMARKS]]) -> Option<ReferenceFace> {
        let mut marks = [[0.0; 2]; LANDMARKS];
        for view in views {
            for (sum, mark) in marks.iter_mut().zip(in_own_frame(view)?) {
                sum[0] += mark[0];
                sum[1] += mark[1];
            }
        }
        let views = views.len() as f64;
        marks.iter_mut().flatten().for_each(|value| *value /= views);
        is_quad(&corners(&marks)).then_some(ReferenceFace { marks })
    }

    /// The nose's distance from the middle between eyes and mouth, along the eyes: about zero from the front.
    #[must_use]
    pub fn nose_aside(&self) -> f64 {
        nose_aside(&self.marks)
    }

    /// How far the nose has moved out of the plane since; `None` when the view is no face.
    #[must_use]
    pub fn parallax(&self, view: &[Point; LANDMARKS]) -> Option<Parallax> {
        let marks = in_own_frame(view)?;
        let back = Mapping::between(&corners(&marks), &corners(&self.marks))?;
        let nose = back.apply(marks[2])?;
        let parallax = Parallax { aside: nose[0] - self.marks[2][0], down: nose[1] - self.marks[2][1] };
        (parallax.aside.is_finite() && parallax.down.is_finite()).then_some(parallax)
    }

    /// How much narrower than this the face has become, against its height: 1 when not, the cosine of the turn when a flat
    /// thing is turned aside, above 1 when it is tilted.
    #[must_use]
    pub fn narrowing(&self, view: &[Point; LANDMARKS]) -> Option<f64> {
        let marks = in_own_frame(view)?;
        // The eyes' distance is one in both frames, so the heights alone say it.
        let (before, now) = (height(&self.marks), height(&marks));
        (now > 0.0 && before > 0.0).then(|| before / now)
    }
}

/// The nose's distance from the middle between eyes and mouth of one view, in distances between the eyes.
#[must_use]
pub fn nose_aside_of(view: &[Point; LANDMARKS]) -> Option<f64> {
    in_own_frame(view).map(|marks| nose_aside(&marks))
}

fn nose_aside(marks: &[At; LANDMARKS]) -> f64 {
    let middle = corners(marks).iter().map(|corner| corner[0]).sum::<f64>() / 4.0;
    marks[2][0] - middle
}

fn height(marks: &[At; LANDMARKS]) -> f64 {
    // The eyes lie on the line of zero.
    f64::midpoint(marks[3][1], marks[4][1])
}

/// Right eye, left eye, left and right corner of the mouth: once around.
fn corners(marks: &[At; LANDMARKS]) -> [At; 4] {
    [marks[0], marks[1], marks[4], marks[3]]
}

/// The landmarks with the right eye at (0, 0) and the left one at (1, 0). `None` for what is no number and for eyes in one
/// point.
fn in_own_frame(view: &[Point; LANDMARKS]) -> Option<[At; LANDMARKS]> {
    let at = |point: &Point| [f64::from(point.x_px), f64::from(point.y_px)];
    let (right, left) = (at(&view[0]), at(&view[1]));
    let along = [left[0] - right[0], left[1] - right[1]];
    let square = along[0] * along[0] + along[1] * along[1];
    if !(square.is_finite() && square > 0.0) {
        return None;
    }
    let marks = view.map(|point| {
        let from = [at(&point)[0] - right[0], at(&point)[1] - right[1]];
        [
            (from[0] * along[0] + from[1] * along[1]) / square,
            (from[1] * along[0] - from[0] * along[1]) / square,
        ]
    });
    marks.iter().flatten().all(|value| value.is_finite()).then_some(marks)
}

/// Whether the corners go once around clockwise, as seen in the picture, and no three lie nearly on a line.
fn is_quad(corners: &[At; 4]) -> bool {
    (0..4).all(|at| {
        let (a, b, c) = (corners[at], corners[(at + 1) % 4], corners[(at + 2) % 4]);
        (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]) > CORNER_AREA_MIN
    })
}

/// A mapping of a plane: rows of a 3×3 matrix.
struct Mapping([[f64; 3]; 3]);

impl Mapping {
    fn between(from: &[At; 4], to: &[At; 4]) -> Option<Mapping> {
        if !is_quad(from) || !is_quad(to) {
            return None;
        }
        Some(Mapping(product(&of_square(to).0, &adjugate(&of_square(from).0))))
    }

    fn apply(&self, at: At) -> Option<At> {
        let row = |row: &[f64; 3]| row[0] * at[0] + row[1] * at[1] + row[2];
        let [x, y, w] = [row(&self.0[0]), row(&self.0[1]), row(&self.0[2])];
        (w.abs() > f64::EPSILON).then(|| [x / w, y / w])
    }
}

/// The mapping of the unit square onto a quadrilateral, corner by corner (Heckbert 1989).
fn of_square([a, b, c, d]: &[At; 4]) -> Mapping {
    let (dx1, dy1) = (b[0] - c[0], b[1] - c[1]);
    let (dx2, dy2) = (d[0] - c[0], d[1] - c[1]);
    let (sx, sy) = (a[0] - b[0] + c[0] - d[0], a[1] - b[1] + c[1] - d[1]);
    // Not zero: the corner between the two sides is no line.
    let area = dx1 * dy2 - dx2 * dy1;
    let (g, h) = ((sx * dy2 - dx2 * sy) / area, (dx1 * sy - sx * dy1) / area);
    Mapping([
        [b[0] - a[0] + g * b[0], d[0] - a[0] + h * d[0], a[0]],
        [b[1] - a[1] + g * b[1], d[1] - a[1] + h * d[1], a[1]],
        [g, h, 1.0],
    ])
}

fn product(left: &[[f64; 3]; 3], right: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    std::array::from_fn(|row| {
        std::array::from_fn(|column| (0..3).map(|at| left[row][at] * right[at][column]).sum())
    })
}

/// The inverse but for a factor, which a mapping of a plane does not have.
fn adjugate(m: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    std::array::from_fn(|row| {
        std::array::from_fn(|column| {
            let (a, b) = ((column + 1) % 3, (column + 2) % 3);
            let (c, d) = ((row + 1) % 3, (row + 2) % 3);
            m[a][c] * m[b][d] - m[a][d] * m[b][c]
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(marks: [[f32; 2]; 5]) -> [Point; LANDMARKS] {
        marks.map(|[x_px, y_px]| Point { x_px, y_px })
    }

    const FRONT: [[f32; 2]; 5] =
        [[100.0, 100.0], [160.0, 100.0], [130.0, 135.0], [106.0, 166.0], [154.0, 166.0]];

    #[test]
    fn a_flat_thing_has_no_parallax_whatever_is_done_to_it() {
        let reference = ReferenceFace::of(&[view(FRONT)]).unwrap();
        // x' = (a x + b y + c) / (g x + h y + 1)
        for m in [
            [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0],
            [2.0, 0.0, 50.0, 0.0, 2.0, -40.0, 0.0, 0.0],
            [0.8, -0.6, 10.0, 0.6, 0.8, 0.0, 0.0, 0.0],
            [0.6, 0.1, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0],
            [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.002, -0.001],
            [0.7, -0.2, 3.0, 0.25, 0.9, 7.0, -0.001, 0.002],
        ] {
            let moved = FRONT.map(|[x, y]| {
                let w = m[6] * x + m[7] * y + 1.0;
                [(m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w]
            });
            let parallax = reference.parallax(&view(moved)).unwrap();
            assert!(parallax.aside.abs() < 1e-4 && parallax.down.abs() < 1e-4, "{m:?}: {parallax:?}");
        }
    }

    #[test]
    fn a_nose_that_moves_in_its_plane_is_measured_in_distances_of_the_eyes() {
        let reference = ReferenceFace::of(&[view(FRONT)]).unwrap();
        let mut turned = FRONT;
        turned[2] = [142.0, 129.0];
        let parallax = reference.parallax(&view(turned)).unwrap();
        assert!((parallax.aside - 0.2).abs() < 1e-6 && (parallax.down + 0.1).abs() < 1e-6, "{parallax:?}");
        assert!((nose_aside_of(&view(turned)).unwrap() - 0.2).abs() < 1e-6);
        assert!(reference.nose_aside().abs() < 1e-6);
    }

    #[test]
    fn b14_what_is_no_face_has_no_parallax() {
        let reference = ReferenceFace::of(&[view(FRONT)]).unwrap();
        let with = |at: usize, point| {
            let mut marks = FRONT;
            marks[at] = point;
            view(marks)
        };
        for bad in [
            with(0, FRONT[1]),
            with(2, [f32::NAN, 0.0]),
            with(3, [f32::INFINITY, 0.0]),
            with(3, [160.0, 166.0]),
            with(4, [130.0, 100.0]),
            view([[0.0, 0.0]; 5]),
        ] {
            assert_eq!(reference.parallax(&bad), None, "{bad:?}");
        }
        assert_eq!(ReferenceFace::of(&[]), None);
        assert_eq!(ReferenceFace::of(&[view([[1.0, 1.0]; 5])]), None);
    }

    #[test]
    fn a_turned_sheet_gets_narrower() {
        let reference = ReferenceFace::of(&[view(FRONT)]).unwrap();
        let turned = FRONT.map(|[x, y]| [x * 0.7, y]);
        assert!((reference.narrowing(&view(turned)).unwrap() - 0.7).abs() < 1e-6);
        let tilted = FRONT.map(|[x, y]| [x, y * 0.7]);
        assert!((reference.narrowing(&view(tilted)).unwrap() - 1.0 / 0.7).abs() < 1e-6);
    }
}
