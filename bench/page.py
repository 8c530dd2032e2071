"""The admin page in a browser: how soon rows show, how long it does not answer, what the morning's job takes."""

import json
import os
import shutil
import statistics
import subprocess

from harness import PASSWORD, ROOT, Server, copy_of, sh

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SCRIPT = ROOT / "bench" / "browser" / "measure.mjs"
PACKAGES = ROOT / "node_modules" / "playwright-core"


def needed():
    """Sees before anything is built that the browser, what drives it and the page to embed are there."""
    sh(ROOT / "scripts" / "need.sh", "npm", "chromium")
    if not PACKAGES.exists() or not (ROOT / "web" / "dist").exists():
        sh(ROOT / "scripts" / "web.sh")


def page(binary, database, folder, options):
    """The real page of the real program, used as a person uses it."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit("the browser is missing: scripts/need.sh chromium")
    if not PACKAGES.exists():
        raise SystemExit("what drives the browser is missing: npm ci")
    with Server(binary, copy_of(database, folder)) as server:
        people = server.call("GET", "/api/crm/users/responsibles")
        agents = [one["name"] for one in people if one["role_name"] == "agent"][:3]
        settings = {"CHROMIUM": browser, "ADDRESS": server.base, "EMAIL": "admin@example.org", "PASSWORD": PASSWORD,
                    "AGENTS": "\n".join(agents), "TURNS": str(options.turns)}
        out = sh("node", SCRIPT, env=dict(os.environ, **settings), stdout=subprocess.PIPE, text=True).stdout
    return {"turns": options.turns, **{part: over_turns(turns) for part, turns in json.loads(out).items()}}


def over_turns(turns):
    """The median and the greatest of each figure of each kind."""
    def both(kind, figure):
        seen = [turn[kind][figure] for turn in turns]
        return {"median": statistics.median(seen), "max": max(seen)}

    return {kind: {figure: both(kind, figure) for figure in figures} for kind, figures in turns[0].items()}
