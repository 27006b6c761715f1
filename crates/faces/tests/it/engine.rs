//! The shipped networks against OpenCV's answers, the same photo in other files, and weights that do not fit.

use std::num::NonZeroUsize;
use std::path::Path;

use bonafide_faces::FoldRefusal;
use bonafide_faces::align::FRAME_112;
use bonafide_faces::detect::{DetectedFace, Detector, DetectorInput, Point};
use bonafide_faces::embed::{ChannelOrder, Recogniser, RecogniserSpec};
use bonafide_faces::engine::Engine;
use bonafide_faces::network::{NetworkShape, WeightsRefusal, sha256_hex};
use bonafide_faces::photo::{self, Photo, PhotoLimits};
use bonafide_faces::quality::QualityLimits;
use bonafide_faces::template::{ModelId, Template};
use jpeg_encoder::{ColorType as JpegColor, Encoder as JpegEncoder, SamplingFactor};

use crate::captures::engine;
use crate::pictures::fixture;

const ONE: NonZeroUsize = NonZeroUsize::MIN;

/// The least cosine between our template of a photo and OpenCV's, each with its own detection.
const WHOLE_CHAIN_COSINE_MIN: f32 = 0.95;

/// What OpenCV 4.14.0 finds: left, top, width, height of the box, then x and y of the five landmarks.
///
/// All of these were made once by FaceDetectorYN (score 0.6, overlap 0.3) with the file in models/.
type Golden = [f32; 14];

/// Every fifth pixel of president/obama.jpg, 182×228: no scaler has a part in it.
const GOLDEN_OBAMA_FIFTH: Golden =
    [74.5, 19.3, 48.8, 65.1, 88.1, 44.7, 110.5, 44.7, 98.8, 56.9, 89.1, 65.5, 108.3, 66.7];

/// Every ninth pixel of vice_president/biden.jpg, 108×245.
const GOLDEN_BIDEN_NINTH: Golden =
    [48.3, 20.2, 31.2, 42.5, 58.3, 36.5, 72.4, 36.9, 65.3, 44.8, 59.1, 51.9, 70.5, 52.7];

/// president/obama.jpg scaled with INTER_AREA to a long side of 640 pixels; in pixels of the photo.
const GOLDEN_OBAMA_640: Golden =
    [370.6, 90.9, 239.7, 328.9, 439.7, 214.7, 554.7, 214.5, 495.6, 268.2, 440.7, 318.3, 546.9, 320.6];

/// The same with a long side of 320 pixels. The embedding below was aligned by these landmarks.
const GOLDEN_OBAMA_320: Golden = [
    372.39, 83.33, 239.98, 327.88, 432.11, 214.85, 551.77, 216.75, 487.16, 276.44, 437.82, 317.96, 537.75,
    324.42,
];

/// OpenCV's embedding of president/obama.jpg. The file tells how it was made.
const GOLDEN_EMBEDDING: &str = include_str!("../golden/sface_opencv_obama.txt");

fn golden_template() -> Template {
    let lines = GOLDEN_EMBEDDING.lines().filter(|line| !line.starts_with('#'));
    let numbers: Vec<f32> = lines.flat_map(str::split_whitespace).map(|word| word.parse().unwrap()).collect();
    assert_eq!(numbers.len(), 128);
    Template::from_vector(engine().model().clone(), numbers).unwrap()
}

fn numbers(face: &DetectedFace) -> Golden {
    let mut all = [face.left_px, face.top_px, face.width_px, face.height_px].to_vec();
    all.extend(face.landmarks.iter().flat_map(|point| [point.x_px, point.y_px]));
    all.try_into().unwrap()
}

fn face(golden: &Golden) -> DetectedFace {
    let [left_px, top_px, width_px, height_px] = [0, 1, 2, 3].map(|at| golden[at]);
    let landmarks = std::array::from_fn(|at| Point { x_px: golden[4 + 2 * at], y_px: golden[5 + 2 * at] });
    DetectedFace { left_px, top_px, width_px, height_px, landmarks, score: 0.95 }
}

/// Every `step`-th pixel of every `step`-th row.
fn thinned(photo: &Photo, step: usize) -> Photo {
    let (width, height) = (photo.width_px() as usize, photo.height_px() as usize);
    let rows = photo.rgb().chunks_exact(3 * width).step_by(step);
    let rgb = rows.flat_map(|row| row.as_chunks::<3>().0.iter().step_by(step).flatten().copied()).collect();
    Photo::from_rgb(width.div_ceil(step) as u32, height.div_ceil(step) as u32, rgb).unwrap()
}

fn template(photo: &Photo) -> Template {
    match engine().capture(photo, &QualityLimits::RECOGNITION) {
        Ok(capture) => capture.template,
        Err(refusal) => panic!("{refusal}"),
    }
}

#[test]
fn boxes_and_landmarks_are_where_opencv_finds_them() {
    let (obama, biden) =
        (fixture("president/obama.jpg").photo(), fixture("vice_president/biden.jpg").photo());
    let cases = [
        ("every fifth pixel", thinned(&obama, 5), DetectorInput::Fast, GOLDEN_OBAMA_FIFTH, 1.0),
        ("every ninth pixel", thinned(&biden, 9), DetectorInput::Fast, GOLDEN_BIDEN_NINTH, 1.0),
        // OpenCV has another scaler: two pixels of the photo are one of the detector's.
        ("the whole photo", obama, DetectorInput::Full, GOLDEN_OBAMA_640, 2.0),
    ];
    for (name, photo, input, golden, tolerance_px) in cases {
        let faces = engine().detect_at(&photo, input).unwrap();
        assert_eq!(faces.len(), 1, "{name}");
        let found = numbers(&faces[0]);
        let worst_px = found.iter().zip(golden).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        println!("{name}: at most {worst_px:.2} px from OpenCV's");
        assert!(worst_px <= tolerance_px, "{name}: {found:?} instead of {golden:?}");
    }
}

#[test]
fn the_embedding_is_opencvs() {
    let photo = fixture("president/obama.jpg").photo();
    let golden = golden_template();
    // With OpenCV's own landmarks only the alignment and the recogniser can differ.
    let aligned = engine().align(&photo, &face(&GOLDEN_OBAMA_320));
    let same_landmarks = engine().embed(&aligned).unwrap();
    let cosine = same_landmarks.similarity(&golden).unwrap();
    let whole_chain = template(&photo).similarity(&golden).unwrap();
    println!("cosine with OpenCV: same landmarks {cosine:.5}, whole chain {whole_chain:.5}");
    assert!(cosine >= 0.999, "{cosine}");
    assert!(whole_chain >= WHOLE_CHAIN_COSINE_MIN, "{whole_chain}");
}

#[test]
fn two_threads_give_the_same_numbers_within_rounding() {
    let photo = fixture("president/obama2.jpg").photo();
    let two = Engine::shipped(NonZeroUsize::new(2).unwrap()).unwrap();
    let parallel = two.capture(&photo, &QualityLimits::RECOGNITION).ok().unwrap().template;
    for (one, two) in template(&photo).expose().iter().zip(parallel.expose()) {
        assert!((one - two).abs() <= 1e-5, "{one} and {two}");
    }
}

/// Stored pixels that a viewer turns back to `upright` by this EXIF orientation, with the stored width and height.
fn stored(upright: &Photo, orientation: u16) -> (Vec<u8>, u32, u32) {
    let (width, height) = (upright.width_px() as usize, upright.height_px() as usize);
    let turned = orientation >= 5;
    let (stored_width, stored_height) = if turned { (height, width) } else { (width, height) };
    let mut rgb = Vec::with_capacity(upright.rgb().len());
    for row in 0..stored_height {
        for column in 0..stored_width {
            let (right, bottom) = (width - 1, height - 1);
            let (x, y) = match orientation {
                1 => (column, row),
                2 => (right - column, row),
                3 => (right - column, bottom - row),
                4 => (column, bottom - row),
                5 => (row, column),
                6 => (right - row, column),
                7 => (right - row, bottom - column),
                _ => (row, bottom - column),
            };
            rgb.extend_from_slice(&upright.rgb()[3 * (y * width + x)..][..3]);
        }
    }
    (rgb, stored_width as u32, stored_height as u32)
}

/// A TIFF block with the orientation alone.
fn exif(orientation: u16) -> Vec<u8> {
    let [low, high] = orientation.to_le_bytes();
    [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".as_slice(), &[low, high, 0, 0], &[0; 4]].concat()
}

fn png_with_orientation(upright: &Photo, orientation: u16) -> Vec<u8> {
    let (rgb, width_px, height_px) = stored(upright, orientation);
    let mut info = png::Info::with_size(width_px, height_px);
    (info.color_type, info.bit_depth) = (png::ColorType::Rgb, png::BitDepth::Eight);
    info.exif_metadata = Some(exif(orientation).into());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::with_info(&mut bytes, info).unwrap();
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&rgb).unwrap();
    writer.finish().unwrap();
    bytes
}

fn jpeg_with_orientation(upright: &Photo, orientation: u16) -> Vec<u8> {
    let (rgb, width_px, height_px) = stored(upright, orientation);
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new(&mut bytes, 97);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    encoder.add_app_segment(1, [b"Exif\0\0".as_slice(), &exif(orientation)].concat()).unwrap();
    encoder.encode(&rgb, width_px as u16, height_px as u16, JpegColor::Rgb).unwrap();
    bytes
}

#[test]
fn a_turned_file_gives_the_template_of_the_upright_one() {
    let upright = fixture("president/obama.jpg").scaled(364, 455).photo();
    let expected = template(&upright);
    let decoded = |bytes: &[u8]| photo::decode(bytes, &PhotoLimits::default()).unwrap();
    for orientation in 1..=8 {
        let lossless = template(&decoded(&png_with_orientation(&upright, orientation)));
        assert!(lossless.expose() == expected.expose(), "PNG, orientation {orientation}: other bits");
        let lossy = template(&decoded(&jpeg_with_orientation(&upright, orientation)));
        let cosine = lossy.similarity(&expected).unwrap();
        assert!(cosine >= 0.99, "JPEG, orientation {orientation}: {cosine}");
    }
}

const RECOGNISER: RecogniserSpec = RecogniserSpec {
    frame: FRAME_112,
    channels: ChannelOrder::Rgb,
    shape: NetworkShape {
        input: &[Some(1), Some(3), Some(112), Some(112)],
        outputs: 1,
        output_len: Some(128),
    },
};

fn shipped_weights(file: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(file)).unwrap()
}

/// Loads the bytes as both roles, each time with the hash that is given.
fn load_as_both(bytes: &[u8], pinned_sha256: &str) -> [Result<(), WeightsRefusal>; 2] {
    let model = ModelId::parse("test").unwrap();
    [
        Detector::load(bytes, pinned_sha256, ONE).map(|_| ()),
        Recogniser::load(bytes, pinned_sha256, RECOGNISER, model, ONE).map(|_| ()),
    ]
}

#[test]
fn weights_of_another_role_are_refused_and_never_answer() {
    let yunet = shipped_weights("face_detection_yunet_2023mar_int8bq.onnx");
    let sface = shipped_weights("face_recognition_sface_2021dec_int8bq.onnx");
    let [as_detector, as_recogniser] = load_as_both(&sface, &sha256_hex(&sface));
    assert!(matches!(as_detector, Err(WeightsRefusal::WrongShape { .. })), "{as_detector:?}");
    assert_eq!(as_recogniser, Ok(()));
    let [as_detector, as_recogniser] = load_as_both(&yunet, &sha256_hex(&yunet));
    assert_eq!(as_detector, Ok(()));
    assert!(matches!(as_recogniser, Err(WeightsRefusal::WrongShape { .. })), "{as_recogniser:?}");
    let long =
        RecogniserSpec { shape: NetworkShape { output_len: Some(512), ..RECOGNISER.shape }, ..RECOGNISER };
    let refusal = Recogniser::load(&sface, &sha256_hex(&sface), long, ModelId::parse("test").unwrap(), ONE);
    assert!(matches!(refusal.map(|_| ()), Err(WeightsRefusal::WrongShape { .. })));
}

#[test]
fn one_changed_byte_is_refused_by_its_hash() {
    for file in ["face_detection_yunet_2023mar_int8bq.onnx", "face_recognition_sface_2021dec_int8bq.onnx"] {
        let mut bytes = shipped_weights(file);
        let pinned = sha256_hex(&bytes);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        for answer in load_as_both(&bytes, &pinned) {
            let Err(WeightsRefusal::WrongHash { found, pinned: expected }) = answer else {
                panic!("{file}: {answer:?}")
            };
            assert_eq!((found, &expected), (sha256_hex(&bytes), &pinned), "{file}");
        }
    }
}

#[test]
fn half_a_file_under_its_own_hash_is_not_a_network() {
    for file in ["face_detection_yunet_2023mar_int8bq.onnx", "face_recognition_sface_2021dec_int8bq.onnx"] {
        let bytes = shipped_weights(file);
        for part in [&bytes[..0], &bytes[..100], &bytes[..bytes.len() / 2]] {
            for answer in load_as_both(part, &sha256_hex(part)) {
                assert_eq!(
                    answer,
                    Err(WeightsRefusal::Fold(FoldRefusal::NotOnnx)),
                    "{file}, {} bytes",
                    part.len()
                );
            }
        }
    }
}
