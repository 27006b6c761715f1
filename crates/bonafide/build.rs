//! Says what to do when the browser libraries have not been fetched: the compiler would only name a missing file.

use std::path::Path;

fn main() {
    // Asked when it runs, and not when it was compiled: one target folder may serve two clones.
    let Some(package) = std::env::var_os("CARGO_MANIFEST_DIR") else {
        println!("cargo::error=CARGO_MANIFEST_DIR is not set: this is run by cargo");
        return;
    };
    let fetched = Path::new(&package).join("assets/node_modules/htmx.org/dist/htmx.min.js");
    println!("cargo::rerun-if-changed={}", fetched.display());
    if !fetched.exists() {
        println!("cargo::error=the browser libraries are missing: run `make assets` first (it needs npm)");
    }
}
