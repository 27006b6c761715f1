//! Rules about names.

use super::{Rule, Spot};

/// Names that say nothing, so that anything is put there.
const DRAWERS: [&str; 11] = [
    "core", "common", "util", "utils", "helper", "helpers", "misc", "manager", "managers", "service",
    "services",
];

pub(super) const NO_DRAWERS: Rule = Rule {
    name: "no-drawers",
    way_out: "Name it by what it does, or put it beside its one user.",
    check: |tree| {
        let ours = |path: &str| ["crates/", "xtask/", "e2e/"].iter().any(|top| path.starts_with(top));
        let is_code = |path: &str| [".rs", ".ts", ".js", ".mjs"].iter().any(|end| path.ends_with(end));
        let files = tree.files().iter().map(|file| file.path.as_str()).filter(|path| is_code(path));
        let paths = files.chain(tree.folders()).filter(|path| ours(path));
        let mut found: Vec<Spot> = paths
            .filter_map(|path| Some(Spot::new(path, 1, format!("a drawer called `{}`", drawer(path)?))))
            .collect();
        for file in tree.rust() {
            for window in file.tokens.windows(3).filter(|window| window[0].text == "mod") {
                if let Some(word) = drawer(&window[1].text).filter(|_| window[2].text == "{") {
                    found.push(Spot::new(&file.path, window[1].line, format!("a drawer called `{word}`")));
                }
            }
        }
        found
    },
};

/// The drawer that the last word of a path or name is, if it is one.
fn drawer(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next()?;
    let stem = name.split('.').next()?;
    let last = stem.rsplit(['_', '-']).next()?;
    DRAWERS.into_iter().find(|drawer| last.eq_ignore_ascii_case(drawer))
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn a_drawer_is_found_as_folder_file_and_module() {
        let bad = [
            "crates/bonafide-core/src/lib.rs",
            "crates/faces/src/utils.rs",
            "crates/faces/src/string_helpers.rs",
        ];
        check(
            &NO_DRAWERS,
            &[
                (bad[0], "//! Core.\n"),
                (bad[1], "fn a() {}\n"),
                (bad[2], ""),
                ("crates/faces/src/a.rs", "mod core_dump;\n\nmod misc { }\n"),
                ("docs/common/a.md", ""),
            ],
            &[("crates/bonafide-core", 1), ("crates/faces/src/a.rs", 3), (bad[2], 1), (bad[1], 1)],
        );
    }
}
