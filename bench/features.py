"""What is the same on both engines: the cost of keys and of undo, and jobs of any size. `fresh` gives a server on a
copy of the database, as a context manager."""

import http.client
import json
import statistics
import threading
import time

from harness import median, wrk


class Client:
    """One connection that stays open."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        self.headers = {"Content-Type": "application/json", "Authorization": f"Bearer {server.token}"}

    def call(self, method, path, body=None):
        """The answer, and the seconds that it took."""
        started = time.perf_counter()
        self.connection.request(method, path, json.dumps(body) if body is not None else None, self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        seconds = time.perf_counter() - started
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:500]}")
        return json.loads(text), seconds


def keys(fresh, files, options):
    """Bulk requests with an idempotency key each, against the same without."""
    plain, keyed = [], []
    for turn in range(options.rounds):
        with fresh() as server:
            wrk(server, "bulk_assign.lua", 8, 2, files, PATTERN="neighbours", SEED=turn + 100)
            for _ in range(2):
                plain.append(wrk(server, "bulk_assign.lua", 8, options.seconds, files, PATTERN="neighbours", SEED=turn)["rate"])
                keyed.append(wrk(server, "bulk_assign.lua", 8, options.seconds, files, PATTERN="neighbours", SEED=turn, KEYS=1)["rate"])
    return {"plain": statistics.median(plain), "keyed": statistics.median(keyed),
            "cost": statistics.median(a / b - 1 for a, b in zip(plain, keyed))}


def undo(fresh, files, options):
    """Undo of a hundred against bulk-assign of the same hundred: one client, one after the other."""
    ids, agents = files["ids"].read_text().split(), files["agents"].read_text().split()
    assigned, undone = [], []
    with fresh() as server:
        client = Client(server)
        ends = time.monotonic() + options.seconds * 2
        n = 0
        while time.monotonic() < ends:
            first = n * 977 % (len(ids) - 100)
            done, seconds = client.call("POST", "/api/crm/opportunities/bulk-assign", {
                "opportunity_ids": ids[first:first + 100], "assigned_to_id": agents[n % len(agents)]})
            assigned.append(seconds)
            _, seconds = client.call("POST", f"/api/crm/operations/{done['operation_id']}/undo")
            undone.append(seconds)
            n += 1
    assigned, undone = statistics.median(assigned) * 1000, statistics.median(undone) * 1000
    return {"assign_ms": assigned, "undo_ms": undone, "ratio": undone / assigned}


def jobs(fresh, files, rows, options):
    """A job over everything, against the same by requests of a hundred; and single requests beside a job."""
    agents = files["agents"].read_text().split()
    with fresh() as server:
        before = wrk(server, "bulk_assign.lua", 8, options.seconds, files, PATTERN="neighbours", SEED=1)
        alone = wrk(server, "bulk_assign.lua", 1, options.seconds, files, PATTERN="neighbours", SEED=2)
    with fresh() as server:
        client, seen = Client(server), []
        at_rest = server.resident()
        job, freeze = client.call("POST", "/api/crm/jobs", {"kind": "bulk_assign", "filter": {}, "assigned_to_id": agents[0]})
        started = time.monotonic()
        while True:
            state, _ = client.call("GET", f"/api/crm/jobs/{job['id']}")
            if not seen or state["done"] != seen[-1][1]:
                seen.append((time.monotonic() - started, state["done"]))
            if state["status"] not in ("queued", "running"):
                break
            time.sleep(0.1)
        took = time.monotonic() - started
        peak = server.peak
        if state["done"] != rows:
            raise SystemExit(f"the job ended with {state}")
    with fresh() as server:
        client = Client(server)
        job, _ = client.call("POST", "/api/crm/jobs", {"kind": "bulk_assign", "filter": {}, "assigned_to_id": agents[0]})
        beside = wrk(server, "bulk_assign.lua", 1, options.seconds, files, PATTERN="neighbours", SEED=2)
        state, _ = client.call("GET", f"/api/crm/jobs/{job['id']}")
    gaps = [b[0] - a[0] for a, b in zip(seen, seen[1:])]
    return {"rows": rows, "seconds": took, "rate": rows / took, "by_requests": before["rate"] * 100,
            "ratio": rows / took / (before["rate"] * 100), "freeze_ms": freeze * 1000, "longest_silence": max(gaps, default=0),
            "rest_mb": at_rest, "peak_mb": peak, "alone_p99": alone["p99"], "beside_p99": beside["p99"],
            "p99_ratio": beside["p99"] / alone["p99"], "still_running": state["status"] == "running"}
