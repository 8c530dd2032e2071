#!/usr/bin/env bash
# Formatting and lints; where cargo-deny is there, licences and advisories too.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cc cargo rustfmt clippy-driver

cargo fmt --all --check
cargo clippy --workspace --all-targets --quiet -- -D warnings
if command -v cargo-deny >/dev/null; then
    cargo deny --log-level error check bans licenses sources
else
    echo "note: cargo-deny is not there: licences were not checked (cargo install cargo-deny)"
fi
