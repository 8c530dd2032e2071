#!/usr/bin/env python3
"""Measures Reparto against its limit and its peers, in one run on one machine, and writes docs/performance.md.

    make bench                      the usual: SQLite, one million opportunities
    python3 bench/run.py --rows 100000 --seconds 5 --rounds 1    a quick look

Every claim is a ratio against something measured in the same run, turn by turn; absolute figures are this machine's.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOAD = ROOT / "bench" / "load"
PASSWORD = "bench-password-1"


def sh(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, **options)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The real binary on a database, limits off."""

    def __init__(self, binary, database):
        self.binary, self.database, self.port = binary, database, free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.peak = 0

    def __enter__(self):
        environment = dict(os.environ, REPARTO_RATE_LIMIT="off", RUST_LOG="warn")
        started = time.monotonic()
        self.process = subprocess.Popen(
            [str(self.binary), "serve", "--listen", f"127.0.0.1:{self.port}", "--database-url", f"sqlite:{self.database}"],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            with contextlib.suppress(OSError):
                with urllib.request.urlopen(self.base + "/readyz", timeout=1) as answer:
                    if answer.status == 200:
                        break
            if self.process.poll() is not None or time.monotonic() - started > 60:
                raise SystemExit("the server did not start")
            time.sleep(0.002)
        self.ready_seconds = time.monotonic() - started
        self.token = self.call("POST", "/api/auth/login",
                               {"email": "admin@example.org", "password": PASSWORD})["access_token"]
        self.watching = True
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.watching = False
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)

    def resident(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1024

    def threads(self):
        """Processor seconds of the server's threads so far, by what they do."""
        seconds = {}
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            with contextlib.suppress(OSError):
                head, tail = (task / "stat").read_text().rsplit(")", 1)
                name, fields = head.split("(", 1)[1], tail.split()
                name = re.sub(r"[-\d]+$", "", name)
                used = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                seconds[name] = seconds.get(name, 0) + used
        return seconds

    def _watch(self):
        while self.watching:
            with contextlib.suppress(OSError, AttributeError):
                self.peak = max(self.peak, self.resident())
            time.sleep(0.2)

    def call(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if getattr(self, "token", None):
            headers["Authorization"] = f"Bearer {self.token}"
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")


def wrk(server, script, connections, seconds, files, **environment):
    """Runs the load generator; returns rate per second and latencies in milliseconds."""
    environment = {key: str(value) for key, value in environment.items()}
    environment |= {"TOKEN": server.token, "IDS": str(files["ids"]), "AGENTS": str(files["agents"])}
    result = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", str(LOAD / script), server.base],
        env=dict(os.environ, **environment), capture_output=True, text=True, check=True)
    line = re.search(r"RESULT (.*)", result.stdout)
    if not line:
        raise SystemExit(f"the load generator said:\n{result.stdout}\n{result.stderr}")
    figures = {key: int(value) for key, value in (pair.split("=") for pair in line.group(1).split())}
    if figures["errors"]:
        raise SystemExit(f"{script}: {figures['errors']} of {figures['requests']} requests failed")
    return {"rate": figures["requests"] / (figures["micros"] / 1e6),
            **{name: figures[name] / 1000 for name in ("p50", "p90", "p99", "max")}}


def bare_loop(limit, database, pattern, seconds):
    """The same SQL through the driver in a bare loop, one commit per batch."""
    out = sh(limit, "bulk-assign", "--database", database, "--pattern", pattern, "--seconds", seconds,
             capture_output=True, text=True).stdout
    return json.loads(out)


def build():
    sh("cargo", "build", "--release", "-p", "reparto-cli", "-p", "reparto-bench-limit", cwd=ROOT)
    release = ROOT / "target" / "release"
    return release / "reparto", release / "reparto-bench-limit"


def prepared(binary, limit, rows, folder):
    """A database of demo data, made once, and the ids in it."""
    database = folder / f"{rows}.db"
    if not database.exists():
        making = folder / f"{rows}.making.db"
        for left in folder.glob(f"{making.name}*"):
            left.unlink()
        sh(binary, "demo", "--opportunities", rows, "--agents", 50, "--seed", 1, "--database-url", f"sqlite:{making}",
           "--password-stdin", input=PASSWORD + "\n", text=True, stdout=subprocess.DEVNULL)
        making.rename(database)
        for left in folder.glob(f"{making.name}-*"):
            left.rename(str(left).replace(".making", ""))
    files = {"ids": folder / f"{rows}.ids", "agents": folder / f"{rows}.agents"}
    if not files["ids"].exists():
        for name, path in files.items():
            with open(path, "w") as out:
                sh(limit, name, "--database", database, stdout=out)
    return database, files


def copy_of(database, folder):
    target = folder / "run.db"
    for suffix in ("", "-wal", "-shm"):
        pathlib.Path(f"{target}{suffix}").unlink(missing_ok=True)
    shutil.copyfile(database, target)
    os.sync()
    return target


def median(runs, key):
    return statistics.median(run[key] for run in runs)


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
        writing = threading.Event()

        def write():
            while not writing.is_set():
                wrk(server, "bulk_assign.lua", 1, 3, files, PATTERN="neighbours", SEED=7)

        writer = threading.Thread(target=write)
        writer.start()
        # The first lists have what lists are found in made; a measured run begins when it is there.
        wrk(server, "list_pages.lua", 2, options.warm_up, files, TOTAL=total, KIND="status")
        for kind in kinds:
            run = wrk(server, "list_pages.lua", 2, max(options.seconds // 2, 3), files, TOTAL=total, KIND=kind)
            rows.append({"kind": kind or "all mixed", **run})
            print(rows[-1], flush=True)
        writing.set()
        writer.join()
    return rows


def starts(binary, database, folder, options):
    """Start to ready, and memory at rest."""
    ready, idle = [], []
    target = copy_of(database, folder)
    for _ in range(max(options.rounds, 3)):
        with Server(binary, target) as server:
            ready.append(server.ready_seconds * 1000)
            time.sleep(1)
            idle.append(server.resident())
    return {"ready_ms": statistics.median(ready), "idle_mb": statistics.median(idle)}


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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=10, help="of each measured run")
    parser.add_argument("--warm-up", type=int, default=5, help="seconds of list pages before they are measured")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each comparison; medians are reported")
    parser.add_argument("--only", default="", help="comma-separated: bulk, singles, lists, starts, growth")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "target" / "bench")
    parser.add_argument("--no-report", action="store_true", help="print, and leave docs/performance.md as it is")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        if os.geteuid() == 0 and shutil.which("apt-get"):
            sh("apt-get", "install", "-y", "-q", "wrk")
        else:
            raise SystemExit("the load generator wrk is missing: apt-get install wrk")
    options.folder.mkdir(parents=True, exist_ok=True)
    binary, limit = build()
    database, files = prepared(binary, limit, options.rows, options.folder)
    parts = {
        "starts": lambda: starts(binary, database, options.folder, options),
        "bulk": lambda: bulk(binary, limit, database, files, options.folder, options),
        "singles": lambda: singles(binary, database, files, options.folder, options),
        "lists": lambda: lists(binary, database, files, options.folder, options, options.rows),
        "growth": lambda: growth(binary, limit, options.folder, options),
    }
    wanted = [name.strip() for name in options.only.split(",") if name.strip()] or list(parts)
    results = {"machine": f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}",
               "cores": os.cpu_count(), "date": time.strftime("%Y-%m-%d"), "rows": options.rows, "seconds": options.seconds,
               "rounds": options.rounds}
    for name in wanted:
        print(f"== {name}", flush=True)
        results[name] = parts[name]()
        (options.folder / "results.json").write_text(json.dumps(results, indent=1))
    text = report.markdown(results)
    print(text)
    if not options.no_report and set(wanted) == set(parts):
        (ROOT / "docs" / "performance.md").write_text(text)


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    main()
