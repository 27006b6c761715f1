//! The weights are the files that we say they are.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::{Rule, Spot};

const FOLDER: &str = "models/";
const LIST: &str = "models/README.md";

pub(super) const WEIGHTS_ARE_LISTED: Rule = Rule {
    name: "weights-are-listed",
    way_out: "Give the file's name, origin, licence and SHA-256 in one line of models/README.md.",
    check: |tree| {
        let list = tree.file(LIST).and_then(|file| file.text()).unwrap_or("");
        let files = tree.files().iter().filter(|file| file.path.starts_with(FOLDER));
        let weights = files.filter(|file| file.path != LIST && !file.name().starts_with("LICENSE"));
        let mut found = Vec::new();
        for file in weights {
            let name = &file.path[FOLDER.len()..];
            let hash = sha256(&file.bytes);
            let mut lines = list.lines().enumerate().filter(|(_, line)| line.contains(name));
            match lines.clone().next() {
                None => found.push(Spot::new(&file.path, 1, format!("not in {LIST}; its SHA-256 is {hash}"))),
                Some((at, _)) if !lines.any(|(_, line)| line.contains(&hash)) => {
                    found.push(Spot::new(LIST, at + 1, format!("the SHA-256 of {name} is {hash}")));
                }
                Some(_) => {}
            }
        }
        found
    },
};

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        if write!(hex, "{byte:02x}").is_err() {
            hex.clear();
        }
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::check;
    use super::*;

    /// SHA-256 of "abc", as FIPS 180-2 gives it.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn weights_that_are_not_listed_or_differ_are_found() {
        let list = format!("| file | SHA-256 |\n| a.onnx | {ABC} |\n| b.onnx | {ABC} |\n");
        let files = [
            (LIST, list.as_str()),
            ("models/LICENSE-MIT", ""),
            ("models/a.onnx", "abc"),
            ("models/b.onnx", "abd"),
            ("models/c.onnx", "abc"),
        ];
        check(&WEIGHTS_ARE_LISTED, &files, &[(LIST, 3), ("models/c.onnx", 1)]);
    }
}
