#!/usr/bin/env python3
"""Three ways to make a process fill its memory, and the peak of the real program (VmHWM) in each: stored objects of a
megabyte in one list, sign-ins and sign-outs with a megabyte of body, from clients without an account.

    python3 bench/memory.py target/release/reparto      one program alone, on SQLite
"""

import contextlib
import json
import pathlib
import re
import sqlite3
import sys
import tempfile
import threading
import urllib.error
import urllib.request

from harness import Server, administrator

MEGABYTE = 1 << 20
# Two bytes and a comma each, and many times as much as a tree.
LISTS = "[" + "[]," * (MEGABYTE // 3 - 200) + "[]]"
CONTACTS, SIGN_INS, SIGN_OUTS = 150, 30, 120


def peak(server):
    """The most memory that the process has had, in MB."""
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) / 1024


def ask(server, method, path, body=None, token=None):
    """The status of the answer."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(server.base + path, body and body.encode(), headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            while answer.read(MEGABYTE):
                pass
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def at_once(count, act):
    """What each of so many clients was answered, all at once."""
    found = [None] * count
    def one(place):
        found[place] = act()
    threads = [threading.Thread(target=one, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {str(status): found.count(status) for status in dict.fromkeys(found)}


def served(binary, folder, name, attack):
    """The peak of a fresh process at rest, and under the attack; and what clients were answered."""
    database = folder / f"{name}.db"
    administrator(binary, f"sqlite:{database}")
    with Server(binary, database) as server:
        rest = peak(server)
        answers = attack(server, database)
        return {"rest_mb": rest, "peak_mb": peak(server), "answers": answers}


def stored(server, database):
    """Contacts with a megabyte of `custom_fields` each, then lists of them. The program takes no such contact any more:
    they are written as an earlier version left them."""
    sent = json.dumps({"name": "A", "custom_fields": {"a": 0}}).replace("0", LISTS)
    answers = {}
    for _ in range(CONTACTS):
        status = str(ask(server, "POST", "/api/crm/contacts", sent, server.token))
        answers[f"POST {status}"] = answers.get(f"POST {status}", 0) + 1
    if "POST 201" not in answers:
        for _ in range(CONTACTS):
            ask(server, "POST", "/api/crm/contacts", json.dumps({"name": "A"}), server.token)
        with contextlib.closing(sqlite3.connect(database, timeout=60)) as connection, connection:
            connection.execute("UPDATE contacts SET custom_fields = ?", (json.dumps({"a": 0}).replace("0", LISTS),))
    for limit in (1000, 50, 10):
        status = ask(server, "GET", f"/api/crm/contacts?limit={limit}", token=server.token)
        answers[f"GET limit={limit}: {status}"] = 1
    return answers


def sign_ins(server, _):
    body = json.dumps({"email": "a@example.org", "password": "x", "more": 0}).replace("0", LISTS)
    return at_once(SIGN_INS, lambda: ask(server, "POST", "/api/auth/login", body))


def sign_outs(server, _):
    body = json.dumps({"refresh_token": "x", "more": 0}).replace("0", LISTS)
    return at_once(SIGN_OUTS, lambda: ask(server, "POST", "/api/auth/logout", body))


def memory(binary):
    """The figures of each attack."""
    with tempfile.TemporaryDirectory() as folder:
        attacks = {"stored": stored, "sign_ins": sign_ins, "sign_outs": sign_outs}
        return {name: served(binary, pathlib.Path(folder), name, attack) for name, attack in attacks.items()}


if __name__ == "__main__":
    print(json.dumps(memory(sys.argv[1]), indent=1))
