//! Real photos through the whole engine: good ones, and each kind of bad one with its own reason and advice.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::OnceLock;

use bonafide_faces::detect::DetectorInput;
use bonafide_faces::engine::{CaptureRefusal, Engine};
use bonafide_faces::photo::{self, Photo, PhotoLimits};
use bonafide_faces::quality::{Advice, QualityLimits, QualityRefusal};
use bonafide_faces::template::Template;

use crate::pictures::{Picture, fixture};

/// Loading the networks takes longer than most tests: they share one engine.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::shipped(NonZeroUsize::MIN).unwrap())
}

fn template(photo: &Photo) -> Template {
    match engine().capture(photo, &QualityLimits::RECOGNITION) {
        Ok(capture) => capture.template,
        Err(refusal) => panic!("{refusal}"),
    }
}

fn refusal(photo: &Photo, limits: &QualityLimits) -> Option<QualityRefusal> {
    match engine().capture(photo, limits) {
        Ok(_) => None,
        Err(CaptureRefusal::Quality(refusal)) => Some(refusal),
        Err(CaptureRefusal::Fault(fault)) => panic!("{fault}"),
    }
}

/// The president's head and shoulders, 360×360.
fn head() -> Picture {
    fixture("president/obama.jpg").cut(180, 60, 560, 560).scaled(360, 360)
}

#[test]
fn photos_of_one_person_are_alike_and_of_two_are_not() {
    let president =
        ["obama.jpg", "obama2.jpg", "obama3.jpg", "obama_partial_face.jpg", "obama_partial_face2.jpg"]
            .map(|name| template(&fixture(&format!("president/{name}")).photo()));
    let other = template(&fixture("vice_president/biden.jpg").photo());
    let mut same_min = f32::MAX;
    let mut other_max = f32::MIN;
    for (index, one) in president.iter().enumerate() {
        other_max = other_max.max(one.similarity(&other).unwrap());
        for two in &president[index + 1..] {
            same_min = same_min.min(one.similarity(two).unwrap());
        }
    }
    assert!(same_min > 0.6 && other_max < 0.35, "same {same_min}, other {other_max}");
}

#[test]
fn the_same_photo_gives_the_same_bits() {
    let photo = head().photo();
    let first = template(&photo);
    let again = template(&photo);
    assert!(first.expose() == again.expose());
    let fresh = Engine::shipped(NonZeroUsize::MIN).unwrap();
    let fresh = fresh.capture(&photo, &QualityLimits::RECOGNITION).ok().unwrap().template;
    assert!(first.expose() == fresh.expose());
    let threads = Engine::shipped(NonZeroUsize::new(2).unwrap()).unwrap();
    let threads = threads.capture(&photo, &QualityLimits::RECOGNITION).ok().unwrap().template;
    assert!(first.similarity(&threads).unwrap() > 0.999_99);
}

#[test]
fn each_bad_photo_has_its_own_reason_and_advice() {
    let head = head();
    let (recognition, enrolment) = (&QualityLimits::RECOGNITION, &QualityLimits::ENROLMENT);
    let small = Picture::grey(640, 480, 90).with(&head.scaled(50, 50), 300, 200);
    let dark = head.levels(|level| level * 0.06);
    let bright = head.levels(|level| 190.0 + level * 0.27);
    // A photo wrapped around a cylinder has no nose that stands out, so its turn reads less than it is.
    let frontal = QualityLimits { yaw_deg_max: 10.0, ..QualityLimits::ENROLMENT };
    assert_eq!(refusal(&head.photo(), &frontal), None);
    let profile = head.turned_aside(180.0, 120.0, 55.0);
    let half = head.cut(180, 0, 180, 360);
    let twins = Picture::grey(760, 380, 90).with(&head, 10, 10).with(&head, 390, 10);
    let cases = [
        ("nobody", Picture::grey(300, 200, 128), recognition, QualityRefusal::NoFace, Advice::LookAtCamera),
        ("one pixel", Picture::grey(1, 1, 128), recognition, QualityRefusal::NoFace, Advice::LookAtCamera),
        ("20 pixels wide", small, recognition, QualityRefusal::TooSmall, Advice::ComeCloser),
        ("heavy blur", head.blurred(7), recognition, QualityRefusal::Blurred, Advice::HoldStill),
        ("near dark", dark, recognition, QualityRefusal::TooDark, Advice::MoreLight),
        ("glaring", bright, enrolment, QualityRefusal::TooBright, Advice::LessLight),
        ("turned away", profile, &frontal, QualityRefusal::TurnedAway, Advice::LookAtCamera),
        ("cut by the frame", half, recognition, QualityRefusal::Cut, Advice::WholeFaceInPicture),
        ("two people", twins, enrolment, QualityRefusal::SeveralFaces, Advice::OnlyOnePerson),
    ];
    let mut wrong = Vec::new();
    for (name, picture, limits, expected, advice) in cases {
        let found = refusal(&picture.photo(), limits);
        if found != Some(expected) {
            let quality = engine().inspect(&picture.photo()).unwrap().main.map(|(_, quality)| quality);
            wrong.push(format!("{name}: {found:?} instead of {expected:?}, {quality:?}"));
        }
        assert_eq!(expected.advice(), advice);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A way to spoil a photo: by how much it is still used, by how much it is refused, and why.
struct Spoilt {
    name: &'static str,
    used: Vec<Picture>,
    refused: Picture,
    reason: QualityRefusal,
}

#[test]
fn a_spoilt_photo_is_used_while_it_still_resembles_and_refused_by_name_beyond() {
    let head = head();
    let good = template(&head.photo());
    let small = |side| Picture::grey(640, 480, 90).with(&head.scaled(side, side), 300, 200);
    let darker = |light: f32| head.levels(|level| level * light);
    let brighter = |haze: f32| head.levels(|level| 255.0 * haze + level * (1.0 - haze));
    let cases = [
        Spoilt {
            name: "blur",
            used: [1, 2, 3, 4, 5].map(|radius| head.blurred(radius)).into(),
            refused: head.blurred(7),
            reason: QualityRefusal::Blurred,
        },
        Spoilt {
            name: "less light",
            used: [0.5, 0.3, 0.2, 0.15, 0.1].map(darker).into(),
            refused: darker(0.06),
            reason: QualityRefusal::TooDark,
        },
        Spoilt {
            name: "more light",
            used: [0.3, 0.5, 0.7, 0.8].map(brighter).into(),
            refused: brighter(0.9),
            reason: QualityRefusal::TooBright,
        },
        Spoilt {
            name: "lean",
            used: [-40.0, -20.0, 10.0, 30.0, 40.0].map(|degrees| head.leaning(degrees)).into(),
            refused: head.leaning(50.0),
            reason: QualityRefusal::TurnedAway,
        },
        Spoilt {
            name: "distance",
            used: [200, 150, 100, 75, 60].map(small).into(),
            refused: small(50),
            reason: QualityRefusal::TooSmall,
        },
    ];
    for Spoilt { name, used, refused, reason } in cases {
        for (step, picture) in used.iter().enumerate() {
            let cosine = template(&picture.photo()).similarity(&good).unwrap();
            // Well above every threshold of the shipped tables.
            assert!(cosine > 0.65, "{name}, step {step}: {cosine}");
        }
        assert_eq!(refusal(&refused.photo(), &QualityLimits::RECOGNITION), Some(reason), "{name}");
    }
}

#[test]
fn a_photo_that_stands_on_its_head_is_not_enrolled() {
    for name in ["president/obama.jpg", "president/obama2.jpg", "vice_president/biden.jpg"] {
        let picture = fixture(name);
        let upright = QualityLimits { must_be_upright: true, ..QualityLimits::RECOGNITION };
        assert_eq!(refusal(&picture.photo(), &upright), None, "{name}");
        // A camera's limits do not ask: the detector takes it for a face.
        let turned = picture.upside_down().photo();
        assert_eq!(refusal(&turned, &QualityLimits::RECOGNITION), None, "{name}");
        assert_eq!(refusal(&turned, &upright), Some(QualityRefusal::UpsideDown), "{name}");
        assert!(refusal(&turned, &QualityLimits::ENROLMENT).is_some(), "{name}");
    }
    assert_eq!(QualityRefusal::UpsideDown.advice(), Advice::TurnPhoto);
}

#[test]
fn a_good_photo_is_good_for_both_and_colour_does_not_matter() {
    let head = head();
    for picture in [&head, &head.without_colour()] {
        assert_eq!(refusal(&picture.photo(), &QualityLimits::ENROLMENT), None);
    }
    let grey = template(&head.without_colour().photo());
    assert!(template(&head.photo()).similarity(&grey).unwrap() > 0.8);
}

#[test]
fn twelve_faces_are_all_found_the_middle_one_first() {
    let (small, large) = (head().scaled(150, 150), head().scaled(170, 170));
    let mut group = Picture::grey(4 * 160, 3 * 160 + 20, 90);
    for index in 0..12 {
        let face = if index == 5 { &large } else { &small };
        group = group.with(face, 160 * (index % 4), 160 * (index / 4));
    }
    let faces = engine().detect_at(&group.photo(), DetectorInput::Full).unwrap();
    assert_eq!(faces.len(), 12);
    let first = faces[0].centre();
    assert!((160.0..340.0).contains(&first.x_px) && (160.0..340.0).contains(&first.y_px), "{first:?}");
}

#[test]
fn boxes_are_in_pixels_of_a_large_photo() {
    // 25 megapixels: the head lies where it was put, not where the small picture of the detector had it.
    let photo = Picture::grey(6_250, 4_000, 90).with(&head().scaled(1_440, 1_440), 3_000, 1_200).photo();
    let faces = engine().detect(&photo).unwrap();
    let centre = faces.first().unwrap().centre();
    assert!(
        (3_300.0..4_200.0).contains(&centre.x_px) && (1_500.0..2_400.0).contains(&centre.y_px),
        "{centre:?}"
    );
}

/// Photos of the development set that lies beside a checkout, when it is there.
fn development_photo(name: &str) -> Option<Photo> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/faces").join(name);
    path.exists().then(|| {
        photo::read(&path, &PhotoLimits::default()).unwrap_or_else(|error| panic!("{name}: {error}"))
    })
}

#[test]
fn real_photos_without_a_face_are_refused() {
    let cases = [
        ("no_face/forest-5524569_640.jpg", QualityRefusal::NoFace),
        ("no_face/mountains-615428_640.jpg", QualityRefusal::NoFace),
        ("no_face/sunflower-1627193_640.jpg", QualityRefusal::NoFace),
    ];
    let photos: Vec<_> = cases
        .iter()
        .filter_map(|(name, expected)| Some((name, development_photo(name)?, expected)))
        .collect();
    eprintln!("{} of {} checks with development photos did not run", cases.len() - photos.len(), cases.len());
    for (name, photo, expected) in photos {
        assert_eq!(refusal(&photo, &QualityLimits::ENROLMENT), Some(*expected), "{name}");
    }
}
