#!/usr/bin/env python3
"""Measures Reparto against its limit and its peers, in one run on one machine, and writes docs/performance.md.

    make bench                      both engines, one million opportunities
    python3 bench/run.py --rows 100000 --seconds 3 --rounds 1    a quick look
    python3 bench/run.py --only pg_bulk,pg_peers                  some parts alone; the others keep their last figures

Every claim is a ratio against something measured in the same run, turn by turn; absolute figures are this machine's.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import shutil
import time

import charts
import fairness
import features
import imports
import memory
import on_postgres
import on_sqlite
import overlap
import page
import report
from harness import ROOT, Server, build, copy_of, prepared, sh
from postgres import Cluster


def parts(options, binary, limit):
    """Each part by its name: a function that gives its figures."""
    folder, rows = options.folder, options.rows
    stack = options.stack

    def sqlite():
        return prepared(binary, limit, rows, folder)

    def cluster():
        if not hasattr(options, "cluster"):
            options.cluster = stack.enter_context(Cluster(folder))
        return options.cluster

    def on_file(measure, *more):
        database, files = sqlite()
        return measure(lambda: Server(binary, copy_of(database, folder)), files, *more, options)

    def on_server(measure, *more):
        base = cluster().prepared(binary, rows)

        @contextlib.contextmanager
        def fresh():
            with cluster().copy(base) as name, Server(binary, cluster().url(name)) as server:
                yield server

        return measure(fresh, cluster().files(base, folder), *more, options)

    sizes = [int(size) for size in options.sizes.split(",")]
    return {
        "starts": lambda: on_sqlite.starts(binary, sqlite()[0], folder, options),
        "bulk": lambda: on_sqlite.bulk(binary, limit, *sqlite(), folder, options),
        "singles": lambda: on_sqlite.singles(binary, *sqlite(), folder, options),
        "lists": lambda: on_sqlite.lists(binary, *sqlite(), folder, options, rows),
        "growth": lambda: on_sqlite.growth(binary, limit, folder, options),
        "keys": lambda: on_file(features.keys),
        "undo": lambda: on_file(features.undo),
        "jobs": lambda: on_file(features.jobs, rows),
        "memory": lambda: memory.memory(binary),
        "imports": lambda: imports.imports(binary, folder, rows, lambda: imports.on_file(folder)),
        "fairness": fairness.fairness,
        "page": lambda: page.page(binary, sqlite()[0], folder, options),
        "pg_bulk": lambda: on_postgres.bulk(binary, limit, cluster(), rows, folder, options),
        "pg_peers": lambda: on_postgres.peers(binary, cluster(), rows, folder, options),
        "pg_replicas": lambda: on_postgres.replicas(binary, cluster(), rows, folder, options),
        "pg_overlap": lambda: overlap.overlap(binary, cluster(), rows, folder, options),
        "pg_growth": lambda: on_postgres.growth(binary, cluster(), sizes, folder, options),
        "pg_keys": lambda: on_server(features.keys),
        "pg_undo": lambda: on_server(features.undo),
        "pg_jobs": lambda: on_server(features.jobs, rows),
        "pg_imports": lambda: imports.imports(binary, folder, rows, lambda: imports.on_server(cluster())),
        "pg_version": lambda: cluster().version(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--sizes", default="10000,1000000", help="rows of the growth on PostgreSQL; add 10000000 for the large one: 20 GB, twice, and the better part of an hour")
    parser.add_argument("--seconds", type=int, default=8, help="of each measured run")
    parser.add_argument("--warm-up", type=int, default=20, help="seconds of list pages before they are measured")
    parser.add_argument("--overlapping", type=int, default=100_000, help="bulk requests at least that want the same opportunities")
    parser.add_argument("--rounds", type=int, default=2, help="turns of each comparison; medians are reported")
    parser.add_argument("--turns", type=int, default=9, help="of each thing that is done in the browser")
    parser.add_argument("--only", default="", help="comma-separated names of parts; a report is made of these and of what was measured before")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "target" / "bench")
    parser.add_argument("--no-report", action="store_true", help="print, and leave docs/performance.md as it is")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        if os.geteuid() == 0 and shutil.which("apt-get"):
            sh("apt-get", "install", "-y", "-q", "wrk")
        else:
            raise SystemExit("the load generator wrk is missing: apt-get install wrk")
    options.folder.mkdir(parents=True, exist_ok=True)
    only = [name.strip() for name in options.only.split(",") if name.strip()]
    if not only or "page" in only:
        page.needed()
    binary, limit = build()
    kept = options.folder / "results.json"
    results = json.loads(kept.read_text()) if only and kept.exists() else {}
    results |= {"machine": f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release().split('-')[0]}",
                "cores": os.cpu_count(), "date": time.strftime("%Y-%m-%d"), "rows": options.rows, "seconds": options.seconds,
                "rounds": options.rounds}
    with contextlib.ExitStack() as options.stack:
        measures = parts(options, binary, limit)
        for name in only or measures:
            print(f"== {name}", flush=True)
            results[name] = measures[name]()
            kept.write_text(json.dumps(results, indent=1))
            print(results[name], flush=True)
    if not options.no_report:
        (ROOT / "docs" / "performance.md").write_text(report.markdown(results))
        charts.write(results, ROOT / "docs" / "performance")
        if "fairness" in results:
            fairness.write(results["fairness"])


if __name__ == "__main__":
    main()
