"""Deals the same leads to the same people in several ways, and times plans; writes the figures into docs/fairness.md."""

import json
import subprocess

import charts
from harness import ROOT, sh
from report import met, table

DOCUMENT = ROOT / "docs" / "fairness.md"
START, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"
AIMS = {(300, 12): 10, (10_000, 100): 100, (100_000, 100): 1_000}


def fairness():
    sh("cargo", "build", "--release", "-p", "reparto-bench-fairness", cwd=ROOT)
    binary = ROOT / "target" / "release" / "reparto-bench-fairness"
    return json.loads(subprocess.run([binary], check=True, capture_output=True, text=True).stdout)


def write(found):
    """Puts the tables into the document, and the chart beside the others."""
    ways = table(["way of dealing", "leads apart", "value apart", "in dearest leads", "most for one person on a day"],
                 [(way["name"], f"{way['count']:.1f}", f"{way['value']:,.0f}", f"{way['value'] / found['dearest']:.2f}",
                   way["most_in_a_day"]) for way in found["ways"]])
    plans = table(["leads", "people", "ms", "aim"],
                  [(f"{plan['leads']:,}", plan["members"], f"{plan['ms']:.1f}",
                    met(plan["ms"], AIMS[plan["leads"], plan["members"]], False)) for plan in found["plans"]])
    before, _, rest = DOCUMENT.read_text().partition(START)
    _, _, after = rest.partition(END)
    chart = "![How far apart people are, in dearest leads](performance/fairness.svg)"
    DOCUMENT.write_text(f"{before}{START}\n\n{ways}\n{chart}\n\n{plans}\n{END}{after}")
    (ROOT / "docs" / "performance" / "fairness.svg").write_text(charts.bars(
        "Value apart after 6,000 leads, in hundredths of the dearest lead", ("between who has most and who has least, against what is due",),
        [(way["name"].split(":")[0].replace("Reparto, ", ""), (way["value"] / found["dearest"] * 100,)) for way in found["ways"]]))
