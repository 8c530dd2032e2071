#!/usr/bin/env bash
# Lints the API document, docs/openapi.json, with redocly's rules. Says nothing where all is right.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh npm
[ -d node_modules ] && [ node_modules -nt package-lock.json ] || npm ci --no-audit --no-fund --loglevel=error

if ! said=$(REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
    node_modules/.bin/redocly lint docs/openapi.json --config tests/api/redocly.yaml 2>&1); then
    echo "$said" >&2
    exit 1
fi
