"""A hundred thousand bulk requests that all want the same four thousand opportunities, through two replicas."""

import threading

from harness import Server, sh, wrk
from postgres import BASE

WANTED = 4_000


def overlap(binary, cluster, rows, folder, options):
    """How many were answered, each of them with success, and how many deadlocks the database saw."""
    # A demo as it is made: what is multiplied for the larger ones does not hold for `reparto check` in every text.
    base = cluster.prepared(binary, min(rows, BASE))
    files = dict(cluster.files(base, folder))
    some = folder / "overlapping.ids"
    some.write_text("\n".join(files["ids"].read_text().split()[:WANTED]) + "\n")
    files["ids"] = some
    with cluster.copy(base) as name:
        answered, seconds, round_ = 0, 0.0, 0
        with Server(binary, cluster.url(name)) as one, Server(binary, cluster.url(name)) as other:
            while answered < options.overlapping:
                runs, round_ = [], round_ + 1
                threads = [threading.Thread(target=lambda server=server, seed=seed: runs.append(wrk(
                    server, "bulk_assign.lua", 16, 20, files, PATTERN="scattered", SEED=seed)))
                    for seed, server in ((round_, one), (round_ + 1000, other))]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                if len(runs) != 2:
                    raise SystemExit("a request of those that overlap failed")
                answered += sum(run["requests"] for run in runs)
                seconds += 20
        deadlocks = int(cluster.sql(name, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
        sh(binary, "check", "--database-url", cluster.url(name), capture_output=True)
    return {"answered": answered, "rate": answered / seconds, "deadlocks": deadlocks}
