//! `faces evaluate` as a person runs it: real photos in, one JSON document and one page out.

use std::path::{Path, PathBuf};

use bonafide::evaluation::calibration_file::{self, Compares};
use serde_json::Value;

use crate::faces::{bonafide, fixtures};

const HOSTILE_PERSON: &str = "<img src=x onerror=alert(1)>";
const HOSTILE_STRANGER: &str = "\"'><script>alert(1)";

/// A member with four photos (one is no photo), and two strangers of whom one has no photo that can be read.
fn people(dir: &Path, stranger: &str) -> (PathBuf, PathBuf) {
    let (members, strangers) = (dir.join("members"), dir.join("strangers"));
    let copy = |from: &str, to: PathBuf| {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(fixtures().join(from), to).unwrap();
    };
    for photo in ["obama.jpg", "obama2.jpg", "obama3.jpg"] {
        copy(&format!("president/{photo}"), members.join("president").join(photo));
    }
    std::fs::write(members.join("president/z.jpg"), "no photo").unwrap();
    copy("vice_president/biden.jpg", strangers.join(stranger).join("1.jpg"));
    std::fs::create_dir(strangers.join(HOSTILE_STRANGER)).unwrap();
    std::fs::write(strangers.join(HOSTILE_STRANGER).join("1.jpg"), b"").unwrap();
    (members, strangers)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn check_fraction(value: &Value, name: &str, expected: Option<f64>) {
    let fraction = value[name].as_f64();
    assert!(fraction.is_none_or(|fraction| (0.0..=1.0).contains(&fraction)), "{name}: {fraction:?}");
    match (fraction, expected) {
        (Some(fraction), Some(expected)) => {
            assert!((fraction - expected).abs() < 1e-12, "{name}: {fraction}");
        }
        (None, None) => assert!(value.get(name).is_some(), "{name} must be there, as null"),
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn w08_figures_and_report_of_people_with_hostile_names() {
    let dir = tempfile::tempdir().unwrap();
    let (members, strangers) = people(dir.path(), HOSTILE_PERSON);
    let (figures, report) = (dir.path().join("figures.json"), dir.path().join("report"));
    let [members, strangers, figures, report] =
        [&members, &strangers, &figures, &report].map(|path| text(path));
    let output = bonafide(&[
        "faces",
        "evaluate",
        "--members",
        members,
        "--enrol",
        "1",
        "--strangers",
        strangers,
        "--report",
        report,
        "--json",
        figures,
        "--source",
        "</dd><script>alert(2)</script>",
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let summary = String::from_utf8(output.stdout).unwrap();
    assert!(
        summary.starts_with("1 member, 3 mated probes, 2 strangers") && summary.contains("Rank-1"),
        "{summary}"
    );

    let json: Value = serde_json::from_slice(&std::fs::read(figures).unwrap()).unwrap();
    assert_eq!(
        (&json["members"], &json["mated_probes"], &json["nonmated_probes"]),
        (&1.into(), &3.into(), &2.into())
    );
    check_fraction(&json, "failure_to_enrol", Some(0.0));
    // Two photos find the member; the one that is no photo counts as missed.
    for name in ["rank1", "fnir_at_fpir_1pct", "fnir_at_fpir_0_3pct"] {
        check_fraction(&json, name, Some(if name == "rank1" { 2.0 / 3.0 } else { 1.0 / 3.0 }));
        assert_eq!(json["counts"][name]["trials"], 3, "{name}");
        check_fraction(&json["bounds_95"][name], "upper", json["bounds_95"][name]["upper"].as_f64());
    }
    for stage in ["decode", "detect", "align", "quality", "embed", "search"] {
        assert!(json["stage_ms_p50"][stage].as_f64().unwrap() >= 0.0, "{stage}");
    }
    assert!(json["thresholds"]["fpir_1pct"].is_f64() && json["thresholds"]["fpir_0_3pct"].is_f64());
    assert_eq!(json["counts"]["mated_photos"]["refused"]["unknown_format"], 1);
    assert_eq!(json["counts"]["nonmated_photos"]["refused"]["empty"], 1);
    assert_eq!(json["operating_points"]["fpir_1pct"]["measurable"], false);
    assert_eq!(json["calibration"]["people"], 2);
    assert_eq!(json["photo_calibration"]["compares"], "photo_with_photo");
    assert!(json["photo_calibration"]["largest_group"].is_null(), "two photos are no group");
    check_page(Path::new(report));
}

fn check_page(report: &Path) {
    let page = std::fs::read_to_string(report.join("report.html")).unwrap();
    for part in
        ["<svg", "DET curve", "Score histograms", "data:image/png;base64,", "Do not publish", "<details"]
    {
        assert!(page.contains(part), "{part}");
    }
    for outside in [
        "http://",
        "https://",
        "<script",
        "<link",
        "<iframe",
        "@import",
        "url(",
        "src=\"/",
        "onerror=alert(1)>",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("&#60;img src=x onerror=alert(1)&#62;"), "the name is there, as text");
    let sources = page.matches(" src=").count();
    assert_eq!(
        page.matches(" src=\"data:image/png;base64,").count() + page.matches("img src=x").count(),
        sources
    );
    for (file, compares) in [
        ("calibration.json", Compares::MemberWithPhoto),
        ("calibration-photos.json", Compares::PhotoWithPhoto),
    ] {
        let table = std::fs::read_to_string(report.join(file)).unwrap();
        assert!(calibration_file::parse(&table, compares).is_ok(), "{file}");
    }
}

#[test]
fn a_stranger_known_to_be_a_member_is_left_out_and_nothing_is_claimed_without_strangers() {
    let dir = tempfile::tempdir().unwrap();
    let (members, strangers) = people(dir.path(), "twin");
    let pairs = dir.path().join("pairs.tsv");
    std::fs::write(&pairs, format!("# seen\npresident\ttwin\n{HOSTILE_STRANGER}\tpresident\nnobody\ttwin\n"))
        .unwrap();
    let output = bonafide(&[
        "faces",
        "evaluate",
        "--members",
        text(&members),
        "--enrol",
        "2",
        "--strangers",
        text(&strangers),
        "--same-people",
        text(&pairs),
        "--threads",
        "1",
        "--json",
        "-",
    ]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["mated_probes"], &json["nonmated_probes"]), (&2.into(), &0.into()));
    check_fraction(&json, "rank1", Some(0.5));
    check_fraction(&json, "fnir_at_fpir_1pct", None);
    check_fraction(&json["thresholds"], "fpir_0_3pct", None);
    let expected = serde_json::json!({
        "pairs_of_names": 2, "pairs_with_unknown_names": 1, "comparisons_left_out": 2, "nonmated_probes_left_out": 2
    });
    assert_eq!(json["same_people"], expected);
    assert!(json["calibration"].is_null() && json["calibration_missing"].is_string());
}

#[test]
fn what_cannot_be_evaluated_says_so() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("anna")).unwrap();
    std::fs::write(dir.path().join("anna/1.jpg"), "").unwrap();
    std::fs::write(dir.path().join("anna/2.jpg"), "").unwrap();
    let missing = dir.path().join("missing");
    let people = text(dir.path());
    for (args, key) in [
        (vec!["--members", text(&missing), "--enrol", "1"], "io"),
        (vec!["--members", people, "--enrol", "2"], "no_members"),
        (vec!["--members", people, "--enrol", "1"], "nobody_enrolled"),
        (vec!["--members", people, "--enrol", "1", "--strangers", text(&missing)], "io"),
        (vec!["--members", people, "--enrol", "1", "--same-people", text(&missing)], "io"),
    ] {
        let output = bonafide(&[&["faces", "evaluate", "--json", "-"], args.as_slice()].concat());
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((output.status.code(), json["error"]["key"].as_str()), (Some(1), Some(key)), "{args:?}");
    }
}
