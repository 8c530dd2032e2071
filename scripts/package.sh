#!/usr/bin/env bash
# Builds the optimised program and, from it, a Debian package in target/package, and prints where it is. What goes into it
# stands in crates/cli/Cargo.toml; a version may be given: scripts/package.sh 1.2.3
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cc cargo dpkg-deb dpkg-shlibdeps
# A tool of cargo's: built once, into target/tools where it is not installed.
tools=${CARGO_TARGET_DIR:-target}/tools
export PATH=$PATH:$HOME/.cargo/bin:$PWD/$tools/bin
if ! command -v cargo-deb >/dev/null; then
    echo "cargo-deb is not there: building it into $tools (some minutes, once)" >&2
    cargo install --quiet --locked --root "$tools" cargo-deb@3.8.0
fi
if ! command -v cargo-cyclonedx >/dev/null; then
    echo "cargo-cyclonedx is not there: building it into $tools (some minutes, once)" >&2
    cargo install --quiet --locked --root "$tools" cargo-cyclonedx@0.5.9
fi
scripts/web.sh >&2

# What the program and the page are made of, as CycloneDX: for whoever looks for a package with a known vulnerability.
sbom=packaging/sbom
rm -rf "$sbom"; mkdir -p "$sbom"
cargo cyclonedx --quiet --format json --target all --override-filename reparto-sbom --manifest-path crates/cli/Cargo.toml
mv crates/cli/reparto-sbom.json "$sbom/program.cdx.json"
find crates -name reparto-sbom.json -delete
# npm calls the whole after the folder that it is in.
npm sbom --omit dev --sbom-format cyclonedx | node -e '
    const bom = JSON.parse(require("fs").readFileSync(0));
    bom.metadata.component.name = "reparto";
    console.log(JSON.stringify(bom, null, 2));
' >"$sbom/page.cdx.json"

package=${CARGO_TARGET_DIR:-target}/package
mkdir -p "$package"
cargo deb --quiet --locked -p reparto-cli --output "$package" ${1:+--deb-version "$1"} >/dev/null
ls -t "$package"/reparto_*.deb | head -n 1
