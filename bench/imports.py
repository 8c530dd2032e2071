"""Files of leads: a large one by the command line into an empty database, and others over HTTP; time, and the peak memory
(`VmHWM`) of the process that reads and writes them. The files look like another CRM's: quoted notes with line breaks,
numbers in several spellings, one in fifty a second enquiry of somebody who came before."""

import contextlib
import csv
import json
import os
import subprocess
import time
import urllib.request

from harness import Server, administrator
from memory import peak

FIRST = ["Ana", "Luis", "Fátima", "Youssef", "María José", "Oksana", "Ion", "Mamadou", "Rosa", "Andrés"]
LAST = ["García Pérez", "El Amrani", "Popescu", "Quispe Mamani", "Núñez", "Diop", "Шевченко", "da Conceição"]
SENT = (5_000, 100_000)


def file_of(folder, rows):
    """The file, made once."""
    path = folder / f"leads-{rows}.csv"
    if path.exists():
        return path
    making = path.with_suffix(".making")
    with open(making, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["First Name", "Last Name", "Email", "Phone Number", "City", "Create Date", "Lead Status",
                         "Original Source", "Message", "Campaign"])
        for n in range(rows):
            who = n - 7 if n % 50 == 49 else n
            digits = f"6{who:08d}"
            phone = [digits, f"+34 {digits}", f"0034{digits}", f"{digits[:3]} {digits[3:6]} {digits[6:]}"][n % 4]
            message = f"Quiero información.\nCaso {n}, \"urgente\"" if n % 3 == 0 else ""
            writer.writerow([FIRST[who % 10], LAST[who % 8], f"lead{who}@correo.example", phone, "Sevilla" if n % 2 else "",
                             f"2026-{n % 11 + 1:02d}-{n % 28 + 1:02d} 09:{n % 60:02d}", "New", "Web" if n % 2 else "Facebook",
                             message, f"campaign {n % 20}"])
    making.rename(path)
    return path


def watched(command):
    """Seconds, and the peak in MB, of a program that ends well."""
    started = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env=dict(os.environ, REPARTO_LOG="warn"))
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{command}: exit code {os.waitstatus_to_exitcode(status)}")
    return {"seconds": seconds, "peak_mb": used.ru_maxrss / 1024}


def sent(server, path):
    """Seconds from the request to the end of the import, and what became of its rows."""
    started = time.perf_counter()
    request = urllib.request.Request(server.base + "/api/crm/imports", path.read_bytes(), method="POST", headers={
        "Content-Type": "text/csv", "Authorization": f"Bearer {server.token}"})
    with urllib.request.urlopen(request, timeout=300) as answer:
        found = json.load(answer)
    while found["status"] in ("reading", "running"):
        time.sleep(0.02)
        found = server.call("GET", f"/api/crm/imports/{found['id']}")
    if found["status"] != "finished":
        raise SystemExit(f"the import ended as {found['status']}")
    return {"rows": found["rows"], "seconds": time.perf_counter() - started,
            **{name: found[name] for name in ("created", "completed", "unchanged", "skipped")}}


def imports(binary, folder, rows, database):
    """`database`: a context manager that gives the URL of an empty database."""
    with database() as url:
        administrator(binary, url)
        command = [binary, "import", file_of(folder, rows), "--database-url", url]
        found = {"rows": rows, "first": watched(command), "again": watched(command)}
        print(json.dumps(found))
    found["sent"] = []
    for count in SENT:
        with database() as url:
            administrator(binary, url)
            with Server(binary, url) as server:
                found["sent"].append(sent(server, file_of(folder, count)) | {"peak_mb": peak(server)})
    return found


@contextlib.contextmanager
def on_file(folder):
    """An empty database of SQLite."""
    path = folder / "imports.db"
    left = lambda: [file.unlink() for file in folder.glob("imports.db*")]
    left()
    yield f"sqlite:{path}"
    left()


@contextlib.contextmanager
def on_server(cluster):
    """An empty database of PostgreSQL."""
    cluster.sql("postgres", "DROP DATABASE IF EXISTS imports")
    cluster.sql("postgres", "CREATE DATABASE imports")
    yield cluster.url("imports")
    cluster.sql("postgres", "DROP DATABASE IF EXISTS imports WITH (FORCE)")
