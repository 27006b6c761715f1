//! Weights that an operator supplies, tried with the real files when they lie beside the checkout.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bonafide_faces::engine::Engine;
use bonafide_faces::network::sha256_hex;
use bonafide_faces::quality::QualityLimits;
use bonafide_faces::supplied::{self, NAMES, Supplied};

use crate::captures::engine;
use crate::pictures::fixture;

const FILES: [(&str, &str); 4] = [
    ("face-reidentification-retail-0095", "face-reidentification-retail-0095_fp16w.onnx"),
    ("lightqnet-dm100", "lightqnet-dm100.onnx"),
    ("minifasnet-v2-2.7", "2.7_80x80_MiniFASNetV2.onnx"),
    ("minifasnet-v1se-4.0", "4_0_0_80x80_MiniFASNetV1SE.onnx"),
];

/// The file of a name, or `None` after saying that a check did not run.
fn file(name: &str) -> Option<PathBuf> {
    let (_, file) = FILES.iter().find(|(known, _)| *known == name)?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/models/supplied").join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("1 check did not run: the supplied weights {file} are not beside this checkout");
    None
}

fn load(name: &str) -> Option<Supplied> {
    let path = file(name)?;
    let hash = sha256_hex(&std::fs::read(&path).unwrap());
    Some(supplied::load(name, &path, &hash, NonZeroUsize::MIN).unwrap())
}

#[test]
fn every_known_name_is_tried_here() {
    assert_eq!(FILES.map(|(name, _)| name), NAMES);
}

#[test]
fn a_quality_network_tells_a_clean_face_from_a_blurred_one() {
    let Some(Supplied::Quality(network)) = load("lightqnet-dm100") else { return };
    let clean = fixture("president/obama.jpg").cut(180, 60, 560, 560).scaled(360, 360);
    let grade = |photo: &bonafide_faces::photo::Photo| {
        network.grade(photo, &engine().detect(photo).unwrap()[0]).unwrap()
    };
    let (clean, blurred) = (grade(&clean.photo()), grade(&clean.blurred(6).photo()));
    assert!(clean > blurred + 0.2, "clean {clean}, blurred {blurred}");
}

#[test]
fn liveness_networks_give_a_chance() {
    for name in ["minifasnet-v2-2.7", "minifasnet-v1se-4.0"] {
        let Some(Supplied::Liveness(network)) = load(name) else { continue };
        for photo in ["president/obama.jpg", "vice_president/biden.jpg"] {
            let photo = fixture(photo).photo();
            let live = network.live(&photo, &engine().detect(&photo).unwrap()[0]).unwrap();
            assert!((0.0..=1.0).contains(&live), "{name}: {live}");
        }
    }
}

#[test]
fn b15_another_recogniser_works_and_its_templates_are_kept_apart() {
    let Some(Supplied::Recogniser(recogniser)) = load("face-reidentification-retail-0095") else { return };
    let other = Engine::with_recogniser(recogniser, NonZeroUsize::MIN).unwrap();
    let template = |engine: &Engine, name: &str| {
        engine.capture(&fixture(name).photo(), &QualityLimits::RECOGNITION).ok().unwrap().template
    };
    let names = ["president/obama.jpg", "president/obama3.jpg", "vice_president/biden.jpg"];
    let [one, same, different] = names.map(|name| template(&other, name));
    let (same, different) = (one.similarity(&same).unwrap(), one.similarity(&different).unwrap());
    assert!(same > different + 0.2, "same {same}, different {different}");
    assert!(one.similarity(&template(engine(), names[0])).is_err());
    assert_eq!(one.expose().len(), 256);
}

#[test]
fn a_file_under_another_name_is_refused() {
    for (index, name) in NAMES.iter().enumerate() {
        let Some(path) = file(name) else { continue };
        let hash = sha256_hex(&std::fs::read(&path).unwrap());
        let wrong = NAMES[(index + 1) % NAMES.len()];
        // The two liveness networks have one shape: only the hash and the operator tell them apart.
        if !(name.starts_with("minifasnet") && wrong.starts_with("minifasnet")) {
            assert!(supplied::load(wrong, &path, &hash, NonZeroUsize::MIN).is_err(), "{name} as {wrong}");
        }
        assert!(
            supplied::load(name, &path, &"0".repeat(64), NonZeroUsize::MIN).is_err(),
            "{name} with another hash"
        );
    }
}
