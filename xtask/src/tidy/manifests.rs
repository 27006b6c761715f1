//! Rules about Cargo.toml, and the reading of it.

use toml::{Table, Value};

use super::{Rule, Spot};
use crate::tree::Tree;

/// A Cargo.toml.
pub(super) struct Manifest<'a> {
    pub(super) path: &'a str,
    text: &'a str,
    table: Table,
}

/// A line of a dependency table.
pub(super) struct Dependency<'a> {
    /// The name of the package, also when it is renamed.
    pub(super) package: &'a str,
    /// The section it stands in, for example `dev-dependencies`.
    pub(super) section: &'a str,
    pub(super) line: usize,
    value: &'a Value,
}

impl Dependency<'_> {
    fn is_from_workspace(&self) -> bool {
        self.value.get("workspace").and_then(Value::as_bool) == Some(true)
    }

    fn version(&self) -> Option<&str> {
        self.value.as_str().or_else(|| self.value.get("version")?.as_str())
    }
}

impl<'a> Manifest<'a> {
    /// Every manifest of the tree. One that cannot be read is cargo's to complain of.
    pub(super) fn all(tree: &'a Tree) -> Vec<Self> {
        let texts = tree.texts().filter(|(file, _)| file.name() == "Cargo.toml");
        texts
            .filter_map(|(file, text)| Some(Self { path: &file.path, text, table: text.parse().ok()? }))
            .collect()
    }

    /// Those of the workspace's members: below crates/ and xtask, and not excluded by the root.
    pub(super) fn members(tree: &'a Tree) -> Vec<Self> {
        let all = Self::all(tree);
        let root = all.iter().find(|manifest| manifest.path == "Cargo.toml");
        let excluded: Vec<String> = root
            .and_then(|root| root.at(&["workspace", "exclude"])?.as_array())
            .map(|list| list.iter().filter_map(|folder| Some(format!("{}/", folder.as_str()?))).collect())
            .unwrap_or_default();
        let is_member =
            |path: &str| path != "Cargo.toml" && !excluded.iter().any(|folder| path.starts_with(folder));
        all.into_iter().filter(|manifest| is_member(manifest.path)).collect()
    }

    /// The folder it stands in, for example `crates/domain`.
    pub(super) fn folder(&self) -> &str {
        self.path.strip_suffix("/Cargo.toml").unwrap_or("")
    }

    fn at(&self, keys: &[&str]) -> Option<&Value> {
        let (first, rest) = keys.split_first()?;
        rest.iter().try_fold(self.table.get(*first)?, |value, key| value.get(key))
    }

    /// Every dependency of every section and target.
    pub(super) fn dependencies(&self) -> Vec<Dependency<'_>> {
        let mut found = Vec::new();
        self.collect(&self.table, &mut found);
        if let Some(targets) = self.table.get("target").and_then(Value::as_table) {
            for target in targets.values().filter_map(Value::as_table) {
                self.collect(target, &mut found);
            }
        }
        if let Some(workspace) = self.table.get("workspace").and_then(Value::as_table) {
            self.collect(workspace, &mut found);
        }
        found
    }

    fn collect<'b>(&'b self, table: &'b Table, found: &mut Vec<Dependency<'b>>) {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(entries) = table.get(section).and_then(Value::as_table) else { continue };
            for (key, value) in entries {
                let package = value.get("package").and_then(Value::as_str).unwrap_or(key);
                found.push(Dependency { package, section, line: self.line_of(key), value });
            }
        }
    }

    /// The first line that begins with this key, or that is its own table.
    fn line_of(&self, key: &str) -> usize {
        let begins = |line: &str| {
            let rest = line.trim_start().strip_prefix(key);
            rest.is_some_and(|rest| rest.starts_with([' ', '=', '.']))
                || (line.starts_with('[') && line.contains(&format!(".{key}]")))
        };
        self.text.lines().position(begins).map_or(1, |at| at + 1)
    }
}

pub(super) const ONE_LINT_TABLE: Rule = Rule {
    name: "one-lint-table",
    way_out: "Say `[lints] workspace = true`. Only crates/gallery may differ, and only in `unsafe_code`.",
    check: |tree| {
        let all = Manifest::all(tree);
        let root = all.iter().find(|manifest| manifest.path == "Cargo.toml");
        let mut found = Vec::new();
        for manifest in Manifest::members(tree) {
            if manifest.at(&["lints", "workspace"]).and_then(Value::as_bool) == Some(true) {
                continue;
            }
            if manifest.folder() == "crates/gallery" {
                found.extend(root.map(|root| lowered(root, &manifest)).unwrap_or_default());
            } else {
                found.push(Spot::new(manifest.path, manifest.line_of("[lints]"), "lints of its own"));
            }
        }
        found
    },
};

/// The lints of the workspace that this manifest leaves out or sets lower, `unsafe_code` aside.
fn lowered(root: &Manifest<'_>, manifest: &Manifest<'_>) -> Vec<Spot> {
    let mut found = Vec::new();
    for tool in ["rust", "clippy"] {
        let Some(lints) = root.at(&["workspace", "lints", tool]).and_then(Value::as_table) else { continue };
        for (lint, wanted) in lints.iter().filter(|(lint, _)| *lint != "unsafe_code") {
            if level(manifest.at(&["lints", tool, lint])) < level(Some(wanted)) {
                let what = format!("`{tool}.{lint}` is lower than in the workspace");
                found.push(Spot::new(manifest.path, manifest.line_of(lint), what));
            }
        }
    }
    found
}

fn level(lint: Option<&Value>) -> Option<usize> {
    let name = lint.and_then(|lint| lint.as_str().or_else(|| lint.get("level")?.as_str()));
    ["allow", "warn", "deny", "forbid"].iter().position(|level| Some(*level) == name)
}

pub(super) const EXACT_VERSIONS: Rule = Rule {
    name: "exact-versions",
    way_out: "Write \"=1.2.3\": an upgrade is a decision, not an accident. Code from git has no version.",
    check: |tree| {
        let mut found = Vec::new();
        for manifest in &Manifest::all(tree) {
            for dependency in manifest.dependencies() {
                let loose = dependency.version().is_some_and(|version| !is_exact(version));
                if loose || dependency.value.get("git").is_some() {
                    let what = format!("the version of `{}` is not exact", dependency.package);
                    found.push(Spot::new(manifest.path, dependency.line, what));
                }
            }
        }
        found
    },
};

fn is_exact(version: &str) -> bool {
    let Some(version) = version.strip_prefix('=') else { return false };
    let number = version.split(['-', '+']).next().unwrap_or(version);
    let parts: Vec<&str> = number.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

pub(super) const VERSIONS_IN_ONE_PLACE: Rule = Rule {
    name: "versions-in-one-place",
    way_out: "Put the version into [workspace.dependencies] with its reason, and say `.workspace = true` here.",
    check: |tree| {
        let mut found = Vec::new();
        for manifest in &Manifest::members(tree) {
            for dependency in manifest.dependencies().iter().filter(|d| !d.is_from_workspace()) {
                let what = format!("`{}` has a version or path of its own", dependency.package);
                found.push(Spot::new(manifest.path, dependency.line, what));
            }
        }
        found
    },
};

pub(super) const ONE_TEST_BINARY: Rule = Rule {
    name: "one-test-binary",
    way_out: "Make it a module of the crate's one integration test: each binary is linked on its own.",
    check: |tree| {
        let mut found = Vec::new();
        for manifest in Manifest::members(tree) {
            let named = manifest.table.get("test").and_then(Value::as_array).map_or(0, Vec::len);
            let automatic = manifest.at(&["package", "autotests"]).and_then(Value::as_bool) != Some(false);
            let tests = if automatic { named.max(test_roots(tree, manifest.folder())) } else { named };
            if tests > 1 {
                found.push(Spot::new(manifest.path, 1, format!("{tests} integration-test binaries")));
            }
        }
        found
    },
};

/// How many files cargo would build as integration tests by itself.
fn test_roots(tree: &Tree, folder: &str) -> usize {
    let inside = |path: &str| path.strip_prefix(folder)?.strip_prefix("/tests/").map(str::to_owned);
    let is_root = |path: &str| match path.split_once('/') {
        None => path.ends_with(".rs"),
        Some((_, rest)) => rest == "main.rs",
    };
    tree.files().iter().filter_map(|file| inside(&file.path)).filter(|path| is_root(path)).count()
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    const ROOT: &str = "[workspace]\nexclude = [\"fuzz\"]\n[workspace.dependencies]\nserde = \"=1.0.1\"\n\
                        [workspace.lints.rust]\nunsafe_code = \"forbid\"\nmissing_docs = \"warn\"\n\
                        unused = { level = \"warn\", priority = -1 }\n";
    const FACES: &str = "crates/faces/Cargo.toml";
    const GALLERY: &str = "crates/gallery/Cargo.toml";
    const FUZZ: &str = "fuzz/Cargo.toml";

    #[test]
    fn lints_of_its_own_are_found() {
        let own = "[package]\nname = \"a\"\n[lints.rust]\nunsafe_code = \"allow\"\nmissing_docs = \"deny\"\n\
                   unused = \"allow\"\n";
        let good = ("crates/domain/Cargo.toml", "[lints]\nworkspace = true\n");
        let files = [("Cargo.toml", ROOT), good, (FACES, own), (GALLERY, own), (FUZZ, own)];
        check(&ONE_LINT_TABLE, &files, &[(FACES, 1), (GALLERY, 6)]);
    }

    #[test]
    fn loose_versions_are_found() {
        let loose = "[dependencies]\na = \"1\"\nb = \"=1.2\"\nc = { version = \"=1.2.3\" }\nd.workspace = true\n\
                     [target.'cfg(unix)'.dependencies]\ne = { version = \"^1.2.3\" }\n[dev-dependencies]\n\
                     f = { path = \"../f\" }\ng = { git = \"https://example.org/g\" }\n\
                     [dependencies.h]\nversion = \"2\"\n";
        let files = [("Cargo.toml", ROOT), (FACES, loose), (FUZZ, "[dependencies]\na = \"=1.2.3-beta.1\"\n")];
        check(&EXACT_VERSIONS, &files, &[2, 3, 7, 10, 11].map(|line| (FACES, line)));
    }

    #[test]
    fn versions_outside_of_the_workspace_table_are_found() {
        let own =
            "[dependencies]\na = \"=1.2.3\"\nb.workspace = true\nc = { workspace = true, features = [] }\n";
        let files = [("Cargo.toml", ROOT), (FACES, own), (FUZZ, own)];
        check(&VERSIONS_IN_ONE_PLACE, &files, &[(FACES, 2)]);
    }

    #[test]
    fn a_second_test_binary_is_found() {
        let tests = [("crates/faces/tests/a.rs", ""), ("crates/faces/tests/b/main.rs", "")];
        let helper = ("crates/faces/tests/b/c.rs", "");
        check(&ONE_TEST_BINARY, &[(FACES, ""), tests[0], helper], &[]);
        check(&ONE_TEST_BINARY, &[(FACES, ""), tests[0], tests[1]], &[(FACES, 1)]);
        let one = "[package]\nautotests = false\n[[test]]\nname = \"it\"\n";
        check(&ONE_TEST_BINARY, &[(FACES, one), tests[0], tests[1]], &[]);
        let two = format!("{one}[[test]]\nname = \"more\"\n");
        check(&ONE_TEST_BINARY, &[(FACES, &two)], &[(FACES, 1)]);
    }
}
