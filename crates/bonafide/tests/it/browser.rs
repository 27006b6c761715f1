//! The pages of a demo in a real Chromium: `e2e/run.mjs` walks through them and says what is wrong.

use std::path::Path;
use std::process::Command;

#[test]
fn e2e() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e");
    let Some(node) = bonafide_testkit::browser::node(&folder) else { return };
    let walk = Command::new(node)
        .arg(folder.join("run.mjs"))
        .arg(env!("CARGO_BIN_EXE_bonafide"))
        .output()
        .expect("node starts");
    let (said, wrong) = (String::from_utf8_lossy(&walk.stdout), String::from_utf8_lossy(&walk.stderr));
    assert!(walk.status.success(), "{said}{wrong}");
    println!("{said}");
}
