//! Nothing in the project is true on one machine only.

use super::{Rule, Spot};
use crate::tree::Tree;

/// Places of a single machine. Split, or this file would find itself.
const PLACES: [&str; 3] = [concat!("/wo", "rk/"), concat!("/tmp/", "peer"), concat!("/ro", "ot/")];

/// Hosts that serve packages: which one is asked is the reader's own setting.
const HOSTS: [&str; 7] = [
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("py", "pi.org"),
    concat!("pythonhosted", ".org"),
    concat!("registry.npm", "js.org"),
    concat!("registry.yarn", "pkg.com"),
    concat!("proxy.go", "lang.org"),
];

/// What cargo writes into a lock file for the public registry, whichever mirror is in use.
const PUBLIC_INDEX: &str = concat!("registry+https://github.com/rust-lang/crates", ".io-index");

pub(super) const NO_MACHINE_PATHS: Rule = Rule {
    name: "no-machine-paths",
    way_out: "Use a path inside the project, an argument or a temporary folder.",
    check: |tree| {
        places(tree, |line| PLACES.into_iter().find(|place| begins_a_path(line, place)).map(str::to_owned))
    },
};

pub(super) const NO_REGISTRY_HOSTS: Rule = Rule {
    name: "no-registry-hosts",
    way_out: "Name the package and its version; the registry is the reader's own setting.",
    check: |tree| {
        places(tree, |line| {
            let host = HOSTS.into_iter().find(|host| line.contains(host)).map(str::to_owned);
            host.or_else(|| {
                let source = line.strip_prefix("source = \"")?.trim_end_matches('"');
                (source.starts_with("registry+") && source != PUBLIC_INDEX).then(|| source.to_owned())
            })
        })
    },
};

fn places(tree: &Tree, find: impl Fn(&str) -> Option<String>) -> Vec<Spot> {
    let mut found = Vec::new();
    for (file, text) in tree.texts() {
        for (at, line) in text.lines().enumerate() {
            if let Some(what) = find(line) {
                found.push(Spot::new(&file.path, at + 1, format!("`{what}`")));
            }
        }
    }
    found
}

/// Whether the place stands in the line as the beginning of a path, and not inside a longer one.
fn begins_a_path(line: &str, place: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || "._-/~".contains(c);
    line.match_indices(place).any(|(at, _)| !line[..at].ends_with(inside))
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    #[test]
    fn paths_of_a_machine_are_found() {
        let text =
            format!("cd {}main\nsee docs{0}x\n{}/v\nopen(\"{}.ssh\")\n", PLACES[0], PLACES[1], PLACES[2]);
        check(&NO_MACHINE_PATHS, &[("bench/run.sh", &text)], &[1, 3, 4].map(|line| ("bench/run.sh", line)));
    }

    #[test]
    fn hosts_of_registries_are_found() {
        let text = format!("pip install numpy\npip install -i https://{}/simple numpy\n", HOSTS[2]);
        let lock =
            format!("source = \"{PUBLIC_INDEX}\"\nsource = \"registry+https://mirror.example/index\"\n");
        let files = [("bench/run.sh", text.as_str()), ("Cargo.lock", lock.as_str())];
        check(&NO_REGISTRY_HOSTS, &files, &[("Cargo.lock", 2), ("bench/run.sh", 2)]);
    }
}
