#!/usr/bin/env bash
# Tries the API document from outside: redocly's lint, a generated Python client, and schemathesis against the program
# on SQLite and on PostgreSQL. Arguments go to tests/api/run.py (--engine, --examples).
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh cc cargo npm python3 initdb

scripts/lint-api.sh
cargo build --quiet -p reparto-cli
tools=${CARGO_TARGET_DIR:-target}/api
if ! cmp -s tests/api/requirements.txt "$tools/requirements.txt"; then
    python3 -m venv --clear "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check --requirement tests/api/requirements.txt
    cp tests/api/requirements.txt "$tools/requirements.txt"
fi
exec "$tools/bin/python" tests/api/run.py "$@"
