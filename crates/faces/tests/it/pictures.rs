//! Pictures made from the fixture photos: scaled, cut, blurred, darkened, side by side.

use std::path::Path;

use bonafide_faces::photo::{self, Photo, PhotoLimits};

/// A photo of the repository, for example `president/obama.jpg`.
pub(crate) fn fixture(name: &str) -> Picture {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/photos").join(name);
    let photo = photo::read(&path, &PhotoLimits::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
    Picture {
        width: photo.width_px() as usize,
        height: photo.height_px() as usize,
        rgb: photo.rgb().to_vec(),
    }
}

/// Packed RGB that tests change.
#[derive(Clone)]
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    rgb: Vec<u8>,
}

impl Picture {
    /// A picture of one grey.
    pub(crate) fn grey(width: usize, height: usize, level: u8) -> Picture {
        Picture { width, height, rgb: vec![level; 3 * width * height] }
    }

    pub(crate) fn photo(&self) -> Photo {
        Photo::from_rgb(self.width as u32, self.height as u32, self.rgb.clone()).unwrap()
    }

    fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let at = 3 * (y.min(self.height - 1) * self.width + x.min(self.width - 1));
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }

    fn built(width: usize, height: usize, pixel: impl Fn(usize, usize) -> [u8; 3]) -> Picture {
        let rgb = (0..width * height).flat_map(|at| pixel(at % width, at / width)).collect();
        Picture { width, height, rgb }
    }

    /// Every output pixel is the mean of the input pixels that it covers (or its nearest one).
    pub(crate) fn scaled(&self, width: usize, height: usize) -> Picture {
        Picture::built(width, height, |x, y| {
            let span = |at: usize, out: usize, of: usize| {
                let start = at * of / out;
                start..((at + 1) * of / out).max(start + 1)
            };
            let (columns, rows) = (span(x, width, self.width), span(y, height, self.height));
            let count = (columns.len() * rows.len()) as u32;
            let mut sum = [0_u32; 3];
            for row in rows {
                for column in columns.clone() {
                    let pixel = self.pixel(column, row);
                    sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u32::from(value));
                }
            }
            sum.map(|value| (value / count) as u8)
        })
    }

    /// The part from (`left`, `top`).
    pub(crate) fn cut(&self, left: usize, top: usize, width: usize, height: usize) -> Picture {
        Picture::built(width, height, |x, y| self.pixel(left + x, top + y))
    }

    /// Each level through `change`.
    pub(crate) fn levels(&self, change: impl Fn(f32) -> f32) -> Picture {
        let rgb = self.rgb.iter().map(|&level| change(f32::from(level)).clamp(0.0, 255.0) as u8).collect();
        Picture { rgb, ..*self }
    }

    /// Colours to their mean.
    pub(crate) fn without_colour(&self) -> Picture {
        Picture::built(self.width, self.height, |x, y| {
            let [r, g, b] = self.pixel(x, y).map(u32::from);
            [((r + g + b) / 3) as u8; 3]
        })
    }

    /// The mean over a square of `2 × radius + 1` pixels, three times: nearly Gaussian.
    pub(crate) fn blurred(&self, radius: usize) -> Picture {
        let mut picture = self.clone();
        for _ in 0..3 {
            picture = picture.running_mean(radius).turned().running_mean(radius).turned();
        }
        picture
    }

    /// Turned by half a turn.
    pub(crate) fn upside_down(&self) -> Picture {
        Picture::built(self.width, self.height, |x, y| self.pixel(self.width - 1 - x, self.height - 1 - y))
    }

    /// Turned in its plane about the middle, clockwise; the corners that come in are grey.
    pub(crate) fn leaning(&self, degrees: f32) -> Picture {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (middle_x, middle_y) = (self.width as f32 / 2.0, self.height as f32 / 2.0);
        Picture::built(self.width, self.height, |x, y| {
            let (x, y) = (x as f32 + 0.5 - middle_x, y as f32 + 0.5 - middle_y);
            let (from_x, from_y) = (cos * x + sin * y + middle_x, cos * y - sin * x + middle_y);
            let inside =
                (0.0..self.width as f32).contains(&from_x) && (0.0..self.height as f32).contains(&from_y);
            if inside { self.pixel(from_x as usize, from_y as usize) } else { [90; 3] }
        })
    }

    /// The head turned aside, as if it were a cylinder about the column `middle` with this radius.
    pub(crate) fn turned_aside(&self, middle: f32, radius: f32, degrees: f32) -> Picture {
        Picture::built(self.width, self.height, |x, y| {
            let across = (x as f32 - middle) / radius;
            let angle = across.clamp(-1.0, 1.0).asin() + degrees.to_radians();
            let seen = across.abs() < 1.0 && angle.abs() < std::f32::consts::FRAC_PI_2;
            let from = middle + radius * angle.sin();
            if seen && (0.0..self.width as f32).contains(&from) {
                self.pixel(from as usize, y)
            } else {
                [90; 3]
            }
        })
    }

    /// Turned aside about the column `middle` as a sheet whose points stand out by `depth`, in pixels; to the right of the
    /// picture when the angle is positive. Seen from far away.
    pub(crate) fn in_relief(&self, middle: f32, degrees: f32, depth: impl Fn(f32, f32) -> f32) -> Picture {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Picture::built(self.width, self.height, |x, y| {
            let across = x as f32 - middle;
            // Where the pixel came from: found step by step, for the depth there is part of the answer.
            let from = (0..12).fold(across / cos, |from, _| {
                let next = (across - depth(middle + from, y as f32) * sin) / cos;
                f32::midpoint(from, next)
            });
            let inside = (0.0..self.width as f32).contains(&(middle + from));
            if inside { self.pixel((middle + from) as usize, y) } else { [90; 3] }
        })
    }

    /// Rows and columns exchanged.
    fn turned(&self) -> Picture {
        Picture::built(self.height, self.width, |x, y| self.pixel(y, x))
    }

    fn running_mean(&self, radius: usize) -> Picture {
        let mut rgb = vec![0; self.rgb.len()];
        for row in 0..self.height {
            for channel in 0..3 {
                let at = |x: usize| 3 * (row * self.width + x.min(self.width - 1)) + channel;
                let mut sum: u32 = (0..=radius).map(|x| u32::from(self.rgb[at(x)])).sum();
                sum += radius as u32 * u32::from(self.rgb[at(0)]);
                for x in 0..self.width {
                    rgb[at(x)] = (sum / (2 * radius as u32 + 1)) as u8;
                    sum += u32::from(self.rgb[at(x + radius + 1)]);
                    sum -= u32::from(self.rgb[at(x.saturating_sub(radius))]);
                }
            }
        }
        Picture { rgb, ..*self }
    }

    /// Puts `other` at (`left`, `top`).
    pub(crate) fn with(mut self, other: &Picture, left: usize, top: usize) -> Picture {
        for y in 0..other.height {
            let (from, to) = (3 * y * other.width, 3 * ((top + y) * self.width + left));
            self.rgb[to..to + 3 * other.width].copy_from_slice(&other.rgb[from..from + 3 * other.width]);
        }
        self
    }
}
