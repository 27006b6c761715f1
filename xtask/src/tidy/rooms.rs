//! Which crate may know which: the arrows of ARCHITECTURE.md.

use super::manifests::{Dependency, Manifest};
use super::{Rule, Spot};

struct Room {
    folder: &'static str,
    package: &'static str,
    /// Our own crates that it may use.
    knows: &'static [&'static str],
    /// Whether it may speak HTTP and HTML.
    web: bool,
    /// Whether it may know a database engine.
    engines: bool,
    /// If given, the only crates of others that it may use.
    only: Option<&'static [&'static str]>,
}

/// A room that computes and knows nobody.
const QUIET: Room = Room { folder: "", package: "", knows: &[], web: false, engines: false, only: None };

const ROOMS: &[Room] = &[
    // A dependency of the rules must itself be pure; argue for it here. jiff: civil dates and time zones as values. Without
    // its `std` feature it can neither read the clock nor the system's zones.
    Room { folder: "crates/domain", package: "bonafide-domain", only: Some(&["jiff"]), ..QUIET },
    Room { folder: "crates/faces", package: "bonafide-faces", ..QUIET },
    Room { folder: "crates/gallery", package: "bonafide-gallery", ..QUIET },
    Room {
        folder: "crates/store",
        package: "bonafide-store",
        knows: &["bonafide-domain"],
        engines: true,
        ..QUIET
    },
    Room {
        folder: "crates/bonafide",
        package: "bonafide",
        knows: &["bonafide-domain", "bonafide-faces", "bonafide-gallery", "bonafide-store"],
        web: true,
        ..QUIET
    },
    Room {
        folder: "crates/testkit",
        package: "bonafide-testkit",
        knows: &["bonafide-domain", "bonafide-faces", "bonafide-gallery", "bonafide-store"],
        web: true,
        engines: true,
        ..QUIET
    },
    Room { folder: "xtask", package: "xtask", ..QUIET },
];

const WEB: &[&str] = &[
    "actix-web",
    "askama",
    "askama_web",
    "axum",
    "axum-extra",
    "fluent",
    "fluent-bundle",
    "fluent-templates",
    "h2",
    "html-escape",
    "html5ever",
    "http",
    "http-body",
    "hyper",
    "hyper-util",
    "icu",
    "leptos",
    "maud",
    "minijinja",
    "reqwest",
    "rocket",
    "scraper",
    "tera",
    "tokio-tungstenite",
    "tower",
    "tower-http",
    "tungstenite",
    "ureq",
    "warp",
];

const ENGINES: &[&str] = &[
    "diesel",
    "libsqlite3-sys",
    "postgres",
    "postgres-types",
    "rusqlite",
    "sea-orm",
    "sqlite",
    "sqlx",
    "tokio-postgres",
];

/// Only for tests, and only where a store is at hand.
const TESTKIT: &str = "bonafide-testkit";

pub(super) const ARROWS: Rule = Rule {
    name: "arrows",
    way_out: "Look at the rooms in ARCHITECTURE.md: move the code to the room that may know it, or pass a value. \
              A new room or arrow is a decision and an entry in xtask/src/tidy/rooms.rs.",
    check: |tree| {
        let mut found = Vec::new();
        for manifest in &Manifest::members(tree) {
            match ROOMS.iter().find(|room| room.folder == manifest.folder()) {
                None => {
                    found.push(Spot::new(manifest.path, 1, "a crate that is not in the plan of the house"));
                }
                Some(room) => {
                    let dependencies = manifest.dependencies();
                    let wrong = dependencies.iter().filter_map(|dependency| {
                        let why = refusal(room, dependency)?;
                        let what = format!("`{}` must not use `{}`: {why}", room.package, dependency.package);
                        Some(Spot::new(manifest.path, dependency.line, what))
                    });
                    found.extend(wrong);
                }
            }
        }
        found
    },
};

/// Why a room must not use this, if so.
fn refusal(room: &Room, dependency: &Dependency<'_>) -> Option<&'static str> {
    let package = dependency.package;
    if package == TESTKIT {
        let may = dependency.section == "dev-dependencies" && !room.knows.is_empty();
        return (!may).then_some("only the tests of `store` and `bonafide` use it");
    }
    if ROOMS.iter().any(|other| other.package == package) {
        return (!room.knows.contains(&package)).then_some("no arrow leads there");
    }
    if !room.web && WEB.contains(&package) {
        return Some("only `bonafide` knows HTTP and HTML");
    }
    if !room.engines && ENGINES.contains(&package) {
        return Some("only `store` knows which database is in use");
    }
    let outside = room.only.is_some_and(|only| !only.contains(&package));
    outside.then_some("this room has a short list of its own")
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn arrows_in_the_wrong_direction_are_found() {
        let cases = [
            ("crates/domain", "[dependencies]\nserde.workspace = true\n", Some(2)),
            ("crates/domain", "[dependencies]\nbonafide-faces.workspace = true\n", Some(2)),
            ("crates/faces", "[dependencies]\nbonafide-domain.workspace = true\n", Some(2)),
            ("crates/faces", "[dev-dependencies]\nbonafide-gallery.workspace = true\n", Some(2)),
            ("crates/faces", "[dependencies]\nweb = { package = \"axum\", version = \"=1.0.0\" }\n", Some(2)),
            ("crates/faces", "[dependencies]\nzeroize.workspace = true\n", None),
            (
                "crates/gallery",
                "[target.'cfg(unix)'.dependencies]\nbonafide-domain.workspace = true\n",
                Some(2),
            ),
            (
                "crates/store",
                "[dependencies]\nbonafide-domain.workspace = true\nrusqlite.workspace = true\n",
                None,
            ),
            ("crates/store", "[dependencies]\nbonafide-faces.workspace = true\n", Some(2)),
            ("crates/store", "[dependencies]\nbonafide-testkit.workspace = true\n", Some(2)),
            ("crates/store", "[dev-dependencies]\nbonafide-testkit.workspace = true\n", None),
            (
                "crates/bonafide",
                "[dependencies]\naxum.workspace = true\nbonafide-store.workspace = true\n",
                None,
            ),
            ("crates/bonafide", "[dependencies]\nrusqlite.workspace = true\n", Some(2)),
            ("crates/newroom", "[package]\n", Some(1)),
        ];
        for (folder, text, line) in cases {
            let path = format!("{folder}/Cargo.toml");
            let expected: Vec<(&str, usize)> = line.map(|line| (path.as_str(), line)).into_iter().collect();
            check(&ARROWS, &[("Cargo.toml", "[workspace]\n"), (&path, text)], &expected);
        }
    }
}
