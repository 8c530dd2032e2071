#!/usr/bin/env bash
# Builds the admin page into web/dist; with `test`, checks and tests it and the TypeScript client first; with `browser`,
# drives the program that was built last with a browser.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ ! -f web/package.json ]; then
    echo "error: there is no page here yet (web/package.json)" >&2
    exit 1
fi
scripts/need.sh npm
# npm writes this file last: what was installed by half has none.
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund --loglevel=error
if [ "${1:-}" = test ]; then
    npm run --silent check
    npm run --silent test -w clients/typescript
    npm run --silent test -w web
fi
if [ "${1:-}" = browser ]; then
    scripts/need.sh chromium
    exec npm run --silent e2e -w web
fi
npm run --silent build
