#!/usr/bin/env bash
# Everything that must hold. Lints come first and the test runner last, so that its summary is what is read last.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/lint.sh
scripts/lint-api.sh
# The tests bring up PostgreSQL and PgBouncer themselves, from the programs that are installed, and make certificates.
scripts/need.sh initdb pgbouncer openssl

if [ -f web/package.json ]; then
    scripts/web.sh test
    # A debug build reads the page from web/dist, so this is the page that was just built.
    cargo build --quiet -p reparto-cli
    scripts/web.sh browser
fi
cargo test --workspace --doc --quiet 2>&1 | grep -vE '^$|^running 0 tests|0 passed' || [ "${PIPESTATUS[0]}" = 0 ]
if command -v cargo-nextest >/dev/null; then
    # The service's own tests once more on PostgreSQL, with the same build.
    REPARTO_TEST_ENGINE=postgres cargo nextest run --workspace --no-fail-fast -E 'package(reparto-server) & binary(http)'
    exec cargo nextest run --workspace --no-fail-fast
fi
echo "note: cargo-nextest is not there (https://nexte.st, or cargo install --locked cargo-nextest): cargo test runs instead"
REPARTO_TEST_ENGINE=postgres cargo test -p reparto-server --test http
exec cargo test --workspace --lib --bins --tests --no-fail-fast
