#!/usr/bin/env bash
# Formatting, lints and known vulnerabilities; where cargo-deny is there, licences and sources too; where promtool is, the
# alert rules.
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
if command -v promtool >/dev/null; then
    promtool check rules packaging/monitoring/reparto.rules.yml >/dev/null
    promtool test rules packaging/monitoring/reparto.rules.test.yml >/dev/null
else
    echo "note: promtool is not there: the alert rules were not tried (Debian: apt-get install prometheus)"
fi
scripts/lint-advisories.sh
