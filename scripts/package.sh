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
scripts/web.sh >&2

package=${CARGO_TARGET_DIR:-target}/package
mkdir -p "$package"
cargo deb --quiet --locked -p reparto-cli --output "$package" ${1:+--deb-version "$1"} >/dev/null
ls -t "$package"/reparto_*.deb | head -n 1
