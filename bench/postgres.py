"""A PostgreSQL of the benchmark's own, with the installed programs, and databases to measure on."""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess

from harness import PASSWORD, ROOT, free_port, sh

SQL = ROOT / "bench" / "sql"
BATCHES = 20_000
BASE = 100_000
# As a careful operator would set them; nothing that makes a commit less safe.
SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "4GB", "checkpoint_timeout": "30min", "max_connections": "200",
            "listen_addresses": "'127.0.0.1'"}


def programs():
    """The folder of the newest installed server programs."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        raise SystemExit("PostgreSQL's server programs are missing (Debian: apt-get install postgresql)")
    return (found[-1] if found else pathlib.Path(on_path)).parent


class Cluster:
    """A server that runs while it is used, as the user `postgres` where the benchmark runs as root."""

    def __init__(self, folder):
        self.bin, self.data, self.port = programs(), folder / "postgres", free_port()
        self.user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []

    def __enter__(self):
        if not (self.data / "PG_VERSION").exists():
            self.data.mkdir(parents=True, exist_ok=True)
            if self.user:
                shutil.chown(self.data, "postgres")
            self._run("initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8")
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.data / "log", "-o",
                  f"-p {self.port} -k {self.data} {options}", "start")
        return self

    def __exit__(self, *_):
        self._run("pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop")

    def _run(self, program, *arguments):
        sh(*self.user, self.bin / program, *arguments, stdout=subprocess.DEVNULL, cwd="/")

    def version(self):
        return self.sql("postgres", "SHOW server_version").split()[0]

    def url(self, name):
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}?sslmode=disable"

    def sql(self, name, text=None, file=None, **variables):
        """Runs statements; gives what they print."""
        command = [self.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", self.port,
                   "-U", "postgres", name]
        for key, value in variables.items():
            command += ["-v", f"{key}={value}"]
        command += ["-f", file] if file else ["-c", text]
        return sh(*command, capture_output=True, text=True).stdout.strip()

    def exists(self, name):
        return self.sql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == "1"

    def prepared(self, binary, rows):
        """The name of a database of so many opportunities, made once: a demo, multiplied."""
        name = f"rows_{rows}"
        if not self.exists(name):
            making = f"{name}_making"
            self.sql("postgres", f"DROP DATABASE IF EXISTS {making}")
            self.sql("postgres", f"CREATE DATABASE {making}")
            base = min(rows, BASE)
            sh(binary, "demo", "--opportunities", base, "--agents", 50, "--seed", 1, "--no-history", "--database-url",
               self.url(making), "--password-stdin", input=PASSWORD + "\n", text=True, stdout=subprocess.DEVNULL,
               env=dict(os.environ, REPARTO_LOG="warn"))
            if rows > base:
                self.sql(making, file=SQL / "grow.sql", base=base, target=rows)
            self.sql(making, "VACUUM (FREEZE, ANALYZE)")
            self.sql("postgres", f"ALTER DATABASE {making} RENAME TO {name}")
        return name

    def with_peers(self, binary, rows):
        """As `prepared`, and in the same database, with the same data, the layout that the original request implies
        and the batches that pgbench takes from a table."""
        name = self.prepared(binary, rows)
        if not self.sql(name, "SELECT to_regclass('bench_batches')"):
            self.sql(name, file=SQL / "naive.sql")
            # The last: where it is there, so is the rest.
            self.sql(name, file=SQL / "batches.sql", rows=rows, batches=BATCHES)
            self.sql(name, "VACUUM (FREEZE, ANALYZE)")
        return name

    @contextlib.contextmanager
    def copy(self, name):
        """A copy to write in, gone afterwards."""
        self.sql("postgres", "DROP DATABASE IF EXISTS run")
        self.sql("postgres", f"CREATE DATABASE run TEMPLATE {name} STRATEGY file_copy"
                 if int(self.version().split(".")[0]) >= 15 else f"CREATE DATABASE run TEMPLATE {name}")
        self.sql("postgres", "CHECKPOINT")
        try:
            yield "run"
        finally:
            self.sql("postgres", "DROP DATABASE run WITH (FORCE)")

    def files(self, name, folder):
        """The opportunities in the order of the list, and the agents."""
        files = {"ids": folder / f"pg_{name}.ids", "agents": folder / f"pg_{name}.agents"}
        queries = {"ids": "SELECT id FROM opportunities WHERE deleted_at IS NULL ORDER BY detected_at DESC, id",
                   "agents": "SELECT id FROM users WHERE role = 'agent' AND is_active ORDER BY seq"}
        for key, path in files.items():
            path.write_text(self.sql(name, queries[key]) + "\n")
        return files

    def pgbench(self, name, script, clients, seconds, folder):
        """The rate at which pgbench carries a script out."""
        path = folder / "script.pgbench"
        path.write_text(script)
        self.sql(name, "CHECKPOINT")
        out = sh(self.bin / "pgbench", "-n", "-M", "simple", "-D", "made=0", "-f", path, "-c", clients, "-j", 1, "-T", seconds,
                 "-h", "127.0.0.1", "-p", self.port, "-U", "postgres", name, capture_output=True, text=True).stdout
        rate = re.search(r"tps = ([\d.]+)", out)
        failed = re.search(r"number of failed transactions: (\d+)", out)
        if not rate or (failed and failed.group(1) != "0"):
            raise SystemExit(f"pgbench said:\n{out}")
        return float(rate.group(1))


def script(prepare, execute):
    """A script that prepares a statement once per connection and then executes it with a random batch and agent."""
    return (f"\\if :made = 0\n{prepare};\n\\set made 1\n\\endif\n\\set n random(1, {BATCHES})\n\\set a random(1, 40)\n"
            f"{execute};\n")


def same_statement(limit, pattern):
    """The service's own statement of bulk requests, for a single one, as pgbench sends it."""
    statement = sh(limit, "statement", capture_output=True, text=True).stdout.strip()
    # Of the items, of all members, and of each member: type and value.
    parameters = [
        ("uuid[]", f"bench_ids('{pattern}', :n)"), ("smallint[]", "array_fill(1::smallint, ARRAY[100])"), ("text[]", "'{}'"),
        ("uuid[]", "ARRAY[bench_admin(), bench_agent(:a)]"), ("integer[]", "'{1}'"), ("boolean", "false"),
        ("uuid[]", "ARRAY[bench_admin()]"), ("bigint[]", "'{NULL}'"), ("timestamptz[]", "ARRAY[now()]"), ("uuid[]", "'{NULL}'"),
        ("boolean[]", "'{t}'"), ("uuid[]", "ARRAY[bench_agent(:a)]"), ("text[]", "ARRAY['agent,lawyer']"), ("smallint[]", "'{1}'"),
        ("text[]", "'{NULL}'"), ("timestamptz[]", "ARRAY[now()]"), ("uuid[]", "ARRAY[gen_random_uuid()]"),
        ("uuid[]", "ARRAY[gen_random_uuid()]"), ("smallint[]", "'{2}'"), ("text[]", "'{bulk_assign_opportunities}'"),
        ("uuid[]", "'{NULL}'"), ("boolean[]", "'{f}'"), ("boolean[]", "'{f}'"), ("smallint[]", "'{0}'"), ("uuid[]", "'{NULL}'"),
        ("boolean[]", "'{f}'"), ("text[]", "'{127.0.0.1}'"), ("text[]", "'{pgbench}'"), ("text[]", "'{request}'"),
        ("integer[]", "'{100}'"), ("text[]", """ARRAY['{"assigned_count":100}']"""), ("text[]", "'{NULL}'"), ("text", "NULL")]
    types, values = (", ".join(column) for column in zip(*parameters))
    return script(f"PREPARE bulk ({types}) AS {statement}", f"EXECUTE bulk({values})")


def naive_statement(pattern):
    """The original request's UPDATE with an audit row, on the layout that it implies."""
    return script("""PREPARE naive (uuid, uuid, uuid[]) AS WITH updated AS (UPDATE naive_opportunities SET assigned_to_id = $2, \
status = 'assigned', updated_at = now() WHERE id = ANY ($3) RETURNING id), audited AS (INSERT INTO naive_audit (user_id, action, \
entity_type, details) SELECT $1, 'bulk_assign_opportunities', 'opportunity', jsonb_build_object('assigned_to_id', $2, \
'opportunity_ids', $3)) SELECT id FROM updated""",
                  f"EXECUTE naive(bench_admin(), bench_agent(:a), bench_ids('{pattern}', :n))")
