//! Whether this machine has what the walk through the pages needs: node, its packages, and Chromium.

use std::path::{Path, PathBuf};

/// When set, a missing browser fails the tests instead of leaving them out. The CI sets it.
pub const REQUIRED_VARIABLE: &str = "BONAFIDE_REQUIRE_BROWSER";

/// Where node is. `None` when something of it all is missing: then it says so, loudly.
///
/// # Panics
/// When something is missing and `BONAFIDE_REQUIRE_BROWSER` is set.
#[must_use]
pub fn node(e2e: &Path) -> Option<PathBuf> {
    let (node, chromium) = (program("node"), program("chromium"));
    let named = std::env::var_os("BONAFIDE_CHROMIUM").is_some();
    let missing = if node.is_none() {
        "node is missing; this installs it:  apt-get install -y nodejs npm"
    } else if chromium.is_none() && !named {
        "Chromium is missing; this installs it:  apt-get install -y chromium"
    } else if !e2e.join("node_modules/playwright-core").exists() {
        "the packages of e2e are missing; this fetches them:  make browser"
    } else {
        return node;
    };
    assert!(std::env::var_os(REQUIRED_VARIABLE).is_none(), "{missing}");
    eprintln!("NOT RUN in a browser (1 test): {missing}");
    None
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|found| found.is_file())
}
