//! `bonafide bench faces`: what each step from a photo to a template takes on this machine.
//!
//! A photo is decoded as it is; the other steps run on a camera frame that the photo was fitted into, because that is
//! what a door or a till sees, and because a frame of one size can be given to another program as well.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bonafide_faces::engine::{CaptureRefusal, Engine};
use bonafide_faces::photo::{self, Photo, PhotoLimits};
use bonafide_faces::quality::{QualityLimits, QualityRefusal};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{self, Answer};
use crate::progress;
use crate::timing::{Spread, Spreads, Times, rounded, timed};

/// A frame of an ordinary camera.
const FRAME_WIDTH_PX: u32 = 1280;
const FRAME_HEIGHT_PX: u32 = 720;

/// What surrounds the photo in its frame.
const FRAME_GREY: u8 = 128;

/// More files than this are not looked at: the folder is probably not what was meant.
const FILES_MAX: usize = 100_000;

/// Folders within folders are followed this deep.
const DEPTH_MAX: usize = 8;

/// Passes over all photos before the first time counts: memory, caches and the clock settle.
const WARM_UP_RUNS: u32 = 2;

/// The templates are not kept, so whatever has a face is measured.
const EVERY_FACE: QualityLimits = QualityLimits {
    detector_score_min: 0.0,
    face_width_px_min: 0.0,
    sharpness_levels2_min: 0.0,
    brightness_level_min: 0.0,
    brightness_level_max: f32::INFINITY,
    yaw_deg_max: f32::INFINITY,
    pitch_deg_max: f32::INFINITY,
    roll_deg_max: f32::INFINITY,
    outside_share_max: f32::INFINITY,
    rival_faces_max: usize::MAX,
    must_be_upright: false,
};

/// Measure each step from a photo to a template, with the photos of a folder
///
/// The photos are decoded from memory. Each is then fitted into a grey 1280×720 frame, and the other steps are measured on
/// those frames in which a face is found. Every figure is over all photos and runs, in milliseconds.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bonafide bench faces fixtures/photos\n  \
                        bonafide bench faces fixtures/photos --threads 2 --runs 50\n  \
                        bonafide --json bench faces fixtures/photos --frames out/frames")]
pub struct BenchFacesArgs {
    /// Folder with photos; folders in it are read too.
    dir: PathBuf,
    /// Threads for each network (decoding always has one).
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    threads: u32,
    /// How often each photo is measured.
    #[arg(long, value_name = "R", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    runs: u32,
    /// Measure the first of the photos only, this many in the order of their names.
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    photos: u32,
    /// Write the frames into this folder as PNG, so that another program can be measured with the same pixels.
    #[arg(long, value_name = "DIR")]
    frames: Option<PathBuf>,
}

/// The answer of `bench faces`.
#[derive(Debug, Serialize)]
struct BenchFacesAnswer {
    model: String,
    threads: u32,
    runs: u32,
    photos: usize,
    /// Files of the folder that are not photos.
    refused: usize,
    faces_found: usize,
    #[serde(flatten)]
    steps: Spreads,
    files: Vec<FileAnswer>,
}

/// Median and best of one photo.
#[derive(Debug, Serialize)]
struct FileAnswer {
    photo: String,
    frame: String,
    width_px: u32,
    height_px: u32,
    decode_ms_p50: f64,
    decode_ms_min: f64,
    /// `null` without a face.
    frame_to_template_ms_p50: Option<f64>,
    frame_to_template_ms_min: Option<f64>,
}

impl Answer for BenchFacesAnswer {
    fn text(&self) -> String {
        let mut lines = vec![
            format!(
                "{} photos, {} with a face, {} runs, threads: {}, model: {}",
                self.photos, self.faces_found, self.runs, self.threads, self.model
            ),
            format!("{:<20}{:>10}{:>10}{:>10}", "milliseconds", "p50", "p95", "min"),
        ];
        for (name, spread) in &self.steps.0 {
            let Spread { p50_ms, p95_ms, min_ms } = spread;
            let name = name.trim_end_matches("_ms").replace('_', " ");
            lines.push(format!("{name:<20}{p50_ms:>10.3}{p95_ms:>10.3}{min_ms:>10.3}"));
        }
        lines.join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// When the folder cannot be read or holds no photo with a face, or a frame cannot be written.
pub fn run(args: &BenchFacesArgs, json: bool) -> Result<(), Failure> {
    let threads = NonZeroUsize::new(args.threads as usize).unwrap_or(NonZeroUsize::MIN);
    let engine = Engine::shipped(threads)?;
    let (mut subjects, refused) = subjects(&engine, &args.dir, args.photos as usize)?;
    if let Some(folder) = &args.frames {
        write_frames(folder, &subjects)?;
    }
    let mut steps = StepTimes::default();
    let bar = progress::bar("runs", args.runs as usize);
    for run in 0..WARM_UP_RUNS + args.runs {
        let warm_up = run < WARM_UP_RUNS;
        // Photo after photo, so that a disturbance hits all of them and not all runs of one.
        for subject in &mut subjects {
            subject.measure(&engine, &mut steps)?;
        }
        if warm_up {
            steps = StepTimes::default();
            subjects.iter_mut().for_each(Subject::forget_times);
        } else {
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    let answer = BenchFacesAnswer {
        model: engine.model().to_string(),
        threads: args.threads,
        runs: args.runs,
        photos: subjects.len(),
        refused,
        faces_found: subjects.iter().filter(|subject| subject.has_face).count(),
        steps: steps.spreads(),
        files: subjects.iter().filter_map(Subject::answer).collect(),
    };
    output::print(&answer, json)
}

/// The times of all steps, over all photos.
#[derive(Default)]
struct StepTimes {
    decode: Times,
    detect: Times,
    align: Times,
    embed: Times,
    frame_to_template: Times,
}

impl StepTimes {
    fn spreads(&self) -> Spreads {
        let steps = [
            ("decode_ms", &self.decode),
            ("detect_ms", &self.detect),
            ("align_ms", &self.align),
            ("embed_ms", &self.embed),
            ("frame_to_template_ms", &self.frame_to_template),
        ];
        Spreads(steps.into_iter().filter_map(|(name, times)| Some((name, times.spread()?))).collect())
    }
}

/// A photo that is measured.
struct Subject {
    /// Its path within the folder.
    name: String,
    /// The name of its frame's file.
    frame_name: String,
    bytes: Vec<u8>,
    width_px: u32,
    height_px: u32,
    frame: Photo,
    has_face: bool,
    decode: Times,
    frame_to_template: Times,
}

impl Subject {
    /// One run of every step.
    fn measure(&mut self, engine: &Engine, steps: &mut StepTimes) -> Result<(), Failure> {
        let bytes = std::hint::black_box(self.bytes.as_slice());
        let (decoded, ms) = timed(|| photo::decode(bytes, &PhotoLimits::default()));
        self.decode.push_ms(ms);
        steps.decode.push_ms(ms);
        drop(decoded.map_err(|refusal| Failure::new("photo_refused", format!("{}: {refusal}", self.name)))?);
        if !self.has_face {
            return Ok(());
        }
        let faces = steps.detect.measure(|| engine.detect(&self.frame))?;
        if let Some(face) = faces.first() {
            let aligned = steps.align.measure(|| engine.align(&self.frame, face));
            drop(steps.embed.measure(|| engine.embed(&aligned))?);
        }
        let (captured, ms) = timed(|| engine.capture(&self.frame, &EVERY_FACE));
        self.frame_to_template.push_ms(ms);
        steps.frame_to_template.push_ms(ms);
        captured.map(drop).map_err(|refusal| Failure::new("no_template", format!("{}: {refusal}", self.name)))
    }

    fn forget_times(&mut self) {
        (self.decode, self.frame_to_template) = (Times::default(), Times::default());
    }

    fn answer(&self) -> Option<FileAnswer> {
        let (decode, whole) = (self.decode.spread()?, self.frame_to_template.spread());
        Some(FileAnswer {
            photo: self.name.clone(),
            frame: self.frame_name.clone(),
            width_px: self.width_px,
            height_px: self.height_px,
            decode_ms_p50: rounded(decode.p50_ms),
            decode_ms_min: rounded(decode.min_ms),
            frame_to_template_ms_p50: whole.map(|spread| rounded(spread.p50_ms)),
            frame_to_template_ms_min: whole.map(|spread| rounded(spread.min_ms)),
        })
    }
}

/// The first `photos_max` photos of a folder, and how many files before the last of them are not photos.
fn subjects(engine: &Engine, dir: &Path, photos_max: usize) -> Result<(Vec<Subject>, usize), Failure> {
    let (mut subjects, mut refused) = (Vec::new(), 0);
    for path in files(dir)? {
        if subjects.len() == photos_max {
            break;
        }
        let Ok(photo) = photo::read(&path, &PhotoLimits::default()) else {
            refused += 1;
            continue;
        };
        let frame = fitted(&photo)?;
        let has_face = match engine.capture(&frame, &EVERY_FACE) {
            Ok(_) => true,
            Err(CaptureRefusal::Quality(QualityRefusal::NoFace)) => false,
            Err(refusal) => return Err(Failure::new("no_template", refusal.to_string())),
        };
        let name = path.strip_prefix(dir).unwrap_or(&path).to_string_lossy().into_owned();
        subjects.push(Subject {
            frame_name: frame_name(subjects.len(), &name),
            name,
            bytes: std::fs::read(&path).map_err(|error| Failure::io("read", &path, &error))?,
            width_px: photo.width_px(),
            height_px: photo.height_px(),
            frame,
            has_face,
            decode: Times::default(),
            frame_to_template: Times::default(),
        });
    }
    if !subjects.iter().any(|subject| subject.has_face) {
        let words = format!("{} holds no photo with a face: name a folder of portraits", dir.display());
        return Err(Failure::new("no_face", words));
    }
    Ok((subjects, refused))
}

/// The number keeps the order and tells `a/b.jpg` from `a_b.jpg`.
fn frame_name(index: usize, photo_name: &str) -> String {
    let flat: String = photo_name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    format!("{index:04}_{flat}.png")
}

/// All files of a folder and the folders in it, in the order of their paths. Hidden ones are passed over.
fn files(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    let (mut found, mut folders) = (Vec::new(), vec![(dir.to_path_buf(), 0)]);
    while let Some((folder, depth)) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| Failure::io("read", &folder, &error))? {
            let path = entry.map_err(|error| Failure::io("read", &folder, &error))?.path();
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if hidden {
                continue;
            }
            if path.is_file() {
                found.push(path);
            } else if path.is_dir() && depth < DEPTH_MAX {
                folders.push((path, depth + 1));
            }
            if found.len() + folders.len() > FILES_MAX {
                let words = format!("{} holds more than {FILES_MAX} files", dir.display());
                return Err(Failure::new("too_many_files", words));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The photo, scaled to touch the edges of a frame, in the middle of grey.
fn fitted(photo: &Photo) -> Result<Photo, Failure> {
    let (width, height) = fitted_size(photo.width_px(), photo.height_px());
    let (left, top) = ((FRAME_WIDTH_PX - width) / 2, (FRAME_HEIGHT_PX - height) / 2);
    let scaled = scaled(photo, width, height);
    let row_bytes = 3 * width as usize;
    let mut rgb = vec![FRAME_GREY; 3 * (FRAME_WIDTH_PX * FRAME_HEIGHT_PX) as usize];
    for (row, pixels) in scaled.chunks_exact(row_bytes).enumerate() {
        let start = 3 * ((top as usize + row) * FRAME_WIDTH_PX as usize + left as usize);
        rgb[start..start + row_bytes].copy_from_slice(pixels);
    }
    Photo::from_rgb(FRAME_WIDTH_PX, FRAME_HEIGHT_PX, rgb)
        .map_err(|refusal| Failure::new("photo_refused", refusal.to_string()))
}

fn fitted_size(width_px: u32, height_px: u32) -> (u32, u32) {
    let scale = (f64::from(FRAME_WIDTH_PX) / f64::from(width_px))
        .min(f64::from(FRAME_HEIGHT_PX) / f64::from(height_px));
    let side = |px: u32, max: u32| ((f64::from(px) * scale).round() as u32).clamp(1, max);
    (side(width_px, FRAME_WIDTH_PX), side(height_px, FRAME_HEIGHT_PX))
}

/// Packed RGB of the given size: along the rows first, then along the columns.
fn scaled(photo: &Photo, width_px: u32, height_px: u32) -> Vec<u8> {
    let (columns, rows) = (taps(photo.width_px(), width_px), taps(photo.height_px(), height_px));
    let row_len = 3 * width_px as usize;
    let mut narrow = Vec::with_capacity(row_len * photo.height_px() as usize);
    for row in photo.rgb().chunks_exact(3 * photo.width_px() as usize) {
        for tap in &columns {
            let pixels = row[3 * tap.first..].as_chunks::<3>().0;
            narrow.extend((0..3).map(|channel| {
                tap.weights
                    .iter()
                    .zip(pixels)
                    .map(|(weight, pixel)| weight * f32::from(pixel[channel]))
                    .sum::<f32>()
            }));
        }
    }
    let mut rgb = Vec::with_capacity(row_len * height_px as usize);
    for tap in &rows {
        let mut sums = vec![0.0; row_len];
        for (weight, row) in tap.weights.iter().zip(narrow[tap.first * row_len..].chunks_exact(row_len)) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
        }
        rgb.extend(sums.iter().map(|sum| sum.round().clamp(0.0, 255.0) as u8));
    }
    rgb
}

/// What makes one pixel of a scaled line: neighbouring pixels from `first` on, with weights that add up to one.
struct Tap {
    first: usize,
    weights: Vec<f32>,
}

/// A tent over each new pixel, at least one old pixel wide to both sides: smooth when enlarging, without moiré when
/// reducing.
fn taps(from_px: u32, to_px: u32) -> Vec<Tap> {
    let step = from_px as f32 / to_px as f32;
    let reach = step.max(1.0);
    let tap = |index: u32| {
        let centre = (index as f32 + 0.5) * step;
        let first = (centre - reach).floor().max(0.0) as usize;
        let end = ((centre + reach).ceil() as usize).min(from_px as usize);
        let height = |at: usize| (1.0 - (at as f32 + 0.5 - centre).abs() / reach).max(0.0);
        let sum: f32 = (first..end).map(height).sum();
        Tap { first, weights: (first..end).map(|at| height(at) / sum).collect() }
    };
    (0..to_px).map(tap).collect()
}

fn write_frames(folder: &Path, subjects: &[Subject]) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::io("make", folder, &error))?;
    for subject in subjects {
        let path = folder.join(&subject.frame_name);
        write_png(&path, &subject.frame).map_err(|error| Failure::io("write", &path, &error))?;
    }
    Ok(())
}

fn write_png(path: &Path, picture: &Photo) -> std::io::Result<()> {
    let file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let mut encoder = png::Encoder::new(file, picture.width_px(), picture.height_px());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(picture.rgb())?;
    writer.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photos_of_every_form_fit_into_the_frame() {
        let cases = [
            ((1280, 720), (1280, 720)),
            ((2560, 1440), (1280, 720)),
            ((100, 100), (720, 720)),
            ((1000, 10), (1280, 13)),
            ((1, 5000), (1, 720)),
            ((5000, 1), (1280, 1)),
        ];
        for ((width_px, height_px), expected) in cases {
            assert_eq!(fitted_size(width_px, height_px), expected, "{width_px}×{height_px}");
        }
    }

    #[test]
    fn the_photo_lies_in_the_middle_of_grey() {
        let red = Photo::from_rgb(2, 2, [255, 0, 0].repeat(4)).unwrap();
        let frame = fitted(&red).unwrap();
        let pixel = |x: usize, y: usize| &frame.rgb()[3 * (y * 1280 + x)..][..3];
        for (at, expected) in [
            ((279, 0), [128; 3]),
            ((280, 0), [255, 0, 0]),
            ((999, 719), [255, 0, 0]),
            ((1000, 719), [128; 3]),
        ] {
            assert_eq!(pixel(at.0, at.1), expected, "{at:?}");
        }
    }

    #[test]
    fn the_same_size_changes_no_pixel() {
        let rgb: Vec<u8> = (0..48).map(|value| value * 5).collect();
        let photo = Photo::from_rgb(4, 4, rgb.clone()).unwrap();
        assert_eq!(scaled(&photo, 4, 4), rgb);
    }

    #[test]
    fn reducing_averages_and_enlarging_blends() {
        let columns = Photo::from_rgb(4, 1, [[0; 3], [200; 3], [0; 3], [200; 3]].concat()).unwrap();
        let reduced = scaled(&columns, 2, 1);
        assert!(reduced.iter().all(|value| (60..=140).contains(value)), "{reduced:?}");
        let pair = Photo::from_rgb(2, 1, [[0; 3], [100; 3]].concat()).unwrap();
        let enlarged = scaled(&pair, 4, 1);
        assert_eq!(enlarged.iter().step_by(3).copied().collect::<Vec<_>>(), [0, 25, 75, 100]);
    }

    #[test]
    fn weights_add_up_to_one() {
        for (from_px, to_px) in [(1, 1), (1, 7), (7, 1), (1000, 333), (333, 1000)] {
            for tap in taps(from_px, to_px) {
                let sum: f32 = tap.weights.iter().sum();
                assert!((sum - 1.0).abs() < 1e-5, "{from_px} to {to_px}: {sum}");
                assert!(tap.first + tap.weights.len() <= from_px as usize);
            }
        }
    }

    #[test]
    fn files_are_found_in_all_folders_by_name() {
        let dir = tempfile::tempdir().unwrap();
        for file in ["b/2.jpg", "a.jpg", "b/c/1.jpg", ".hidden/x.jpg", "b/.x"] {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"x").unwrap();
        }
        let found: Vec<_> = files(dir.path())
            .unwrap()
            .iter()
            .map(|path| path.strip_prefix(dir.path()).unwrap().to_owned())
            .collect();
        assert_eq!(found, ["a.jpg", "b/2.jpg", "b/c/1.jpg"].map(PathBuf::from));
    }

    #[test]
    fn a_written_frame_reads_back_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(frame_name(3, "a/b c.jpg"));
        assert!(path.ends_with("0003_a_b_c_jpg.png"));
        let photo = Photo::from_rgb(2, 1, vec![1, 2, 3, 250, 251, 252]).unwrap();
        write_png(&path, &photo).unwrap();
        let read = photo::read(&path, &PhotoLimits::default()).unwrap_or_else(|_| panic!("a photo"));
        assert_eq!(read.rgb(), photo.rgb());
    }
}
