//! Rules about the documents: numbers without a gap, links that lead somewhere.

use super::{Rule, Spot};
use crate::tree::Tree;

const DECISIONS: &str = "docs/decisions/";
const MAP: &str = "ARCHITECTURE.md";

pub(super) const DECISIONS_IN_ORDER: Rule = Rule {
    name: "decisions-in-order",
    way_out: "Call it docs/decisions/NNNN-what-it-is-about.md with the next number, and link it from ARCHITECTURE.md.",
    check: |tree| {
        let map = tree.file(MAP).and_then(|file| file.text()).unwrap_or("");
        let mut found = Vec::new();
        let mut expected = 1;
        let pages = tree.files().iter().filter(|file| file.path.starts_with(DECISIONS));
        for file in pages.filter(|file| file.name() != "README.md") {
            let number = file.name().split_once('-').map(|(number, _)| number);
            let number =
                number.filter(|number| number.len() == 4).and_then(|number| number.parse::<u32>().ok());
            match number {
                None => found.push(Spot::new(&file.path, 1, "a decision without a number of four digits")),
                Some(number) => {
                    if number != expected {
                        found.push(Spot::new(
                            &file.path,
                            1,
                            format!("number {expected:04} is expected here"),
                        ));
                    }
                    expected = number + 1;
                }
            }
            if !map.contains(&file.path) {
                found.push(Spot::new(&file.path, 1, format!("{MAP} does not link it")));
            }
        }
        found
    },
};

pub(super) const LINKS_LEAD_SOMEWHERE: Rule = Rule {
    name: "links-lead-somewhere",
    way_out: "Correct the path: it is relative to the document's own folder.",
    check: |tree| {
        let pages = tree.texts().filter(|(file, _)| file.path.ends_with(".md"));
        pages.flat_map(|(file, text)| dead_links(tree, &file.path, text)).collect()
    },
};

fn dead_links(tree: &Tree, path: &str, text: &str) -> Vec<Spot> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut found = Vec::new();
    let mut in_code = false;
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            for target in targets(line) {
                let reached = resolve(folder, &target);
                if !reached.is_some_and(|path| tree.has(&path)) {
                    found.push(Spot::new(path, at + 1, format!("`{target}` does not exist")));
                }
            }
        }
    }
    found
}

/// The targets of a line's links and pictures, those to other places and to the same page left out.
fn targets(line: &str) -> Vec<String> {
    // What stands between backticks is not a link: every second piece.
    let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
    let mut found = Vec::new();
    for (open, close) in [("](", ')'), ("src=\"", '"'), ("href=\"", '"')] {
        let ends =
            prose.match_indices(open).filter_map(|(at, _)| prose[at + open.len()..].split(close).next());
        found.extend(ends.map(str::to_owned));
    }
    if let Some((_, target)) = prose.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
        found.push(target.to_owned());
    }
    let cut = |target: String| target.split(['#', '?', ' ']).next().unwrap_or("").to_owned();
    let elsewhere = |target: &String| target.contains("://") || target.starts_with("mailto:");
    found
        .into_iter()
        .filter(|target| !elsewhere(target))
        .map(cut)
        .filter(|target| !target.is_empty())
        .collect()
}

/// The path from the root; nothing when it leaves the project or the machine's root is meant.
fn resolve(folder: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn a_gap_a_missing_number_and_a_missing_link_are_found() {
        let map = "[one](docs/decisions/0001-a.md), docs/decisions/0003-c.md, docs/decisions/first.md";
        let files = [
            (MAP, map),
            ("docs/decisions/README.md", ""),
            ("docs/decisions/0001-a.md", ""),
            ("docs/decisions/0003-c.md", ""),
            ("docs/decisions/0004-d.md", ""),
            ("docs/decisions/first.md", ""),
        ];
        let expected = [
            ("docs/decisions/0003-c.md", 1),
            ("docs/decisions/0004-d.md", 1),
            ("docs/decisions/first.md", 1),
        ];
        check(&DECISIONS_IN_ORDER, &files, &expected);
        let twice = [
            (MAP, "docs/decisions/0001-a.md docs/decisions/0001-b.md"),
            files[2],
            ("docs/decisions/0001-b.md", ""),
        ];
        check(&DECISIONS_IN_ORDER, &twice, &[("docs/decisions/0001-b.md", 1)]);
    }

    #[test]
    fn a_dead_link_is_found() {
        let page = "[a](../README.md#top) [b](b.md) [web](https://example.org/x) [here](#part)\n\
                    ![c](pictures/c.png)\n```\n[code](nothing.md)\n```\n`[code](nothing.md)` [d](gone.md)\n\
                    [ref]: also-gone.md\n[out](../../out.md) [folder](../docs) <img src=\"d.png\">\n[abs](/etc/x)\n";
        let files = [("README.md", ""), ("docs/a.md", page), ("docs/b.md", "")];
        check(&LINKS_LEAD_SOMEWHERE, &files, &[2, 6, 7, 8, 8, 9].map(|line| ("docs/a.md", line)));
    }
}
