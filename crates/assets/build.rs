//! Rebuilds the crate when the page was rebuilt: new files have new names, which `include_bytes!` does not track.

use std::path::Path;

fn main() {
    // A missing path would trigger a rebuild every time.
    let built = Path::new("../../web/dist");
    let watched = if built.exists() { built } else { Path::new("../../web") };
    println!("cargo::rerun-if-changed={}", watched.display());
}
