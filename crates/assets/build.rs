//! Rebuilds the crate when the page was rebuilt: new files have new names, which `include_bytes!` does not track.

use std::path::Path;

fn main() {
    // A missing path would trigger a rebuild every time.
    let built = Path::new("../../web/dist");
    let watched = match (built.exists(), std::env::var("PROFILE").as_deref()) {
        // Files are read at run time; the folder must only have been there once, for its path to be known.
        (true, Ok("debug")) => Path::new("build.rs"),
        (true, _) => built,
        (false, _) => Path::new("../../web"),
    };
    println!("cargo::rerun-if-changed={}", watched.display());
}
