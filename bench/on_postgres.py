"""The measurements of the service on PostgreSQL, against pgbench and against the original request's handler."""

import base64
import hashlib
import hmac
import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

import postgres
from features import Client
from harness import ROOT, Server, free_port, median, sh, writing, wrk

PATTERNS = ("neighbours", "scattered")
CLIENTS = (8, 32)
SECRET = "a-secret-of-the-benchmark-alone-0123456789"


def serving(binary, cluster, name="run", **settings):
    return Server(binary, cluster.url(name), **settings)


def bulk(binary, limit, cluster, rows, folder, options):
    """Bulk requests, the same statement by pgbench, and the naive UPDATE by pgbench: turn by turn on one database."""
    base = cluster.with_peers(binary, rows)
    files, out = cluster.files(base, folder), []
    for pattern in PATTERNS:
        for clients in CLIENTS:
            seen = {"served": [], "same": [], "naive": []}
            with cluster.copy(base) as name:
                for turn in range(options.rounds):
                    with serving(binary, cluster) as server:
                        wrk(server, "bulk_assign.lua", clients, 2, files, PATTERN=pattern, SEED=turn + 100)
                        cluster.sql(name, "CHECKPOINT")
                        seen["served"].append(wrk(server, "bulk_assign.lua", clients, options.seconds, files,
                                                  PATTERN=pattern, SEED=turn))
                    for kind, script in (("same", postgres.same_statement(limit, pattern)),
                                         ("naive", postgres.naive_statement(pattern))):
                        seen[kind].append(cluster.pgbench(name, script, clients, options.seconds, folder))
            served = [run["rate"] for run in seen["served"]]
            out.append({"pattern": pattern, "clients": clients, "rate": statistics.median(served),
                        "p50": median(seen["served"], "p50"), "p99": median(seen["served"], "p99"),
                        **{kind: statistics.median(seen[kind]) for kind in ("same", "naive")},
                        **{f"{kind}_ratio": statistics.median(a / b for a, b in zip(served, seen[kind]))
                           for kind in ("same", "naive")}})
            print(out[-1], flush=True)
    return out


def token(user):
    """A token as the peer takes it."""
    part = lambda value: base64.urlsafe_b64encode(value).rstrip(b"=")
    signed = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps({"sub": user, "exp": int(time.time()) + 36_000}).encode())
    return (signed + b"." + part(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest())).decode()


class Peer:
    """The original request's handler, with a worker for each processor."""

    def __init__(self, python, cluster, mode):
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        url = cluster.url("run").split("?")[0].replace("postgres://", "postgresql+asyncpg://")
        environment = dict(os.environ, PEER_MODE=mode, PEER_SECRET=SECRET, PEER_DATABASE_URL=url)
        self.process = subprocess.Popen(
            [python, "-m", "uvicorn", "fastapi_app:app", "--port", str(self.port), "--workers", str(os.cpu_count()),
             "--log-level", "critical", "--no-access-log"], cwd=ROOT / "bench" / "peers", env=environment)
        self.token = token(cluster.sql("run", "SELECT bench_admin()"))

    def __enter__(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(self.base + "/openapi.json", timeout=2).read()
                return self
            except OSError:
                time.sleep(0.1)
        raise SystemExit("the peer did not start")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)


def peer_python(folder):
    """A Python that has what the peer needs."""
    home = folder / "peer"
    if not (home / "ready").exists():
        sh(sys.executable, "-m", "venv", home)
        sh(home / "bin" / "pip", "install", "-q", "-r", ROOT / "bench" / "peers" / "requirements.txt")
        (home / "ready").touch()
    return str(home / "bin" / "python")


def peers(binary, cluster, rows, folder, options):
    """The original request's handler at 8 clients."""
    python, base = peer_python(folder), cluster.with_peers(binary, rows)
    files, out = cluster.files(base, folder), []
    for pattern in PATTERNS:
        seen = {"served": [], "orm": [], "update": []}
        with cluster.copy(base):
            for turn in range(options.rounds):
                for kind, runs in seen.items():
                    with serving(binary, cluster) if kind == "served" else Peer(python, cluster, kind) as server:
                        wrk(server, "bulk_assign.lua", 8, 2, files, PATTERN=pattern, SEED=turn + 100)
                        cluster.sql("run", "CHECKPOINT")
                        runs.append(wrk(server, "bulk_assign.lua", 8, options.seconds, files, PATTERN=pattern, SEED=turn))
        for kind in ("orm", "update"):
            out.append({"pattern": pattern, "peer": kind, "rate": median(seen["served"], "rate"),
                        "p99": median(seen["served"], "p99"), "peer_rate": median(seen[kind], "rate"),
                        "peer_p99": median(seen[kind], "p99"),
                        "ratio": statistics.median(a["rate"] / b["rate"] for a, b in zip(seen["served"], seen[kind])),
                        "p99_ratio": statistics.median(a["p99"] / b["p99"] for a, b in zip(seen["served"], seen[kind]))})
            print(out[-1], flush=True)
    return out


def replicas(binary, cluster, rows, folder, options):
    """Two replicas against one, with as many connections in all."""
    base = cluster.prepared(binary, rows)
    files, out = cluster.files(base, folder), []
    for pattern in PATTERNS:
        one, two = [], []
        with cluster.copy(base):
            for turn in range(options.rounds):
                with serving(binary, cluster) as server:
                    one.append(wrk(server, "bulk_assign.lua", 32, options.seconds, files, PATTERN=pattern, SEED=turn)["rate"])
                with serving(binary, cluster) as first, serving(binary, cluster) as second:
                    rates = []
                    threads = [threading.Thread(target=lambda server=server, seed=seed: rates.append(wrk(
                        server, "bulk_assign.lua", 16, options.seconds, files, PATTERN=pattern, SEED=seed)["rate"]))
                        for seed, server in ((turn, first), (turn + 50, second))]
                    for thread in threads:
                        thread.start()
                    for thread in threads:
                        thread.join()
                    if len(rates) != 2:
                        raise SystemExit("a replica's load failed")
                    two.append(sum(rates))
        out.append({"pattern": pattern, "one": statistics.median(one), "two": statistics.median(two),
                    "ratio": statistics.median(b / a for a, b in zip(one, two))})
        print(out[-1], flush=True)
    return out


KINDS = ("first", "cursor", "status", "agent", "free", "priority", "score", "search", "attempts", "page", "last")


def until_in_memory(server):
    """Waits until lists are found in memory, and gives the seconds: SQL would not count beyond 10,000."""
    started = time.monotonic()
    while not server.call("GET", "/api/crm/opportunities?limit=1&min_score=1")["total_is_exact"]:
        if time.monotonic() - started > 900:
            raise SystemExit("lists were not found in memory after fifteen minutes")
        time.sleep(0.5)
    return time.monotonic() - started


def pages(server, files, options, rows):
    """List pages of each kind with another client writing."""
    seen = {"made_s": until_in_memory(server)}
    with writing(server, files):
        # The first lists have what lists are found in made, the first searches what they found kept.
        for kind in ("status", "search"):
            wrk(server, "list_pages.lua", 2, options.warm_up, files, TOTAL=rows, KIND=kind)
        for kind in KINDS:
            run = wrk(server, "list_pages.lua", 2, max(options.seconds // 2, 3), files, TOTAL=rows, KIND=kind)
            seen[kind] = {name: run[name] for name in ("rate", "p50", "p99")}
    return seen


def random_picks(server, files):
    """Milliseconds of a random assignment of 20: few enough that the smallest table has free ones left for all."""
    client, agents, seen = Client(server), files["agents"].read_text().split(), []
    for n in range(40):
        picked, seconds = client.call("POST", "/api/crm/opportunities/assign-random",
                                      {"assigned_to_id": agents[n % len(agents)], "count": 20})
        if picked["assigned_count"] != 20:
            raise SystemExit(f"a random assignment gave {picked['assigned_count']}")
        seen.append(seconds)
    return statistics.median(seen) * 1000


def as_between_checkpoints(cluster, name):
    """Has every page of the hot table and its indexes written since the last checkpoint, as it is after some minutes of
    work: the first write of each goes into the log as a whole page."""
    for statement in ("UPDATE assignments SET updated_at = updated_at", "VACUUM assignments", "REINDEX TABLE assignments"):
        cluster.sql(name, statement)


def growth(binary, cluster, sizes, folder, options):
    """The cost of requests from ten thousand rows up."""
    out = []
    for rows in sizes:
        base = cluster.prepared(binary, rows)
        files, row = cluster.files(base, folder), {"rows": rows}
        with cluster.copy(base) as name, serving(binary, cluster) as server:
            row["random_first_ms"] = random_picks(server, files)
            as_between_checkpoints(cluster, name)
            row["random_ms"] = random_picks(server, files)
            cluster.sql(name, "CHECKPOINT")
            for pattern in PATTERNS:
                wrk(server, "bulk_assign.lua", 32, 2, files, PATTERN=pattern, SEED=100)
                runs = [wrk(server, "bulk_assign.lua", 32, options.seconds, files, PATTERN=pattern, SEED=turn)
                        for turn in range(options.rounds)]
                row[pattern] = median(runs, "rate")
        # Enough for lists of ten million in memory; what fewer take is what they need.
        with cluster.copy(base), serving(binary, cluster, REPARTO_LIST_MEMORY="1024") as server:
            row["lists"] = pages(server, files, options, rows)
            row["made_s"], row["peak_mb"] = row["lists"].pop("made_s"), server.peak
        out.append(row)
        print(row, flush=True)
    return out
