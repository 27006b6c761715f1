//! The rules of the house. STYLE.md tells them in words; here each is a function over the files.

mod code;
mod documents;
mod machine;
mod manifests;
mod models;
mod names;
mod rooms;
mod size;

use crate::tree::Tree;

/// A place where a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The name of the rule.
    pub rule: &'static str,
    /// The path from the root.
    pub path: String,
    /// Counted from one.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do instead.
    pub way_out: &'static str,
}

/// What a rule's function returns: a place and what is wrong there.
struct Spot {
    path: String,
    line: usize,
    what: String,
}

impl Spot {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

struct Rule {
    name: &'static str,
    way_out: &'static str,
    check: fn(&Tree) -> Vec<Spot>,
}

/// An old debt: so many findings of a rule are tolerated in one file. The number may only go down, and must follow
/// when it can.
struct Debt {
    rule: &'static str,
    path: &'static str,
    allowed: usize,
}

const DEBTS: &[Debt] = &[];

const RULES: &[Rule] = &[
    code::READABLE,
    code::UNSAFE_ONLY_IN_GALLERY,
    code::NOTHING_UNFINISHED,
    code::NO_GLOBAL_STATE,
    code::NO_SLEEP_IN_TESTS,
    code::STORE_SWALLOWS_NOTHING,
    code::SQL_ONLY_IN_STORE,
    code::DOMAIN_IS_PURE,
    code::CRATES_SAY_WHAT_THEY_ARE,
    size::SHORT_FUNCTIONS,
    size::SHORT_FILES,
    names::NO_DRAWERS,
    manifests::ONE_LINT_TABLE,
    manifests::EXACT_VERSIONS,
    manifests::VERSIONS_IN_ONE_PLACE,
    manifests::ONE_TEST_BINARY,
    rooms::ARROWS,
    documents::DECISIONS_IN_ORDER,
    documents::LINKS_LEAD_SOMEWHERE,
    models::WEIGHTS_ARE_LISTED,
    machine::NO_MACHINE_PATHS,
    machine::NO_REGISTRY_HOSTS,
];

/// All findings, debts settled.
pub fn run(tree: &Tree) -> Vec<Finding> {
    let found: Vec<Finding> = RULES.iter().flat_map(|rule| findings(rule, tree)).collect();
    settle(&found, DEBTS)
}

/// The findings as text, rule by rule, each with its way out; empty when all is well.
pub fn report(findings: &[Finding]) -> String {
    let mut text = String::new();
    for group in findings.chunk_by(|a, b| (a.rule, a.way_out) == (b.rule, b.way_out)) {
        for Finding { rule, path, line, what, .. } in group {
            text.push_str(&format!("{path}:{line}: {what} [{rule}]\n"));
        }
        text.push_str(&format!("    {}\n", group[0].way_out));
    }
    text
}

fn findings(rule: &Rule, tree: &Tree) -> Vec<Finding> {
    let mut spots = (rule.check)(tree);
    spots.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    let finding = |Spot { path, line, what }| {
        let Rule { name, way_out, .. } = *rule;
        Finding { rule: name, path, line, what, way_out }
    };
    spots.into_iter().map(finding).collect()
}

/// Forgives what is owed, and complains of a debt that is larger than what is left of it.
fn settle(findings: &[Finding], debts: &[Debt]) -> Vec<Finding> {
    let of = |debt: &Debt, finding: &Finding| finding.rule == debt.rule && finding.path == debt.path;
    let found = |debt: &Debt| findings.iter().filter(|finding| of(debt, finding)).count();
    let paid_off = debts.iter().filter(|debt| found(debt) < debt.allowed).map(|debt| Finding {
        rule: debt.rule,
        path: "xtask/src/tidy.rs".to_owned(),
        line: 1,
        what: format!("{} has {} left, but the table allows {}", debt.path, found(debt), debt.allowed),
        way_out: "Lower the number in DEBTS, or remove the line at zero.",
    });
    let paid_off: Vec<Finding> = paid_off.collect();
    let forgiven =
        |finding: &Finding| debts.iter().any(|debt| of(debt, finding) && found(debt) <= debt.allowed);
    let mut left: Vec<Finding> = findings.iter().filter(|finding| !forgiven(finding)).cloned().collect();
    left.extend(paid_off);
    left
}

/// What the tests of the rules share.
#[cfg(test)]
mod sample {
    use super::{Rule, findings};
    use crate::tree::{File, Tree};

    pub(super) fn tree(files: &[(&str, &str)]) -> Tree {
        let file =
            |(path, text): &(&str, &str)| File { path: (*path).to_owned(), bytes: text.as_bytes().to_vec() };
        Tree::of(files.iter().map(file).collect())
    }

    /// The rule finds these places in the sample, and no others.
    pub(super) fn check(rule: &Rule, files: &[(&str, &str)], expected: &[(&str, usize)]) {
        let found = findings(rule, &tree(files));
        let places: Vec<(&str, usize)> = found.iter().map(|f| (f.path.as_str(), f.line)).collect();
        assert_eq!(places, expected, "{}: {found:#?}", rule.name);
        assert!(found.iter().all(|finding| !finding.way_out.is_empty() && !finding.what.is_empty()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(path: &str, line: usize) -> Finding {
        Finding { rule: "r", path: path.to_owned(), line, what: "x".to_owned(), way_out: "y" }
    }

    #[test]
    fn a_debt_is_forgiven_never_grows_and_must_shrink() {
        let debt = [Debt { rule: "r", path: "a.rs", allowed: 2 }];
        let three = [finding("a.rs", 1), finding("a.rs", 2), finding("a.rs", 3)];
        assert_eq!(settle(&three[..2], &debt), []);
        assert_eq!(settle(&three, &debt), three);

        let paid = settle(&three[..1], &debt);
        assert_eq!(paid.len(), 1);
        assert!(paid[0].what.contains("1 left"), "{paid:?}");

        let elsewhere = [finding("b.rs", 1), three[0].clone(), three[1].clone()];
        assert_eq!(settle(&elsewhere, &debt), elsewhere[..1]);
    }

    #[test]
    fn a_report_names_place_rule_and_way_out() {
        let two = [finding("a.rs", 7), finding("b.rs", 9)];
        assert_eq!(report(&two), "a.rs:7: x [r]\nb.rs:9: x [r]\n    y\n");
        assert_eq!(report(&[]), "");
    }

    #[test]
    fn rule_names_are_unique() {
        let mut names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
    }
}
