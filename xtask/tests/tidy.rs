//! The project keeps its own rules: this is what makes `cargo test` fail on an untidy tree.

use std::path::Path;

use xtask::{tidy, tree::Tree};

#[test]
fn the_house_is_tidy() {
    let tree = Tree::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap();
    assert!(tree.has("xtask/tests/tidy.rs"), "the tree was not read");
    let findings = tidy::run(&tree);
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), tidy::report(&findings));
}
