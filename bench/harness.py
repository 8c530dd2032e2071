"""What every measurement needs: the real binary on a database, the load generator, and databases to run on."""

import contextlib
import json
import math
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOAD = ROOT / "bench" / "load"
PASSWORD = "bench-password-1"


def sh(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, **options)


def administrator(binary, url):
    """Makes the database, with the account that measurements sign in with."""
    sh(binary, "user", "create", "--email", "admin@example.org", "--role", "admin", "--full-name", "A", "--password-stdin",
       "--database-url", url, input=PASSWORD + "\n", text=True, stdout=subprocess.DEVNULL, env=dict(os.environ, REPARTO_LOG="warn"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The real binary on a database, limits off."""

    def __init__(self, binary, database, **settings):
        """`database`: a file of SQLite, or an address."""
        self.binary, self.port, self.settings = binary, free_port(), settings
        self.url = str(database) if ":" in str(database) else f"sqlite:{database}"
        self.base = f"http://127.0.0.1:{self.port}"
        self.peak = 0

    def __enter__(self):
        environment = dict(os.environ, REPARTO_RATE_LIMIT="off", REPARTO_LOG="warn", **self.settings)
        started = time.monotonic()
        self.process = subprocess.Popen(
            [str(self.binary), "serve", "--listen", f"127.0.0.1:{self.port}", "--database-url", self.url],
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
        self.lists_seconds = math.inf
        self._until_lists_are_in_memory(started)
        return self

    def _until_lists_are_in_memory(self, started):
        """Lists are read into memory in the first seconds of a process, which would take its share of what is measured. Where
        there are few rows, or no memory is given to it, nothing is read."""
        # As `Lists::DEFAULT` has it.
        is_off = self.settings.get("REPARTO_LIST_MEMORY") == "0"
        if is_off or self.call("GET", "/api/crm/opportunities?limit=1", None)["total"] < 20_000:
            return
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with urllib.request.urlopen(self.base + "/metrics", timeout=10) as answer:
                found = answer.read()
            if b"reparto_lists_rows 0" not in found:
                self.lists_seconds = min(self.lists_seconds, time.monotonic() - started)
            if b"reparto_lists_texts 1" in found:
                return
            time.sleep(0.02)
        raise SystemExit("lists were not read into memory")

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

    def call(self, method, path, body=None, **more):
        headers = {"Content-Type": "application/json", **more}
        if getattr(self, "token", None):
            headers["Authorization"] = f"Bearer {self.token}"
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")


def wrk(server, script, connections, seconds, files, **environment):
    """Runs the load generator; returns rate per second and latencies in milliseconds."""
    environment = {key: str(value) for key, value in environment.items()}
    environment |= {"TOKEN": server.token, "IDS": str(files["ids"]), "AGENTS": str(files["agents"]),
                    "COMMON": str(LOAD / "common.lua")}
    result = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", str(LOAD / script), server.base],
        env=dict(os.environ, **environment), capture_output=True, text=True, check=True)
    line = re.search(r"RESULT (.*)", result.stdout)
    if not line:
        raise SystemExit(f"the load generator said:\n{result.stdout}\n{result.stderr}")
    figures = {key: int(value) for key, value in (pair.split("=") for pair in line.group(1).split())}
    if figures["errors"]:
        raise SystemExit(f"{script}: {figures['errors']} of {figures['requests']} requests failed")
    return {"requests": figures["requests"], "rate": figures["requests"] / (figures["micros"] / 1e6),
            **{name: figures[name] / 1000 for name in ("p50", "p90", "p99", "max")}}


@contextlib.contextmanager
def writing(server, files):
    """Another client assigns meanwhile."""
    over = threading.Event()

    def write():
        while not over.is_set():
            wrk(server, "bulk_assign.lua", 1, 3, files, PATTERN="neighbours", SEED=7)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()


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
        sh(binary, "demo", "--opportunities", rows, "--agents", 50, "--seed", 1, "--no-history", "--database-url",
           f"sqlite:{making}", "--password-stdin", input=PASSWORD + "\n", text=True, stdout=subprocess.DEVNULL)
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
