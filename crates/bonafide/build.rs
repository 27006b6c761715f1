//! Says what to do when the browser libraries have not been fetched: the compiler would only name a missing file.

fn main() {
    let fetched = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/node_modules/htmx.org/dist/htmx.min.js");
    println!("cargo::rerun-if-changed={fetched}");
    if !std::path::Path::new(fetched).exists() {
        println!("cargo::error=the browser libraries are missing: run `make assets` first (it needs npm)");
    }
}
