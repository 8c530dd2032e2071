"""Runs the program on a fresh SQLite file and on a fresh PostgreSQL, and a generated Python client and schemathesis
against it. Called by scripts/api.sh, in the virtual environment that has both."""

import argparse
import os
import pathlib
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "bench"))

from harness import free_port  # noqa: E402
from postgres import Cluster  # noqa: E402

PROGRAM = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "reparto"
BIN = pathlib.Path(sys.executable).parent


class Service:
    """The program with demo data on a database, while it is used."""

    def __init__(self, database_url, folder):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = folder / "reparto.log"
        # Long-lived tokens, and no limit on the rate of requests: a run sends thousands of them.
        self.environment = os.environ | {
            "REPARTO_DATABASE_URL": database_url,
            "REPARTO_LISTEN": self.url.removeprefix("http://"),
            "REPARTO_PASSWORD": secrets.token_hex(9),
            "REPARTO_URL": self.url,
            "REPARTO_RATE_LIMIT": "off",
            "REPARTO_LOGIN_RATE_LIMIT": "100000/60",
            "REPARTO_ACCESS_LIFETIME": "86400",
            "REPARTO_LOG": "warn",
        }

    def __enter__(self):
        subprocess.run([PROGRAM, "demo", "--opportunities", "300", "--agents", "4", "--seed", "1", "--password-stdin"],
                       input=self.environment["REPARTO_PASSWORD"], text=True, env=self.environment, check=True,
                       stdout=subprocess.DEVNULL)
        self.process = subprocess.Popen([PROGRAM, "serve"], env=self.environment, stderr=self.log.open("w"))
        while not self._is_ready():
            if self.process.poll() is not None:
                raise SystemExit(f"the program did not start:\n{self.log.read_text()}")
            time.sleep(0.1)
        return self

    def _is_ready(self):
        try:
            with urllib.request.urlopen(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except OSError:
            return False

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def generate_client(folder):
    """A Python client, generated from the document, which must leave no endpoint out."""
    result = subprocess.run(
        [BIN / "openapi-python-client", "generate", "--path", ROOT / "docs" / "openapi.json", "--meta", "none",
         "--output-path", folder / "reparto_client"],
        check=False, capture_output=True, text=True, env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"})
    said = result.stdout + result.stderr
    if result.returncode != 0 or "will not be generated" in said:
        raise SystemExit(f"a Python client could not be generated from the document:\n{said}")


def check(engine, database_url, folder, arguments):
    """The tools against the program on one engine; whether all was right."""
    right = True
    with Service(database_url, folder) as service:
        environment = service.environment | {"PYTHONPATH": str(folder)}
        if arguments.tool in (None, "client"):
            print(f"== {engine}: a generated Python client", flush=True)
            right &= subprocess.run([sys.executable, HERE / "client.py"], env=environment, check=False).returncode == 0
        if arguments.tool in (None, "schemathesis"):
            print(f"== {engine}: schemathesis", flush=True)
            command = [BIN / "schemathesis", "--config-file", HERE / "schemathesis.toml", "run",
                       f"{service.url}/api/openapi.json", "--url", service.url,
                       "--max-examples", str(arguments.examples), *arguments.rest]
            right &= subprocess.run(command, env=environment, check=False, cwd=HERE).returncode == 0
        errors = [line for line in service.log.read_text().splitlines() if "ERROR" in line]
        if errors:
            print("\n".join(["the program logged errors:", *errors[:20]]))
        return right and not errors


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=["sqlite", "postgres"], help="one engine alone")
    parser.add_argument("--tool", choices=["client", "schemathesis"], help="one tool alone")
    parser.add_argument("--examples", type=int, default=20, help="requests of each kind per operation (20)")
    parser.add_argument("rest", nargs="*", help="further arguments for schemathesis, behind --")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reparto-api-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user where this runs as root.
        generate_client(folder)
        right = True
        if arguments.engine in (None, "sqlite"):
            right &= check("SQLite", f"sqlite:{folder}/reparto.db", folder, arguments)
        if arguments.engine in (None, "postgres"):
            with Cluster(folder) as cluster:
                cluster.sql("postgres", "CREATE DATABASE reparto")
                right &= check("PostgreSQL", cluster.url("reparto"), folder, arguments)
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    # What was started is stopped, however this ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
