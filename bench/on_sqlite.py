"""The measurements of the engine that is inside the binary."""

import statistics
import time

from harness import Server, bare_loop, copy_of, median, prepared, writing, wrk


def bulk(binary, limit, database, files, folder, options):
    """Bulk requests against the bare loop, turn by turn."""
    rows = []
    for pattern in ("neighbours", "scattered"):
        served, bare, peaks = [], [], []
        for turn in range(options.rounds):
            with Server(binary, copy_of(database, folder)) as server:
                wrk(server, "bulk_assign.lua", 32, 2, files, PATTERN=pattern, SEED=turn + 100)
                before = server.threads()
                served.append(wrk(server, "bulk_assign.lua", 32, options.seconds, files, PATTERN=pattern, SEED=turn))
                busy = {name: (used - before.get(name, 0)) / options.seconds for name, used in server.threads().items()}
                peaks.append(server.peak)
            bare.append(bare_loop(limit, copy_of(database, folder), pattern, options.seconds))
        ratios = [one["rate"] / other["rate"] for one, other in zip(served, bare)]
        rows.append({"pattern": pattern, "rate": median(served, "rate"), "bare": median(bare, "rate"),
                     "ratio": statistics.median(ratios), "p50": median(served, "p50"), "p99": median(served, "p99"),
                     "peak": max(peaks), "busy": {name: share for name, share in busy.items() if share >= 0.01}})
        print(rows[-1], flush=True)
    return rows


def singles(binary, database, files, folder, options):
    """A hundred single requests, ten in parallel, against one bulk request of a hundred (one client each)."""
    rows = []
    for pattern in ("neighbours", "scattered"):
        one, hundred = [], []
        for turn in range(options.rounds):
            with Server(binary, copy_of(database, folder)) as server:
                hundred.append(wrk(server, "single_assign.lua", 10, options.seconds, files, PATTERN=pattern, SEED=turn))
                one.append(wrk(server, "bulk_assign.lua", 10, options.seconds, files, PATTERN=pattern, SEED=turn))
        ratio = statistics.median(o["rate"] * 100 / h["rate"] for o, h in zip(one, hundred))
        rows.append({"pattern": pattern, "single": median(hundred, "rate"), "bulk": median(one, "rate"), "ratio": ratio})
        print(rows[-1], flush=True)
    return rows


def lists(binary, database, files, folder, options, total):
    """List pages with another client writing."""
    rows = []
    kinds = ["", "first", "page", "last", "status", "agent", "free", "priority", "score", "search", "attempts"]
    with Server(binary, copy_of(database, folder)) as server:
        with writing(server, files):
            # The first lists have what lists are found in made; a measured run begins when it is there.
            wrk(server, "list_pages.lua", 2, options.warm_up, files, TOTAL=total, KIND="status")
            for kind in kinds:
                run = wrk(server, "list_pages.lua", 2, max(options.seconds // 2, 3), files, TOTAL=total, KIND=kind)
                rows.append({"kind": kind or "all mixed", **run})
                print(rows[-1], flush=True)
    return rows


def starts(binary, database, folder, options):
    """Start to ready, and memory at rest; and how soon lists are found in memory, made anew and taken over from the last process."""
    seen = {"ready_ms": [], "idle_mb": [], "made_ms": [], "kept_ms": [], "lists_mb": []}
    target = copy_of(database, folder)
    for _ in range(max(options.rounds, 3)):
        with Server(binary, target, REPARTO_LIST_MEMORY="0") as server:
            seen["ready_ms"].append(server.ready_seconds * 1000)
            time.sleep(1)
            seen["idle_mb"].append(server.resident())
        target.with_name(target.name + "-lists").unlink(missing_ok=True)
        for name in ("made_ms", "kept_ms"):
            with Server(binary, target) as server:
                seen[name].append(server.lists_seconds * 1000)
                seen["lists_mb"].append(server.resident())
    return {name: statistics.median(figures) for name, figures in seen.items()}


def growth(binary, limit, folder, options):
    """The cost of a bulk request from ten thousand rows up."""
    rows = []
    for n in sorted({10_000, 100_000, options.rows}):
        database, files = prepared(binary, limit, n, folder)
        runs = {"neighbours": [], "scattered": []}
        for turn in range(options.rounds):
            for pattern, seen in runs.items():
                with Server(binary, copy_of(database, folder)) as server:
                    wrk(server, "bulk_assign.lua", 32, 1, files, PATTERN=pattern, SEED=turn + 100)
                    seen.append(wrk(server, "bulk_assign.lua", 32, options.seconds, files, PATTERN=pattern, SEED=turn))
        rows.append({"rows": n, **{pattern: median(seen, "rate") for pattern, seen in runs.items()}})
        print(rows[-1], flush=True)
    return rows
