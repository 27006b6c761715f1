//! Profile photos as the desk keeps them.

use std::path::Path;

use bonafide_domain::consent::Jurisdiction;
use bonafide_faces::photo::{KEPT_SIDE_PX_MAX, PhotoLimits, decode, read};

use crate::book::{answer, on_book};
use crate::consents::{add_branch, european, give, put_text};
use crate::credentials::club;
use crate::faces::{error_key, fixtures};

const VIEWING: &str = "profile_photo/staff_viewing";

/// The photo of a fixture with what cameras and others write beside the pixels.
fn with_baggage(dir: &Path) -> String {
    let clean = std::fs::read(fixtures().join("president/obama.jpg")).unwrap();
    let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\0GPSLatitude PLANTED-PLACE";
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let segment = [&[0xFF, 0xE1], length.as_slice(), exif].concat();
    let file = [&clean[..2], &segment, &clean[2..], b"PK\x03\x04 PLANTED-ARCHIVE"].concat();
    let path = dir.join("baggage.jpg");
    std::fs::write(&path, file).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn w15_a_kept_photo_is_small_and_has_pixels_only() {
    let dir = club();
    add_branch(dir.path(), "Mitte", european());
    let photo = with_baggage(dir.path());
    assert!(
        read(Path::new(&photo), &PhotoLimits::default()).is_ok(),
        "the baggage does not make it unreadable"
    );
    let keep = ["members", "photo", "0", &photo];
    assert_eq!(error_key(&on_book(dir.path(), &keep)), "no_consent");
    put_text(dir.path(), VIEWING, "Your photo, for the desk.");
    give(dir.path(), "0", VIEWING);
    let out = dir.path().join("out.jpg");
    let view = ["members", "photo", "0", "--out", out.to_str().unwrap()];
    assert_eq!(error_key(&on_book(dir.path(), &view)), "no_photo");
    assert_eq!(answer(dir.path(), &keep)["state"], "kept");
    assert_eq!(answer(dir.path(), &keep)["state"], "kept", "again");
    let entries = || answer(dir.path(), &["audit", "verify"])["entries"].as_u64().unwrap();
    let before = entries();
    assert_eq!(answer(dir.path(), &view)["state"], "written");
    assert_eq!(entries(), before + 1, "looking is written down");
    let written = std::fs::read(&out).unwrap();
    let kept = decode(&written, &PhotoLimits::default()).unwrap();
    assert_eq!(kept.width_px().max(kept.height_px()), KEPT_SIDE_PX_MAX);
    for planted in ["PLANTED", "Exif", "GPS", "PK\u{3}\u{4}"] {
        let found = written.windows(planted.len()).any(|window| window == planted.as_bytes());
        assert!(!found, "{planted}");
    }
    assert_eq!(written.last_chunk(), Some(&[0xFF, 0xD9]), "nothing behind the end");
    for entry in std::fs::read_dir(dir.path().join("club")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(
            !bytes.windows(64).any(|window| window == &written[600..664]),
            "the photo lies open in the book"
        );
    }
}

#[test]
fn a_photo_goes_with_its_consent_and_is_not_shown_without_one() {
    let dir = club();
    add_branch(dir.path(), "Mitte", european());
    let text = put_text(dir.path(), VIEWING, "Your photo, for the desk.");
    give(dir.path(), "0", VIEWING);
    let photo = fixtures().join("president/obama.jpg");
    let out = dir.path().join("out.jpg");
    answer(dir.path(), &["members", "photo", "0", photo.to_str().unwrap()]);
    let view = ["members", "photo", "0", "--out", out.to_str().unwrap()];
    let hash = text["text"]["hash"].as_str().unwrap();
    answer(dir.path(), &["consents", "texts", "retire", hash]);
    assert_eq!(error_key(&on_book(dir.path(), &view)), "consent_to_other_text");
    assert!(!out.exists());
    let withdrawn = answer(dir.path(), &["consents", "withdraw", "0", VIEWING]);
    assert_eq!(
        (&withdrawn["destroyed"]["member_photos"], &withdrawn["keys_destroyed"]),
        (&1.into(), &1.into())
    );
    assert_eq!(error_key(&on_book(dir.path(), &view)), "no_photo");
}

#[test]
fn w15_what_is_no_photo_is_refused_by_its_name() {
    let dir = club();
    add_branch(dir.path(), "Loop", Jurisdiction::Illinois);
    put_text(dir.path(), VIEWING, "Your photo, for the desk.");
    give(dir.path(), "0", VIEWING);
    let file = dir.path().join("photo.svg");
    std::fs::write(&file, "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>").unwrap();
    let refused = error_key(&on_book(dir.path(), &["members", "photo", "0", file.to_str().unwrap()]));
    assert_eq!(refused, "svg");
    let missing = error_key(&on_book(dir.path(), &["members", "photo", "0", "nowhere.jpg"]));
    assert_eq!(missing, "io");
}
