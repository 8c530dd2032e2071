#!/usr/bin/env bash
# Known vulnerabilities of what the program and the page are made of: cargo-deny with RustSec's database, `npm audit`
# with the registry's. A finding fails; where a database cannot be reached, that is said and the rest goes on.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/need.sh npm python3

if ! command -v cargo-deny >/dev/null; then
    echo "note: cargo-deny is not there: crates were not checked for advisories (cargo install cargo-deny)"
elif cargo deny --log-level error fetch db 2>/dev/null; then
    cargo deny --log-level error check advisories
else
    echo "note: the advisory database cannot be reached: crates were not checked for advisories"
fi

# Of the page's packages those count that are in the page; the build's own tools never meet foreign data.
report=$(npm audit --json --omit=dev --audit-level=high 2>/dev/null) || true
python3 - "$report" <<'PYTHON'
import json, sys

try:
    report = json.loads(sys.argv[1])
except ValueError:
    report = {}
if "vulnerabilities" not in report:
    print("note: the registry's advisories cannot be reached: the page's packages were not checked")
    sys.exit()
serious = [v for v in report["vulnerabilities"].values() if v["severity"] in ("high", "critical")]
for finding in serious:
    causes = [via for via in finding["via"] if isinstance(via, dict)]
    for cause in causes or [{"title": "by a package that it needs", "url": ""}]:
        print(f"error: {finding['name']} {finding['range']}: {cause['title']} {cause['url']}", file=sys.stderr)
sys.exit(1 if serious else 0)
PYTHON
