//! `cargo xtask tidy`: prints every place where a rule of the house is broken.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use xtask::{tidy, tree::Tree};

const USAGE: &str = "usage: cargo xtask tidy";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments != ["tidy"] {
        return say(USAGE, ExitCode::from(2));
    }
    match Tree::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")) {
        Ok(tree) => {
            let report = tidy::report(&tidy::run(&tree));
            say(&report, if report.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Err(error) => say(&format!("the files cannot be read: {error}"), ExitCode::FAILURE),
    }
}

/// Writes to the error stream. When even that is closed there is nobody left to tell; the exit code still speaks.
fn say(text: &str, code: ExitCode) -> ExitCode {
    if text.is_empty() || writeln!(std::io::stderr(), "{text}").is_ok() { code } else { ExitCode::FAILURE }
}
